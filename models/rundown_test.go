package models_test

import (
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestRundown(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s) // Monday, 14 December 2026, noon in Tokyo
		admin := modeltest.MustUser(t, s, asAdmin, func(in *models.NewUser) { in.TimeZone = "Asia/Tokyo" })
		u := modeltest.MustUser(t, s)
		tokens := map[string]*models.Token{}
		for _, name := range []string{"own day", "last day", "planned earlier", "planned later", "dead"} {
			tokens[name], _ = mustToken(t, s, u, name)
		}
		early, late := clock.Now().Add(time.Hour), clock.Now().Add(90*24*time.Hour)
		must(s.ScheduleRevocation(t.Context(), by(admin), tokens["planned earlier"].PublicID, &early))(t)
		must(s.ScheduleRevocation(t.Context(), by(admin), tokens["planned later"].PublicID, &late))(t)
		must(s.AdminRevoke(t.Context(), by(admin), tokens["dead"].PublicID))(t)
		v := models.NewVerifier(s)
		v.Poll(t.Context())

		end := time.Date(2026, 12, 20, 15, 0, 0, 0, time.UTC) // the end of the 20th in Tokyo
		own := time.Date(2026, 12, 16, 15, 0, 0, 0, time.UTC)
		in := models.RundownForm{LastDay: "2026-12-20", Tokens: []models.RundownChoice{
			{PublicID: tokens["own day"].PublicID, Day: "2026-12-16", Replacement: "  Aiko's deploy key "},
			{PublicID: tokens["dead"].PublicID, Day: "2026-12-16"}, {PublicID: "unknown"},
		}}
		plan := func(want map[string]time.Time) {
			t.Helper()
			for name, at := range want {
				now := must(s.Token(t.Context(), u, tokens[name].PublicID))(t)
				if at.IsZero() != (now.RevokeAt == nil) || now.RevokeAt != nil && !now.RevokeAt.Equal(at) {
					t.Errorf("%s is planned for %v, not %v", name, now.RevokeAt, at)
				}
			}
		}
		r := must(s.SaveRundown(t.Context(), by(admin), u.ID, in))(t)
		if got := must(s.Rundown(t.Context(), u.ID))(t); !got.EndsAt.Equal(end) || got.Version != 1 || r.Version != 1 || got.ActorName != admin.Name ||
			len(got.Tokens) != 4 || got.Tokens[tokens["own day"].ID].Replacement != "Aiko's deploy key" || !got.Tokens[tokens["own day"].ID].RevokeAt.Equal(own) {
			t.Errorf("the plan is %+v", got)
		}
		plan(map[string]time.Time{"own day": own, "last day": end, "planned earlier": early, "planned later": end, "dead": {}})
		_, err := s.SaveRundown(t.Context(), by(admin), u.ID, in)
		wantError(t, err, models.ErrConflict)

		in.Version, in.LastDay, in.Tokens = 1, "2026-12-21", in.Tokens[1:]
		must(s.SaveRundown(t.Context(), by(admin), u.ID, in))(t)
		plan(map[string]time.Time{"own day": end.AddDate(0, 0, 1), "last day": end.AddDate(0, 0, 1), "planned earlier": early})

		ok(t, s.CancelRundown(t.Context(), by(admin), u.ID))
		plan(map[string]time.Time{"own day": {}, "last day": {}, "planned earlier": early, "planned later": {}})
		wantError(t, s.CancelRundown(t.Context(), by(admin), u.ID), models.ErrNotFound)
		want := []string{models.AuditTokenCreated, models.AuditTokenScheduled, models.AuditTokenScheduled, models.AuditTokenUnscheduled}
		if got := kinds(t, s, u.ID, tokens["own day"].PublicID); !slices.Equal(got, want) {
			t.Errorf("the token's events are %v", got)
		}

		in.Version = 0
		must(s.SaveRundown(t.Context(), by(admin), u.ID, in))(t)
		session := mustSignIn(t, s, u)
		_, secret := mustToken(t, s, u, "made meanwhile")
		wantOutcome(t, v, secret, models.OutcomeOK)
		clock.Set(end.AddDate(0, 0, 1).Add(-time.Microsecond))
		ok(t, s.RunRundowns(t.Context()))
		wantOutcome(t, v, secret, models.OutcomeOK)
		clock.Advance(time.Microsecond)
		for range 2 { // the second has nothing to do
			ok(t, s.RunRundowns(t.Context()))
		}
		wantOutcome(t, v, secret, models.OutcomeRevoked)
		if now := must(s.UserByEmail(t.Context(), u.Email))(t); !now.Disabled() {
			t.Error("the account is not disabled")
		}
		_, _, err = s.SessionBySecret(t.Context(), session.Secret)
		wantError(t, err, models.ErrNotFound)
		if n := count(t, s, "SELECT count(*) FROM tokens WHERE live_name IS NOT NULL") + count(t, s, "SELECT count(*) FROM rundown_tokens"); n != 0 {
			t.Errorf("%d tokens or plans are left", n)
		}
		all := kinds(t, s, u.ID, "")
		if got := all[len(all)-3:]; !slices.Equal(got, []string{models.AuditTokenRevoked, models.AuditUserDisabled, models.AuditRundownEnded}) {
			t.Errorf("it ended with %v", got)
		}
	})
}

