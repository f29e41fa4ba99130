package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// healthz answers as long as the process runs.
func (s *Server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz answers 200 when requests can be served: the database can be reached
// and has this program's schema, and the server is not about to stop.
func (s *Server) readyz(c echo.Context) error {
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "stopping\n")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Migrated(ctx); err != nil {
		s.log.Warn("not ready", "error", err.Error())
		return c.String(http.StatusServiceUnavailable, "database not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
