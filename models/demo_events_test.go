package models_test

import (
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// Made-up events are chained like real ones, before and after which real ones
// stand, and all indexes are there again.
func TestInsertDemoEvents(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		indexes := func() (all []string) {
			query := "SELECT sql FROM sqlite_schema WHERE tbl_name = 'audit_events' AND type = 'index' AND sql IS NOT NULL ORDER BY name"
			if s.Postgres() {
				query = "SELECT indexdef FROM pg_indexes WHERE tablename = 'audit_events' ORDER BY indexname"
			}
			rows := must(s.SQL().QueryContext(t.Context(), query))(t)
			defer rows.Close()
			for rows.Next() {
				var one string
				ok(t, rows.Scan(&one))
				all = append(all, one)
			}
			ok(t, rows.Err())
			return all
		}
		before := indexes()
		var events []models.AuditEvent
		for i := range 2*models.DemoRows + 3 {
			events = append(events, models.AuditEvent{
				At: clock.Now().Add(time.Duration(i) * time.Second), Kind: models.AuditSignedIn, ActorKind: "user", ActorID: &u.ID, ActorName: u.Name,
				UserID: &u.ID, Label: u.Name, Address: "192.0.2.7", Client: "Firefox 128", Changes: models.AuditChanges{{Field: "name", New: "<é>"}},
			})
		}
		for _, n := range []int{0, 1, models.DemoRows, len(events)} {
			ok(t, s.InsertDemoEvents(t.Context(), slices.Values(events[:n])))
		}
		modeltest.MustUser(t, s)
		if got := verified(t, s, nil); got != "606 checked, 606" {
			t.Error(got)
		}
		if at := broke(t, chain(t, s)); at != 0 {
			t.Errorf("broken at %d", at)
		}
		if after := indexes(); !slices.Equal(before, after) || len(before) < 5 {
			t.Errorf("indexes before %q, after %q", before, after)
		}
	})
}
