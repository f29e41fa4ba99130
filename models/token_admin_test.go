package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

// A pause is over when it is resumed; all the while the token keeps its name and its secret.
func TestPauseAndResume(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin, owner := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, owner, "ci")
		v, _, _ := counted(t, s)
		wantOutcome(t, v, secret, models.OutcomeOK)
		for range 2 { // the second call is harmless
			clock.Advance(time.Minute)
			now := must(s.PauseToken(t.Context(), by(admin), tok.PublicID))(t)
			if now.PausedAt == nil || now.Status(clock.Now(), time.UTC) != models.StatusPaused || now.Version != 2 || !now.Live(clock.Now()) {
				t.Errorf("paused: %+v", now)
			}
			wantOutcome(t, v, secret, models.OutcomePaused)
		}
		acts := must(s.Acts(t.Context(), must(s.Token(t.Context(), owner, tok.PublicID))(t)))(t)
		if acts.Scheduled != nil || acts.Paused == nil || acts.Paused.ActorName != admin.Name || !acts.Paused.At.Equal(clock.Now().Add(-time.Minute)) {
			t.Errorf("who paused it: %+v", acts)
		}
		if _, _, err := s.CreateToken(t.Context(), by(owner), owner, models.NewToken{Name: "ci", Validity: "7", Nonce: nonce()}); err == nil {
			t.Error("its name is free")
		}
		for range 2 {
			now := must(s.ResumeToken(t.Context(), by(admin), tok.PublicID))(t)
			if now.PausedAt != nil || now.Version != 3 {
				t.Errorf("resumed: %+v", now)
			}
			wantOutcome(t, v, secret, models.OutcomeOK)
		}
		if got := kinds(t, s, owner.ID, tok.PublicID); !slices.Equal(got, []string{"token.created", "token.paused", "token.resumed"}) {
			t.Errorf("events: %v", got)
		}
	})
}

// From its moment on the token is refused, whether or not the job has come by.
func TestPlannedRevocation(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		clock := modeltest.SetClock(s)
		admin, owner := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, owner, "ci")
		v, _, reads := counted(t, s)
		at, later := clock.Now().Add(2*days), clock.Now().Add(3*days)
		for _, when := range []*time.Time{&later, &at, &at, nil, nil, &at} {
			now := must(s.ScheduleRevocation(ctx, by(admin), tok.PublicID, when))(t)
			if (when == nil) != (now.RevokeAt == nil) || when != nil && !when.Equal(*now.RevokeAt) {
				t.Errorf("planned %v, not %v", now.RevokeAt, when)
			}
		}
		acts := must(s.Acts(ctx, must(s.Token(ctx, owner, tok.PublicID))(t)))(t)
		if acts.Paused != nil || acts.Scheduled == nil || acts.Scheduled.Changes[0].New != at.Format(time.RFC3339Nano) {
			t.Errorf("who planned it: %+v", acts)
		}
		p, _ := verify(t, v, secret)
		if p.ExpiresAt != at.UnixMicro() || !p.Planned {
			t.Errorf("the token ends at %d", p.ExpiresAt)
		}
		ok(t, s.RevokeDue(ctx))
		clock.Set(at.Add(-time.Microsecond))
		wantOutcome(t, v, secret, models.OutcomeOK)
		clock.Set(at)
		wantOutcome(t, v, secret, models.OutcomeRevoked)
		if reads.Load() != 1 {
			t.Errorf("%d reads: the moment needs none", reads.Load())
		}
		due := must(s.Token(ctx, owner, tok.PublicID))(t)
		if due.Live(clock.Now()) || due.Status(clock.Now(), time.UTC) != models.StatusRevoked || due.RevokedAt != nil {
			t.Errorf("before the job: %+v", due)
		}
		_, err := s.UpdateToken(ctx, by(owner), owner, tok.PublicID, models.TokenEdit{Name: "cd", Validity: "90", Version: due.Version})
		wantError(t, err, models.ErrConflict)
		clock.Advance(time.Hour)
		for range 2 {
			ok(t, s.RevokeDue(ctx))
		}
		now := must(s.Token(ctx, owner, tok.PublicID))(t)
		if now.RevokedAt == nil || !now.RevokedAt.Equal(at) || now.LiveName != nil {
			t.Errorf("after the job: %+v", now)
		}
		wantOutcome(t, v, secret, models.OutcomeRevoked)
		want := []string{"token.created", "token.scheduled", "token.scheduled", "token.unscheduled", "token.scheduled", "token.revoked"}
		if got := kinds(t, s, owner.ID, tok.PublicID); !slices.Equal(got, want) {
			t.Errorf("events: %v", got)
		}
	})
}