func TestRundownForm(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		admin, u, gone := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		ok(t, s.SetDisabled(t.Context(), models.CLI, gone.ID, true))
		for want, c := range map[string]struct {
			user *models.User
			in   models.RundownForm
		}{
			"last_day:rundown_day_required":                           {u, models.RundownForm{}},
			"last_day:rundown_day_invalid":                            {u, models.RundownForm{LastDay: "tomorrow"}},
			"last_day:rundown_day_required day_a:rundown_day_invalid": {u, models.RundownForm{Tokens: []models.RundownChoice{{PublicID: "a", Day: "soon"}}}},
			"last_day:rundown_day_past":                               {u, models.RundownForm{LastDay: "2026-12-13"}},
			"last_day:rundown_day_far":                                {u, models.RundownForm{LastDay: "2036-12-15"}},
			"last_day:rundown_self":                                   {admin, models.RundownForm{LastDay: "2026-12-14"}},
			"last_day:rundown_disabled":                               {gone, models.RundownForm{LastDay: "2026-12-14"}},
			"day_a:rundown_day_late day_b:rundown_day_invalid":        {u, models.RundownForm{LastDay: "2026-12-14", Tokens: []models.RundownChoice{{PublicID: "a", Day: "2026-12-15"}, {PublicID: "b", Day: "x"}}}},
			"by_a:rundown_by":                                         {u, models.RundownForm{LastDay: "2026-12-14", Tokens: []models.RundownChoice{{PublicID: "a", Replacement: "\x00"}}}},
		} {
			_, err := s.SaveRundown(t.Context(), by(admin), c.user.ID, c.in)
			wantRefusals(t, err, want)
		}
		_, err := s.SaveRundown(t.Context(), by(admin), 987, models.RundownForm{LastDay: "2026-12-14"})
		wantError(t, err, models.ErrNotFound)
		_, err = s.Rundown(t.Context(), u.ID)
		wantError(t, err, models.ErrNotFound)
	})
}

// While somebody leaves, what is planned for one of their tokens may come sooner, never
// later, nor be taken back; and nothing is planned for when a token has expired.
func TestPlansAndRundowns(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		modeltest.SetClock(s)
		admin, u := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		own, _ := mustToken(t, s, u, "own day", func(in *models.NewToken) { in.Validity = models.ValidityNever })
		short, _ := mustToken(t, s, admin, "short", func(in *models.NewToken) { in.Validity = "7" })
		must(s.SaveRundown(ctx, by(admin), u.ID, models.RundownForm{LastDay: "2026-12-20",
			Tokens: []models.RundownChoice{{PublicID: own.PublicID, Day: "2026-12-16"}}}))(t)
		meanwhile, _ := mustToken(t, s, u, "made meanwhile")
		ends := map[string]time.Time{own.PublicID: *must(s.RundownEnd(ctx, own))(t), meanwhile.PublicID: *must(s.RundownEnd(ctx, meanwhile))(t)}
		if !ends[own.PublicID].Before(ends[meanwhile.PublicID]) {
			t.Errorf("they end %v", ends)
		}
		if end := must(s.RundownEnd(ctx, short))(t); end != nil {
			t.Errorf("of who stays it ends %v", end)
		}
		job := func(in models.JobForm, id string) string {
			t.Helper()
			in.Nonce, in.IDs = in.Kind+id, []string{id}
			j := must(s.StartJob(ctx, by(admin), in))(t)
			ok(t, s.RunJobs(ctx))
			for reason := range must(s.JobReport(ctx, j.ID))(t) {
				return reason
			}
			return ""
		}
		for id, end := range ends {
			late, soon := end.Add(time.Second), end.Add(-time.Hour)
			_, err := s.ScheduleRevocation(ctx, by(admin), id, &late)
			wantRefusals(t, err, "at:revoke_at_rundown")
			if got := job(models.JobForm{Kind: models.JobSchedule, At: &late}, id); got != models.SkippedLeaving {
				t.Errorf("a job plans later: %q", got)
			}
			must(s.ScheduleRevocation(ctx, by(admin), id, &soon))(t)
			_, err = s.ScheduleRevocation(ctx, by(admin), id, nil)
			wantRefusals(t, err, "at:revoke_at_rundown")
			if got := job(models.JobForm{Kind: models.JobUnschedule}, id); got != models.SkippedLeaving {
				t.Errorf("a job cancels: %q", got)
			}
			must(s.ScheduleRevocation(ctx, by(admin), id, &end))(t)
		}
		_, err := s.ScheduleRevocation(ctx, by(admin), short.PublicID, short.ExpiresAt)
		wantRefusals(t, err, "at:revoke_at_expired")
		if got := job(models.JobForm{Kind: models.JobSchedule, At: short.ExpiresAt}, short.PublicID); got != models.SkippedSooner {
			t.Errorf("a job plans what has expired: %q", got)
		}
		before := short.ExpiresAt.Add(-time.Microsecond)
		must(s.ScheduleRevocation(ctx, by(admin), short.PublicID, &before))(t)
	})
}
