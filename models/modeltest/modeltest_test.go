package modeltest_test

import (
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestEachDatabaseIsFresh(t *testing.T) {
	for range 2 { // the second would fail where the first left something behind
		modeltest.Each(t, func(t *testing.T, s *models.Store) {
			if err := s.Migrated(t.Context()); err != nil {
				t.Error(err)
			}
			if found, err := s.HasUsers(t.Context()); err != nil || found {
				t.Errorf("HasUsers: %v, %v", found, err)
			}
			admin := modeltest.MustUser(t, s, func(in *models.NewUser) { in.Admin = true })
			if other := modeltest.MustUser(t, s); !admin.Admin || other.Admin || other.ID == admin.ID {
				t.Errorf("made %+v and %+v", admin, other)
			}
		})
	}
}

func TestClock(t *testing.T) {
	s := &models.Store{}
	c := modeltest.SetClock(s)
	before := s.Now()
	c.Advance(36 * time.Hour)
	if got := s.Now().Sub(before); got != 36*time.Hour {
		t.Errorf("Advance moved the clock by %v", got)
	}
	c.Set(before)
	if !s.Now().Equal(before) {
		t.Errorf("Set moved the clock to %v, not %v", s.Now(), before)
	}
}
