package views

import (
	"time"

	"tessera/models"
)

// TokenList is one page of a person's tokens.
type TokenList struct {
	Tokens       []models.Token
	Counts       map[string]int    // by filter; beyond models.MaxCount it is told as "1,000+"
	Query        models.TokenQuery // what was asked for
	Newer, Older string            // cursors for Query.Before and Query.After; empty: no such page
	Secret       bool              // a secret was looked for, which is not shown again
}

// ValidityChoice is an offered validity period and when it would end, exclusive; nil: never.
type ValidityChoice struct {
	Value     string
	ExpiresAt *time.Time
	Refused   *models.FieldError // why the policy does not allow it; nil: it does
}

// TokenForm is the form to create or edit a token, as it was filled in.
type TokenForm struct {
	Name, Validity, ExpiresOn string              // ExpiresOn is YYYY-MM-DD
	Administration            bool                // the right to administer, for administrators only
	Nonce                     string              // when creating: marks a second submit of the same form
	Version                   int64               // when editing: of the token that the form was made from
	TokenID                   string              // when editing: the public id
	LeavesAt                  *time.Time          // when creating: the end of who leaves; nil: they stay
	Policy                    *models.TokenPolicy // what holds for all tokens; nil: nothing does
	Choices                   []ValidityChoice
	FirstDay, LastDay         string // between which ExpiresOn may lie, as YYYY-MM-DD
	Errors                    Errors
	Preview                   *ExpiryPreview // of ExpiresOn, where it is known
}

// ExpiryPreview is what a chosen last day means: when the token would expire, exclusive, or
// why that day can't be chosen.
type ExpiryPreview struct {
	ExpiresAt *time.Time
	Error     *models.FieldError
}

// TokenEdit is a token to change. After a conflict, Token is how it is now and Form what the
// person typed meanwhile.
type TokenEdit struct {
	Token    models.Token
	Form     TokenForm
	Conflict bool
}

// CreatedToken is a new token. Secret is empty when it can't be shown (again).
type CreatedToken struct {
	Token     models.Token
	Secret    string
	WaitUntil time.Time // until then the page shows the secret, and looks for the first use by itself
}

// FirstUse is what is known of a token's first request. Poll says to look again by itself.
type FirstUse struct {
	Token models.Token
	Poll  bool
}

// TokenDetail is all that is known of one token.
type TokenDetail struct {
	Token        models.Token
	Days         []models.DayUse     // the last 30 days in UTC, oldest first
	Origins      []models.Origin     // newest first
	Events       []models.AuditEvent // newest first
	Newer, Older int64               // sequence numbers of neighbouring pages of Events; 0: none
}
