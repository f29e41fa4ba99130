package models_test

import (
	"fmt"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestImpact(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 1200)
		today := clock.Now().Unix() / 86400
		var d models.Demo
		for i := range 12 {
			for back, requests := range map[int64]int64{0: int64(i), 6: 100, 7: 1000} { // the last one is too old
				if requests > 0 {
					d.Usage = append(d.Usage, models.DemoUsage{TokenID: int64(1001 + i), Day: today - back, Outcome: models.OutcomeOK, Requests: requests})
				}
			}
		}
		ok(t, s.InsertDemo(t.Context(), d))
		for i := range 5 {
			must(s.PauseToken(t.Context(), by(admin), fmt.Sprintf("%026d", i)))(t)
		}
		before := count(t, s, "SELECT count(*) FROM audit_events")
		all := must(s.Impact(t.Context(), by(admin), models.JobForm{Kind: models.JobPause, Selection: everyone()}))(t)
		if all.Tokens != (models.Count{N: 1200}) || all.Skipped != 5 || all.Reasons[models.SkippedSame] != 5 || all.Changes() != (models.Count{N: 1195}) ||
			all.Owners != 24 || all.Requests7 != 7*100+56 || len(all.Busiest) != 7 {
			t.Errorf("of all: %+v", all)
		}
		for i, b := range all.Busiest {
			if b.Requests7 != int64(111-i) || b.Name != fmt.Sprint("token ", 11-i) || b.OwnerEmail == "" {
				t.Errorf("busy: %+v", b)
			}
		}
		some := must(s.Impact(t.Context(), by(admin), models.JobForm{Kind: models.JobResume, Selection: models.Selection{IDs: []string{
			fmt.Sprintf("%026d", 0), fmt.Sprintf("%026d", 11), fmt.Sprintf("%026d", 100), "unknown",
		}}}))(t)
		if some.Tokens.N != 3 || some.Skipped != 2 || some.Changes() != (models.Count{N: 1}) || some.Owners != 1 || some.Requests7 != 100 || len(some.Busiest) != 1 {
			t.Errorf("of some: %+v", some)
		}
		none := must(s.Impact(t.Context(), by(admin), models.JobForm{Kind: models.JobRevoke, Selection: models.Selection{Filter: &models.AdminFilter{Text: "zzz"}}}))(t)
		if none.Tokens != (models.Count{}) || len(none.Busiest) != 0 {
			t.Errorf("of none: %+v", none)
		}
		if n := count(t, s, "SELECT count(*) FROM tokens WHERE revoked_at IS NOT NULL"); n != 0 || count(t, s, "SELECT count(*) FROM audit_events") != before {
			t.Error("the review did something")
		}
		_, err := s.Impact(t.Context(), by(admin), models.JobForm{Kind: models.JobSchedule, Selection: everyone(), At: at(clock.Now().Add(-time.Second))})
		wantRefusals(t, err, "at:revoke_at_past")
	})
}

// A review that takes too long stops, and says that there may be more.
func TestImpactIsCut(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 1200)
		clock.Advance(10 * 24 * time.Hour)
		slow := *s
		slow.Now = func() time.Time { clock.Advance(2 * time.Second); return clock.Now() }
		for f, want := range map[models.AdminFilter]models.Count{
			{Age: 7}: {N: 1000, AtLeast: true}, {}: {N: 1200, About: true}, // which the figures of the overview have
		} {
			cut := must(slow.Impact(t.Context(), by(admin), models.JobForm{Kind: models.JobPause, Selection: models.Selection{Filter: &f}}))(t)
			if cut.Tokens != want || !cut.Cut() || cut.Looked != 1000 || cut.Owners != 24 {
				t.Errorf("%+v: %+v", f, cut)
			}
		}
	})
}
