package models_test

import (
	"fmt"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestCleanupKeepsEndedTokensForAWhile(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		forever, _ := mustToken(t, s, u, "forever", func(in *models.NewToken) { in.Validity = "never" })
		expired, secret := mustToken(t, s, u, "expired", func(in *models.NewToken) { in.Validity = "7" })
		revoked, _ := mustToken(t, s, u, "revoked")
		late, _ := mustToken(t, s, u, "revoked after it expired", func(in *models.NewToken) { in.Validity = "7" })
		usage := models.NewUsage(s)
		usage.Record(principal(expired), models.OutcomeOK, "192.0.2.1", "curl 8")
		ok(t, usage.Flush(t.Context()))
		clock.Set(*expired.ExpiresAt)
		must(s.RevokeToken(t.Context(), by(u), u, revoked.PublicID))(t)
		clock.Advance(24 * time.Hour)
		must(s.RevokeToken(t.Context(), by(u), u, late.PublicID))(t)
		v, _, _ := counted(t, s)
		wantOutcome(t, v, secret, models.OutcomeExpired)

		left := func() (names []string) {
			ok(t, s.Cleanup(t.Context()))
			page := must(s.Tokens(t.Context(), u, models.TokenQuery{Sort: "name", Asc: true, Limit: 50}))(t)
			return listed(page)
		}
		clock.Set(expired.ExpiresAt.Add(90*24*time.Hour - time.Microsecond))
		if got := left(); len(got) != 4 {
			t.Errorf("before 90 days are over: %v", got)
		}
		clock.Advance(time.Microsecond)
		if got := fmt.Sprint(left()); got != "[forever revoked after it expired]" {
			t.Errorf("after 90 days: %s", got)
		}
		clock.Advance(24 * time.Hour)
		if got := fmt.Sprint(left()); got != "[forever]" {
			t.Errorf("a day later: %s", got)
		}
		wantOutcome(t, v, secret, models.OutcomeUnknown)
		if n := count(t, s, "SELECT (SELECT count(*) FROM token_usage) + (SELECT count(*) FROM token_origins)"); n != 0 {
			t.Errorf("%d rows of usage outlive their token", n)
		}
		want := "[token.created token.revoked token.removed]"
		if got := fmt.Sprint(kinds(t, s, u.ID, revoked.PublicID)); got != want {
			t.Errorf("the events are %s, not %s", got, want)
		}
		if at := broke(t, chain(t, s)); at != 0 {
			t.Errorf("the chain is broken at %d", at)
		}
		must(s.Token(t.Context(), u, forever.PublicID))(t)
	})
}

func TestCleanupTakesManyInBatches(t *testing.T) {
	s := modeltest.NewSQLite(t)
	clock := modeltest.SetClock(s)
	u := modeltest.MustUser(t, s)
	insertTokens(t, s, u, 450)
	_, err := s.SQL().ExecContext(t.Context(), "UPDATE tokens SET expires_at = 1")
	ok(t, err)
	clock.Advance(time.Hour)
	ok(t, s.Cleanup(t.Context()))
	if n := count(t, s, "SELECT count(*) FROM tokens"); n != 0 {
		t.Errorf("%d are left", n)
	}
}

func TestCleanupOfSessionsLinksRevealsDevices(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		must(s.NewSetupLink(t.Context()))(t)
		rows := func(table string, want int) {
			t.Helper()
			ok(t, s.Cleanup(t.Context()))
			if n := count(t, s, "SELECT count(*) FROM "+table); n != want {
				t.Errorf("%v: %d %s, not %d", clock.Now(), n, table, want)
			}
		}
		clock.Advance(models.SetupLinkLife - time.Microsecond)
		rows("setup_links", 1)
		clock.Advance(time.Microsecond)
		rows("setup_links", 0)

		u := modeltest.MustUser(t, s)
		session := mustSignIn(t, s, u)
		mustToken(t, s, u, "ci", func(in *models.NewToken) { in.Session, in.Validity = session, "never" })
		must(s.RememberDevice(t.Context(), u, ""))(t)
		clock.Advance(models.RevealLife - time.Microsecond)
		rows("reveals", 1)
		clock.Advance(time.Microsecond)
		rows("reveals", 0)
		clock.Set(session.SeenAt.Add(s.Limits.SessionIdle - time.Microsecond))
		rows("sessions", 1)
		clock.Advance(time.Microsecond)
		rows("sessions", 0)
		clock.Set(session.SeenAt.Add(models.DeviceLife - time.Microsecond))
		rows("devices", 1)
		clock.Advance(time.Microsecond)
		rows("devices", 0)
		rows("tokens", 1)
	})
}

func TestCleanupTrimsTheLogOfChanges(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		for i := range 3 {
			must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: at(fmt.Sprint(i))}))(t)
		}
		_, err := s.SQL().ExecContext(t.Context(), fmt.Sprintf("UPDATE standing SET seq = seq + %d", models.KeepChanges-1))
		ok(t, err)
		ok(t, s.Cleanup(t.Context()))
		if n := count(t, s, "SELECT count(*) FROM standing_changes"); n != 1 {
			t.Errorf("%d rows are left", n)
		}
	})
}
