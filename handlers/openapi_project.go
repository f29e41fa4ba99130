package handlers

import (
	"errors"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// addOpenAPIProject makes the project that describes this product's own API, with
// an environment that is ready but for its values. The page that shows a new token
// may name it: its secret then goes in too, from where it is sealed until that page
// is left, and never through a form.
func (s *Server) addOpenAPIProject(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	flash := views.Flash{Kind: "ok", Key: "flash.openapi_project"}
	secret := ""
	if id := posted.Get("token"); id != "" && posted.Get("with_token") != "" {
		t, err := s.store.Token(ctx, v.user, id)
		if err != nil {
			return err
		}
		secret, err = s.store.RevealedSecret(ctx, t, v.session)
		if errors.Is(err, models.ErrNotFound) {
			flash.Kind, flash.Key = "warn", "flash.openapi_project_late"
		} else if err != nil {
			return err
		} else {
			flash.Key = "flash.openapi_project_token"
		}
	}
	description, err := openAPI()
	if err != nil {
		return err
	}
	release, err := s.importTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	project, err := s.store.AddOpenAPIProject(ctx, s.actor(c, v), models.OpenAPIProject{
		Name: p.T("openapi_project.name"), EnvironmentName: p.T("openapi_project.environment"),
		BaseURL: s.cfg.BaseURL.String(), Description: description, Token: secret,
	})
	if err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(project.ID, "/api"), flash)
}
