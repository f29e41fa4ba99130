package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin/people":                   adminPage(200),
		"GET /admin/people/:id":               adminPage(200),
		"GET /admin/people/:id/disable":       adminPage(200),
		"POST /admin/people/:id/disable":      adminPage(303).after(somebodyElse),
		"GET /admin/people/:id/enable":        adminPage(200),
		"POST /admin/people/:id/enable":       adminPage(303).after(somebodyElse),
		"POST /admin/people/:id/sessions/end": adminPage(303).after(somebodyElse),
	})
}

// somebodyElse is whom a post may change without ending the session of the person
// who is to be refused.
func somebodyElse(t *testing.T, w *adminWorld) {
	t.Helper()
	if w.ids["leaver"] == "" {
		w.ids["leaver"] = fmt.Sprint(modeltest.MustUser(t, w.site.store).ID)
	}
	w.ids["people"] = w.ids["leaver"]
}

func personAt(u *models.User, below string) string {
	return fmt.Sprintf("/admin/people/%d%s", u.ID, below)
}

func TestPeopleList(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	for i := range 2 * peoplePerPage {
		modeltest.MustUser(t, s.store, func(in *models.NewUser) {
			in.Name, in.Email = fmt.Sprintf("Zoë <b>%03d</b>", i), fmt.Sprintf("zz%03d@harbor.example", i)
		})
	}
	b := w.browsers["administrator"]
	names := func(a *answer) []string {
		var all []string
		for _, n := range a.doc.Find("tbody th .name").EachIter() {
			all = append(all, n.Text())
		}
		return all
	}
	first := b.get("/admin/people?q=ZO%C3%8B").want(http.StatusOK)
	if got := names(first); len(got) != peoplePerPage || got[0] != "Zoë <b>000</b>" {
		t.Errorf("%d people, from %q on", len(got), got[0])
	}
	first.none("table b")
	second := b.get(first.find("a[rel=next]").AttrOr("href", "")).want(http.StatusOK)
	if got := names(second); len(got) != peoplePerPage || got[0] != "Zoë <b>050</b>" {
		t.Errorf("then %d, from %q on", len(got), got[0])
	}
	if back := b.get(second.find("a[rel=prev]").AttrOr("href", "")); names(back)[0] != names(first)[0] {
		t.Errorf("back leads to %q", names(back))
	}
	if got := names(b.get("/admin/people?q=" + url.QueryEscape(strings.ToUpper(w.person.Email[:6])))); len(got) == 0 {
		t.Error("not found by the beginning of their address")
	}
	if got := names(b.get("/admin/people?status=admin")); len(got) != 2 { // the one of this world, and one who is disabled
		t.Errorf("administrators: %q", got)
	}
	b.get("/admin/people?q=&status=disabled&sort=").to("/admin/people?status=disabled")
	b.get("/admin/people?q=nobody+at+all").want(http.StatusOK).find(".empty a[href='/admin/people']")
	for _, path := range []string{"?status=odd", "?sort=odd", "?after=odd", "?stauts=disabled"} {
		b.get("/admin/people" + path).want(http.StatusUnprocessableEntity).find(".error-summary li")
	}
}

func TestPersonPage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		for i := range newestTokens + 2 {
			s.token(t, w.person, fmt.Sprint("t", i))
		}
		b := w.browsers["administrator"]
		page := b.get(personAt(w.person, "")).want(http.StatusOK)
		if page.text("h1") != w.person.Name || page.count("section[aria-labelledby=tokens-title] tbody tr") != newestTokens {
			t.Errorf("%q with %d tokens", page.text("h1"), page.count("section[aria-labelledby=tokens-title] tbody tr"))
		}
		all := page.find("section[aria-labelledby=tokens-title] .card-head a")
		if n := b.get(all.AttrOr("href", "")).want(http.StatusOK).count("tbody tr"); n != newestTokens+3 || !strings.Contains(all.Text(), fmt.Sprint(n)) {
			t.Errorf("%q leads to %d tokens", all.Text(), n)
		}
		if page.count("#events .events li") == 0 {
			t.Error("no history")
		}
		b.get("/admin/people/999999").want(http.StatusNotFound)
		b.get("/admin/people/none").want(http.StatusNotFound)
		if own := b.get(personAt(w.admin, "")).want(http.StatusOK); own.count("a[href$='/disable']") != 0 {
			t.Error("an administrator is led to disabling themselves")
		}
		for _, below := range []string{"/disable", "/rundown"} { // which are refused: that is said before a form is filled in
			if page := b.get(personAt(w.admin, below)).want(http.StatusOK).none("main form"); !strings.Contains(page.text("main"), "This is you") {
				t.Errorf("%s says %q", below, page.text("main"))
			}
		}
	})
}

