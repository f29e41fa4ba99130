package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
)

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin/tokens/find":        adminPage(200),
		"POST /admin/tokens/find":       adminPage(422),
		"POST /admin/tokens/:id/leaked": adminPage(303),
		"POST /admin/tokens/act":        adminPage(200).with("kind=revoke&token.:token=1"),
		"GET /admin/jobs":               adminPage(200),
		"GET /admin/jobs/:id":           adminPage(200).after(startJob),
		"POST /admin/jobs/:id/stop":     adminPage(303).after(startJob),
	})
}

// startJob starts a job that nobody does.
func startJob(t *testing.T, w *adminWorld) {
	t.Helper()
	job, err := w.site.store.StartJob(t.Context(), models.Actor{Kind: "user", User: w.admin}, models.JobForm{
		Nonce: "of the test", Kind: models.JobPause, Selection: models.Selection{IDs: []string{w.token.PublicID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.ids["jobs"] = decimal(job.ID)
}

// A pasted secret leads to its token and is repeated nowhere; what leaked is ended by one press.
func TestFindBySecret(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	b := w.browsers["administrator"]
	found := "/admin/tokens/find?token=" + w.token.PublicID
	for _, text := range []string{w.secret, "  " + w.secret + "\n", "export TOKEN=" + w.secret + ";"} {
		b.post("/admin/tokens/find", "secret", text).to(found)
	}
	page := b.get(found).want(http.StatusOK)
	if !strings.Contains(page.text("main"), w.person.Email) {
		t.Error("the page does not name the owner")
	}
	four := w.secret[len(w.secret)-4:]
	b.post("/admin/tokens/find", "secret", four).to("/admin/tokens/find?last_four=" + four)
	if n := b.get("/admin/tokens/find?last_four=" + four).want(http.StatusOK).count("tbody tr"); n != 1 {
		t.Errorf("%d tokens end with %s", n, four)
	}
	if n := b.get("/admin/tokens/find?last_four=%25%25%25%25").want(http.StatusOK).count("tbody tr"); n != 0 {
		t.Errorf("%d tokens end with %%%%%%%%", n)
	}
	b.post("/admin/tokens/find", "secret", "").refused("secret")
	unknown := "tsr_pat_" + strings.Repeat("x", 38)
	if a := b.post("/admin/tokens/find", "secret", unknown).refused("secret"); strings.Contains(a.body, unknown) {
		t.Error("the page repeats a secret")
	}
	b.get("/admin/tokens/find?token=nothing").want(http.StatusNotFound)
	action := page.find("main form[action$='/leaked']").AttrOr("action", "")
	b.post(action).to("/admin/tokens/" + w.token.PublicID)
	s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusUnauthorized)
	b.post(action).to("/admin/tokens/" + w.token.PublicID) // a second press is harmless
}

// Acting on many: a review first, which changes nothing, then a job, once.
func TestActOnMany(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		b := w.browsers["administrator"]
		other, _ := s.token(t, w.person, "deploy one")
		s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusOK)
		if err := s.usage.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := s.rows(t)
		review := b.post("/admin/tokens/act", "kind", "revoke", "token."+w.token.PublicID, "1", "token."+other.PublicID, "1", "filter", "").want(http.StatusOK)
		if tables := changed(before, s.rows(t)); len(tables) > 0 {
			t.Fatalf("the review changes %v", tables)
		}
		if got := review.text(".tiles"); !strings.Contains(got, "Tokens 2") || !strings.Contains(got, "Owners 1") || !strings.Contains(got, "Requests 1") {
			t.Errorf("the impact: %q", got)
		}
		if n := review.count("tbody tr"); n != 1 || !strings.Contains(review.text("tbody"), w.token.Name) {
			t.Errorf("%d of the busiest", n)
		}
		fields := review.hidden()
		first := b.post("/admin/tokens/act", append(fields, "step", "start")...).want(http.StatusSeeOther).Header.Get("Location")
		b.post("/admin/tokens/act", append(fields, "step", "start")...).to(first)
		if n := s.count(t, "SELECT count(*) FROM jobs"); n != 1 {
			t.Fatalf("%d jobs", n)
		}
		if page := b.get(first).want(http.StatusOK); page.count("#job[data-hx-trigger]") != 1 {
			t.Error("an open job is not looked after")
		}
		if err := s.store.RunJobs(context.Background()); err != nil {
			t.Fatal(err)
		}
		page := b.get(first).want(http.StatusOK).none("#job[data-hx-trigger]")
		if got := page.text("#job"); !strings.Contains(got, "Done") || !strings.Contains(got, "Changed2") {
			t.Errorf("the report: %q", got)
		}
		s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusUnauthorized)
		if got := b.get("/admin/jobs").want(http.StatusOK).text("tbody"); !strings.Contains(got, "Revoke tokens") {
			t.Errorf("the jobs: %q", got)
		}
	})
}

