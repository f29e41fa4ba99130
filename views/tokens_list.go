package views

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// TokensPath is the address of a person's tokens; each token lies below it.
const TokensPath = "/settings/tokens"

// tokenPath is the address of a token's own page, or with below, of one of its other pages.
func tokenPath(t *models.Token, below string) string {
	return TokensPath + "/" + t.PublicID + below
}

// none reports whether the person has no token at all, whatever they look for.
func (l TokenList) none() bool { return l.Query.Search == "" && l.Counts["all"] == 0 }

// count is how many tokens a filter shows. Counting stops at models.MaxCount.
func (l TokenList) count(filter string) string {
	n := l.Counts[filter]
	if n > models.MaxCount {
		return Number(models.MaxCount) + "+"
	}
	return Number(int64(n))
}

func (l TokenList) filter() string { return cmp.Or(l.Query.Filter, "all") }
func (l TokenList) sort() string   { return cmp.Or(l.Query.Sort, "created") }

// chronological reports whether the list is in the order for which "newer" and "older" are
// the right words.
func (l TokenList) chronological() bool { return l.sort() == "created" && !l.Query.Asc }

// tokensURL is the address of the list for a query; what is as at first is left out.
func tokensURL(q models.TokenQuery) string {
	var b strings.Builder
	b.WriteString(TokensPath)
	separator := byte('?')
	add := func(name, value string) {
		if value != "" {
			b.WriteByte(separator)
			b.WriteString(name)
			b.WriteByte('=')
			b.WriteString(url.QueryEscape(value))
			separator = '&'
		}
	}
	if q.Filter != "all" {
		add("show", q.Filter)
	}
	add("q", q.Search)
	if q.Sort != "created" {
		add("sort", q.Sort)
	}
	if q.Asc {
		add("dir", "asc")
	}
	add("before", q.Before)
	add("after", q.After)
	return b.String()
}

// start is the query for the first page of the same list.
func (l TokenList) start() models.TokenQuery {
	q := l.Query
	q.Before, q.After = "", ""
	return q
}

func (l TokenList) filterURL(filter string) string {
	q := l.start()
	q.Filter = filter
	return tokensURL(q)
}

// sortURL orders the list by a column: at first in the direction in which one reads it, and
// the other way round when it is in that order already.
func (l TokenList) sortURL(column string) string {
	q := l.start()
	if column == l.sort() {
		q.Asc = !q.Asc
	} else {
		q.Asc = column == "name" || column == "expires"
	}
	q.Sort = column
	return tokensURL(q)
}

func (l TokenList) newerURL() string {
	if l.Newer == "" {
		return ""
	}
	q := l.start()
	q.Before = l.Newer
	return tokensURL(q)
}

func (l TokenList) olderURL() string {
	if l.Older == "" {
		return ""
	}
	q := l.start()
	q.After = l.Older
	return tokensURL(q)
}

// tabs are the filters with their counts. Few have a paused token: that tab is there for those only.
func (l TokenList) tabs(p Page) []Tab {
	var tabs []Tab
	for _, f := range models.TokenFilters {
		if f == "paused" && l.Counts[f] == 0 && l.filter() != f {
			continue
		}
		u := l.filterURL(f)
		tabs = append(tabs, Tab{
			Text: p.filterWord(f), Count: l.count(f), URL: u, Current: f == l.filter(),
			Attrs: templ.Attributes{"id": "show-" + f, "data-hx-get": u},
		})
	}
	return tabs
}

// filterWord names a filter, which for all but the first is a status.
func (p Page) filterWord(filter string) string {
	if filter == "all" {
		return p.T("tokens.all")
	}
	return p.statusWord(models.Status(filter))
}

func (p Page) statusWord(s models.Status) string {
	switch s {
	case models.StatusActive:
		return p.T("tokens.status_active")
	case models.StatusExpiring:
		return p.T("tokens.status_expiring")
	case models.StatusPaused:
		return p.T("tokens.status_paused")
	case models.StatusExpired:
		return p.T("tokens.status_expired")
	default:
		return p.T("tokens.status_revoked")
	}
}

// revokedAt is when the token ceased to work by being revoked, nil when it was not. What was
// planned for a moment that has passed holds from that moment on.
func revokedAt(t *models.Token, now time.Time) *time.Time {
	if t.RevokedAt == nil && t.Revoked(now) {
		return t.RevokeAt
	}
	return t.RevokedAt
}

// sorts and directions are what the list can be ordered by where it has no head to press.
func (p Page) sorts() []Option {
	return []Option{
		{Value: "created", Text: p.T("tokens.created")},
		{Value: "name", Text: p.T("tokens.name")},
		{Value: "expires", Text: p.T("tokens.expires")},
		{Value: "used", Text: p.T("tokens.last_used")},
	}
}

func (p Page) directions() []Option {
	return []Option{{Value: "desc", Text: p.T("tokens.descending")}, {Value: "asc", Text: p.T("tokens.ascending")}}
}

func (l TokenList) direction() string {
	if l.Query.Asc {
		return "asc"
	}
	return "desc"
}

func ariaSort(ascending bool) string {
	if ascending {
		return "ascending"
	}
	return "descending"
}

// joinOrigin writes an address and a client, which not every request names.
func joinOrigin(address, client string) string {
	if client == "" {
		return address
	}
	return address + " · " + client
}