// A token that expires before its planned revocation can't be brought beyond it.
func TestPlanOutlivesExpiry(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		clock := modeltest.SetClock(s)
		owner := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, owner, "ci", func(in *models.NewToken) { in.Validity = "60" })
		at := clock.Now().Add(30 * days)
		planned := must(s.ScheduleRevocation(ctx, models.CLI, tok.PublicID, &at))(t)
		must(s.UpdateToken(ctx, by(owner), owner, tok.PublicID, models.TokenEdit{Name: "ci", Validity: "7", Version: planned.Version}))(t)
		clock.Advance(20 * days)
		ok(t, s.ExpireTokens(ctx))
		expired := must(s.Token(ctx, owner, tok.PublicID))(t)
		if expired.LiveName != nil || expired.Status(clock.Now(), time.UTC) != models.StatusExpired {
			t.Errorf("expired: %+v", expired)
		}
		must(s.UpdateToken(ctx, by(owner), owner, tok.PublicID, models.TokenEdit{Name: "ci", Validity: "365", Version: expired.Version}))(t)
		v, _, _ := counted(t, s)
		wantOutcome(t, v, secret, models.OutcomeOK)
		clock.Set(at)
		wantOutcome(t, v, secret, models.OutcomeRevoked)
	})
}

func TestActsOnDeadTokens(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		clock := modeltest.SetClock(s)
		admin, owner := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		revoked, _ := mustToken(t, s, owner, "revoked")
		expired, _ := mustToken(t, s, owner, "expired", func(in *models.NewToken) { in.Validity = "7" })
		at := clock.Now().Add(90 * days)
		must(s.PauseToken(ctx, by(admin), expired.PublicID))(t)
		clock.Advance(10 * days)
		for range 2 {
			now := must(s.AdminRevoke(ctx, by(admin), revoked.PublicID))(t)
			if now.RevokedAt == nil || now.LiveName != nil || now.Version != 2 {
				t.Errorf("revoked: %+v", now)
			}
		}
		for _, tok := range []*models.Token{revoked, expired} {
			now, err := s.PauseToken(ctx, by(admin), tok.PublicID)
			wantError(t, err, models.ErrConflict)
			if now.ID != tok.ID {
				t.Errorf("with the conflict comes %+v", now)
			}
			_, err = s.ScheduleRevocation(ctx, by(admin), tok.PublicID, &at)
			wantError(t, err, models.ErrConflict)
		}
		_, err := s.ResumeToken(ctx, by(admin), expired.PublicID)
		wantError(t, err, models.ErrConflict)
		for _, id := range []string{"", "unknown", "\x00"} {
			_, err := s.PauseToken(ctx, by(admin), id)
			wantError(t, err, models.ErrNotFound)
			_, err = s.AdminToken(ctx, id)
			wantError(t, err, models.ErrNotFound)
		}
		past, far := clock.Now(), clock.Now().AddDate(11, 0, 0)
		_, err = s.ScheduleRevocation(ctx, by(admin), revoked.PublicID, &past)
		wantRefusals(t, err, "at:revoke_at_past")
		_, err = s.ScheduleRevocation(ctx, by(admin), revoked.PublicID, &far)
		wantRefusals(t, err, "at:revoke_at_too_far")
	})
}

// The right to administer is an administrator's, when the token is made and when it is used.
func TestAdministrationRight(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		admin, other := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		asked := func(in *models.NewToken) { in.Administration = true }
		tok, secret := mustToken(t, s, admin, "admin", asked)
		_, plain := mustToken(t, s, admin, "plain")
		in := models.NewToken{Name: "admin", Validity: "7", Nonce: nonce(), Administration: true}
		_, _, err := s.CreateToken(t.Context(), by(other), other, in)
		wantRefusals(t, err, "administration:administration_refused")
		v, _, _ := counted(t, s)
		p, _ := verify(t, v, secret)
		q, _ := verify(t, v, plain)
		if !p.Administration || q.Administration {
			t.Errorf("the rights are %v and %v", p.Administration, q.Administration)
		}
		events := must(s.Events(t.Context(), models.AuditQuery{UserID: admin.ID, Subject: tok.PublicID, Limit: 1}))(t).Events
		if c := events[0].Changes; len(c) != 2 || c[1] != (models.AuditChange{Field: "administration", New: "true"}) {
			t.Errorf("the event has %v", c)
		}
		_, err = s.SQL().ExecContext(t.Context(), "UPDATE users SET admin = FALSE")
		ok(t, err)
		fresh, _, _ := counted(t, s)
		if p, outcome := verify(t, fresh, secret); p.Administration || outcome != models.OutcomeOK {
			t.Errorf("of a former administrator: %s, %+v", outcome, p)
		}
	})
}

