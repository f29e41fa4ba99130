package models_test

import (
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// mustTeam is a team that owner made, with people in the roles given.
func mustTeam(t testing.TB, s *models.Store, owner *models.User, people map[*models.User]models.Role) *models.Team {
	t.Helper()
	team := must(s.CreateTeam(t.Context(), by(owner), owner, "Harbor"))(t)
	for u, role := range people {
		mustJoin(t, s, owner, team, u, role)
	}
	return team
}

// mustJoin brings somebody into a team; owners come as admins first.
func mustJoin(t testing.TB, s *models.Store, owner *models.User, team *models.Team, u *models.User, role models.Role) {
	t.Helper()
	first := role
	if role == models.TeamOwner {
		first = models.TeamAdmin
	}
	secret := must(s.Invite(t.Context(), by(owner), team.ID, first))(t)
	must(s.Join(t.Context(), by(u), secret))(t)
	ok(t, s.SetTeamRole(t.Context(), by(owner), team.ID, u.ID, role))
}

func TestPersonalTeam(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		must(s.CreateTeam(t.Context(), by(u), u, "A team that sorts first"))(t)
		teams := must(s.Teams(t.Context(), u))(t)
		if len(teams) != 2 || teams[0].Name != u.Name || teams[0].Role != models.TeamOwner || *teams[0].PersonalUserID != u.ID {
			t.Fatalf("teams are %+v", teams)
		}
		own := &teams[0].Team
		mustJoin(t, s, u, own, other, models.TeamOwner)
		wantRefusals(t, s.SetTeamRole(t.Context(), by(other), own.ID, u.ID, models.TeamMember), "role:last_owner")
		wantRefusals(t, s.SetTeamRole(t.Context(), by(u), own.ID, u.ID, models.NoRole), "role:last_owner")
		wantRefusals(t, s.DeleteTeam(t.Context(), by(u), own.ID), "team:team_personal")
		ok(t, s.SetTeamRole(t.Context(), by(other), own.ID, other.ID, models.NoRole))
	})
}

func TestRenameAndDeleteTeam(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, admin := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		_, err := s.CreateTeam(t.Context(), by(owner), owner, " ")
		wantRefusals(t, err, "name:name_blank")
		team := mustTeam(t, s, owner, map[*models.User]models.Role{admin: models.TeamAdmin})
		wantError(t, s.RenameTeam(t.Context(), by(admin), team.ID, "Mine"), models.ErrForbidden)
		wantError(t, s.DeleteTeam(t.Context(), by(admin), team.ID), models.ErrForbidden)
		wantError(t, s.RenameTeam(t.Context(), by(modeltest.MustUser(t, s)), team.ID, "Mine"), models.ErrNotFound)
		wantRefusals(t, s.RenameTeam(t.Context(), by(owner), team.ID, strings.Repeat("x", 81)), "name:name_too_long")
		ok(t, s.RenameTeam(t.Context(), by(owner), team.ID, "Quay"))
		ok(t, s.RenameTeam(t.Context(), by(owner), team.ID, "Quay"))

		p := must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		must(s.DeleteProject(t.Context(), by(owner), p.ID, "Pets"))(t)
		wantRefusals(t, s.DeleteTeam(t.Context(), by(owner), team.ID), "team:team_has_projects")
		must(s.RestoreProject(t.Context(), by(owner), p.ID))(t)
		own := must(s.Teams(t.Context(), owner))(t)[0].ID
		must(s.UpdateProject(t.Context(), by(owner), p.ID, models.ProjectChange{TeamID: &own}))(t)
		must(s.Invite(t.Context(), by(owner), team.ID, models.TeamGuest))(t)
		ok(t, s.DeleteTeam(t.Context(), by(owner), team.ID))
		if n := count(t, s, "SELECT COUNT(*) FROM invitations") + count(t, s, "SELECT COUNT(*) FROM team_members WHERE role = 'admin'"); n != 0 {
			t.Errorf("%d rows are left of the team", n)
		}
		got := strings.Join(kinds(t, s, owner.ID, "team:"+itoa(team.ID)), " ")
		if want := "team.created team.invited team.changed team.invited team.deleted"; got != want {
			t.Errorf("audit: %s, not %s", got, want)
		}
	})
}

func TestInvitation(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		owner, guest, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, nil)
		for _, role := range []models.Role{models.TeamOwner, models.NoRole, models.ProjectEditor, "king"} {
			_, err := s.Invite(t.Context(), by(owner), team.ID, role)
			wantRefusals(t, err, "role:role_unknown")
		}
		_, err := s.Invite(t.Context(), by(guest), team.ID, models.TeamGuest)
		wantError(t, err, models.ErrNotFound)

		secret := must(s.Invite(t.Context(), by(owner), team.ID, models.TeamGuest))(t)
		if strings.Contains(dump(t, s, "invitations"), secret) {
			t.Error("the secret is stored")
		}
		for _, wrong := range []string{"", secret[1:], secret + "x", strings.ToUpper(secret)} {
			_, _, err := s.InvitedTeam(t.Context(), wrong)
			wantError(t, err, models.ErrNotFound)
		}
		must(s.Join(t.Context(), by(owner), secret))(t) // is there already, and leaves it open
		must(s.Join(t.Context(), by(guest), secret))(t)
		_, err = s.Join(t.Context(), by(other), secret)
		wantError(t, err, models.ErrNotFound)
		if got := must(s.Team(t.Context(), guest, team.ID, models.ViewTeam))(t); got.Role != models.TeamGuest {
			t.Errorf("joined as %s", got.Role)
		}

		late := must(s.Invite(t.Context(), by(owner), team.ID, models.TeamGuest))(t)
		clock.Advance(models.InvitationLife - 1000)
		if _, _, err := s.InvitedTeam(t.Context(), late); err != nil {
			t.Error("ended too early:", err)
		}
		clock.Advance(1000)
		_, err = s.Join(t.Context(), by(other), late)
		wantError(t, err, models.ErrNotFound)
		if open := must(s.Invitations(t.Context(), team.ID))(t); len(open) != 0 {
			t.Errorf("%d are open", len(open))
		}
		ok(t, s.Cleanup(t.Context()))
		if n := count(t, s, "SELECT COUNT(*) FROM invitations"); n != 0 {
			t.Errorf("%d invitations are left", n)
		}

		gone := must(s.Invite(t.Context(), by(owner), team.ID, models.TeamGuest))(t)
		id := must(s.Invitations(t.Context(), team.ID))(t)[0].ID
		wantError(t, s.Uninvite(t.Context(), by(guest), team.ID, id), models.ErrForbidden)
		ok(t, s.Uninvite(t.Context(), by(owner), team.ID, id))
		ok(t, s.Uninvite(t.Context(), by(owner), team.ID, id))
		_, err = s.Join(t.Context(), by(other), gone)
		wantError(t, err, models.ErrNotFound)
	})
}

