package handlers

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminFindRoutes(administrator addRoute) {
	administrator("GET", views.AdminFindPath, s.adminFind)
	administrator("POST", views.AdminFindPath, s.adminFindSecret)
	administrator("POST", views.AdminTokensPath+"/:id/leaked", s.adminRevokeLeaked)
}

// adminFind shows what was found: its address holds a token's public id, or the
// last four characters of a secret, and never a secret.
func (s *Server) adminFind(c echo.Context) error {
	q, p, _, err := s.asked(c)
	if err != nil {
		return err
	}
	f := views.AdminFind{LastFour: q.Get("last_four")}
	ctx := c.Request().Context()
	if id := q.Get("token"); id != "" {
		one, err := s.store.AnyToken(ctx, id)
		if err != nil {
			return err
		}
		s.flushUsage(c, &models.User{ID: one.UserID})
		if f.Found, err = s.store.AdminToken(ctx, id); err != nil { // with the use that was just written
			return err
		}
		if f.Days, err = s.store.UsageByOutcome(ctx, &f.Found.Token, 7); err != nil {
			return err
		}
	}
	if f.LastFour != "" {
		if f.Tokens, err = s.store.FindByLastFour(ctx, f.LastFour); err != nil {
			return err
		}
	}
	return s.show(c, views.AdminFindPage(p, f))
}

// adminFindSecret looks for a posted secret and forgets it: what is found has an
// address of its own, so that nothing is sent again when the page is loaded again.
func (s *Server) adminFindSecret(c echo.Context) error {
	posted, p, _, err := s.posted(c)
	if err != nil {
		return err
	}
	to, err := s.findSecret(c.Request().Context(), strings.TrimSpace(posted.Get("secret")))
	if fields, ok := fieldsOf(err); ok {
		return s.refuse(c, views.AdminFindPage(p, views.AdminFind{Errors: fields}))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, views.AdminFindPath+"?"+to.Encode())
}

func (s *Server) findSecret(ctx context.Context, text string) (url.Values, error) {
	var wrong models.Invalid
	switch len(text) {
	case 0:
		wrong.Add("secret", "find_required")
		return nil, wrong.Err()
	case 4:
		return url.Values{"last_four": {text}}, nil
	}
	t, err := s.store.FindBySecret(ctx, text)
	if errors.Is(err, models.ErrNotFound) {
		wrong.Add("secret", "find_unknown")
		return nil, wrong.Err()
	}
	if err != nil {
		return nil, err
	}
	return url.Values{"token": {t.PublicID}}, nil
}

// adminRevokeLeaked ends a token as leaked, of which its owner and all administrators are told.
func (s *Server) adminRevokeLeaked(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	v, err := s.visit(c)
	if err != nil {
		return err
	}
	t, err := s.store.RevokeLeakedToken(c.Request().Context(), s.actor(c, v), c.Param("id"), v.user.Name)
	if err != nil {
		return err
	}
	return s.done(c, v, views.AdminTokenPath(t.PublicID, ""), nameFlash("flash.admin_leaked", t.Name))
}
