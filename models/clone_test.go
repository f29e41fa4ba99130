package models_test

import (
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
)

func TestCloneProject(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, reader := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{reader: models.TeamGuest})
		p := must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		mustImport(t, s, owner, p.ID, petsDescription)
		shared, secret := "eu", "hunter2-is-a-secret"
		must(s.SaveEnvironment(t.Context(), by(owner), p.ID, 0, models.EnvironmentForm{Name: "Live", BaseURL: "https://pets.example",
			Variables: []models.VariableForm{{Name: "region", Shared: &shared}, {Name: "key", Secret: true, Shared: &secret}}}))(t)

		_, err := s.CloneProject(t.Context(), by(reader), p.ID, models.NewProject{Name: "Copy"})
		wantError(t, err, models.ErrNotFound)
		ok(t, s.SetProjectRole(t.Context(), by(owner), p.ID, reader.ID, models.ProjectReader))
		_, err = s.CloneProject(t.Context(), by(reader), p.ID, models.NewProject{Name: "Copy", TeamID: team.ID})
		wantError(t, err, models.ErrForbidden)
		_, err = s.CloneProject(t.Context(), by(reader), p.ID, models.NewProject{})
		wantRefusals(t, err, "name:name_required")

		copied := must(s.CloneProject(t.Context(), by(reader), p.ID, models.NewProject{Name: "Copy"}))(t)
		export := func(u *models.User, id int64) string {
			p := must(s.Project(t.Context(), u, id, models.ViewProject))(t)
			document, _, err := s.Export(t.Context(), by(u), p, models.ExportOptions{Format: openapi.ExportOptions{Version: openapi.V31}})
			ok(t, err)
			return string(document)
		}
		if a, b := export(owner, p.ID), export(reader, copied.ID); a != b || !strings.Contains(a, "listPets") {
			t.Errorf("the copy says\n%s\nnot\n%s", b, a)
		}
		e := must(s.Environments(t.Context(), copied))(t)
		if len(e) != 1 || e[0].BaseURL != "https://pets.example" {
			t.Fatalf("environments are %+v", e)
		}
		variables := must(s.Variables(t.Context(), reader, &e[0]))(t)
		if len(variables) != 2 || variables[0].Shared != "eu" || !variables[1].Secret || variables[1].Sealed != nil || variables[1].LastFour != "" {
			t.Errorf("variables are %+v", variables)
		}
		if n := len(must(s.Revisions(t.Context(), copied))(t)); n != 0 {
			t.Errorf("the copy has %d revisions", n)
		}
		if n := count(t, s, "SELECT COUNT(*) FROM folders f JOIN endpoints e ON e.folder_id = f.id AND e.project_id <> f.project_id"); n != 0 {
			t.Errorf("%d endpoints of one project lie in folders of the other", n)
		}
		got := strings.Join(kinds(t, s, reader.ID, models.ProjectSubject(copied.ID)), " ")
		if !strings.HasPrefix(got, "project.created project.cloned") {
			t.Errorf("audit: %s", got)
		}
	})
}

func TestAddOpenAPIProject(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		in := models.OpenAPIProject{Name: "OpenAPI", EnvironmentName: "This server", BaseURL: "https://tessera.example",
			Description: []byte(petsDescription), Token: "tsr_pat_example-of-a-secret"}
		p := must(s.AddOpenAPIProject(t.Context(), by(u), in))(t)
		e := must(s.CurrentEnvironment(t.Context(), u, p))(t)
		variables := must(s.Variables(t.Context(), u, e))(t)
		if e.BaseURL != in.BaseURL || len(variables) != 2 || variables[0].Name != models.TokenVariable || variables[1].Name != models.ProjectIDVariable {
			t.Fatalf("%+v with %+v", e, variables)
		}
		if own := variables[0].Personal; own == nil || own.Origin != "https://tessera.example" || own.LastFour != "cret" || own.Value != "" {
			t.Errorf("the token is kept as %+v", own)
		}
		if strings.Contains(dump(t, s, "personal_values")+dump(t, s, "variables")+dump(t, s, "audit_events"), in.Token) {
			t.Error("the token stands in the database")
		}
		in.Token = ""
		must(s.AddOpenAPIProject(t.Context(), by(u), in))(t)
		in.Description = []byte("nothing")
		if _, err := s.AddOpenAPIProject(t.Context(), by(u), in); err == nil {
			t.Error("no error for what is no description")
		}
		if n := count(t, s, "SELECT COUNT(*) FROM projects"); n != 2 {
			t.Errorf("%d projects", n)
		}
	})
}
