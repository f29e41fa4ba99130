package models_test

import (
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// The figures say what the list says, tile by tile and bucket by bucket.
func TestFigures(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		people, _ := fleet(t, s, modeltest.SetClock(s))
		f := must(s.Figures(t.Context()))(t)
		counted := func(filter models.AdminFilter) int64 { return must(s.AdminCount(t.Context(), filter))(t).N }
		for what, pair := range map[string][2]int64{
			"all": {f.All, int64(len(everyToken(t, s, people)))}, "live": {f.Live, counted(models.AdminFilter{Status: "live"})},
			"expiring": {f.Expiring30, counted(models.AdminFilter{Remaining: 30})}, "never": {f.Never, counted(models.AdminFilter{Never: true})},
			"unused": {f.Unused90, counted(models.AdminFilter{Unused: 90})}, "after death": {f.AfterDeath7, counted(models.AdminFilter{AfterDeath: 7})},
			"paused": {f.Paused, counted(models.AdminFilter{Status: "paused"})}, "scheduled": {f.Scheduled, counted(models.AdminFilter{Status: "scheduled"})},
			"expired": {f.Expired, counted(models.AdminFilter{Status: "expired"})}, "revoked": {f.Revoked, counted(models.AdminFilter{Status: "revoked"})},
		} {
			if pair[0] != pair[1] || pair[0] == 0 {
				t.Errorf("%s: %d, the list has %d", what, pair[0], pair[1])
			}
		}
		var ages, remaining, weeks int64
		for i, b := range f.Ages {
			ages += b.Tokens
			if i > 0 && (b.From != f.Ages[i-1].To || counted(models.AdminFilter{Status: "live", Age: b.From}) != f.Live-(ages-b.Tokens)) {
				t.Errorf("by age: %+v", f.Ages)
			}
		}
		for i, b := range f.Remaining {
			remaining += b.Tokens
			if b.To > 0 && counted(models.AdminFilter{Remaining: b.To}) != remaining {
				t.Errorf("by remaining life, up to %d: %+v", i, f.Remaining)
			}
		}
		for _, w := range f.Weeks {
			weeks += w.Tokens
		}
		if ages != f.Live || remaining != f.Live || len(f.Weeks) != 13 || weeks == 0 || weeks > counted(models.AdminFilter{Remaining: 91}) {
			t.Errorf("%d by age, %d by remaining life, %d by week, of %d", ages, remaining, weeks, f.Live)
		}
		if n := len(f.Days); n != models.FigureDays || f.Days[n-1].Requests[models.OutcomePaused] != 1 || f.Days[n-1].Requests[models.OutcomeRevoked] == 0 {
			t.Errorf("by day: %+v", f.Days)
		}
	})
}

// Where counting took long, the page shows what was counted then; the requests are always of now.
func TestFiguresThatTakeLong(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		clock := modeltest.SetClock(s)
		owner := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, owner, "ci")
		ok(t, s.CountFigures(ctx))
		counted := clock.Now()
		mustToken(t, s, owner, "cd")
		if f := must(s.Figures(ctx))(t); f.Live != 2 {
			t.Errorf("counting is cheap, and yet: %+v", f)
		}
		_, err := s.SQL().ExecContext(ctx, "UPDATE token_figures SET took = 60000")
		ok(t, err)
		usage := models.NewUsage(s)
		usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
		ok(t, usage.Flush(ctx))
		clock.Advance(4 * time.Minute)
		for range 2 {
			f := must(s.Figures(ctx))(t)
			if f.Live != 1 || !f.At.Equal(counted) || f.Days[models.FigureDays-1].Requests[models.OutcomeOK] != 1 {
				t.Errorf("as of %v: %+v", counted, f)
			}
			ok(t, s.CountFigures(ctx)) // too early
		}
		clock.Advance(time.Minute)
		ok(t, s.CountFigures(ctx))
		if f := must(s.Figures(ctx))(t); f.Live != 2 || !f.At.Equal(clock.Now()) {
			t.Errorf("counted again: %+v", f)
		}
	})
}
