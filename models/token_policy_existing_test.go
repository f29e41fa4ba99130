package models_test

import (
	"maps"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestPolicyTreatsExistingTokens(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := modeltest.MustUser(t, s, asAdmin)
		u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.TimeZone = "Asia/Tokyo" })
		tokens := map[string]*models.Token{}
		for _, validity := range []string{"7", "30", "60", "365", "never"} {
			tokens["old "+validity], _ = mustToken(t, s, u, "old "+validity, func(in *models.NewToken) { in.Validity = validity })
		}
		clock.Advance(28 * 24 * time.Hour) // 11 January
		for _, validity := range []string{"30", "60", "never"} {
			tokens["new "+validity], _ = mustToken(t, s, u, "new "+validity, func(in *models.NewToken) { in.Validity = validity })
		}
		tell := func(p models.TokenPolicy, tr models.PolicyTreatment) map[string]string {
			t.Helper()
			out := map[string]string{}
			for _, r := range must(s.PolicyDryRun(t.Context(), p, tr))(t).Rules {
				if r.Owners > 1 || r.About || int(r.Tokens) < len(r.First) {
					t.Errorf("%+v", r)
				}
				for _, a := range r.First {
					out[r.Rule+" "+a.Name] = ""
					if !a.At.IsZero() {
						out[r.Rule+" "+a.Name] = a.At.Format("01-02 15h")
					}
				}
			}
			return out
		}
		p := *must(s.CurrentPolicy(t.Context()))(t)
		p.MaxLifetimeDays = 30
		for name, c := range map[string]struct {
			treatment models.PolicyTreatment
			want      map[string]string
		}{
			"leave": {leave, map[string]string{"lifetime old 60": "", "lifetime old 365": "", "lifetime new 60": "", "never old never": "", "never new never": ""}},
			// The old ones have had their 30 days on the 13th, so that the notice counts.
			"shorten": {shorten, map[string]string{"lifetime old 60": "01-25 15h", "lifetime old 365": "01-25 15h", "lifetime new 60": "02-10 15h",
				"never old never": "01-25 15h", "never new never": "02-10 15h"}},
		} {
			if got := tell(p, c.treatment); !maps.Equal(got, c.want) {
				t.Errorf("%s: %v, not %v", name, got, c.want)
			}
		}
		if n := count(t, s, "SELECT count(*) FROM jobs"); n != 0 || s.Policy().MaxLifetimeDays != 0 {
			t.Error("the dry run did something")
		}
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxLifetimeDays = 30 })
		ok(t, s.RunJobs(t.Context()))
		if n := count(t, s, "SELECT count(*) FROM tokens WHERE version > 1"); n != 0 {
			t.Errorf("%d tokens were not left", n)
		}
		mustPolicy(t, s, admin, shorten, func(*models.TokenPolicy) {})
		ok(t, s.RunJobs(t.Context()))
		for name, tok := range tokens {
			want := map[string]string{"old 7": "12-21", "old 30": "01-13", "old 60": "01-25", "old 365": "01-25", "old never": "01-25",
				"new 30": "02-10", "new 60": "02-10", "new never": "02-10"}[name] + " 15h"
			now := must(s.Token(t.Context(), u, tok.PublicID))(t)
			if got := now.ExpiresAt.Format("01-02 15h"); got != want {
				t.Errorf("%s ends at %s, not %s", name, got, want)
			}
		}
		if n := len(eventsOf(t, s, models.AuditTokenChanged)); n != 5 {
			t.Errorf("%d tokens were shortened", n)
		}
		notices := must(s.Notices(t.Context(), u.ID))(t)
		if len(notices) != 1 || notices[0].Kind != models.NoticeShortened || notices[0].Subject != "3" {
			t.Errorf("the owner is told %+v", notices)
		}
		wantError(t, s.DismissNotice(t.Context(), admin, notices[0].ID), models.ErrNotFound)
		ok(t, s.DismissNotice(t.Context(), u, notices[0].ID))
		if left := must(s.Notices(t.Context(), u.ID))(t); len(left) != 0 {
			t.Errorf("still told %+v", left)
		}
		if got := tell(*must(s.CurrentPolicy(t.Context()))(t), shorten); len(got) != 0 {
			t.Errorf("afterwards: %v", got)
		}
	})
}

