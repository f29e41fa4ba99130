package models_test

import (
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestPeopleReadAlongIndexes(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		crowd(t, s, 40)
		for want, q := range map[string]models.PeopleQuery{
			"email":                 {},
			"users_by_name":         {Sort: "name"},
			"users_disabled":        {Status: "disabled"},
			"users_admin":           {Status: "admin"},
			"users_by_name email":   {Text: "ñame 01"},
			"users_by_name email  ": {Text: "mail00", Status: "disabled"},
		} {
			q.Limit = 5
			first := must(s.People(t.Context(), q))(t)
			after, before := q, q
			after.After, before.Before = first.After, first.After
			for _, q := range []models.PeopleQuery{q, after, before} {
				var plans string
				for _, st := range s.Statements(func(s *models.Store) { must(s.People(t.Context(), q))(t) }) {
					got := explain(t, s, st.SQL, st.Values)
					plans += got + "\n"
					if strings.Contains(st.SQL, "FROM `users`") || strings.Contains(st.SQL, `FROM "users"`) {
						if strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "Sort") {
							t.Errorf("%+v sorts: %s", q, got)
						}
					}
					if bad := unbounded(s, got); bad != "" {
						t.Errorf("%+v: %s", q, bad)
					}
				}
				if index := strings.Fields(want)[0]; index != "email" && q.Before == "" && !strings.Contains(plans, index) {
					t.Errorf("%+v reads along\n%s", q, plans)
				}
			}
		}
	})
}

func TestAuditReadsAlongIndexes(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		one, two := busyLog(t, s)
		for _, f := range auditFilters(s, one, two) {
			for _, place := range [][2]int64{{0, 0}, {30, 0}, {0, 30}} {
				for _, st := range s.Statements(func(s *models.Store) { must(s.AuditLog(t.Context(), f, place[0], place[1], 5))(t) }) {
					got := explain(t, s, st.SQL, st.Values)
					sorts := strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "Sort")
					if strings.Contains(st.SQL, "UNION ALL") { // merges a page of each kind, each read along the index
						sorts = strings.Count(got, "audit_events_kind") != strings.Count(st.SQL, "FROM audit_events")
					}
					if bad := unbounded(s, got); bad != "" || sorts {
						t.Errorf("%+v at %v: %s\n%s", f, place, st.SQL, got)
					}
				}
			}
		}
	})
}
