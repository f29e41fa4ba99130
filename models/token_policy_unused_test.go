package models_test

import (
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// A policy that is taken back while it is enforced reaches no token more.
func TestUnusedEndsWithItsPolicy(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 200)
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxUnusedDays, p.UnusedAction = 90, models.UnusedRevoke })
		clock.Advance(91 * 24 * time.Hour)
		steps := 0
		s.AfterStep(func() {
			if steps++; steps == 1 {
				mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxUnusedDays = 0 })
			}
		})
		ok(t, s.EnforceUnused(t.Context()))
		revoked := len(eventsOf(t, s, models.AuditTokenRevoked))
		if steps != 1 || revoked == 0 || revoked == 200 {
			t.Errorf("after %d steps %d of 200 tokens are revoked", steps, revoked)
		}
		s.AfterStep(nil)
		ok(t, s.EnforceUnused(t.Context()))
		if now := len(eventsOf(t, s, models.AuditTokenRevoked)); now != revoked {
			t.Errorf("%d more were revoked", now-revoked)
		}
		// Another limit holds from the next run on.
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxUnusedDays, p.UnusedAction = 90, models.UnusedRevoke })
		clock.Advance(91 * 24 * time.Hour)
		ok(t, s.EnforceUnused(t.Context()))
		if now := len(eventsOf(t, s, models.AuditTokenRevoked)); now != 200 {
			t.Errorf("%d of 200 tokens are revoked in the end", now)
		}
	})
}