// What was reviewed is done, whatever the policy has become by then.
func TestShorteningKeepsToItsPolicy(t *testing.T) {
	for name, later := range map[string]func(*models.TokenPolicy){
		"laxer":    func(p *models.TokenPolicy) { p.MaxLifetimeDays = 0 },
		"stricter": func(p *models.TokenPolicy) { p.MaxLifetimeDays, p.AllowNever = 40, false },
	} {
		modeltest.Each(t, func(t *testing.T, s *models.Store) {
			clock := modeltest.SetClock(s)
			admin := modeltest.MustUser(t, s, asAdmin)
			never, _ := mustToken(t, s, admin, "never", func(in *models.NewToken) { in.Validity = "never" })
			long, _ := mustToken(t, s, admin, "long", func(in *models.NewToken) { in.Validity = "365" })
			mustPolicy(t, s, admin, shorten, func(p *models.TokenPolicy) { p.MaxLifetimeDays = 60 })
			mustPolicy(t, s, admin, leave, later)
			ok(t, s.RunJobs(t.Context()))
			for _, tok := range []*models.Token{never, long} {
				now := must(s.Token(t.Context(), admin, tok.PublicID))(t)
				if want := clock.Now().AddDate(0, 0, 60).Format(time.DateOnly); now.ExpiresAt == nil || now.ExpiresAt.Format(time.DateOnly) != want {
					t.Errorf("%s: %s ends at %v, not on %s", name, tok.Name, now.ExpiresAt, want)
				}
			}
		})
	}
}

func TestPolicyOfUnusedTokens(t *testing.T) {
	for action, event := range map[string]string{models.UnusedPause: models.AuditTokenPaused, models.UnusedRevoke: models.AuditTokenRevoked} {
		modeltest.Each(t, func(t *testing.T, s *models.Store) {
			clock := modeltest.SetClock(s)
			admin := modeltest.MustUser(t, s, asAdmin)
			u := modeltest.MustUser(t, s)
			never := func(in *models.NewToken) { in.Validity = "never" }
			idle, _ := mustToken(t, s, u, "idle", never)
			used, _ := mustToken(t, s, u, "used", never)
			usage := models.NewUsage(s)
			clock.Advance(100 * 24 * time.Hour)
			fresh, _ := mustToken(t, s, u, "fresh", never)
			usage.Record(principal(used), models.OutcomeOK, "192.0.2.1", "curl 8")
			ok(t, usage.Flush(t.Context()))
			set := func(tr models.PolicyTreatment, days int) {
				t.Helper()
				mustPolicy(t, s, admin, tr, func(p *models.TokenPolicy) { p.MaxUnusedDays, p.UnusedAction = days, action })
			}
			enforced := func(want ...*models.Token) {
				t.Helper()
				ok(t, s.EnforceUnused(t.Context()))
				ok(t, s.EnforceUnused(t.Context()))
				events := eventsOf(t, s, event)
				for _, tok := range want {
					if len(events[tok.PublicID]) != 1 {
						t.Errorf("%s has %d events", tok.Name, len(events[tok.PublicID]))
					}
				}
				if len(events) != len(want) {
					t.Errorf("%s: %d tokens, not %d", event, len(events), len(want))
				}
			}
			set(leave, 90)
			r := must(s.PolicyDryRun(t.Context(), *s.Policy(), leave))(t).Rules
			if len(r) != 1 || r[0].Rule != models.RuleUnused || r[0].Tokens != 1 || !r[0].First[0].At.Equal(clock.Now().AddDate(0, 0, 90)) {
				t.Errorf("the dry run says %+v", r)
			}
			clock.Advance(89 * 24 * time.Hour)
			enforced()
			set(shorten, 90) // sooner than it would be
			enforced()
			usage.Record(principal(used), models.OutcomeOK, "192.0.2.1", "curl 8")
			ok(t, usage.Flush(t.Context()))
			clock.Advance(24 * time.Hour)
			enforced(idle, fresh)
			notices := must(s.Notices(t.Context(), u.ID))(t)
			if len(notices) != 1 || notices[0].Kind != models.NoticeUnused || notices[0].Detail != action {
				t.Errorf("the owner is told %+v", notices)
			}
			if action == models.UnusedPause {
				must(s.ResumeToken(t.Context(), by(admin), idle.PublicID))(t)
				usage.Record(principal(used), models.OutcomeOK, "192.0.2.1", "curl 8")
				ok(t, usage.Flush(t.Context()))
				clock.Advance(89 * 24 * time.Hour)
				enforced(idle, fresh)
				clock.Advance(24 * time.Hour)
				ok(t, s.EnforceUnused(t.Context()))
				if n := len(eventsOf(t, s, event)[idle.PublicID]); n != 2 {
					t.Errorf("resumed and unused again, it was paused %d times", n)
				}
			}
		})
	}
}
