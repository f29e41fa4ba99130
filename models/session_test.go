package models_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

const (
	hour = time.Hour
	days = 24 * time.Hour
)

func opens(t *testing.T, s *models.Store, secret string) bool {
	t.Helper()
	_, _, err := s.SessionBySecret(t.Context(), secret)
	if err != nil {
		wantError(t, err, models.ErrNotFound)
	}
	return err == nil
}

func TestSession(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		session := mustSignIn(t, s, u)
		session.Data = []byte("a note")
		ok(t, s.SaveSessionData(t.Context(), session))
		clock.Advance(time.Hour)
		found, owner, err := s.SessionBySecret(t.Context(), session.Secret)
		ok(t, err)
		if *owner != *u || string(found.Data) != "a note" || found.Secret != session.Secret ||
			found.Address != "192.0.2.7" || found.Client != "Firefox 128" ||
			!found.SeenAt.Equal(clock.Now()) || !found.CreatedAt.Equal(clock.Now().Add(-time.Hour)) {
			t.Errorf("found %+v of %+v", found, owner)
		}
		for _, wrong := range []string{"", "x", session.Secret[:42], session.Secret + "A", strings.ToUpper(session.Secret), session.Secret + "\x00"} {
			if opens(t, s, wrong) {
				t.Errorf("%q opens a session", wrong)
			}
		}

		renewed := must(s.RenewSession(t.Context(), found))(t)
		if opens(t, s, session.Secret) || !opens(t, s, renewed.Secret) {
			t.Error("renewing did not change the secret")
		}
		if _, err = s.RenewSession(t.Context(), found); err == nil {
			t.Error("an ended session can be renewed")
		}
		planted := renewed
		after := must(s.SignIn(t.Context(), u, planted, "", ""))(t)
		if opens(t, s, planted.Secret) || !opens(t, s, after.Secret) {
			t.Error("signing in did not replace the session")
		}
		ok(t, s.SignOut(t.Context(), by(u), after))
		if opens(t, s, after.Secret) {
			t.Error("signed out and still in")
		}
		want := []string{models.AuditUserCreated, models.AuditSignedIn, models.AuditSignedIn, models.AuditSignedOut}
		if got := kinds(t, s, u.ID, ""); !slices.Equal(got, want) {
			t.Errorf("events: %v", got)
		}
	})
}

func TestSessionLifetimes(t *testing.T) {
	for name, c := range map[string]struct {
		change        []func(*models.NewUser)
		idle, longest time.Duration
	}{
		"person":        {nil, 7 * days, 30 * days},
		"administrator": {[]func(*models.NewUser){asAdmin}, 12 * hour, 7 * days},
	} {
		t.Run(name, func(t *testing.T) {
			s := modeltest.NewSQLite(t)
			clock := modeltest.SetClock(s)
			u := modeltest.MustUser(t, s, c.change...)
			idle := mustSignIn(t, s, u)
			clock.Advance(c.idle - time.Microsecond)
			if !opens(t, s, idle.Secret) {
				t.Error("gone before the idle time is over")
			}
			clock.Advance(c.idle)
			if opens(t, s, idle.Secret) {
				t.Error("there after the idle time")
			}
			busy := mustSignIn(t, s, u)
			start := clock.Now()
			for clock.Now().Add(c.idle / 2).Before(start.Add(c.longest)) {
				clock.Advance(c.idle / 2)
				if !opens(t, s, busy.Secret) {
					t.Fatalf("gone after %v though in use", clock.Now().Sub(start))
				}
			}
			clock.Set(start.Add(c.longest - time.Microsecond))
			if !opens(t, s, busy.Secret) {
				t.Error("gone before the longest time is over")
			}
			clock.Set(start.Add(c.longest))
			if opens(t, s, busy.Secret) {
				t.Error("there after the longest time")
			}
		})
	}
}

// A page costs no write: when a session was last seen is kept to five minutes.
func TestSeenAtIsWrittenRarely(t *testing.T) {
	s := modeltest.NewSQLite(t)
	clock := modeltest.SetClock(s)
	session := mustSignIn(t, s, modeltest.MustUser(t, s))
	for minutes, want := range map[int]bool{4: false, 6: true} {
		clock.Set(session.CreatedAt.Add(time.Duration(minutes) * time.Minute))
		opens(t, s, session.Secret)
		moved := int64(count(t, s, "SELECT seen_at FROM sessions")) != session.CreatedAt.UnixMicro()
		if moved != want {
			t.Errorf("after %d minutes written: %v", minutes, moved)
		}
		_, err := s.SQL().ExecContext(t.Context(), "UPDATE sessions SET seen_at = created_at")
		ok(t, err)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		authenticated := *u // in another browser, just before the change
		mine, elsewhere, theirs := mustSignIn(t, s, u), mustSignIn(t, s, u), mustSignIn(t, s, other)
		const next = "seven quiet herons below Otaru"
		wantRefusals(t, s.ChangePassword(t.Context(), by(u), u, "wrong", "short", mine),
			"current_password:password_wrong new_password:password_too_short")
		wantRefusals(t, s.ChangePassword(t.Context(), by(u), u, "", next, mine), "current_password:password_required")
		if !opens(t, s, elsewhere.Secret) {
			t.Fatal("a refused change ended a session")
		}
		ok(t, s.ChangePassword(t.Context(), by(u), u, modeltest.Password, next, mine))
		if !opens(t, s, mine.Secret) || opens(t, s, elsewhere.Secret) || !opens(t, s, theirs.Secret) {
			t.Error("the wrong sessions ended")
		}
		_, err := s.SignIn(t.Context(), &authenticated, nil, "", "")
		wantRefusals(t, err, "email:sign_in_failed")
		_, err = s.Authenticate(t.Context(), u.Email, modeltest.Password)
		wantRefusals(t, err, "email:sign_in_failed")
		must(s.Authenticate(t.Context(), u.Email, next))(t)
		ok(t, s.SetPassword(t.Context(), models.CLI, u, modeltest.Password))
		if opens(t, s, mine.Secret) {
			t.Error("a session survived a password set by an administrator")
		}
	})
}

func TestKnownDevice(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		aiko, bo := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		device := must(s.RememberDevice(t.Context(), aiko, ""))(t)
		if again := must(s.RememberDevice(t.Context(), aiko, device))(t); again != device {
			t.Error("the device got another name")
		}
		for _, c := range []struct {
			email, secret string
			want          bool
		}{
			{aiko.Email, device, true},
			{strings.ToUpper(aiko.Email), device, true},
			{bo.Email, device, false},
			{aiko.Email, "", false},
			{aiko.Email, "made up", false},
			{"nobody\x00@example.com", device, false},
		} {
			if got := must(s.KnownDevice(t.Context(), c.email, c.secret))(t); got != c.want {
				t.Errorf("%q with %q is known: %v", c.email, c.secret, got)
			}
		}
		must(s.RememberDevice(t.Context(), bo, device))(t) // two people, one browser
		if !must(s.KnownDevice(t.Context(), bo.Email, device))(t) || !must(s.KnownDevice(t.Context(), aiko.Email, device))(t) {
			t.Error("one browser can't be known for two people")
		}
	})
}
