package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

const (
	teamsPath        = "/teams"
	invitationsRoute = "/teams/:team/invitations"
	joinRoute        = "/join"
)

func (s *Server) teamList(c echo.Context) error {
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	teams, err := s.store.Teams(c.Request().Context(), v.user)
	if err != nil {
		return err
	}
	return s.show(c, views.TeamsPage(p, teams))
}

func (s *Server) newTeamForm(c echo.Context) error {
	p, _, err := s.page(c)
	if err != nil {
		return err
	}
	return s.show(c, views.NewTeamPage(p, "", nil))
}

func (s *Server) createTeam(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	team, err := s.store.CreateTeam(c.Request().Context(), s.actor(c, v), v.user, posted.Get("name"))
	if fields, ok := fieldsOf(err); ok {
		return s.refuse(c, views.NewTeamPage(p, posted.Get("name"), fields))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.TeamPath(team.ID, ""), nameFlash("flash.team_created", team.Name))
}

// teamPage is the frame of a page of the team in the path, if the person may do
// action there, and the team with its people.
func (s *Server) teamPage(c echo.Context, action models.Action) (views.Page, *visit, views.TeamView, error) {
	var t views.TeamView
	id, v, err := s.visitOf(c, "team")
	if err != nil {
		return views.Page{}, nil, t, err
	}
	ctx := c.Request().Context()
	team, err := s.store.Team(ctx, v.user, id, action)
	if err != nil {
		return views.Page{}, v, t, err
	}
	t.Team, t.Name = *team, team.Name
	if t.Members, err = s.store.TeamMembers(ctx, id); err != nil {
		return views.Page{}, v, t, err
	}
	if t.Can(models.ManageMembers) {
		if t.Invitations, err = s.store.Invitations(ctx, id); err != nil {
			return views.Page{}, v, t, err
		}
	}
	p, v, err := s.page(c) // last, since it takes the flash
	return p, v, t, err
}

func (s *Server) showTeam(c echo.Context) error {
	p, _, t, err := s.teamPage(c, models.ViewTeam)
	if err != nil {
		return err
	}
	return s.show(c, views.TeamPage(p, t))
}

func (s *Server) renameTeam(c echo.Context) error {
	posted, p, v, t, err := postedTo(c, models.EditTeam, s.teamPage)
	if err != nil {
		return err
	}
	t.Name = posted.Get("name")
	err = s.store.RenameTeam(c.Request().Context(), s.actor(c, v), t.Team.ID, t.Name)
	if fields, ok := fieldsOf(err); ok {
		t.Errors = fields
		return s.refuse(c, views.TeamPage(p, t))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.TeamPath(t.Team.ID, ""), nameFlash("flash.team_saved", t.Name))
}

// setTeamRole gives somebody another role; leaveTeam takes it away.
func (s *Server) setTeamRole(c echo.Context) error {
	posted, p, v, t, err := postedTo(c, models.ManageMembers, s.teamPage)
	if err != nil {
		return err
	}
	member, err := memberOf(t.Members, idField(posted.Get("user")))
	if err != nil {
		return err
	}
	role := models.Role(posted.Get("role"))
	if role == models.NoRole {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	err = s.store.SetTeamRole(c.Request().Context(), s.actor(c, v), t.Team.ID, member.UserID, role)
	if fields, ok := fieldsOf(err); ok {
		t.Errors = views.RoleErrors(fields, member.UserID)
		return s.refuse(c, views.TeamPage(p, t))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.TeamPath(t.Team.ID, ""), nameFlash("flash.role_changed", member.Name))
}

// leaving finds who is to leave the team: oneself, or another whom the person manages.
func (s *Server) leaving(c echo.Context) (views.Page, *visit, views.Leaving, error) {
	var l views.Leaving
	p, v, t, err := s.teamPage(c, models.ViewTeam)
	if err != nil {
		return p, v, l, err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return p, v, l, err
	}
	if id != v.user.ID && !t.Can(models.ManageMembers) {
		return p, v, l, models.ErrForbidden
	}
	l.Team = t.Team
	l.Member, err = memberOf(t.Members, id)
	return p, v, l, err
}

func (s *Server) leaveTeamForm(c echo.Context) error {
	p, _, l, err := s.leaving(c)
	if err != nil {
		return err
	}
	return s.show(c, views.LeaveTeamPage(p, l))
}

func (s *Server) leaveTeam(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	p, v, l, err := s.leaving(c)
	if err != nil {
		return err
	}
	err = s.store.SetTeamRole(c.Request().Context(), s.actor(c, v), l.Team.ID, l.Member.UserID, models.NoRole)
	if fields, ok := fieldsOf(err); ok {
		l.Errors = fields
		return s.refuse(c, views.LeaveTeamPage(p, l))
	}
	if err != nil {
		return err
	}
	if l.Member.UserID == v.user.ID {
		return s.done(c, v, teamsPath, nameFlash("flash.team_left", l.Team.Name))
	}
	return s.done(c, v, views.TeamPath(l.Team.ID, ""), nameFlash("flash.member_removed", l.Member.Name))
}

func (s *Server) deleteTeamForm(c echo.Context) error {
	p, _, t, err := s.teamPage(c, models.EditTeam)
	if err != nil {
		return err
	}
	return s.show(c, views.DeleteTeamPage(p, t.Team, nil))
}

func (s *Server) deleteTeam(c echo.Context) error {
	_, p, v, t, err := postedTo(c, models.EditTeam, s.teamPage)
	if err != nil {
		return err
	}
	err = s.store.DeleteTeam(c.Request().Context(), s.actor(c, v), t.Team.ID)
	if fields, ok := fieldsOf(err); ok {
		return s.refuse(c, views.DeleteTeamPage(p, t.Team, fields))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, teamsPath, nameFlash("flash.team_deleted", t.Team.Name))
}
