package models_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestJobRevokesAll(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		admin := fleetOf(t, s, 2345)
		own, secret := mustToken(t, s, admin, "mine", withReveal(t, s, admin))
		v := models.NewVerifier(s)
		v.Poll(t.Context())
		wantOutcome(t, v, secret, models.OutcomeOK)
		j := mustJob(t, s, admin, models.JobRevoke, everyone())
		wantJob(t, j, models.JobCollecting, 0, 0, 0)
		late, _ := mustToken(t, after(s, time.Second), admin, "made after the job was started")
		j = ran(t, s, j)
		wantJob(t, j, models.JobDone, 2346, 2346, 0)
		if j.FinishedAt == nil || j.Open() || j.Left() != 0 {
			t.Errorf("the job is %+v", j)
		}
		wantOnceEach(t, s, models.AuditTokenRevoked, 2346, j)
		wantOutcome(t, v, secret, models.OutcomeRevoked)
		if n := count(t, s, "SELECT count(*) FROM tokens WHERE revoked_at IS NOT NULL AND live_name IS NULL AND version = 2"); n != 2346 {
			t.Errorf("%d tokens are revoked", n)
		}
		if n := count(t, s, fmt.Sprint("SELECT count(*) FROM reveals WHERE token_id = ", own.ID)); n != 0 {
			t.Error("the secret can still be seen")
		}
		if got := must(s.Token(t.Context(), admin, late.PublicID))(t); got.RevokedAt != nil {
			t.Error("a token was revoked that is newer than the job")
		}
		if n := count(t, s, "SELECT count(*) FROM standing_changes WHERE hash IS NOT NULL"); n != 2346 {
			t.Errorf("other processes learn of %d tokens", n)
		}
		if got := kindsOf(t, s, j.Subject()); !slices.Equal(got, []string{models.AuditJobStarted, models.AuditJobEnded}) {
			t.Errorf("the job's events are %v", got)
		}
	})
}

