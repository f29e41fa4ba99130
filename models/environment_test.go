package models_test

import (
	"fmt"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// told lists what the audit log tells of a project, oldest first, from its nth event on.
func told(t testing.TB, s *models.Store, u *models.User, projectID int64, from int) []string {
	t.Helper()
	events := must(s.Events(t.Context(), models.AuditQuery{UserID: u.ID, Subject: models.ProjectSubject(projectID), Limit: 1000}))(t).Events
	var out []string
	for i := len(events) - 1 - from; i >= 0; i-- {
		line := events[i].Kind + " " + events[i].Label
		for _, c := range events[i].Changes {
			line += fmt.Sprintf("; %s %s>%s", c.Field, c.Old, c.New)
		}
		out = append(out, line)
	}
	return out
}

// What happens to an environment and to the secrets in it is in the audit log, by
// name and never by value.
func TestEnvironmentEvents(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Pets"}))(t)
		eu, us, secret := "value-eu", "value-us", "hunter2-is-a-secret"
		form := models.EnvironmentForm{Name: "Live", BaseURL: "https://pets.example", Variables: []models.VariableForm{
			{Name: "region", Shared: &eu}, {Name: "key", Secret: true, Shared: &secret}, {Name: "own", Secret: true}}}
		save := func(id int64) *models.Environment {
			return must(s.SaveEnvironment(t.Context(), by(u), p.ID, id, form))(t)
		}
		e := save(0)
		for i, v := range must(s.Variables(t.Context(), u, e))(t) {
			form.Variables[i].ID, form.Variables[i].Shared = v.ID, nil
		}
		save(e.ID) // changes nothing
		own := form.Variables[2].ID
		set := func(id int64, value string) {
			ok(t, s.SetPersonal(t.Context(), by(u), p.ID, e.ID, id, value, models.OriginOf(form.BaseURL)))
		}
		set(own, "mine-is-a-secret")
		set(form.Variables[0].ID, "a plain value")
		form.Name, form.BaseURL = "Production", "https://pets.example:8443/v2"
		form.Variables[0].Shared = &us
		form.Variables = append(form.Variables[:1:1], form.Variables[2])
		form.Variables[1].Name = "token"
		save(e.ID)
		repin := func(origin string) error { return s.RepinPersonal(t.Context(), by(u), p.ID, e.ID, origin) }
		wantError(t, repin("https://elsewhere.example"), models.ErrConflict)
		ok(t, repin("https://pets.example:8443"))
		ok(t, repin("https://pets.example:8443")) // changes nothing
		if got := must(s.Values(u, must(s.Variables(t.Context(), u, e))(t)))(t)["token"].Origin; got != "https://pets.example:8443" {
			t.Errorf("pinned to %q", got)
		}
		set(own, "")
		ok(t, s.DeleteEnvironment(t.Context(), by(u), p.ID, e.ID))
		want := []string{
			"environment.created Live; base_url >https://pets.example; variables >region, key, own; values >region, key",
			"environment.secret_set own; environment >Live",
			"environment.changed Production; name Live>Production; base_url https://pets.example>https://pets.example:8443/v2; variables region, key, own>region, token; values >region",
			"environment.secrets_moved Production; origin token: https://pets.example>https://pets.example:8443",
			"environment.secret_cleared token; environment >Production",
			"environment.deleted Production",
		}
		got := told(t, s, u, p.ID, 1)
		if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
			t.Errorf("events\n%s\nnot\n%s", a, b)
		}
		if log := dump(t, s, "audit_events"); strings.Contains(log, eu) || strings.Contains(log, us) || strings.Contains(log, "secret\"") || strings.Contains(log, "is-a-secret") || strings.Contains(log, "plain value") {
			t.Error("the log holds a value")
		}
	})
}

// Each change of a project, its content and its members is one event.
func TestProjectEvents(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		s, u, id := c.s, c.owner, c.project.ID
		member := modeltest.MustUser(t, s)
		team := mustTeam(t, s, u, map[*models.User]models.Role{member: models.TeamMember})
		mustImport(t, s, u, id, petsDescription)
		c.postman(petsCollection, models.OverwriteExisting)
		c.export(models.ExportOptions{})
		p := &c.project.Project
		ok(t, s.DeleteEndpoint(t.Context(), by(u), id, must(s.Endpoints(t.Context(), p))(t)[0].ID))
		ok(t, s.DeleteSchema(t.Context(), by(u), id, must(s.Schemas(t.Context(), p))(t)[0].ID))
		ok(t, s.RestoreRevision(t.Context(), by(u), id, must(s.Revisions(t.Context(), p))(t)[0].ID))
		draft := must(s.KeepDraft(t.Context(), by(u), id, "file", []byte(petsDescription), overwrite()))(t)
		must(s.ImportDraft(t.Context(), by(u), p, draft.ID))(t)
		must(s.ImportDraft(t.Context(), by(u), p, draft.ID))(t) // does it once
		copied := must(s.CloneProject(t.Context(), by(u), id, models.NewProject{Name: "Copy", TeamID: team.ID}))(t)
		ok(t, s.SetProjectRole(t.Context(), by(u), copied.ID, member.ID, models.ProjectReader))
		must(s.DeleteProject(t.Context(), by(u), copied.ID, "Copy"))(t)
		must(s.RestoreProject(t.Context(), by(u), copied.ID))(t)
		kindsOf := func(u *models.User, id int64) string {
			return strings.Join(kinds(t, s, u.ID, models.ProjectSubject(id)), " ")
		}
		const want = "project.created project.imported project.imported project.exported endpoint.deleted schema.deleted project.revision_restored project.imported"
		if got := kindsOf(u, id); got != want {
			t.Errorf("events %s", got)
		}
		if got := kindsOf(u, copied.ID); got != "project.created project.cloned project.deleted project.restored" {
			t.Errorf("events of the copy %s", got)
		}
		if got := kindsOf(member, copied.ID); got != "project.member_changed" {
			t.Errorf("events of the member %s", got)
		}
	})
}