// All that a filter chooses can be meant without ticking rows; a day is asked for where there must be one.
func TestActOnAFilter(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	b := w.browsers["administrator"]
	filter := "owner=" + url.QueryEscape(w.person.Email)
	review := b.post("/admin/tokens/act", "kind", "schedule", "all", "1", "filter", filter).want(http.StatusOK)
	if got, want := review.value("#at"), s.clock.Now().AddDate(0, 0, firstPlanned).Format(time.DateOnly); got != want {
		t.Errorf("the form begins with %s, not %s", got, want)
	}
	fields := review.hidden()
	b.post("/admin/tokens/act", append(fields, "at", "", "step", "start")...).refused("at")
	b.post("/admin/tokens/act", append(fields, "at", "2001-02-03", "step", "review")...).refused("at")
	day := s.clock.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	again := b.post("/admin/tokens/act", append(fields, "at", day, "at_time", "10:00", "step", "review")...).want(http.StatusOK)
	if again.value("#at") != day || again.value("#at_time") != "10:00" {
		t.Error("the chosen moment is gone")
	}
	job := b.post("/admin/tokens/act", append(again.hidden(), "at", day, "at_time", "10:00", "step", "start")...).want(http.StatusSeeOther).Header.Get("Location")
	if got := b.get(job).want(http.StatusOK).text("main"); !strings.Contains(got, w.person.Email) {
		t.Errorf("the job does not say which tokens: %q", got)
	}
	changed := b.post("/admin/tokens/act", append(again.hidden(), "at", day, "at_time", "11:00", "step", "start")...).want(http.StatusOK)
	if slices.Equal(changed.hidden(), again.hidden()) || s.count(t, "SELECT count(*) FROM jobs") != 1 {
		t.Error("a form that was sent already, with another time, is not reviewed anew")
	}
	if got := changed.text("main"); !strings.Contains(got, "You chose another day") {
		t.Errorf("another time than that of the impact: %q", got)
	}
	b.post(job + "/stop").to(job)
	if got := b.get(job).text("#job"); !strings.Contains(got, "Stopping") || !strings.Contains(got, "Stopped by"+w.admin.Name) {
		t.Errorf("after Stop: %q", got)
	}
	if to := b.get(job).find("#job .card-foot a[href^='/admin/audit']").AttrOr("href", ""); b.get(to).want(http.StatusOK).count("tbody tr[id]") != 2 {
		t.Errorf("%q does not show that the job was started and stopped", to)
	}
	if part := b.htmx(job).get(job).want(http.StatusOK); part.count("#job") != 1 || part.count("main") != 0 {
		t.Error("the part that is polled is not the job alone")
	}
	b.post("/admin/tokens/act", "kind", "pause", "filter", "").refused("")
	b.post("/admin/tokens/act", "kind", "odd", "all", "1").want(http.StatusBadRequest)
	b.post("/admin/tokens/act", "kind", "pause", "all", "1", "filter", "age=x").want(http.StatusBadRequest)
	b.get("/admin/jobs/x").want(http.StatusNotFound)
	b.get("/admin/jobs/99").want(http.StatusNotFound)
	b.get("/admin/jobs?before=0").want(http.StatusBadRequest)
}

// A review counts what would change, leads back to the list as it was, and starts nothing
// with a day of which nobody has seen the impact.
func TestReviewOfAnAct(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	b := w.browsers["administrator"]
	s.token(t, w.person, "deploy one")
	s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusOK)
	b.post("/admin/tokens/" + w.token.PublicID + "/pause")
	s.use(t, w.secret, "192.0.2.9", "curl/8").want(http.StatusUnauthorized)
	if err := s.usage.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	filter := "owner=" + url.QueryEscape(w.person.Email)
	list := b.get("/admin/tokens?"+filter+"&sort=name&dir=asc").want(http.StatusOK).find("#bulk input[name=list]").AttrOr("value", "")
	resume := b.post("/admin/tokens/act", "kind", "resume", "all", "1", "filter", filter, "list", list).want(http.StatusOK)
	if got := resume.text("main"); !strings.Contains(got, "Tokens 1 would change, of 2 selected") || !strings.Contains(got, "1 would stay as it is: not paused.") ||
		!strings.Contains(got, "Requests 2") || !strings.Contains(got, "Resume 1 token") {
		t.Errorf("the review: %q", got)
	}
	if back := resume.find("main .card-foot a.btn-quiet").AttrOr("href", ""); back != "/admin/tokens?"+list || !strings.Contains(list, "sort=name") {
		t.Errorf("back to %s", back)
	}
	odd := b.post("/admin/tokens/act", "kind", "unschedule", "all", "1", "filter", filter, "list", "&&x=//evil.example").want(http.StatusOK)
	if got := odd.none("main button[value=start]").text("main"); !strings.Contains(got, "There is nothing to change") {
		t.Errorf("nothing to do: %q", got)
	}
	move := b.post("/admin/tokens/act", "kind", "move_expiry", "all", "1", "filter", filter, "list", list).want(http.StatusOK)
	day := s.clock.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	other := b.post("/admin/tokens/act", append(move.hidden(), "expires_on", day, "step", "start")...).want(http.StatusOK)
	if s.count(t, "SELECT count(*) FROM jobs") != 0 || other.value("#expires_on") != day {
		t.Error("a day was begun with that nobody has reviewed")
	}
	if past := b.post("/admin/tokens/act", append(move.hidden(), "expires_on", "2001-02-03", "step", "start")...).refused("expires_on"); strings.Contains(past.text("main"), "another day") {
		t.Error("a day that can't be is said to have an impact")
	}
	b.post("/admin/tokens/act", append(other.hidden(), "expires_on", day, "step", "start")...).want(http.StatusSeeOther)
}

// hidden are the fields of the page's form that nobody fills in, as names and values.
func (a *answer) hidden() []string {
	a.t.Helper()
	var fields []string
	a.doc.Find("main form input[type=hidden]").Each(func(_ int, e *selection) {
		fields = append(fields, e.AttrOr("name", ""), e.AttrOr("value", ""))
	})
	return fields
}