// Each act, on tokens in each state.
func TestJobActs(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := modeltest.MustUser(t, s, asAdmin)
		u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.TimeZone = "America/New_York" })
		soon := clock.Now().Add(10 * 24 * time.Hour)
		expired, _ := mustToken(t, s, u, "expired", func(in *models.NewToken) { in.Validity = "7" })
		clock.Advance(9 * 24 * time.Hour)
		all := []*models.Token{expired}
		for _, name := range []string{"plain", "paused", "scheduled", "revoked"} {
			tok, _ := mustToken(t, s, u, name)
			all = append(all, tok)
		}
		must(s.PauseToken(t.Context(), by(admin), all[2].PublicID))(t)
		must(s.ScheduleRevocation(t.Context(), by(admin), all[3].PublicID, &soon))(t)
		must(s.AdminRevoke(t.Context(), by(admin), all[4].PublicID))(t)
		before := map[string]models.Token{}
		ids := []string{"unknown"}
		for _, tok := range all {
			ids = append(ids, tok.PublicID)
			before[tok.Name] = *must(s.Token(t.Context(), u, tok.PublicID))(t)
		}
		for _, c := range []struct {
			kind    string
			changes []string // names
			skipped map[string]int64
			event   string
			as      func(now models.Token) bool
		}{
			{models.JobSchedule, []string{"plain", "paused"}, map[string]int64{"same": 1, "expired": 1, "revoked": 1}, models.AuditTokenScheduled,
				func(now models.Token) bool { return now.RevokeAt.Equal(soon) }},
			{models.JobUnschedule, []string{"plain", "paused", "scheduled"}, map[string]int64{"expired": 1, "revoked": 1}, models.AuditTokenUnscheduled,
				func(now models.Token) bool { return now.RevokeAt == nil }},
			{models.JobPause, []string{"plain", "scheduled"}, map[string]int64{"same": 1, "expired": 1, "revoked": 1}, models.AuditTokenPaused,
				func(now models.Token) bool { return now.PausedAt.Equal(clock.Now()) }},
			{models.JobResume, []string{"plain", "paused", "scheduled"}, map[string]int64{"expired": 1, "revoked": 1}, models.AuditTokenResumed,
				func(now models.Token) bool { return now.PausedAt == nil }},
			{models.JobMoveExpiry, []string{"plain", "paused", "scheduled"}, map[string]int64{"expired": 1, "revoked": 1}, models.AuditTokenChanged,
				func(now models.Token) bool { return now.ExpiresAt.Equal(time.Date(2027, 2, 1, 5, 0, 0, 0, time.UTC)) }},
			{models.JobRevoke, []string{"expired", "plain", "paused", "scheduled"}, map[string]int64{"revoked": 1}, models.AuditTokenRevoked,
				func(now models.Token) bool { return now.RevokedAt.Equal(clock.Now()) }},
		} {
			j := ran(t, s, mustJob(t, s, admin, c.kind, models.Selection{IDs: ids}, func(in *models.JobForm) {
				in.At, in.ExpiresOn = &soon, "2027-01-31"
			}))
			skipped := int64(0)
			for _, n := range c.skipped {
				skipped += n
			}
			wantJob(t, j, models.JobDone, 5, int64(len(c.changes)), skipped)
			if report := must(s.JobReport(t.Context(), j.ID))(t); !maps.Equal(report, c.skipped) {
				t.Errorf("%s skipped %v, not %v", c.kind, report, c.skipped)
			}
			for _, tok := range all {
				now := *must(s.Token(t.Context(), u, tok.PublicID))(t)
				changed := now.Version != before[now.Name].Version
				if changed != slices.Contains(c.changes, now.Name) || changed && !c.as(now) {
					t.Errorf("%s: %s is %+v", c.kind, now.Name, now)
				}
				number := models.AuditChange{Field: "job", New: fmt.Sprint(j.ID)}
				if events := eventsOf(t, s, c.event)[tok.PublicID]; changed && !slices.Contains(events[len(events)-1].Changes, number) {
					t.Errorf("%s: %s has the events %+v", c.kind, now.Name, events)
				}
				before[now.Name] = now
			}
		}
	})
}

func TestJobForm(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 3)
		past := clock.Now()
		one := models.Selection{IDs: []string{fmt.Sprintf("%026d", 1)}}
		for want, in := range map[string]models.JobForm{
			"nonce:nonce_missing":            {Kind: models.JobRevoke, Selection: one},
			"kind:job_kind":                  {Nonce: "n", Kind: models.JobShorten, Selection: one},
			"ids:job_nothing":                {Nonce: "n", Kind: models.JobRevoke},
			"ids:job_nothing kind:job_kind":  {Nonce: "n", Selection: models.Selection{IDs: []string{"\xff"}}},
			"ids:job_too_many":               {Nonce: "n", Kind: models.JobRevoke, Selection: models.Selection{IDs: make([]string, 1001)}},
			"status:filter_status":           {Nonce: "n", Kind: models.JobRevoke, Selection: models.Selection{Filter: &models.AdminFilter{Status: "x"}}},
			"at:job_at_missing":              {Nonce: "n", Kind: models.JobSchedule, Selection: one},
			"at:revoke_at_past":              {Nonce: "n", Kind: models.JobSchedule, Selection: one, At: &past},
			"expires_on:expires_on_required": {Nonce: "n", Kind: models.JobMoveExpiry, Selection: one},
			"expires_on:expires_on_past":     {Nonce: "n", Kind: models.JobMoveExpiry, Selection: one, ExpiresOn: "2026-12-13"},
		} {
			_, err := s.StartJob(t.Context(), by(admin), in)
			wantRefusals(t, err, want)
		}
		if n := count(t, s, "SELECT count(*) FROM jobs"); n != 0 {
			t.Errorf("%d jobs were started", n)
		}
	})
}

