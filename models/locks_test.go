package models_test

import (
	"fmt"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// An edit that takes the name of an expired token locks two tokens, and so do
// the flush of their usage and the clean-up: in one order, or they wait for each other.
func TestEditsFlushesAndCleanupDoNotDeadlock(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		const pairs = 12
		var named, renamed []*models.Token
		for i := range pairs { // the expired one comes first, and so has the lower id
			tok, _ := mustToken(t, s, u, fmt.Sprint("name ", i), func(in *models.NewToken) { in.Validity = "7" })
			named = append(named, tok)
		}
		for i := range pairs {
			tok, _ := mustToken(t, s, u, fmt.Sprint("other ", i))
			renamed = append(renamed, tok)
		}
		clock.Advance(10 * 24 * time.Hour)
		usage := models.NewUsage(s)
		errs := make([]error, 3)
		together(3, func(i int) {
			for n := range pairs {
				switch i {
				case 0:
					edit := models.TokenEdit{Name: named[n].Name, Validity: models.ValidityKeep, Version: 1}
					if _, err := s.UpdateToken(t.Context(), by(u), u, renamed[n].PublicID, edit); err != nil {
						errs[i] = err
					}
				case 1:
					usage.Record(principal(renamed[n]), models.OutcomeOK, "192.0.2.1", "curl 8")
					usage.Record(principal(named[n]), models.OutcomeExpired, "192.0.2.1", "curl 8")
					if err := usage.Flush(t.Context()); err != nil {
						errs[i] = err
					}
				case 2:
					if err := s.Cleanup(t.Context()); err != nil {
						errs[i] = err
					}
				}
			}
		})
		for i, err := range errs {
			if err != nil {
				t.Errorf("%s: %v", []string{"edit", "flush", "clean-up"}[i], err)
			}
		}
	})
}

func TestResetWinsOverTheOldPassword(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		thief := *u // has read the person before the operator acts
		ok(t, s.SetPassword(t.Context(), models.CLI, u, "five brave lanterns drifting"))
		err := s.ChangePassword(t.Context(), by(&thief), &thief, modeltest.Password, "the thief has chosen this", nil)
		wantRefusals(t, err, "current_password:password_wrong")
		if _, err := s.Authenticate(t.Context(), u.Email, "five brave lanterns drifting"); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}
