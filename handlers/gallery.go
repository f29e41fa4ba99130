package handlers

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// The gallery shows every page in every state to who works on them; it is
// served with --dev only. Its pages are made by the functions that the handlers call.

func (s *Server) galleryIndex(c echo.Context) error {
	p, _, err := s.page(c)
	if err != nil {
		return err
	}
	return s.show(c, views.GalleryIndex(p, views.Gallery()))
}

func (s *Server) galleryState(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	locale := s.locales.Match(q.Get("lang"))
	if q.Get("lang") == "en-XA" {
		locale = s.locales.Pseudo()
	}
	p := views.GalleryPage(locale)
	p.Theme = cmp.Or(q.Get("theme"), p.Theme)
	for _, state := range views.Gallery() {
		if state.Path() == c.Param("page")+"/"+c.Param("state") {
			return render(c, http.StatusOK, state.Render(p))
		}
	}
	return models.ErrNotFound
}
