package models_test

import (
	"context"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

func TestCreateToken(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s) // in Tokyo
		tok, secret := mustToken(t, s, u, "  CI Ｄeploy ", func(in *models.NewToken) { in.Validity, in.ExpiresOn = "custom", "2027-02-21" })
		ok(t, token.Parse(secret))
		end := time.Date(2027, 2, 21, 15, 0, 0, 0, time.UTC)
		hash := token.Hash(secret)
		want := &models.Token{
			ID: tok.ID, PublicID: tok.PublicID, UserID: u.ID, Name: "CI Ｄeploy", NameKey: "ci deploy", LiveName: at("ci deploy"),
			Hash: hash[:], LastFour: secret[len(secret)-4:], Nonce: tok.Nonce, Version: 1, CreatedAt: clock.Now(), ExpiresAt: &end,
		}
		if back := must(s.Token(t.Context(), u, tok.PublicID))(t); !reflect.DeepEqual(back, want) || !reflect.DeepEqual(tok, want) {
			t.Errorf("stored %+v, returned %+v, want %+v", back, tok, want)
		}
		if len(tok.PublicID) != 26 || strings.Trim(tok.PublicID, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("the public id is %q", tok.PublicID)
		}
		if tok.Masked() != "tsr_pat_…"+secret[42:] {
			t.Errorf("masked: %s", tok.Masked())
		}
		found, owner, err := s.TokenBySecret(t.Context(), secret)
		if ok(t, err); found.ID != tok.ID || owner.ID != u.ID {
			t.Errorf("the secret leads to %+v of %+v", found, owner)
		}
		_, _, err = s.TokenBySecret(t.Context(), secret[:45])
		wantError(t, err, models.ErrNotFound)
		events := must(s.Events(t.Context(), models.AuditQuery{UserID: u.ID, Subject: tok.PublicID, Limit: 9}))(t).Events
		changes := models.AuditChanges{{Field: "expires_at", New: "2027-02-21T15:00:00Z"}}
		if len(events) != 1 || events[0].Kind != models.AuditTokenCreated || !reflect.DeepEqual(events[0].Changes, changes) {
			t.Errorf("events: %+v", events)
		}
	})
}

func TestCreateTokenRefuses(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		mustToken(t, s, u, "CI")
		for _, c := range []struct {
			in   models.NewToken
			want string
		}{
			{models.NewToken{Name: "", Validity: "custom", ExpiresOn: "2027-02-30", Nonce: "x"}, "name:name_required expires_on:expires_on_invalid"},
			{models.NewToken{Name: "x", Validity: "keep", Nonce: "x"}, "validity:validity_unknown"},
			{models.NewToken{Name: " ci ", Validity: "7", Nonce: "x"}, "name:name_taken"},
			{models.NewToken{Name: "ＣＩ", Validity: "7", Nonce: "x"}, "name:name_taken"},
			{models.NewToken{Name: "x", Validity: "7"}, "nonce:nonce_missing"},
			{models.NewToken{Name: "x", Validity: "7", Nonce: strings.Repeat("n", 65)}, "nonce:nonce_missing"},
			{models.NewToken{Name: "x", Validity: "7", Nonce: "\x00"}, "nonce:nonce_missing"},
			{models.NewToken{Name: "x", Validity: "7", Nonce: "\xff"}, "nonce:nonce_missing"},
		} {
			tok, secret, err := s.CreateToken(t.Context(), by(u), u, c.in)
			if got := refusals(t, err); got != c.want || tok != nil || secret != "" {
				t.Errorf("%+v: %q, %v, %q", c.in, got, tok, secret)
			}
		}
		if n := count(t, s, "SELECT count(*) FROM tokens"); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
}

// A name is free again once its token has ended, one way or the other, and always for others.
func TestNameIsFreeAgain(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		first, _ := mustToken(t, s, u, "ci")
		mustToken(t, s, other, "CI")
		must(s.RevokeToken(t.Context(), by(u), u, first.PublicID))(t)
		second, _ := mustToken(t, s, u, "CI", func(in *models.NewToken) { in.Validity = "7" })
		clock.Set(second.ExpiresAt.Add(-time.Microsecond))
		_, _, err := s.CreateToken(t.Context(), by(u), u, models.NewToken{Name: "ci", Validity: "7", Nonce: nonce()})
		wantRefusals(t, err, "name:name_taken")
		clock.Set(*second.ExpiresAt)
		third, _ := mustToken(t, s, u, "cI")
		// The one that has expired can't come back under that name, but under another.
		_, err = s.UpdateToken(t.Context(), by(u), u, second.PublicID, models.TokenEdit{Name: "CI", Validity: "90", Version: 1})
		wantRefusals(t, err, "name:name_taken")
		must(s.UpdateToken(t.Context(), by(u), u, second.PublicID, models.TokenEdit{Name: "CI", Validity: "keep", Version: 1}))(t)
		revived := must(s.UpdateToken(t.Context(), by(u), u, second.PublicID, models.TokenEdit{Name: "CI 2", Validity: "90", Version: 1}))(t)
		if !revived.Live(clock.Now()) || revived.LiveName == nil {
			t.Errorf("revived: %+v", revived)
		}
		_, err = s.UpdateToken(t.Context(), by(u), u, third.PublicID, models.TokenEdit{Name: "ci 2", Validity: "keep", Version: 1})
		wantRefusals(t, err, "name:name_taken")
	})
}