// Who may no longer invite has no link left to come back by.
func TestInvitationsEndWithTheirMakersRights(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, admin, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		for _, end := range []func(team *models.Team) error{
			func(team *models.Team) error {
				return s.SetTeamRole(t.Context(), by(owner), team.ID, admin.ID, models.NoRole)
			},
			func(team *models.Team) error {
				return s.SetTeamRole(t.Context(), by(owner), team.ID, admin.ID, models.TeamMember)
			},
			func(*models.Team) error { return s.SetDisabled(t.Context(), models.CLI, admin.ID, true) },
		} {
			team := mustTeam(t, s, owner, map[*models.User]models.Role{admin: models.TeamAdmin})
			link := must(s.Invite(t.Context(), by(admin), team.ID, models.TeamAdmin))(t)
			stays := must(s.Invite(t.Context(), by(owner), team.ID, models.TeamGuest))(t)
			ok(t, end(team))
			_, err := s.Join(t.Context(), by(other), link)
			wantError(t, err, models.ErrNotFound)
			must(s.Join(t.Context(), by(other), stays))(t)
		}
	})
}

// Of many who use one link at once, one joins.
func TestInvitationIsUsedOnce(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner := modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, nil)
		var people [6]*models.User
		for i := range people {
			people[i] = modeltest.MustUser(t, s)
		}
		secret := must(s.Invite(t.Context(), by(owner), team.ID, models.TeamMember))(t)
		together(len(people), func(i int) {
			_, _ = s.Join(t.Context(), by(people[i]), secret)
		})
		if members := must(s.TeamMembers(t.Context(), team.ID))(t); len(members) != 2 {
			t.Errorf("%d are in the team", len(members))
		}
	})
}

// Owners who leave at once don't leave a team without one.
func TestLastOwner(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, second := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{second: models.TeamOwner})
		people := []*models.User{owner, second}
		var errs [2]error
		together(2, func(i int) {
			errs[i] = s.SetTeamRole(t.Context(), by(people[i]), team.ID, people[i].ID, models.NoRole)
		})
		if n := count(t, s, "SELECT COUNT(*) FROM team_members WHERE role = 'owner' AND team_id = "+itoa(team.ID)); n != 1 {
			t.Errorf("%d owners are left: %v", n, errs)
		}
	})
}

func TestTeamRoles(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		owner, admin, member := modeltest.MustUser(t, s), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		team := mustTeam(t, s, owner, map[*models.User]models.Role{admin: models.TeamAdmin, member: models.TeamMember})
		set := func(actor, u *models.User, role models.Role) error {
			return s.SetTeamRole(t.Context(), by(actor), team.ID, u.ID, role)
		}
		wantError(t, set(member, admin, models.TeamGuest), models.ErrForbidden)
		wantError(t, set(admin, owner, models.TeamGuest), models.ErrForbidden)
		wantError(t, set(admin, member, models.TeamOwner), models.ErrForbidden)
		wantError(t, set(admin, modeltest.MustUser(t, s), models.TeamGuest), models.ErrNotFound)
		wantError(t, set(modeltest.MustUser(t, s), member, models.TeamGuest), models.ErrNotFound)
		wantRefusals(t, set(owner, member, "king"), "role:role_unknown")
		wantRefusals(t, set(owner, owner, models.TeamAdmin), "role:last_owner")
		wantRefusals(t, set(owner, owner, models.NoRole), "role:last_owner")
		ok(t, set(admin, member, models.TeamGuest))
		ok(t, set(admin, member, models.TeamGuest))

		p := must(s.CreateProject(t.Context(), by(owner), models.NewProject{Name: "Pets", TeamID: team.ID}))(t)
		ok(t, s.SetProjectRole(t.Context(), by(owner), p.ID, member.ID, models.ProjectEditor))
		ok(t, set(admin, member, models.NoRole))
		if n := count(t, s, "SELECT COUNT(*) FROM project_members"); n != 0 {
			t.Errorf("%d roles in projects outlive the one in the team", n)
		}
		members := must(s.TeamMembers(t.Context(), team.ID))(t)
		if len(members) != 2 || members[0].UserID != owner.ID || members[1].Email != admin.Email {
			t.Errorf("members are %+v", members)
		}
		got := strings.Join(kinds(t, s, member.ID, "team:"+itoa(team.ID)), " ")
		if want := "team.member_added team.member_changed team.member_removed"; got != want {
			t.Errorf("audit: %s, not %s", got, want)
		}
	})
}
