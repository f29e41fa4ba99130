package models_test

import (
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
)

const petsDescription = `{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"tags":[{"name":"pets"}],
"paths":{"/pets":{"get":{"operationId":"listPets","tags":["pets"],"responses":{"200":{"description":"OK"}}}}},
"components":{"schemas":{"Pet":{"type":"object"}}}}`

func mustImport(t testing.TB, s *models.Store, u *models.User, projectID int64, description string) *models.ImportResult {
	t.Helper()
	d := must(openapi.Parse([]byte(description)))(t)
	o := models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting, DeleteEndpoints: true, DeleteSchemas: true}
	return must(s.Import(t.Context(), by(u), projectID, d, nil, o))(t)
}

// description is what stands in the database of the one project there is.
func description(t testing.TB, s *models.Store) string {
	t.Helper()
	var all strings.Builder
	for _, rows := range []string{"folders ORDER BY id", "endpoints ORDER BY id", "schemas ORDER BY id", "parts ORDER BY kind, name"} {
		all.WriteString(rows + ":" + dump(t, s, rows) + "\n")
	}
	return all.String()
}

func TestRevisions(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, reader := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, u, map[*models.User]models.Role{reader: models.TeamGuest})
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		ok(t, s.SetProjectRole(t.Context(), by(u), p.ID, reader.ID, models.ProjectReader))
		mustImport(t, s, u, p.ID, petsDescription)
		endpoint := count(t, s, "SELECT id FROM endpoints")
		before := description(t, s)
		mustImport(t, s, u, p.ID, strings.NewReplacer("/pets", "/cats", "Pet", "Cat", `["pets"]`, `["cats"]`).Replace(petsDescription))
		if description(t, s) == before {
			t.Fatal("the second import changes nothing")
		}

		list := must(s.Revisions(t.Context(), p))(t)
		if len(list) != 2 || list[0].Reason != models.RevisionImport || list[0].UserName != u.Name || list[0].Counters["endpointCreated"] != 1 {
			t.Fatalf("revisions are %+v", list)
		}
		wantError(t, s.RestoreRevision(t.Context(), by(reader), p.ID, list[0].ID), models.ErrForbidden)
		wantError(t, s.RestoreRevision(t.Context(), by(u), p.ID, 999), models.ErrNotFound)
		other := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Other"}))(t)
		wantError(t, s.RestoreRevision(t.Context(), by(u), other.ID, list[0].ID), models.ErrNotFound)

		ok(t, s.RestoreRevision(t.Context(), by(u), p.ID, list[0].ID))
		if after := description(t, s); after != before {
			t.Errorf("restored\n%s\nnot\n%s", after, before)
		}
		if n := count(t, s, "SELECT id FROM endpoints"); n != endpoint {
			t.Errorf("the endpoint has become %d", n)
		}
		list = must(s.Revisions(t.Context(), p))(t)
		if len(list) != 3 || list[0].Reason != models.RevisionRestore {
			t.Fatalf("revisions are %+v", list)
		}
		ok(t, s.RestoreRevision(t.Context(), by(u), p.ID, list[0].ID)) // and back
		if n := count(t, s, "SELECT COUNT(*) FROM endpoints WHERE path = '/cats'"); n != 1 {
			t.Error("the restore can't be undone")
		}
		for range 25 {
			mustImport(t, s, u, p.ID, petsDescription)
		}
		if list = must(s.Revisions(t.Context(), p))(t); len(list) != 20 {
			t.Errorf("%d revisions are kept", len(list))
		}
	})
}
