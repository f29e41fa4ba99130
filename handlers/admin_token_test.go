package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func init() {
	one := "/admin/tokens/:id"
	addAdminRows(map[string]adminRow{
		"GET " + one:                  adminPage(200),
		"GET " + one + "/revoke":      adminPage(200),
		"GET " + one + "/pause":       adminPage(200),
		"GET " + one + "/schedule":    adminPage(200),
		"POST " + one + "/revoke":     adminPage(303),
		"POST " + one + "/pause":      adminPage(303),
		"POST " + one + "/resume":     adminPage(303),
		"POST " + one + "/schedule":   adminPage(303).with("at=2026-12-20&at_time=09%3A30"),
		"POST " + one + "/unschedule": adminPage(303),
	})
}

// A pause is a scream test: calls are refused and counted, a resumed token works
// again, and what calls after its death is seen with its address.
func TestPauseResumeRevoke(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		b := w.browsers["administrator"]
		path := "/admin/tokens/" + w.token.PublicID
		s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusOK)
		b.get(path + "/pause").want(http.StatusOK)
		b.post(path + "/pause").to(path)
		if got := b.get(path).want(http.StatusOK).text("#flash"); !strings.Contains(got, "is paused") {
			t.Errorf("after the pause: %q", got)
		}
		s.use(t, w.secret, "192.0.2.10", "curl/8").want(http.StatusUnauthorized)
		if got := b.get(path).text("#refused"); !strings.Contains(got, "1 request was refused") || !strings.Contains(got, "192.0.2.10") {
			t.Errorf("the scream: %q", got)
		}
		for _, act := range []string{"/schedule", "/revoke"} {
			if got := b.get(path + act).want(http.StatusOK).text("main"); !strings.Contains(got, "2 requests, 1 of them refused") || !strings.Contains(got, "192.0.2.10") {
				t.Errorf("the impact of %s: %q", act, got)
			}
		}
		if own := w.browsers["person"].get("/settings/tokens/" + w.token.PublicID); !strings.Contains(own.text("main"), "An administrator has paused this token") {
			t.Error("the owner is not told")
		}
		b.post(path + "/pause").to(path)
		if got := b.get(path).text("#flash"); !strings.Contains(got, "was so already") {
			t.Errorf("the second pause: %q", got)
		}
		b.post(path + "/resume").to(path)
		if got := b.get(path).none("#refused.card-danger").text("#refused"); !strings.Contains(got, "called while paused: 1 request was refused") {
			t.Errorf("the scream is over: %q", got)
		}
		s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusOK)
		b.post(path + "/revoke").to(path)
		s.use(t, w.secret, "192.0.2.11", "").want(http.StatusUnauthorized)
		page := b.get(path)
		if got := page.text("#after-death"); !strings.Contains(got, "1 request was refused") || !strings.Contains(got, "192.0.2.11") {
			t.Errorf("after its death: %q", got)
		}
		for _, word := range []string{"paused", "resumed", "revoked", w.admin.Name} {
			if !strings.Contains(page.text("#history"), word) {
				t.Errorf("the history lacks %q", word)
			}
		}
		b.post(path + "/pause").to(path)
		if got := b.get(path).text("#flash"); !strings.Contains(got, "has ended already") {
			t.Errorf("a pause after its death: %q", got)
		}
		b.get(path + "/pause").to(path)
	})
}