func TestDisableAndEnable(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		b, at := w.browsers["administrator"], personAt(w.person, "")
		if page := b.get(at + "/disable").want(http.StatusOK); page.count("form[action='"+at+"/disable'] button") != 1 {
			t.Error("nothing to confirm")
		}
		for range 2 { // a second press is harmless
			b.post(at + "/disable").to(at)
			if text := b.get(at).text("#flash"); !strings.Contains(text, w.person.Name) {
				t.Errorf("it says %q", text)
			}
		}
		if n := s.count(t, fmt.Sprint("SELECT COUNT(*) FROM audit_events WHERE kind = 'user.disabled' AND user_id = ", w.person.ID)); n != 1 {
			t.Errorf("%d events", n)
		}
		w.browsers["person"].get("/settings/profile").to("/sign-in?next=%2Fsettings%2Fprofile")
		b.get(at + "/disable").want(http.StatusOK).none("main form")
		if page := b.get(at + "/enable").want(http.StatusOK); page.count("form[action='"+at+"/enable'] button") != 1 {
			t.Error("nothing to confirm")
		}
		for range 2 {
			b.post(at + "/enable").to(at)
		}
		b.get(at + "/enable").want(http.StatusOK).none("main form")
		b.post(personAt(w.admin, "/disable")).want(http.StatusUnprocessableEntity).find(".error-summary li")
		b.get("/admin").want(http.StatusOK)
	})
}

// An administrator who is about to leave can't send away the one who stays.
func TestTheLastAdministratorIsKept(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	stays := modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Admin = true })
	b, at := w.browsers["administrator"], personAt(stays, "")
	if _, err := s.store.SaveRundown(t.Context(), models.Actor{Kind: "user", User: stays}, w.admin.ID, models.RundownForm{LastDay: "2026-12-20"}); err != nil {
		t.Fatal(err)
	}
	page := b.post(at + "/disable").want(http.StatusUnprocessableEntity)
	if text := page.text(".error-summary li"); !strings.Contains(text, "all other administrators") {
		t.Errorf("it says %q", text)
	}
	b.post(at+"/rundown", "version", "0", "last_day", "2026-12-21").refused("last_day")
	if n := s.count(t, "SELECT COUNT(*) FROM users WHERE admin AND disabled_at IS NULL"); n != 2 {
		t.Errorf("%d administrators are left", n)
	}
}

func TestEndSessions(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	b, at := w.browsers["administrator"], personAt(w.person, "")
	other := s.enter(t, w.person)
	s.clock.Advance(1)
	page := b.get(at)
	keys := page.doc.Find("input[name=session]").Map(func(_ int, e *goquery.Selection) string { return e.AttrOr("value", "") })
	if len(keys) != 2 {
		t.Fatalf("sessions %q", keys)
	}
	for range 2 {
		b.post(at+"/sessions/end", "session", keys[0]).to(at)
	}
	b.post(at+"/sessions/end", "session", "none").to(at)
	if n := s.count(t, fmt.Sprint("SELECT COUNT(*) FROM sessions WHERE user_id = ", w.person.ID)); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	b.post(at + "/sessions/end").to(at)
	for _, theirs := range []*browser{other, w.browsers["person"]} {
		if to := theirs.get("/settings/profile").Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("a session goes on, and leads to %q", to)
		}
	}
	b.get(at).want(http.StatusOK).none("input[name=session]")
}
