package models_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

func TestReveal(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		session, elsewhere := mustSignIn(t, s, u), mustSignIn(t, s, u)
		reveal := func(in *models.NewToken) { in.Session = session }
		tok, secret := mustToken(t, s, u, "ci", reveal)
		other, otherSecret := mustToken(t, s, u, "cd", reveal)
		shown := func(tok *models.Token, by *models.Session) string {
			t.Helper()
			got, err := s.RevealedSecret(t.Context(), tok, by)
			if err != nil {
				wantError(t, err, models.ErrNotFound)
			}
			return got
		}
		again, _, err := s.SessionBySecret(t.Context(), session.Secret) // as the next request finds it
		ok(t, err)
		for range 2 { // reloading the page is harmless
			if shown(tok, again) != secret || shown(other, again) != otherSecret || !again.HasReveal {
				t.Error("the session that made it does not see the secret")
			}
		}
		if shown(tok, elsewhere) != "" {
			t.Error("another session of the person sees it")
		}
		forged := *session
		forged.Secret = elsewhere.Secret // the row was found, but the cookie is not its own
		if shown(tok, &forged) != "" {
			t.Error("it opens with another cookie")
		}
		wrong := *tok
		wrong.PublicID = other.PublicID
		if shown(&wrong, session) != "" {
			t.Error("it opens for another token")
		}
		clock.Advance(models.RevealLife - time.Microsecond)
		if shown(tok, session) != secret {
			t.Error("gone before ten minutes are over")
		}
		ok(t, s.EndReveals(t.Context(), session, tok.ID))
		if shown(other, session) != "" || shown(tok, session) != secret {
			t.Error("EndReveals forgot the wrong one")
		}
		clock.Advance(time.Microsecond)
		if shown(tok, session) != "" {
			t.Error("there after ten minutes")
		}
		if again, _, err = s.SessionBySecret(t.Context(), session.Secret); err != nil || again.HasReveal {
			t.Errorf("HasReveal %v, %v", again.HasReveal, err)
		}
	})
}

func TestRevealEndsWith(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		for name, end := range map[string]func(*models.Session) error{
			"signing out":    func(session *models.Session) error { return s.SignOut(t.Context(), by(u), session) },
			"pressing Done":  func(session *models.Session) error { return s.EndReveals(t.Context(), session, 0) },
			"being disabled": func(*models.Session) error { return s.SetDisabled(t.Context(), models.CLI, u.ID, true) },
		} {
			ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, false))
			session := mustSignIn(t, s, u)
			tok, _ := mustToken(t, s, u, name, func(in *models.NewToken) { in.Session = session })
			ok(t, end(session))
			if _, err := s.RevealedSecret(t.Context(), tok, session); err == nil {
				t.Errorf("%s does not end it", name)
			}
			if n := count(t, s, "SELECT count(*) FROM reveals"); n != 0 {
				t.Errorf("after %s %d are kept", name, n)
			}
		}
	})
}

// Whoever has all files of the database has no secret, no cookie and no password.
func TestNoSecretIsStored(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	session := mustSignIn(t, s, u)
	device := must(s.RememberDevice(t.Context(), u, ""))(t)
	tok, secret := mustToken(t, s, u, "ci", func(in *models.NewToken) { in.Session = session })
	must(s.UpdateToken(t.Context(), by(u), u, tok.PublicID, models.TokenEdit{Name: "cd", Validity: "30", Version: 1}))(t)
	second, revoked := mustToken(t, s, u, "old", func(in *models.NewToken) { in.Session = session })
	must(s.RevokeToken(t.Context(), by(u), u, second.PublicID))(t)
	renewed := mustSignIn(t, s, u)
	all := stored(t, s)
	if !strings.Contains(all, u.Email) || !strings.Contains(all, tok.PublicID) {
		t.Fatal("the files are not those of the database")
	}
	for what, text := range map[string]string{
		"a secret": secret, "a revoked secret": revoked, "its random part": secret[len(token.Prefix):42], "any secret": token.Prefix,
		"a cookie": session.Secret, "a new cookie": renewed.Secret, "a device's cookie": device, "the password": modeltest.Password,
	} {
		if strings.Contains(all, text) {
			t.Errorf("%s is on disk", what)
		}
		if raw, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(raw) == 32 && strings.Contains(all, string(raw)) {
			t.Errorf("%s is on disk, decoded", what)
		}
	}
}
