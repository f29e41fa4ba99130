package models_test

import (
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// Only what a token could not do because it was dead or paused counts as used after its
// death; resumed, it lives.
func TestUsedAfterDeath(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx, clock := t.Context(), modeltest.SetClock(s)
		admin, owner := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, owner, "ci")
		usage := models.NewUsage(s)
		refused := func(outcome models.Outcome, flush bool) {
			t.Helper()
			clock.Advance(time.Minute)
			usage.Record(principal(tok), outcome, "192.0.2.1", "curl 8")
			if flush {
				ok(t, usage.Flush(ctx))
			}
		}
		dead := func(want int) {
			t.Helper()
			if n := len(must(s.AdminTokens(ctx, models.AdminQuery{AdminFilter: models.AdminFilter{AfterDeath: 7}, Limit: 5}))(t).Tokens); n != want {
				t.Errorf("%d used after their death, not %d", n, want)
			}
		}
		refused(models.OutcomeNetwork, true)
		refused(models.OutcomeUserDisabled, true)
		dead(0)
		must(s.PauseToken(ctx, by(admin), tok.PublicID))(t)
		refused(models.OutcomePaused, true)
		dead(1)
		refused(models.OutcomePaused, false) // and written when it works again
		must(s.ResumeToken(ctx, by(admin), tok.PublicID))(t)
		ok(t, usage.Flush(ctx))
		dead(0)
		must(s.PauseToken(ctx, by(admin), tok.PublicID))(t)
		refused(models.OutcomePaused, true)
		dead(1)
		must(s.StartJob(ctx, by(admin), models.JobForm{Nonce: "n", Kind: models.JobResume, Selection: models.Selection{IDs: []string{tok.PublicID}}}))(t)
		ok(t, s.RunJobs(ctx))
		dead(0)
		if days := must(s.UsageByOutcome(ctx, tok, 1))(t); days[0].Requests[models.OutcomePaused] != 3 || days[0].Requests[models.OutcomeNetwork] != 1 {
			t.Errorf("by day: %+v", days)
		}
		must(s.AdminRevoke(ctx, by(admin), tok.PublicID))(t)
		refused(models.OutcomeRevoked, true)
		dead(1)
	})
}
