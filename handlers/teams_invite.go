package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// backToTeam is for who reloads the page that showed an invitation.
func (s *Server) backToTeam(c echo.Context) error {
	id, v, err := s.visitOf(c, "team")
	if err != nil {
		return err
	}
	if _, err := s.store.Team(c.Request().Context(), v.user, id, models.ViewTeam); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, views.TeamPath(id, ""))
}

// invite shows the link in the answer itself: it is kept nowhere to be shown later.
func (s *Server) invite(c echo.Context) error {
	posted, p, v, t, err := postedTo(c, models.ManageMembers, s.teamPage)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	secret, err := s.store.Invite(ctx, s.actor(c, v), t.Team.ID, models.Role(posted.Get("role")))
	if err != nil {
		return err
	}
	if t.Invitations, err = s.store.Invitations(ctx, t.Team.ID); err != nil {
		return err
	}
	t.Link = p.BaseURL + joinRoute + "?" + url.Values{"secret": {secret}}.Encode()
	return s.show(c, views.TeamPage(p, t))
}

func (s *Server) withdrawInvitation(c echo.Context) error {
	_, _, v, t, err := postedTo(c, models.ManageMembers, s.teamPage)
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	if err := s.store.Uninvite(c.Request().Context(), s.actor(c, v), t.Team.ID, id); err != nil {
		return err
	}
	return s.done(c, v, views.TeamPath(t.Team.ID, ""), views.Flash{Kind: "ok", Key: "flash.invitation_withdrawn"})
}

// invited is what a link's secret leads to for this person.
func (s *Server) invited(c echo.Context, v *visit, secret string) (views.Invited, error) {
	i := views.Invited{Secret: secret}
	ctx := c.Request().Context()
	team, invitation, err := s.store.InvitedTeam(ctx, secret)
	if errors.Is(err, models.ErrNotFound) {
		return i, nil
	}
	if err != nil {
		return i, err
	}
	i.Team, i.Role = team, invitation.Role
	_, err = s.store.Team(ctx, v.user, team.ID, models.ViewTeam)
	i.Already = err == nil
	if errors.Is(err, models.ErrNotFound) {
		err = nil
	}
	return i, err
}

func (s *Server) joinForm(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	i, err := s.invited(c, v, q.Get("secret"))
	if err != nil {
		return err
	}
	return s.show(c, views.JoinPage(p, i))
}

// join uses an invitation. A link that no longer works, or that leads to a team
// which the person is in, is no mistake to correct: the page says so.
func (s *Server) join(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	i, err := s.invited(c, v, posted.Get("secret"))
	if err != nil {
		return err
	}
	if i.Team == nil || i.Already {
		return s.show(c, views.JoinPage(p, i))
	}
	team, err := s.store.Join(c.Request().Context(), s.actor(c, v), i.Secret)
	if errors.Is(err, models.ErrNotFound) { // somebody else was faster
		return s.show(c, views.JoinPage(p, views.Invited{}))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.TeamPath(team.ID, ""), nameFlash("flash.team_joined", team.Name))
}
