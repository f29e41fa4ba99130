package views

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"tessera/models"
)

// AdminTokensPath is the address of the list of everybody's tokens; each token lies below it.
const AdminTokensPath = AdminPath + "/tokens"

// AdminTokenPath is the address of a token's page for administrators, or with below, of one of
// its other pages.
func AdminTokenPath(publicID, below string) string { return AdminTokensPath + "/" + publicID + below }

// AdminPersonPath is the address of a person's page for administrators.
func AdminPersonPath(id int64) string { return AdminPath + "/people/" + strconv.FormatInt(id, 10) }

// AdminTokenList is one page of everybody's tokens.
type AdminTokenList struct {
	models.AdminPage
	Query  models.AdminQuery
	Count  models.Count
	Typed  url.Values // the filter as it was asked for, when it can't be understood
	Errors Errors     // of the filter
}

// AdminTokensURL is the address of the list for a query; what is as at first is left out.
func AdminTokensURL(q models.AdminQuery) string { return adminTokensURL(AdminTokensPath, q) }

func adminTokensURL(path string, q models.AdminQuery) string {
	return withQuery(path, adminTokensValues(q))
}

// adminTokensValues are the parameters of the list for a query; what is as at first is left out.
func adminTokensValues(q models.AdminQuery) url.Values {
	values := q.AdminFilter.Query()
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Sort != "" {
		set("sort", q.Sort)
		set("dir", direction(q.Asc))
	}
	set("before", q.Before)
	set("after", q.After)
	if q.Last {
		set("last", "1")
	}
	return values
}

func direction(ascending bool) string {
	if ascending {
		return "asc"
	}
	return "desc"
}

// at is the query for another page of the same list.
func (l AdminTokenList) at(change func(*models.AdminQuery)) string {
	q := l.Query
	q.Before, q.After, q.Last = "", "", false
	change(&q)
	return AdminTokensURL(q)
}

func (l AdminTokenList) firstURL() string {
	if l.Query.Before+l.Query.After == "" && !l.Query.Last {
		return ""
	}
	return l.at(func(*models.AdminQuery) {})
}

func (l AdminTokenList) lastURL() string {
	if l.Query.Last || l.AdminPage.After == "" {
		return ""
	}
	return l.at(func(q *models.AdminQuery) { q.Last = true })
}

func (l AdminTokenList) beforeURL() string {
	if l.AdminPage.Before == "" {
		return ""
	}
	return l.at(func(q *models.AdminQuery) { q.Before = l.AdminPage.Before })
}

func (l AdminTokenList) afterURL() string {
	if l.AdminPage.After == "" {
		return ""
	}
	return l.at(func(q *models.AdminQuery) { q.After = l.AdminPage.After })
}

// backwards reports whether the page was read from its end.
func (l AdminTokenList) backwards() bool { return l.Query.Before != "" || l.Query.Last }

// continueURL goes on with a search that stopped after many tokens.
func (l AdminTokenList) continueURL() string {
	return l.at(func(q *models.AdminQuery) {
		if l.backwards() {
			q.Before = l.Continue
		} else {
			q.After = l.Continue
		}
	})
}

// sortURL orders the list by a column: at first in the direction in which one reads it, and
// the other way round when it is in that order already.
func (l AdminTokenList) sortURL(column string) string {
	return l.at(func(q *models.AdminQuery) {
		q.Sort, q.Asc = column, slices.Contains(ascendingSorts, column)
		if column == l.Sort {
			q.Asc = !l.Asc
		}
	})
}

// ascendingSorts are read from the smallest on.
var ascendingSorts = []string{"name", "expires", "scheduled", "unused"}

// exportURL is the list as a file.
func (l AdminTokenList) exportURL(kind string) string {
	q := models.AdminQuery{AdminFilter: l.Query.AdminFilter, Sort: l.Query.Sort, Asc: l.Query.Asc}
	return adminTokensURL(AdminTokensPath+"."+kind, q)
}

// chronological reports whether "newer" and "older" are the right words.
func (l AdminTokenList) chronological() bool { return l.Sort == "created" && !l.Asc }

// all reports whether nothing is filtered.
func (l AdminTokenList) all() bool { return l.Query.AdminFilter == models.AdminFilter{} }

// complete reports whether all tokens that match stand on this page.
func (l AdminTokenList) complete() bool {
	return l.Query.Before+l.Query.After+l.AdminPage.After+l.Continue == "" && !l.Query.Last
}

