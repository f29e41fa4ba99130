package handlers

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps the pool from holding on to the largest pages ever made.
const maxPooled = 64 << 10

// renderPage answers with a whole page. It is written only when it is complete,
// so a page that fails to render is a clean error. Opening any page ends the
// showing of a new token's secret, except on the page of the token keepID.
func (s *Server) renderPage(c echo.Context, status int, page templ.Component, keepID int64) error {
	v, err := s.visit(c)
	if err != nil {
		return err
	}
	if v.session != nil && v.session.HasReveal {
		if err := s.store.EndReveals(c.Request().Context(), v.session, keepID); err != nil {
			return err
		}
	}
	return render(c, status, page)
}

// render answers with a component: a page, or with fragments only the named parts of it.
func render(c echo.Context, status int, component templ.Component, fragments ...any) error {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= maxPooled {
			buffers.Put(b)
		}
	}()
	ctx := c.Request().Context()
	var err error
	if len(fragments) > 0 {
		err = templ.RenderFragments(ctx, b, component, fragments...)
	} else {
		err = component.Render(ctx, b)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Add(echo.HeaderVary, "HX-Request")
	return c.HTMLBlob(status, b.Bytes())
}

// show answers a GET with a page.
func (s *Server) show(c echo.Context, page templ.Component) error {
	return s.renderPage(c, http.StatusOK, page, 0)
}

// refuse answers a post whose form is shown again with what is wrong.
func (s *Server) refuse(c echo.Context, page templ.Component) error {
	return s.renderPage(c, http.StatusUnprocessableEntity, page, 0)
}
