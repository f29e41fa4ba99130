package models_test

import (
	"errors"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func enabledAdministrators(t *testing.T, s *models.Store) int {
	t.Helper()
	return count(t, s, "SELECT count(*) FROM users WHERE admin AND disabled_at IS NULL")
}

// Two administrators who act against each other at the same moment: one of them stays.
func TestAdministratorsCannotAllGo(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		two := []*models.User{modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s, asAdmin)}
		modeltest.MustUser(t, s)
		for what, c := range map[string]struct {
			act     func(i int) error
			undo    func(u *models.User) error
			refusal string
		}{
			"disable": {
				func(i int) error { return s.SetDisabled(t.Context(), by(two[i]), two[1-i].ID, true) },
				func(u *models.User) error { return s.SetDisabled(t.Context(), models.CLI, u.ID, false) },
				"user:disable_last",
			},
			"plan how they leave": {
				func(i int) error {
					_, err := s.SaveRundown(t.Context(), by(two[i]), two[1-i].ID, models.RundownForm{LastDay: "2026-12-20"})
					return err
				},
				func(u *models.User) error { return s.CancelRundown(t.Context(), models.CLI, u.ID) },
				"last_day:rundown_last",
			},
			"one disables, one plans": {
				func(i int) error {
					if i == 0 {
						return s.SetDisabled(t.Context(), by(two[0]), two[1].ID, true)
					}
					_, err := s.SaveRundown(t.Context(), by(two[1]), two[0].ID, models.RundownForm{LastDay: "2026-12-20"})
					return err
				},
				func(u *models.User) error {
					err := s.CancelRundown(t.Context(), models.CLI, u.ID)
					if errors.Is(err, models.ErrNotFound) {
						return s.SetDisabled(t.Context(), models.CLI, u.ID, false)
					}
					return err
				},
				"",
			},
		} {
			for range 5 {
				errs := make([]error, 2)
				together(2, func(i int) { errs[i] = c.act(i) })
				if (errs[0] == nil) == (errs[1] == nil) {
					t.Fatalf("%s: %v and %v", what, errs[0], errs[1])
				}
				for i, err := range errs {
					if err == nil {
						ok(t, c.undo(two[1-i]))
					} else if got := refusals(t, err); c.refusal != "" && got != c.refusal {
						t.Errorf("%s: refused %q", what, got)
					}
				}
			}
		}
		if n := enabledAdministrators(t, s); n != 2 {
			t.Errorf("%d administrators in the end", n)
		}
	})
}

// Who is about to leave does not count as one who stays; the command line may do it
// all the same, and then the last one stays until there is another.
func TestLastAdministratorStays(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		leaves, stays := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s, asAdmin)
		must(s.SaveRundown(t.Context(), by(stays), leaves.ID, models.RundownForm{LastDay: "2026-12-20"}))(t)
		wantRefusals(t, s.SetDisabled(t.Context(), by(leaves), stays.ID, true), "user:disable_last")
		_, err := s.SaveRundown(t.Context(), by(leaves), stays.ID, models.RundownForm{LastDay: "2026-12-21"})
		wantRefusals(t, err, "last_day:rundown_last")

		ok(t, s.SetDisabled(t.Context(), models.CLI, stays.ID, true))
		_, secret := mustToken(t, s, leaves, "ci")
		clock.Advance(10 * 24 * time.Hour)
		wantRefusals(t, s.RunRundowns(t.Context()), "user:disable_last")
		if n := enabledAdministrators(t, s); n != 1 {
			t.Errorf("%d administrators are left", n)
		}
		v := models.NewVerifier(s)
		v.Poll(t.Context())
		wantOutcome(t, v, secret, models.OutcomeRevoked)
		ok(t, s.SetDisabled(t.Context(), models.CLI, stays.ID, false))
		ok(t, s.RunRundowns(t.Context()))
		if now := must(s.UserByEmail(t.Context(), leaves.Email))(t); !now.Disabled() {
			t.Error("who left is not disabled in the end")
		}
	})
}
