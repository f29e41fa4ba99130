package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// fleetOf makes n tokens of some people, with ids from 1001 on, and returns an administrator.
func fleetOf(t testing.TB, s *models.Store, n int) *models.User {
	t.Helper()
	admin := modeltest.MustUser(t, s, asAdmin)
	var d models.Demo
	for i := range max(1, n/50) {
		d.Users = append(d.Users, models.User{ID: int64(1001 + i), Email: fmt.Sprintf("p%d@example.com", i), Name: "P", PasswordHash: "x",
			TimeZone: []string{"Asia/Tokyo", "America/New_York"}[i%2], Theme: "system", CreatedAt: s.Now(), UpdatedAt: s.Now()})
	}
	for i := range n {
		id := fmt.Sprintf("%026d", i)
		d.Tokens = append(d.Tokens, models.Token{ID: int64(1001 + i), PublicID: id, UserID: d.Users[i%len(d.Users)].ID, Name: fmt.Sprint("token ", i),
			Hash: fmt.Appendf(nil, "%032d", i), LastFour: "abcd", Nonce: id, Version: 1, CreatedAt: s.Now()})
	}
	ok(t, s.InsertDemo(t.Context(), d))
	return admin
}

func everyone() models.Selection { return models.Selection{Filter: &models.AdminFilter{}} }

func mustJob(t testing.TB, s *models.Store, admin *models.User, kind string, sel models.Selection, change ...func(*models.JobForm)) *models.Job {
	t.Helper()
	in := models.JobForm{Nonce: nonce(), Kind: kind, Selection: sel}
	for _, f := range change {
		f(&in)
	}
	j, err := s.StartJob(t.Context(), by(admin), in)
	if err != nil {
		t.Fatal("start a job:", err)
	}
	return j
}

// ran runs all jobs to their end and returns one of them.
func ran(t testing.TB, s *models.Store, j *models.Job) *models.Job {
	t.Helper()
	ok(t, s.RunJobs(t.Context()))
	return must(s.Job(t.Context(), j.ID))(t)
}

func wantJob(t testing.TB, j *models.Job, state string, total, changed, skipped int64) {
	t.Helper()
	if j.State != state || j.Total != total || j.Changed != changed || j.Skipped != skipped {
		t.Errorf("job %d is %s with %d tokens, %d changed, %d skipped; not %s %d %d %d",
			j.ID, j.State, j.Total, j.Changed, j.Skipped, state, total, changed, skipped)
	}
}

// eventsOf lists the events of each token by its public id, of one kind, and looks whether the chain holds.
func eventsOf(t testing.TB, s *models.Store, kind string) map[string][]models.AuditEvent {
	t.Helper()
	var all []models.AuditEvent
	ok(t, s.AllEvents(t.Context(), &all))
	out := map[string][]models.AuditEvent{}
	last := make([]byte, 32)
	for i, e := range all {
		if e.Seq != int64(i+1) || !slices.Equal(e.PrevHash, last) {
			t.Fatalf("the chain breaks at %d", e.Seq)
		}
		if last = e.Hash; e.Kind == kind {
			out[e.Subject] = append(out[e.Subject], e)
		}
	}
	return out
}

// wantOnceEach fails unless n tokens have exactly one event of a kind, by the job.
func wantOnceEach(t testing.TB, s *models.Store, kind string, n int, j *models.Job) {
	t.Helper()
	events := eventsOf(t, s, kind)
	if len(events) != n {
		t.Errorf("%d tokens were %s, not %d", len(events), kind, n)
	}
	number := models.AuditChange{Field: "job", New: fmt.Sprint(j.ID)}
	for subject, of := range events {
		e := of[0]
		if len(of) != 1 || e.ActorName != j.ActorName || e.Address != "192.0.2.7" || e.Client != "Firefox 128" ||
			e.UserID == nil || e.Label == "" || !slices.Contains(e.Changes, number) {
			t.Fatalf("%s has %d events: %+v", subject, len(of), e)
		}
	}
}

// after is the store some time later.
func after(s *models.Store, d time.Duration) *models.Store {
	later, now := *s, s.Now
	later.Now = func() time.Time { return now().Add(d) }
	return &later
}

func withReveal(t testing.TB, s *models.Store, u *models.User) func(*models.NewToken) {
	session := mustSignIn(t, s, u)
	return func(in *models.NewToken) { in.Session = session }
}

func kindsOf(t testing.TB, s *models.Store, subject string) []string {
	t.Helper()
	var all []models.AuditEvent
	ok(t, s.AllEvents(t.Context(), &all))
	var out []string
	for _, e := range all {
		if e.Subject == subject {
			out = append(out, e.Kind)
		}
	}
	return out
}