// countWords say how many tokens match, and how sure that is.
func (l AdminTokenList) countWords(p Page) templ.Component {
	switch n := l.Count.N; {
	case n == 0 && l.Continue != "":
		return p.Rich("admin.count_unknown")
	case l.Count.About:
		return p.Rich("admin.count_about", "n", n)
	case l.Count.AtLeast:
		return p.Rich("admin.count_at_least", "n", n)
	case l.Count.More:
		return p.Rich("admin.count_more", "n", n)
	default:
		return p.Rich("admin.count", "n", n)
	}
}

// order says in words how the list is ordered.
func (p Page) order(sort string, ascending bool) string {
	return p.T("admin.order_" + sort + "_" + direction(ascending))
}

// filterText is what stands in a field of the filter.
func (l AdminTokenList) filterText(name string) string {
	if l.Typed != nil {
		return l.Typed.Get(name)
	}
	return l.Query.AdminFilter.Query().Get(name)
}

func (l AdminTokenList) input(p Page, name string) Input {
	return Input{Name: name, Label: p.T("admin.filter_" + name), Value: l.filterText(name), Errors: l.Errors}
}

// days is a field of the filter for a number of days.
func (l AdminTokenList) days(p Page, name string) Input {
	in := l.input(p, name)
	if _, err := strconv.Atoi(in.Value); in.Value != "" && err != nil {
		return in // what is no number shows in a plain field only
	}
	in.Type, in.Attrs = "number", templ.Attributes{"min": 1, "max": 3650, "inputmode": "numeric", "list": "filter-days"}
	return in
}

// rareFilters are those behind "More filters".
var rareFilters = []string{"age", "remaining", "after_death", "address", "never", "administration", "user"}

func (l AdminTokenList) rareInUse() bool {
	return slices.ContainsFunc(rareFilters, func(name string) bool { return l.filterText(name) != "" || l.Errors.For(name) != nil })
}

// statuses are the choices of the filter for a status.
func (p Page) adminStatuses() []Option {
	options := []Option{{Value: "", Text: p.T("admin.any")}}
	for _, s := range models.AdminStatuses {
		options = append(options, Option{Value: s, Text: p.adminStatus(s)})
	}
	return options
}

func (p Page) adminStatus(s string) string {
	switch s {
	case "live":
		return p.T("admin.status_live")
	case "scheduled":
		return p.T("admin.status_scheduled")
	}
	return p.statusWord(models.Status(s))
}

// filterChip is a filter in use, and the address of the list without it.
type filterChip struct{ text, url string }

func (l AdminTokenList) chips(p Page) []filterChip {
	f := l.Query.AdminFilter
	var chips []filterChip
	add := func(in bool, text string, without func(*models.AdminFilter)) {
		if in {
			chips = append(chips, filterChip{text, l.at(func(q *models.AdminQuery) {
				without(&q.AdminFilter)
				q.Sort = "" // it may be one that only this filter has
			})})
		}
	}
	add(f.Owner != "", f.Owner, func(f *models.AdminFilter) { f.Owner = "" })
	add(f.UserID != 0, l.userWord(p), func(f *models.AdminFilter) { f.UserID = 0 })
	add(f.Text != "", p.T("admin.chip_q", "text", f.Text), func(f *models.AdminFilter) { f.Text = "" })
	add(f.Status != "", p.adminStatus(f.Status), func(f *models.AdminFilter) { f.Status = "" })
	add(f.Unused != 0, p.T("admin.chip_unused", "n", f.Unused), func(f *models.AdminFilter) { f.Unused = 0 })
	add(f.Age != 0, p.T("admin.chip_age", "n", f.Age), func(f *models.AdminFilter) { f.Age = 0 })
	add(f.Remaining != 0, p.T("admin.chip_remaining", "n", f.Remaining), func(f *models.AdminFilter) { f.Remaining = 0 })
	add(f.Never, p.T("admin.filter_never"), func(f *models.AdminFilter) { f.Never = false })
	add(f.AfterDeath != 0, p.T("admin.chip_after_death", "n", f.AfterDeath), func(f *models.AdminFilter) { f.AfterDeath = 0 })
	add(f.Address != "", p.T("admin.chip_address", "address", f.Address), func(f *models.AdminFilter) { f.Address = "" })
	add(f.Administration, p.T("admin.filter_administration"), func(f *models.AdminFilter) { f.Administration = false })
	return chips
}

// userWord names the person whose tokens are shown, if there is one to take the name from.
func (l AdminTokenList) userWord(p Page) string {
	for i := range l.Tokens {
		if l.Tokens[i].UserID == l.Query.UserID {
			return l.Tokens[i].OwnerName
		}
	}
	return p.T("admin.chip_user", "id", strconv.FormatInt(l.Query.UserID, 10))
}

// swap makes a link that htmx follows within the list around it.
func swap(to string) templ.Attributes {
	return templ.Attributes{"href": to, "data-hx-get": to}
}
