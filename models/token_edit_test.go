package models_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestUpdateToken(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		before, _ := mustToken(t, s, u, "ci", func(in *models.NewToken) { in.Validity = "never" })
		usage := models.NewUsage(s)
		usage.Record(&models.Principal{TokenID: before.ID, UserID: u.ID}, models.OutcomeOK, "192.0.2.9", "curl 8.1")
		ok(t, usage.Flush(t.Context()))
		before = must(s.Token(t.Context(), u, before.PublicID))(t)
		edit := func(in models.TokenEdit) (*models.Token, error) {
			return s.UpdateToken(t.Context(), by(u), u, before.PublicID, in)
		}

		same := must(edit(models.TokenEdit{Name: " ci ", Validity: "keep", Version: 1}))(t)
		if !reflect.DeepEqual(same, before) || len(kinds(t, s, u.ID, before.PublicID)) != 1 {
			t.Errorf("nothing changed, and it became %+v with %v", same, kinds(t, s, u.ID, before.PublicID))
		}
		must(edit(models.TokenEdit{Name: "CD", Validity: "custom", ExpiresOn: "2027-02-21", Version: 1}))(t)
		after := must(s.Token(t.Context(), u, before.PublicID))(t)
		want := *before
		want.Name, want.NameKey, want.LiveName, want.Version = "CD", "cd", at("cd"), 2
		want.ExpiresAt = at(time.Date(2027, 2, 21, 15, 0, 0, 0, time.UTC))
		if !reflect.DeepEqual(after, &want) {
			t.Errorf("edited: %+v, want %+v", after, want)
		}
		events := must(s.Events(t.Context(), models.AuditQuery{UserID: u.ID, Subject: before.PublicID, Limit: 1}))(t).Events
		changes := models.AuditChanges{{Field: "name", Old: "ci", New: "CD"}, {Field: "expires_at", New: "2027-02-21T15:00:00Z"}}
		if events[0].Kind != models.AuditTokenChanged || !reflect.DeepEqual(events[0].Changes, changes) {
			t.Errorf("the event: %+v", events[0])
		}

		// A form that is older than the token loses, and learns what the token is now.
		now, err := edit(models.TokenEdit{Name: "other", Validity: "keep", Version: 1})
		if wantError(t, err, models.ErrConflict); now.Name != "CD" || now.Version != 2 {
			t.Errorf("the conflict shows %+v", now)
		}
		_, err = edit(models.TokenEdit{Name: "\u202E", Validity: "custom", ExpiresOn: "2020-01-01", Version: 2})
		wantRefusals(t, err, "name:name_bidi expires_on:expires_on_past")
		must(s.RevokeToken(t.Context(), by(u), u, before.PublicID))(t)
		now, err = edit(models.TokenEdit{Name: "other", Validity: "never", Version: 3})
		if wantError(t, err, models.ErrConflict); now.RevokedAt == nil {
			t.Errorf("the conflict shows %+v", now)
		}
	})
}

func TestOthersTokensAreNotFound(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s, asAdmin)
		tok, _ := mustToken(t, s, u, "ci")
		for _, id := range []string{tok.PublicID, "aaaaaaaaaaaaaaaaaaaaaaaaaa", "", "1", "\x00", "\xff", strings.ToUpper(tok.PublicID)} {
			_, err := s.Token(t.Context(), other, id)
			wantError(t, err, models.ErrNotFound)
			_, err = s.UpdateToken(t.Context(), by(other), other, id, models.TokenEdit{Name: "mine", Validity: "never", Version: 1})
			wantError(t, err, models.ErrNotFound)
			_, err = s.RevokeToken(t.Context(), by(other), other, id)
			wantError(t, err, models.ErrNotFound)
		}
		page := must(s.Tokens(t.Context(), other, models.TokenQuery{Limit: 50}))(t)
		if len(page.Tokens) != 0 {
			t.Errorf("the list shows %v", page.Tokens)
		}
		events := must(s.Events(t.Context(), models.AuditQuery{UserID: other.ID, Subject: tok.PublicID, Limit: 50}))(t)
		if len(events.Events) != 0 {
			t.Errorf("the history shows %v", events.Events)
		}
		if now := must(s.Token(t.Context(), u, tok.PublicID))(t); !reflect.DeepEqual(now, tok) {
			t.Errorf("the token became %+v", now)
		}
	})
}

func TestZoneChangeMovesNoDate(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		moved := must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{TimeZone: at("America/Santiago")}))(t)
		renamed := must(s.UpdateToken(t.Context(), by(u), moved, tok.PublicID, models.TokenEdit{Name: "cd", Validity: "keep", Version: 1}))(t)
		if !renamed.ExpiresAt.Equal(*tok.ExpiresAt) {
			t.Errorf("%v became %v", tok.ExpiresAt, renamed.ExpiresAt)
		}
	})
}