func TestFindToken(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		owner := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, owner, "ci")
		mustToken(t, s, owner, "other")
		for _, text := range []string{secret, " " + secret + "\n", "Authorization: Bearer " + secret, "TOKEN=\"" + secret + "\";",
			"like tsr_pat_…: " + token.New() + " " + secret} {
			if found := must(s.FindBySecret(ctx, text))(t); found.ID != tok.ID || found.OwnerEmail != owner.Email || found.OwnerName != owner.Name {
				t.Errorf("%q finds %+v", text, found)
			}
		}
		for _, text := range []string{"", "nonsense", secret[:len(secret)-1], token.New(), token.Prefix + strings.Repeat("0", 38), "\xff\x00"} {
			_, err := s.FindBySecret(ctx, text)
			wantError(t, err, models.ErrNotFound)
		}
		if found := must(s.FindByLastFour(ctx, tok.LastFour))(t); len(found) != 1 || found[0].ID != tok.ID {
			t.Errorf("%q finds %v", tok.LastFour, found)
		}
		for _, four := range []string{"", "____", "\x00\x00\x00\x00", "12345", "\xff\xff\xff\xff"} {
			if found := must(s.FindByLastFour(ctx, four))(t); len(found) != 0 {
				t.Errorf("%q finds %v", four, found)
			}
		}
		if now := must(s.Token(ctx, owner, tok.PublicID))(t); now.LastUsedAt != nil {
			t.Error("that counted as a use")
		}
	})
}

// More tokens than a batch has end at the same moment.
func TestJobsOverManyTokens(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		clock := modeltest.SetClock(s)
		s.Limits.LiveTokens = 1000
		owner := modeltest.MustUser(t, s)
		at := clock.Now().Add(3 * days)
		for i := range 450 {
			tok, _ := mustToken(t, s, owner, nonce(), func(in *models.NewToken) { in.Validity = []string{"7", "never"}[i%2] })
			if i%2 == 1 {
				must(s.ScheduleRevocation(ctx, models.CLI, tok.PublicID, &at))(t)
			}
		}
		clock.Advance(10 * days)
		together(2, func(int) { // two processes at once
			if err := s.ExpireTokens(ctx); err != nil {
				t.Error(err)
			}
			if err := s.RevokeDue(ctx); err != nil {
				t.Error(err)
			}
		})
		if n := count(t, s, "SELECT count(*) FROM tokens WHERE live_name IS NOT NULL"); n != 0 {
			t.Errorf("%d still count as live", n)
		}
		if n := count(t, s, "SELECT count(*) FROM audit_events WHERE kind = 'token.revoked' AND actor_kind = 'system'"); n != 225 {
			t.Errorf("%d of 225 events", n)
		}
	})
}

// A plan that is taken back while what is due is revoked reaches no token more.
func TestPlansThatAreTakenBack(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		fleetOf(t, s, 200)
		plan := fmt.Sprint("UPDATE tokens SET revoke_at = ", clock.Now().Add(time.Hour).UnixMicro())
		must(s.SQL().ExecContext(t.Context(), plan))(t)
		clock.Advance(2 * time.Hour)
		steps := 0
		s.AfterStep(func() {
			if steps++; steps == 1 {
				must(s.SQL().ExecContext(t.Context(), "UPDATE tokens SET revoke_at = NULL WHERE revoked_at IS NULL"))(t)
			}
		})
		for range 2 {
			ok(t, s.RevokeDue(t.Context()))
		}
		if n := len(eventsOf(t, s, models.AuditTokenRevoked)); n == 0 || n == 200 || steps != 1 {
			t.Errorf("after %d steps %d of 200 are revoked", steps, n)
		}
	})
}
