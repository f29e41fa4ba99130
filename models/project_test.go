package models_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// dump is all the text that a table holds; rows may have an order or a condition after its name.
func dump(t testing.TB, s *models.Store, rows string) string {
	t.Helper()
	found := must(s.SQL().QueryContext(t.Context(), "SELECT * FROM "+rows))(t)
	defer found.Close()
	var all strings.Builder
	columns := must(found.Columns())(t)
	for found.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		ok(t, found.Scan(values...))
		for _, v := range values {
			if b, raw := (*v.(*any)).([]byte); raw {
				all.Write(b)
			} else if text, isText := (*v.(*any)).(string); isText {
				all.WriteString(text)
			}
		}
	}
	ok(t, found.Err())
	return all.String()
}

func TestCreateProject(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, guest := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, u, map[*models.User]models.Role{guest: models.TeamGuest})
		create := func(actor *models.User, in models.NewProject) (*models.Project, error) {
			return s.CreateProject(t.Context(), by(actor), in)
		}
		first := must(create(u, models.NewProject{Name: " Pets ", Description: " All of them "}))(t)
		second := must(create(u, models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		if first.ID < 1000001 || second.ID <= first.ID || first.Name != "Pets" || first.Description != "All of them" {
			t.Errorf("made %+v and %d", first, second.ID)
		}
		if own := must(s.Teams(t.Context(), u))(t)[0].ID; first.TeamID != own {
			t.Errorf("it is in team %d, not one's own", first.TeamID)
		}
		_, err := create(u, models.NewProject{Description: strings.Repeat("é", 2001), TeamID: 999})
		wantRefusals(t, err, "name:name_required description:description_too_long team:team_unknown")
		must(create(u, models.NewProject{Name: "x", Description: strings.Repeat("é", 2000)}))(t)
		_, err = create(guest, models.NewProject{Name: "x", TeamID: team.ID})
		wantError(t, err, models.ErrForbidden)
		_, err = create(modeltest.MustUser(t, s), models.NewProject{Name: "x", TeamID: team.ID})
		wantRefusals(t, err, "team:team_unknown")
	})
}

func TestProjectsOfAPerson(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, member, guest := modeltest.MustUser(t, s), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{member: models.TeamMember, guest: models.TeamGuest})
		var ids []int64
		for _, name := range []string{"Ｈarbor 50%_off", "alpha", "Zulu"} {
			ids = append(ids, must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: name, TeamID: team.ID}))(t).ID)
		}
		names := func(u *models.User, q models.ProjectQuery) string {
			var out []string
			for _, p := range must(s.Projects(t.Context(), u, q, 10))(t) {
				out = append(out, p.Name)
			}
			return strings.Join(out, ", ")
		}
		for _, c := range []struct {
			u    *models.User
			q    models.ProjectQuery
			want string
		}{
			{owner, models.ProjectQuery{}, "alpha, Ｈarbor 50%_off, Zulu"},
			{member, models.ProjectQuery{TeamID: team.ID}, "alpha, Ｈarbor 50%_off, Zulu"},
			{member, models.ProjectQuery{TeamID: team.ID + 1}, ""},
			{owner, models.ProjectQuery{Search: "ALPHA"}, "alpha"},
			{owner, models.ProjectQuery{Search: "%_"}, "Ｈarbor 50%_off"},
			{owner, models.ProjectQuery{Search: "_"}, "Ｈarbor 50%_off"},
			{owner, models.ProjectQuery{Search: itoa(ids[2])}, "Zulu"},
			{owner, models.ProjectQuery{Search: itoa(ids[2])[:4]}, ""},
			{owner, models.ProjectQuery{Search: "99999999999999999999"}, ""},
			{guest, models.ProjectQuery{}, ""},
		} {
			if got := names(c.u, c.q); got != c.want {
				t.Errorf("%+v finds %q, not %q", c.q, got, c.want)
			}
		}
		ok(t, s.SetProjectRole(t.Context(), by(owner), ids[1], guest.ID, models.ProjectReader))
		if got := names(guest, models.ProjectQuery{}); got != "alpha" {
			t.Errorf("the guest sees %q", got)
		}
		must(s.DeleteProject(t.Context(), by(owner), ids[1], "alpha"))(t)
		if got := names(guest, models.ProjectQuery{Deleted: true}) + "; " + names(guest, models.ProjectQuery{}); got != "alpha; " {
			t.Errorf("the guest sees %q", got)
		}
	})
}

// A project leaves its team only by who manages the team, and roles in it don't wait in the next.
func TestMoveProject(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, guest := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{guest: models.TeamGuest})
		p := must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		ok(t, s.SetProjectRole(t.Context(), by(owner), p.ID, guest.ID, models.ProjectAdmin))
		theirs := must(s.Teams(t.Context(), guest))(t)[0].ID
		_, err := s.UpdateProject(t.Context(), by(guest), p.ID, models.ProjectChange{TeamID: &theirs})
		wantError(t, err, models.ErrForbidden)

		next := mustTeam(t, s, owner, nil)
		must(s.UpdateProject(t.Context(), by(owner), p.ID, models.ProjectChange{TeamID: &next.ID}))(t)
		mustJoin(t, s, owner, next, guest, models.TeamGuest)
		_, err = s.Project(t.Context(), guest, p.ID, models.ViewProject)
		wantError(t, err, models.ErrNotFound)
	})
}