func TestDoubledSubmit(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		var secrets atomic.Int32
		ids := make([]string, 20)
		together(len(ids), func(i int) {
			tok, secret, err := s.CreateToken(t.Context(), by(u), u, models.NewToken{Name: "ci", Validity: "7", Nonce: "same"})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = tok.PublicID
			if secret != "" {
				secrets.Add(1)
			}
		})
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("two tokens: %s, %s", id, ids[0])
			}
		}
		if secrets.Load() != 1 || len(kinds(t, s, u.ID, ids[0])) != 1 {
			t.Errorf("%d secrets, events %v", secrets.Load(), kinds(t, s, u.ID, ids[0]))
		}
		theirs, _ := mustToken(t, s, other, "ci", func(in *models.NewToken) { in.Nonce = "same" })
		if theirs.PublicID == ids[0] {
			t.Error("somebody else's nonce leads to this token")
		}
	})
}

func TestLimitCannotBeRaced(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		s.Limits.LiveTokens = 10
		u := modeltest.MustUser(t, s)
		short, _ := mustToken(t, s, u, "short", func(in *models.NewToken) { in.Validity = "7" })
		var made, refused atomic.Int32
		together(100, func(i int) {
			_, _, err := s.CreateToken(t.Context(), by(u), u, models.NewToken{Name: nonce(), Validity: "30", Nonce: nonce()})
			switch {
			case err == nil:
				made.Add(1)
			case refusals(t, err) == "name:token_limit":
				refused.Add(1)
			}
		})
		if made.Load() != 9 || refused.Load() != 91 {
			t.Errorf("%d made, %d refused", made.Load(), refused.Load())
		}
		mustToken(t, s, modeltest.MustUser(t, s), "of somebody else")
		// A rename needs no room; the end of one makes some, and bringing it back needs it again.
		must(s.UpdateToken(t.Context(), by(u), u, short.PublicID, models.TokenEdit{Name: "brief", Validity: "keep", Version: 1}))(t)
		clock.Set(*short.ExpiresAt)
		mustToken(t, s, u, "one more")
		_, err := s.UpdateToken(t.Context(), by(u), u, short.PublicID, models.TokenEdit{Name: "brief", Validity: "7", Version: 2})
		wantRefusals(t, err, "name:token_limit")
	})
}

func TestRevokeToken(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		session := mustSignIn(t, s, u)
		tok, _ := mustToken(t, s, u, "ci", func(in *models.NewToken) { in.Session = session })
		at := clock.Now()
		for range 2 { // the second time changes nothing
			got := must(s.RevokeToken(t.Context(), by(u), u, tok.PublicID))(t)
			if !got.RevokedAt.Equal(at) || got.LiveName != nil || got.Version != 2 {
				t.Errorf("revoked: %+v", got)
			}
			clock.Advance(time.Minute)
		}
		if got := kinds(t, s, u.ID, tok.PublicID); len(got) != 2 || got[1] != models.AuditTokenRevoked {
			t.Errorf("events: %v", got)
		}
		_, err := s.RevealedSecret(t.Context(), tok, session)
		wantError(t, err, models.ErrNotFound)
	})
}

func TestStatus(t *testing.T) {
	now := time.Date(2026, 12, 14, 3, 0, 0, 0, time.UTC)
	tokyo := zone(t, "Asia/Tokyo")                         // noon
	last := time.Date(2026, 12, 28, 15, 0, 0, 0, time.UTC) // end of the 14th day
	for name, c := range map[string]struct {
		t    models.Token
		want models.Status
	}{
		"never":           {models.Token{}, models.StatusActive},
		"15 days":         {models.Token{ExpiresAt: at(last.Add(time.Microsecond))}, models.StatusActive},
		"14 days":         {models.Token{ExpiresAt: &last}, models.StatusExpiring},
		"last moment":     {models.Token{ExpiresAt: at(now.Add(time.Microsecond))}, models.StatusExpiring},
		"expired":         {models.Token{ExpiresAt: &now}, models.StatusExpired},
		"revoked":         {models.Token{RevokedAt: &now}, models.StatusRevoked},
		"expired revoked": {models.Token{RevokedAt: &now, ExpiresAt: &now}, models.StatusRevoked},
	} {
		if got := c.t.Status(now, tokyo); got != c.want {
			t.Errorf("%s is %s, not %s", name, got, c.want)
		}
		if got, want := c.t.Live(now), c.want == models.StatusActive || c.want == models.StatusExpiring; got != want {
			t.Errorf("%s is live: %v", name, got)
		}
	}
}

// What can't be recorded does not happen, and what fails is not recorded.
func TestTokenAndEventAreOne(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := s.CreateToken(ctx, by(u), u, models.NewToken{Name: "ci", Validity: "7", Nonce: "x"}); err == nil {
			t.Error("made in a transaction that can't begin")
		}
		unknown := by(u)
		unknown.Kind = "stranger" // which the log refuses
		if _, _, err := s.CreateToken(t.Context(), unknown, u, models.NewToken{Name: "ci", Validity: "7", Nonce: "x"}); err == nil {
			t.Error("made without an event")
		}
		tok, _ := mustToken(t, s, u, "ci")
		if _, err := s.RevokeToken(t.Context(), unknown, u, tok.PublicID); err == nil {
			t.Error("revoked without an event")
		}
		if now := must(s.Token(t.Context(), u, tok.PublicID))(t); now.RevokedAt != nil {
			t.Error("revoked all the same")
		}
		if n := count(t, s, "SELECT count(*) FROM tokens"); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
}