// A token that was only refused is not one that nobody calls with.
func TestOnlyRefused(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	b := w.browsers["administrator"]
	path := "/admin/tokens/" + w.token.PublicID
	if got := b.get(path + "/revoke").text("main"); !strings.Contains(got, "never used") || !strings.Contains(got, "Never used") {
		t.Errorf("before any request: %q", got)
	}
	list := "/admin/tokens?owner=" + url.QueryEscape(w.person.Email)
	b.post(path + "/pause")
	for range 5 {
		s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusUnauthorized)
	}
	for _, at := range []string{path + "/revoke", path, list, "/admin/tokens/find?token=" + w.token.PublicID} {
		got := b.get(at).want(http.StatusOK).text("main")
		if strings.Contains(strings.ToLower(got), "never used") || !strings.Contains(got, "Only refused") {
			t.Errorf("%s: %q", at, got)
		}
		if at != path && at != list && !strings.Contains(got, "5 requests, 5 of them refused") {
			t.Errorf("%s does not count them: %q", at, got)
		}
	}
	if got := w.browsers["person"].get("/settings/tokens/" + w.token.PublicID + "/revoke").text("main"); !strings.Contains(got, "5 requests, 5 of them refused") {
		t.Errorf("the owner's impact: %q", got)
	}
}

// Where clocks are put forward at midnight, a day without 00:00 is meant all the same.
func TestDaysWithoutMidnight(t *testing.T) {
	s := newSite(t)
	s.clock.Set(time.Date(2027, 8, 29, 4, 30, 0, 0, time.UTC)) // 00:30 in Santiago
	w := newAdminWorld(t, s)
	b := s.enter(t, modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Admin, in.TimeZone = true, "America/Santiago" }))
	const day, start = "2027-09-05", "2027-09-05T04:00:00Z" // 01:00 in Santiago
	path := "/admin/tokens/" + w.token.PublicID
	for _, clock := range []string{"", "00:00", "00:59"} {
		b.post(path+"/schedule", "at", day, "at_time", clock).to(path)
		planned, err := s.store.AdminToken(t.Context(), w.token.PublicID)
		if err != nil {
			t.Fatal(err)
		}
		if at := planned.RevokeAt.UTC().Format(time.RFC3339); clock != "00:59" && at != start || at < start {
			t.Errorf("%q is %s", clock, at)
		}
	}
	if form := b.post("/admin/tokens/act", "kind", models.JobSchedule, "token."+w.token.PublicID, "1").want(http.StatusOK); form.value("#at") != day {
		t.Errorf("a week later is %s, not %s", form.value("#at"), day)
	}
	at := personAt(w.person, "")
	b.post(at+"/rundown", "version", "0", "last_day", day).to(at)
	if body := b.get(at).want(http.StatusOK).body; !strings.Contains(body, "leaves after 5 Sep 2027") {
		t.Error("the message names another day")
	}
}

// A planned revocation stands on the owner's list too, in each reader's own time; it can be cancelled.
func TestScheduleRevocation(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	tokyo := modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Admin, in.TimeZone = true, "Asia/Tokyo" })
	b := s.enter(t, tokyo)
	path := "/admin/tokens/" + w.token.PublicID
	day := s.clock.Now().AddDate(0, 0, 10).Format(time.DateOnly)
	b.post(path+"/schedule", "at", day, "at_time", "09:30").to(path)
	planned, err := s.store.AdminToken(t.Context(), w.token.PublicID)
	if err != nil || planned.RevokeAt.UTC().Format(time.RFC3339) != day+"T00:30:00Z" {
		t.Fatalf("planned for %v, %v", planned.RevokeAt, err)
	}
	if got := w.browsers["person"].get("/settings/tokens").want(http.StatusOK).text("#token-list"); !strings.Contains(got, "Ends ") {
		t.Errorf("the owner's list: %q", got)
	}
	if got := b.get(path + "/schedule").want(http.StatusOK); got.value("#at") != day || got.value("#at_time") != "09:30" {
		t.Error("the form does not show what is planned")
	}
	b.post(path+"/schedule", "at", "2000-01-01").refused("at")
	b.post(path+"/schedule", "at", "soon", "at_time", "noon").refused("at", "at_time")
	b.post(path + "/unschedule").to(path)
	s.clock.Advance(11 * 24 * time.Hour)
	if planned, err = s.store.AdminToken(t.Context(), w.token.PublicID); err != nil || planned.RevokeAt != nil || planned.Revoked(s.clock.Now()) {
		t.Errorf("cancelled, but to be revoked at %v, %v", planned.RevokeAt, err)
	}
}
