package views

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminPeopleStates() []State {
	list := func(name string, change func(Page, *PeopleList)) State {
		return adminState("AdminPeoplePage", name, func(p Page) templ.Component {
			l := PeopleList{PeoplePage: models.PeoplePage{People: galleryPeople(p)}}
			change(p, &l)
			return AdminPeoplePage(p, l)
		})
	}
	person := func(page, name string, draw func(Page, PersonDetail) templ.Component, change func(Page, *PersonDetail)) State {
		return adminState(page, name, func(p Page) templ.Component {
			d := galleryPerson(p)
			change(p, &d)
			return draw(p, d)
		})
	}
	as := func(Page, *PersonDetail) {}
	disabled := func(p Page, d *PersonDetail) { d.Person.DisabledAt, d.Sessions = ago(p, 50*time.Hour), nil }
	disable := func(p Page, d PersonDetail) templ.Component { return DisablePersonPage(p, d, nil) }
	return []State{
		list("a secret refused", func(_ Page, l *PeopleList) { l.Errors = Errors{{Field: "q", Code: "filter_secret"}} }),
		list("plain", func(Page, *PeopleList) {}),
		list("middle page", func(_ Page, l *PeopleList) { l.Before, l.After, l.Query.Sort = "YQ", "Yg", "name" }),
		list("search, none", func(_ Page, l *PeopleList) { l.People, l.Query.Text, l.Query.Status = nil, "zoe & <co>", "disabled" }),
		list("search, stopped", func(_ Page, l *PeopleList) {
			l.People, l.Query.Text, l.Query.Status, l.Continue = l.People[:1], "m", "admin", "YQ"
		}),
		list("search, none so far", func(_ Page, l *PeopleList) {
			l.People, l.Query.Text, l.Query.Status, l.Continue = nil, "m", "leaving", "YQ"
		}),
		list("long names", func(_ Page, l *PeopleList) {
			for i, name := range []string{longWords, wideWords, strings.Repeat("W", models.MaxName)} {
				l.People[i].Name, l.People[i].Email = name, longEmail
			}
		}),
		person("AdminPersonPage", "plain", AdminPersonPage, as),
		person("AdminPersonPage", "saved", func(p Page, d PersonDetail) templ.Component {
			p.Flash = &Flash{Kind: "ok", Key: "flash.sessions_ended", Params: map[string]any{"name": d.Person.Name, "n": 2}}
			return AdminPersonPage(p, d)
		}, as),
		person("AdminPersonPage", "new, nothing yet", AdminPersonPage, func(p Page, d *PersonDetail) {
			*d = PersonDetail{Person: d.Person}
			d.Person.LiveTokens, d.Person.SeenAt = 0, nil
		}),
		person("AdminPersonPage", "disabled", AdminPersonPage, disabled),
		person("AdminPersonPage", "leaving", AdminPersonPage, func(p Page, d *PersonDetail) {
			d.Person.EndsAt, d.Rundown = endOf(p, 18), galleryRundown(p)
		}),
		person("AdminPersonPage", "oneself, many tokens", AdminPersonPage, func(p Page, d *PersonDetail) {
			d.Person.ID, d.Person.Admin, d.Count, d.Person.LiveTokens = p.User.ID, true, models.Count{N: 1000, More: true}, 812
			d.Newer, d.Older = 9, 3
		}),
		person("AdminPersonPage", "long names", AdminPersonPage, func(p Page, d *PersonDetail) {
			d.Person.Name, d.Person.Email = longWords, longEmail
			d.Person.EndsAt, d.Rundown = endOf(p, 18), galleryRundown(p)
			for i := range d.Tokens {
				d.Tokens[i].Name, d.Tokens[i].LastUsedClient = wideWords, strings.Repeat("x", 64)
			}
			d.Rundown.Rows[0].Token.Name, d.Rundown.Rows[0].Replacement = longWords, wideWords
			d.Sessions[0].Client, d.Sessions[0].Address = strings.Repeat("x", 64), "2001:db8:85a3:8d3:1319:8a2e:370:7348"
		}),
		person("DisablePersonPage", "plain", disable, as),
		person("DisablePersonPage", "refused", func(p Page, d PersonDetail) templ.Component {
			return DisablePersonPage(p, d, Errors{{Field: "user", Code: "disable_self"}})
		}, as),
		person("DisablePersonPage", "the last administrator", func(p Page, d PersonDetail) templ.Component {
			return DisablePersonPage(p, d, Errors{{Field: "user", Code: "disable_last"}})
		}, as),
		person("DisablePersonPage", "already", disable, disabled),
		person("EnablePersonPage", "plain", EnablePersonPage, disabled),
		person("EnablePersonPage", "already", EnablePersonPage, as),
	}
}