func TestUpdateProject(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		owner, editor := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{editor: models.TeamMember})
		p := must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		name, empty, unknown := "Cats", "", int64(999)
		_, err := s.UpdateProject(t.Context(), by(editor), p.ID, models.ProjectChange{Name: &name})
		wantError(t, err, models.ErrForbidden)
		_, err = s.UpdateProject(t.Context(), by(owner), p.ID, models.ProjectChange{Name: &empty, TeamID: &unknown})
		wantRefusals(t, err, "name:name_required team:team_unknown")
		clock.Advance(time.Hour)
		same := must(s.UpdateProject(t.Context(), by(owner), p.ID, models.ProjectChange{}))(t)
		changed := must(s.UpdateProject(t.Context(), by(owner), p.ID, models.ProjectChange{Name: &name}))(t)
		if !same.UpdatedAt.Equal(p.UpdatedAt) || !changed.UpdatedAt.Equal(s.Now()) || changed.Name != "Cats" {
			t.Errorf("changed to %+v", changed)
		}

		// Moved, it is gone for those who are not in its new team.
		own := must(s.Teams(t.Context(), owner))(t)[0].ID
		must(s.UpdateProject(t.Context(), by(owner), p.ID, models.ProjectChange{TeamID: &own}))(t)
		_, err = s.Project(t.Context(), editor, p.ID, models.ViewProject)
		wantError(t, err, models.ErrNotFound)
		events := must(s.Events(t.Context(), models.AuditQuery{UserID: owner.ID, Subject: models.ProjectSubject(p.ID), Limit: 1}))(t).Events
		want := models.AuditChange{Field: "team", Old: "Harbor (" + itoa(team.ID) + ")", New: owner.Name + " (" + itoa(own) + ")"}
		if len(events[0].Changes) != 1 || events[0].Changes[0] != want {
			t.Errorf("the move is recorded as %+v", events[0].Changes)
		}
	})
}

func TestDeleteProject(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		p := must(s.CreateProject(t.Context(), by(u), models.NewProject{Name: "Pets"}))(t)
		_, err := s.DeleteProject(t.Context(), by(u), p.ID, "pets")
		wantRefusals(t, err, "typed:name_differs")
		_, err = s.RestoreProject(t.Context(), by(u), p.ID)
		wantError(t, err, models.ErrNotFound)
		must(s.DeleteProject(t.Context(), by(u), p.ID, " Pets "))(t)
		_, err = s.Project(t.Context(), u, p.ID, models.ViewProject)
		wantError(t, err, models.ErrNotFound)
		_, err = s.DeleteProject(t.Context(), by(u), p.ID, "Pets")
		wantError(t, err, models.ErrNotFound)

		clock.Advance(models.KeepDeleted - time.Microsecond)
		ok(t, s.Cleanup(t.Context()))
		must(s.RestoreProject(t.Context(), by(u), p.ID))(t)
		must(s.Project(t.Context(), u, p.ID, models.ManageProject))(t)
		must(s.DeleteProject(t.Context(), by(u), p.ID, "Pets"))(t)
		clock.Advance(models.KeepDeleted)
		_, err = s.RestoreProject(t.Context(), by(u), p.ID)
		wantError(t, err, models.ErrNotFound)
		if left := must(s.Projects(t.Context(), u, models.ProjectQuery{Deleted: true}, 9))(t); len(left) != 0 {
			t.Errorf("%d are offered", len(left))
		}
		ok(t, s.Cleanup(t.Context()))
		if n := count(t, s, "SELECT COUNT(*) FROM projects"); n != 0 {
			t.Errorf("%d projects are left", n)
		}
		if n := count(t, s, "SELECT COUNT(*) FROM audit_events WHERE kind = 'project.removed'"); n != 1 {
			t.Errorf("%d events tell of it", n)
		}
	})
}

func TestProjectMembers(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, member, guest := modeltest.MustUser(t, s), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{member: models.TeamMember, guest: models.TeamGuest})
		p := must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		set := func(actor, u *models.User, role models.Role) error {
			return s.SetProjectRole(t.Context(), by(actor), p.ID, u.ID, role)
		}
		wantError(t, set(member, guest, models.ProjectReader), models.ErrForbidden)
		wantError(t, set(guest, guest, models.ProjectAdmin), models.ErrNotFound)
		wantError(t, set(owner, modeltest.MustUser(t, s), models.ProjectReader), models.ErrNotFound)
		wantRefusals(t, set(owner, guest, models.TeamOwner), "role:role_unknown")
		ok(t, set(owner, guest, models.ProjectAdmin))
		ok(t, set(owner, guest, models.ProjectAdmin))
		ok(t, set(guest, member, models.ProjectReader))
		roles := map[int64]models.Role{}
		for _, m := range must(s.ProjectMembers(t.Context(), p))(t) {
			roles[m.UserID] = m.Role
		}
		if roles[owner.ID] != models.ProjectAdmin || roles[member.ID] != models.ProjectReader || roles[guest.ID] != models.ProjectAdmin {
			t.Errorf("roles are %v", roles)
		}
		_, err := s.Project(t.Context(), member, p.ID, models.EditContent)
		wantError(t, err, models.ErrForbidden)
		ok(t, set(guest, guest, models.NoRole))
		_, err = s.Project(t.Context(), guest, p.ID, models.ViewProject)
		wantError(t, err, models.ErrNotFound)
		if n := len(kinds(t, s, guest.ID, models.ProjectSubject(p.ID))); n != 2 {
			t.Errorf("%d events for two changes", n)
		}
	})
}
