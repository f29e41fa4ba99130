package models

// AdminToken is a token as administrators see it, in lists and alone.
type AdminToken struct {
	Token
	OwnerName, OwnerEmail string
	OwnerDisabled         bool
	Requests30            int64 // in the last 30 days, whatever the outcome
}

// AdminQuery asks for one page of the tokens that a filter chooses.
type AdminQuery struct {
	AdminFilter
	Sort   string // one of AdminPage.Sorts; empty: the first of them, in its usual direction, whatever Asc says
	Asc    bool
	Before string // cursor: the page that ends just before this place
	After  string // cursor: the page that starts just after it
	Last   bool   // the last page
	Limit  int
}

// AdminPage is one page, with the cursors of its neighbours or "". A filter
// without an index of its own in the asked order is answered by looking through
// the tokens in that order, a bounded number of them at a time: Continue is then
// where to go on, as After (as Before, when the query had Before or Last).
type AdminPage struct {
	Tokens        []AdminToken
	Before, After string
	Sort          string // as it was applied
	Asc           bool
	Sorts         []string // offered for this filter, the default first
	Scanned       int      // tokens looked through
	Continue      string
}

// Count is a number of tokens. At most one of About and AtLeast is true.
type Count struct {
	N       int64
	About   bool // as of some minutes ago
	AtLeast bool // counting stopped there
}