func adminRundownStates() []State {
	form := func(name string, change func(Page, *RundownForm)) State {
		return adminState("AdminRundownPage", name, func(p Page) templ.Component {
			f := RundownForm{
				Person: galleryPerson(p).Person, Rows: galleryRundown(p).Rows,
				FirstDay: "2026-11-23", Longest: "2036-11-23",
			}
			for i := range f.Rows {
				f.Rows[i].Day, f.Rows[i].Replacement = "", ""
			}
			change(p, &f)
			return AdminRundownPage(p, f)
		})
	}
	started := func(p Page, f *RundownForm) {
		f.Version, f.LastDay, f.Rows = 2, "2026-12-11", galleryRundown(p).Rows
	}
	return []State{
		form("new", func(Page, *RundownForm) {}),
		form("change", started),
		form("no tokens", func(_ Page, f *RundownForm) { f.Rows = nil }),
		form("refused", func(p Page, f *RundownForm) {
			started(p, f)
			f.LastDay, f.Rows[1].Day = "", "2027-03-01"
			f.Errors = Errors{
				{Field: "last_day", Code: "rundown_day_required"},
				{Field: "day_" + f.Rows[1].Token.PublicID, Code: "rundown_day_late", Params: map[string]any{"last": galleryLastDay}},
			}
		}),
		form("days that are none", func(p Page, f *RundownForm) {
			started(p, f)
			f.LastDay, f.Rows[1].Day = "11 December", "soon"
			f.Errors = Errors{
				{Field: "last_day", Code: "rundown_day_invalid"}, {Field: "day_" + f.Rows[1].Token.PublicID, Code: "rundown_day_invalid"},
			}
		}),
		form("conflict, long names", func(p Page, f *RundownForm) {
			started(p, f)
			f.Conflict, f.Person.Name = true, longWords
			f.Rows[0].Token.Name, f.Rows[1].Token.Name, f.Rows[0].Replacement = longWords, wideWords, wideWords
		}),
		adminState("CancelRundownPage", "plain", func(p Page) templ.Component {
			d := galleryPerson(p)
			d.Rundown = galleryRundown(p)
			return CancelRundownPage(p, d)
		}),
		adminState("CancelRundownPage", "none", func(p Page) templ.Component { return CancelRundownPage(p, galleryPerson(p)) }),
	}
}

// galleryPeople are some people, one of each standing.
func galleryPeople(p Page) []models.Person {
	names := []string{"Aiko Yamamoto", "Jonas Weber", "Łukasz Nowak", "Mika Sato", "Priya Raman", "佐藤 美佳"}
	emails := []string{"aiko", "jonas", "lukasz", "mika", "priya", "sato"}
	var people []models.Person
	for i, name := range names {
		people = append(people, models.Person{
			User:       models.User{ID: int64(10 + i), Name: name, Email: emails[i] + "@harbor.example", TimeZone: "Europe/Berlin", CreatedAt: *ago(p, time.Duration(40*i+3)*galleryDay)},
			LiveTokens: int64(i * i), SeenAt: ago(p, time.Duration(i*i*7+1)*time.Hour),
		})
	}
	people[1].EndsAt = endOf(p, 18)
	people[2].DisabledAt, people[2].SeenAt = ago(p, 9*galleryDay), nil
	people[3].Admin = true
	return people
}

// galleryPerson is somebody with tokens and sessions.
func galleryPerson(p Page) PersonDetail {
	d := PersonDetail{Person: galleryPeople(p)[1], Tokens: galleryAdminTokens(p)[:5], Count: models.Count{N: 12}, Events: galleryEvents(p)[:5], Older: 3}
	d.Person.EndsAt, d.Person.LiveTokens = nil, 4
	for i, client := range []string{"Firefox 145", "Safari 26", ""} {
		d.Sessions = append(d.Sessions, models.Session{
			Hash: []byte{1, 2, 3, 4, 5, 6, 7, byte(i)}, Client: client, Address: "192.0.2.4" + Number(int64(i)),
			CreatedAt: *ago(p, time.Duration(i+1)*20*time.Hour), SeenAt: *ago(p, time.Duration(i*i)*5*time.Hour),
		})
	}
	return d
}

// galleryRundown is a plan with tokens in use and one that is not.
func galleryRundown(p Page) *RundownView {
	v := &RundownView{Rundown: models.Rundown{EndsAt: *endOf(p, 18), CreatedAt: *ago(p, 26*time.Hour), ActorName: "Priya Raman", Version: 2}}
	for i, change := range []func(Page, *models.Token){nil, scheduledToken, unusedToken} {
		t := models.AdminToken{Token: galleryToken(p), Requests30: []int64{98220, 412, 0}[i]}
		if t.PublicID += Number(int64(i)); change != nil {
			change(p, &t.Token)
		}
		v.Rows = append(v.Rows, RundownRow{Token: t, Day: []string{"", "2026-11-29", ""}[i], Replacement: []string{"The service account “deploy”", "Aiko Yamamoto", ""}[i]})
	}
	v.Rows[2].Token.Name = "Grafana (test)"
	return v
}
