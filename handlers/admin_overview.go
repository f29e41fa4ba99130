package handlers

import (
	"github.com/labstack/echo/v4"

	"tessera/views"
)

func (s *Server) adminOverviewRoutes(administrator addRoute) {
	administrator("GET", views.AdminPath, s.adminOverview)
}

func (s *Server) adminOverview(c echo.Context) error {
	p, _, err := s.page(c)
	if err != nil {
		return err
	}
	figures, err := s.store.Figures(c.Request().Context())
	if err != nil {
		return err
	}
	return s.show(c, views.AdminOverviewPage(p, figures))
}