// Pressing twice, even at once, does it once.
func TestJobTwiceIsOnce(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		admin := fleetOf(t, s, 100)
		in := models.JobForm{Nonce: "pressed", Kind: models.JobRevoke, Selection: everyone()}
		jobs := make([]*models.Job, 8)
		together(len(jobs), func(i int) {
			var err error
			if jobs[i], err = s.StartJob(t.Context(), by(admin), in); err != nil {
				t.Error(err)
			}
		})
		for _, j := range jobs {
			if j.ID != jobs[0].ID || j.Kind != models.JobRevoke {
				t.Errorf("job %+v is another than %+v", j, jobs[0])
			}
		}
		ok(t, s.RunJobs(t.Context()))
		again := must(s.StartJob(t.Context(), by(admin), in))(t)
		ok(t, s.RunJobs(t.Context()))
		wantJob(t, again, models.JobDone, 100, 100, 0)
		wantOnceEach(t, s, models.AuditTokenRevoked, 100, again)
		in.IDs, in.Filter = []string{"other"}, nil
		other, err := s.StartJob(t.Context(), by(admin), in)
		if wantError(t, err, models.ErrConflict); other.ID != again.ID {
			t.Errorf("in the way is %+v", other)
		}
		page, older, err := s.Jobs(t.Context(), 0, 10)
		if ok(t, err); len(page) != 1 || older != 0 {
			t.Errorf("jobs: %+v, %d", page, older)
		}
	})
}

// Tokens that change while a job collects them are reached all the same.
func TestJobReachesWhatMoves(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 1500)
		at := func(h int) int64 { return clock.Now().Add(time.Duration(h) * time.Hour).UnixMicro() }
		all := fmt.Sprintf(`UPDATE tokens SET refused_at = %d - id, paused_at = %d - id, revoke_at = %d + id, expires_at = %d + id`,
			at(-1), at(-1), at(24), at(48))
		for name, c := range map[string]struct {
			filter models.AdminFilter
			moves  string
		}{
			"is used while it is dead": {models.AdminFilter{AfterDeath: 7}, fmt.Sprint("refused_at = ", at(0))},
			"is paused once more":      {models.AdminFilter{Status: "paused"}, fmt.Sprint("paused_at = ", at(0))},
			"is to end earlier":        {models.AdminFilter{Status: "scheduled"}, fmt.Sprint("revoke_at = ", at(1))},
			"expires earlier":          {models.AdminFilter{Remaining: 7}, fmt.Sprint("expires_at = ", at(1))},
			"has another name":         {models.AdminFilter{Text: "to"}, "name_key = 'to' || id, live_name = 'to' || id"},
		} {
			must(s.SQL().ExecContext(t.Context(), all))(t)
			j := mustJob(t, s, admin, models.JobPause, models.Selection{Filter: &c.filter}) // which all are
			s.AfterStep(func() {
				if now := must(s.Job(t.Context(), j.ID))(t); now.State == models.JobCollecting { // the first or the last is not collected yet
					must(s.SQL().ExecContext(t.Context(), fmt.Sprintf("UPDATE tokens SET %s WHERE id IN (1001, 2000, 2500)", c.moves)))(t)
				}
			})
			ok(t, s.RunJobs(t.Context()))
			s.AfterStep(nil)
			if n := must(s.Job(t.Context(), j.ID))(t); n.Total != 1500 {
				t.Errorf("one of 1500 tokens %s, and %d are collected", name, n.Total)
			}
		}
	})
}

func TestOldJobsAreRemoved(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 1500)
		ran(t, s, mustJob(t, s, admin, models.JobPause, everyone()))
		clock.Advance(89 * 24 * time.Hour)
		young := ran(t, s, mustJob(t, s, admin, models.JobResume, everyone()))
		clock.Advance(2 * 24 * time.Hour)
		ok(t, s.Cleanup(t.Context()))
		page, _, err := s.Jobs(t.Context(), 0, 10)
		if ok(t, err); len(page) != 1 || page[0].ID != young.ID {
			t.Errorf("left are %+v", page)
		}
		if n := count(t, s, "SELECT count(*) FROM job_items"); n != 1500 {
			t.Errorf("%d items are left", n)
		}
	})
}
