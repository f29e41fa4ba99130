package handlers

import (
	"errors"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// addNews adds to a page what its reader is to be told. Most have nothing, which
// the session knows already.
func (s *Server) addNews(c echo.Context, v *visit, p *views.Page) error {
	if v.session == nil || !v.session.HasNews || isFragment(c) {
		return nil
	}
	ctx := c.Request().Context()
	var err error
	if p.Notices, err = s.store.Notices(ctx, v.user.ID); err != nil {
		return err
	}
	p.Leaving, err = s.rundown(ctx, v.user.ID)
	return err
}

// dismissNotice forgets a notice, and goes back to where it was read. One that is
// gone already was dismissed on another page, or by a second press.
func (s *Server) dismissNotice(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	id, v, err := s.visitOf(c, "id")
	if err != nil {
		return err
	}
	err = s.store.DismissNotice(c.Request().Context(), v.user, id)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return s.redirect(c, localPath(posted.Get("next")))
}
