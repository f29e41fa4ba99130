package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin/people/:id/rundown":         adminPage(200),
		"POST /admin/people/:id/rundown":        adminPage(303).with("version=0&last_day=2027-01-29").after(somebodyElse),
		"GET /admin/people/:id/rundown/cancel":  adminPage(200),
		"POST /admin/people/:id/rundown/cancel": adminPage(303).after(somebodyElse),
	})
}

// Somebody leaves: planned, seen by them, changed, cancelled, planned anew and over.
func TestRundown(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		b, at := w.browsers["administrator"], personAt(w.person, "")
		id := w.token.PublicID
		later, _ := s.token(t, w.person, "later")
		form := b.get(at + "/rundown").want(http.StatusOK)
		if n := form.count("tbody tr"); n != 2 || form.value("input[name=version]") != "0" {
			t.Errorf("%d tokens, version %s", n, form.value("input[name=version]"))
		}
		refused := b.post(at+"/rundown", "version", "0", "last_day", "2026-12-20", "day_"+id, "2026-12-21", "by_"+id, "The <deploy> account", "by_"+later.PublicID, strings.Repeat("x", 201)).
			refused("day_"+id, "by_"+later.PublicID)
		if refused.value("#by_"+id) != "The <deploy> account" || refused.value("#last_day") != "2026-12-20" {
			t.Error("what was typed is gone")
		}
		b.post(at+"/rundown", "version", "0", "last_day", "").refused("last_day")
		b.post(at+"/rundown", "version", "0", "last_day", "2026-01-01").refused("last_day")
		none := b.post(at+"/rundown", "version", "0", "last_day", "tomorrow", "day_"+id, "soon").refused("last_day", "day_"+id)
		for field, typed := range map[string]string{"#last_day": "tomorrow", "#day_" + id: "soon"} { // in a field for a day it would not show
			if in := none.find(field); in.AttrOr("type", "") != "text" || in.AttrOr("value", "") != typed || in.AttrOr("min", "none") != "none" {
				t.Errorf("%s is of type %s and has %q", field, in.AttrOr("type", ""), in.AttrOr("value", ""))
			}
		}
		plan := []string{"version", "0", "last_day", "2026-12-20", "day_" + id, "2026-12-16", "by_" + id, "The <deploy> account"}
		for range 2 { // pressed twice
			b.post(at+"/rundown", plan...).to(at)
		}
		if n := s.count(t, "SELECT COUNT(*) FROM audit_events WHERE kind = 'rundown.started'"); n != 1 {
			t.Errorf("started %d times", n)
		}
		page := b.get(at).want(http.StatusOK)
		if text := page.text("section[aria-labelledby=rundown-title]"); !strings.Contains(text, "The <deploy> account") || !strings.Contains(text, "16 Dec 2026") {
			t.Errorf("the page says %q", text)
		}
		// From the token it can be brought forward, not put off or taken back.
		one := "/admin/tokens/" + id
		if text := b.get(one).want(http.StatusOK).none("form[action$='/unschedule']").find("a[href='" + at + "/rundown']").Text(); text == "" {
			t.Error("the token's page does not lead to the plan")
		}
		b.post(one + "/unschedule").refused("at")
		b.post(one+"/schedule", "at", "2026-12-18").refused("at")
		if text := w.browsers["person"].get("/settings/tokens/new").want(http.StatusOK).text("main"); !strings.Contains(text, "ends on 20 Dec 2026 at the latest") {
			t.Errorf("who leaves and makes a token reads %q", text)
		}
		if own := w.browsers["person"].get("/settings/tokens").want(http.StatusOK).text(".notice:has(details)"); !strings.Contains(own, "20 December 2026") || !strings.Contains(own, "The <deploy> account") {
			t.Errorf("its owner reads %q", own)
		}
		// Somebody else had the form open.
		stale := b.post(at+"/rundown", "version", "0", "last_day", "2027-01-29", "by_"+id, "Aiko").want(http.StatusConflict)
		if stale.value("#last_day") != "2027-01-29" || stale.value("input[name=version]") != "1" {
			t.Errorf("the stale form has day %q, version %q", stale.value("#last_day"), stale.value("input[name=version]"))
		}
		b.post(at+"/rundown", "version", "1", "last_day", "2027-01-29", "by_"+id, "Aiko").to(at)
		if form := b.get(at + "/rundown"); form.value("#last_day") != "2027-01-29" || form.value("#by_"+id) != "Aiko" || form.value("#day_"+id) != "" {
			t.Error("the form is not as saved")
		}
		for range 2 {
			b.post(at + "/rundown/cancel").to(at)
		}
		b.get(at).none("section[aria-labelledby=rundown-title]")
		w.browsers["person"].get("/settings/tokens").want(http.StatusOK).none(".notice:has(details)")
		b.post(at+"/rundown", plan...).to(at)
		s.clock.Advance(8 * 24 * time.Hour)
		if err := s.store.RunRundowns(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := s.count(t, fmt.Sprint("SELECT COUNT(*) FROM tokens WHERE revoked_at IS NULL AND user_id = ", w.person.ID)); n != 0 {
			t.Errorf("%d tokens live on", n)
		}
	})
}

// Nobody plans how they leave themselves.
func TestRundownOfOneself(t *testing.T) {
	w := newAdminWorld(t, newSite(t))
	b := w.browsers["administrator"]
	b.post(personAt(w.admin, "/rundown"), "version", "0", "last_day", "2027-01-29").want(http.StatusUnprocessableEntity).none("main form")
	b.get("/admin/people/999999/rundown").want(http.StatusNotFound)
	b.post("/admin/people/999999/rundown/cancel").want(http.StatusNotFound)
}
