package views

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"tessera/models"
)

// AdminPeoplePath is the address of the list of people; each person lies below it.
const AdminPeoplePath = AdminPath + "/people"

// personPath is the address of one of a person's pages for administrators.
func personPath(id int64, below string) string { return AdminPersonPath(id) + below }

// PeopleList is one page of everybody who has an account.
type PeopleList struct {
	models.PeoplePage
	Query  models.PeopleQuery
	Errors Errors // of the search
}

// PeopleURL is the address of the list for a query; what is as at first is left out.
func PeopleURL(q models.PeopleQuery) string {
	values := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "status": q.Status, "before": q.Before, "after": q.After} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Sort == "name" {
		values.Set("sort", q.Sort)
	}
	if q.Desc {
		values.Set("dir", "desc")
	}
	return withQuery(AdminPeoplePath, values)
}

func (l PeopleList) pageURL(cursor string, set func(*models.PeopleQuery, string)) string {
	if cursor == "" {
		return ""
	}
	q := l.Query
	q.Before, q.After = "", ""
	set(&q, cursor)
	return PeopleURL(q)
}

func (l PeopleList) previousURL() string {
	return l.pageURL(l.Before, func(q *models.PeopleQuery, c string) { q.Before = c })
}

func (l PeopleList) nextURL() string {
	return l.pageURL(l.After, func(q *models.PeopleQuery, c string) { q.After = c })
}

// continueURL goes on with a search that stopped, in the direction in which it went.
func (l PeopleList) continueURL() string {
	return l.pageURL(l.Continue, func(q *models.PeopleQuery, c string) {
		if l.Query.Before != "" {
			q.Before = c
		} else {
			q.After = c
		}
	})
}

// narrowed reports whether the list leaves anybody out.
func (l PeopleList) narrowed() bool { return l.Query.Text != "" || l.Query.Status != "" }

func (p Page) peopleStatuses() []Option {
	options := []Option{{Value: "", Text: p.T("admin_people.everybody")}}
	for _, s := range models.PeopleStatuses {
		options = append(options, Option{Value: s, Text: p.T("admin_people.status_" + s)})
	}
	return options
}

func (p Page) peopleSorts() []Option {
	return []Option{{Value: "email", Text: p.T("admin_people.by_email")}, {Value: "name", Text: p.T("admin_people.by_name")}}
}

// PersonDetail is all that administrators see of one person.
type PersonDetail struct {
	Person       models.Person
	Tokens       []models.AdminToken // the newest few
	Count        models.Count        // of all their tokens
	Sessions     []models.Session    // the latest used first
	Events       []models.AuditEvent // about the account, newest first
	Newer, Older int64               // sequence numbers of neighbouring pages of Events; 0: none
	Rundown      *RundownView        // nil: they stay
}

func (d PersonDetail) path(below string) string { return personPath(d.Person.ID, below) }

// self reports whether the reader looks at themselves. Somebody else must disable an administrator.
func (d PersonDetail) self(p Page) bool { return p.User != nil && p.User.ID == d.Person.ID }

// frame is p for the history of the account, which names who did what but for the person themselves.
func (d PersonDetail) frame(p Page) Page {
	p.User = &d.Person.User
	return p
}

func (d PersonDetail) tokensURL() string {
	return AdminTokensURL(models.AdminQuery{AdminFilter: models.AdminFilter{UserID: d.Person.ID}})
}

func (d PersonDetail) liveURL() string {
	return AdminTokensURL(models.AdminQuery{AdminFilter: models.AdminFilter{UserID: d.Person.ID, Status: "live"}})
}

func (d PersonDetail) eventsURL(direction string, seq int64) string {
	if seq == 0 {
		return ""
	}
	return d.path("?" + direction + "=" + strconv.FormatInt(seq, 10) + "#events")
}

// count writes how many tokens there are, as far as they were counted.
func (p Page) count(c models.Count) string {
	switch {
	case c.About:
		return p.T("admin.number_about", "n", c.N)
	case c.AtLeast:
		return p.T("admin.number_at_least", "n", c.N)
	case c.More:
		return p.T("admin.number_more", "n", c.N)
	}
	return Number(c.N)
}

// personStatus is whether somebody may sign in, and for how long.
func personStatus(p Page, u models.Person) templ.Component {
	switch {
	case u.Disabled():
		return Status("off", "ended", p.T("admin_people.disabled"))
	case u.EndsAt != nil:
		return Status("warn", "clock", p.T("admin_people.leaving"))
	}
	return Status("ok", "check", p.T("admin_people.active"))
}
