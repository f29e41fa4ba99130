package models_test

import (
	"fmt"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// What is in memory is believed only while other processes' changes are known.
func TestCacheNeedsPolls(t *testing.T) {
	s := modeltest.NewSQLite(t)
	_, secret := mustToken(t, s, modeltest.MustUser(t, s), "ci")
	fresh := models.NewVerifier(s)
	unpolled := 0
	fresh.AroundRead(func(read func()) { unpolled++; read() })
	for range 3 {
		wantOutcome(t, fresh, secret, models.OutcomeOK)
	}
	if unpolled != 3 {
		t.Errorf("%d of 3 were read before the first poll", unpolled)
	}

	v, mono, reads := counted(t, s)
	for _, c := range []struct {
		wait  time.Duration
		poll  bool
		reads int32 // so far
	}{
		{0, false, 1}, {time.Second, false, 1}, {time.Microsecond, false, 2}, {0, false, 3}, {0, true, 3}, {time.Second, true, 3}, {time.Second, false, 3},
	} {
		mono.Advance(c.wait)
		if c.poll {
			v.Poll(t.Context())
		}
		wantOutcome(t, v, secret, models.OutcomeOK)
		if reads.Load() != c.reads {
			t.Fatalf("%+v: %d reads", c, reads.Load())
		}
	}
	mono.Advance(2 * time.Second)
	v.Poll(broken(t)) // which proves nothing
	wantOutcome(t, v, secret, models.OutcomeOK)
	if reads.Load() != 4 {
		t.Errorf("a failed poll counts: %d reads", reads.Load())
	}
}

// What another process changes is forgotten at the next poll.
func TestOtherProcess(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci")
		_, kept := mustToken(t, s, modeltest.MustUser(t, s), "of somebody else")
		v, _, reads := counted(t, s)
		other := secondStore(t, s)
		expect := func(want models.Outcome) {
			t.Helper()
			v.Poll(t.Context())
			wantOutcome(t, v, secret, want)
			wantOutcome(t, v, kept, models.OutcomeOK)
		}
		expect(models.OutcomeOK)
		ok(t, other.SetDisabled(t.Context(), models.CLI, u.ID, true))
		wantOutcome(t, v, secret, models.OutcomeOK) // not polled yet
		expect(models.OutcomeUserDisabled)
		ok(t, other.SetDisabled(t.Context(), models.CLI, u.ID, false))
		expect(models.OutcomeOK)
		must(other.RevokeToken(t.Context(), models.CLI, u, tok.PublicID))(t)
		expect(models.OutcomeRevoked)
		if reads.Load() != 5 {
			t.Errorf("%d reads: more was forgotten than changed", reads.Load())
		}
	})
}

func TestRunSeesAnotherProcessWithinASecond(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci")
		v := models.NewVerifier(s)
		done := make(chan struct{})
		go func() { v.Run(t.Context()); close(done) }()
		t.Cleanup(func() { <-done }) // before the store is closed
		wantOutcome(t, v, secret, models.OutcomeOK)
		must(secondStore(t, s).RevokeToken(t.Context(), models.CLI, u, tok.PublicID))(t)
		inTime(t, time.Second, "revoked by another process", func() bool {
			_, outcome := verify(t, v, secret)
			return outcome == models.OutcomeRevoked
		})
	})
}

// Whoever missed more than the log holds forgets everything.
func TestLostChangesForgetEverything(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci")
		_, kept := mustToken(t, s, u, "cd")
		for _, c := range []struct{ name, lose string }{
			{"trimmed", "DELETE FROM standing_changes"},
			{"many", fmt.Sprintf("UPDATE standing SET seq = seq + %d", models.KeepChanges)},
			{"a gap", "UPDATE standing SET seq = seq + 1"},
			{"an old state", "UPDATE standing SET seq = 0"}, // restored from a backup; last, as the number must have moved
		} {
			name := c.name
			v, _, reads := counted(t, s)
			wantOutcome(t, v, secret, models.OutcomeOK)
			wantOutcome(t, v, kept, models.OutcomeOK)
			must(secondStore(t, s).UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: at(name)}))(t)
			_, err := s.SQL().ExecContext(t.Context(), c.lose)
			ok(t, err)
			v.Poll(t.Context())
			if p, _ := verify(t, v, secret); p.UserName != name {
				t.Errorf("%s: the person is still %s", name, p.UserName)
			}
			wantOutcome(t, v, kept, models.OutcomeOK)
			if reads.Load() != 4 {
				t.Errorf("%s: %d reads", name, reads.Load())
			}
			_, err = s.SQL().ExecContext(t.Context(), "DELETE FROM standing_changes")
			ok(t, err)
		}
		must(s.RevokeToken(t.Context(), by(u), u, tok.PublicID))(t)
	})
}

// Another process's policy holds here within the second; until this one knows any, it lets nobody in.
func TestPolicyOfAnotherProcess(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		tok, secret := mustToken(t, s, modeltest.MustUser(t, s), "ci")
		v, _, _ := counted(t, s)
		from := func(v *models.Verifier, address string) models.Outcome {
			t.Helper()
			_, outcome, err := v.Verify(ctx, secret, address)
			ok(t, err)
			return outcome
		}
		if got := from(v, "192.0.2.1"); got != models.OutcomeOK {
			t.Errorf("before: %s", got)
		}
		_, err := s.SQL().ExecContext(ctx, `UPDATE token_policies SET version = 2,
			data = '{"network_rules":[{"networks":["192.0.2.0/24"],"since":"2020-01-01T00:00:00Z"}]}'`)
		ok(t, err)
		_, err = s.SQL().ExecContext(ctx, "INSERT INTO standing_changes (seq, at) SELECT seq + 1, 0 FROM standing")
		ok(t, err)
		_, err = s.SQL().ExecContext(ctx, "UPDATE standing SET seq = seq + 1")
		ok(t, err)
		v.Poll(ctx)
		fresh := models.NewVerifier(secondStore(t, s)) // has never polled
		for address, want := range map[string]models.Outcome{
			"192.0.2.1": models.OutcomeOK, "198.51.100.1": models.OutcomeNetwork, "::ffff:192.0.2.9": models.OutcomeOK, "": models.OutcomeNetwork,
		} {
			if a, b := from(v, address), from(fresh, address); a != want || b != want {
				t.Errorf("from %q: %s and %s, not %s", address, a, b, want)
			}
		}
		must(s.PauseToken(ctx, models.CLI, tok.PublicID))(t)
		if got := from(v, "198.51.100.1"); got != models.OutcomePaused { // the token's own standing comes first
			t.Errorf("paused and from elsewhere: %s", got)
		}
	})
}
