package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminTokenRoutes(administrator addRoute) {
	administrator("GET", views.AdminTokensPath, s.adminTokens)
	administrator("GET", views.AdminTokensPath+".csv", s.adminTokensCSV)
	administrator("GET", views.AdminTokensPath+".json", s.adminTokensJSON)
	s.adminOneTokenRoutes(administrator)
	s.adminFindRoutes(administrator)
	s.adminActRoutes(administrator)
	s.adminJobRoutes(administrator)
}

// adminQuery reads what a list of everybody's tokens is asked for. The error has
// the fields of the filter that can't be understood.
func adminQuery(q url.Values) (models.AdminQuery, error) {
	f, err := models.ParseAdminFilter(q.Get)
	return models.AdminQuery{
		AdminFilter: f, Sort: q.Get("sort"), Asc: q.Get("dir") == "asc",
		Before: q.Get("before"), After: q.Get("after"), Last: q.Get("last") != "", Limit: tokensPerPage,
	}, err
}

func (s *Server) adminTokens(c echo.Context) error {
	asked, p, _, err := s.asked(c)
	if err != nil {
		return err
	}
	query, err := adminQuery(asked)
	if fields, ok := fieldsOf(err); ok {
		typed := withoutSecrets(asked)
		if len(typed) < len(asked) && isFragment(c) {
			c.Response().Header().Set("HX-Push-Url", "false")
		}
		return s.adminTokenList(c, http.StatusUnprocessableEntity, p, views.AdminTokenList{Query: query, Typed: typed, Errors: fields})
	}
	if to := views.AdminTokensURL(query); hasEmpty(asked) && isFragment(c) {
		c.Response().Header().Set("HX-Push-Url", to)
	} else if hasEmpty(asked) {
		return c.Redirect(http.StatusSeeOther, to) // an address to keep, without the fields left empty
	}
	list := views.AdminTokenList{Query: query}
	ctx := c.Request().Context()
	if list.AdminPage, err = s.store.AdminTokens(ctx, query); errors.Is(err, models.ErrInvalid) {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	if err != nil {
		return err
	}
	if list.Count, err = s.store.AdminCount(ctx, query.AdminFilter); err != nil {
		return err
	}
	return s.adminTokenList(c, http.StatusOK, p, list)
}

func (s *Server) adminTokenList(c echo.Context, status int, p views.Page, list views.AdminTokenList) error {
	if isFragment(c) {
		return render(c, status, views.AdminTokensPage(p, list), "admin-tokens")
	}
	return s.renderPage(c, status, views.AdminTokensPage(p, list), 0)
}

// hasEmpty reports whether a form sent fields that nobody filled in.
func hasEmpty(values url.Values) bool {
	for name := range values {
		if values.Get(name) == "" {
			return true
		}
	}
	return false
}
