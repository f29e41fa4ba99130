package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/token"
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
	fields, _ := fieldsOf(err)
	err = models.Invalid(append(misspelt(q, models.AdminFilterNames, models.AdminListNames), fields...)).Err()
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
	refuse := func(fields views.Errors) error {
		typed := withoutSecrets(asked)
		if len(typed) < len(asked) && isFragment(c) {
			c.Response().Header().Set("HX-Push-Url", "false")
		}
		return s.adminTokenList(c, http.StatusUnprocessableEntity, p, views.AdminTokenList{Query: query, Typed: typed, Errors: fields})
	}
	if fields, ok := fieldsOf(err); ok {
		return refuse(fields)
	}
	if to := views.AdminTokensURL(query); hasEmpty(asked) && isFragment(c) {
		c.Response().Header().Set("HX-Push-Url", to)
	} else if hasEmpty(asked) {
		return c.Redirect(http.StatusSeeOther, to) // an address to keep, without the fields left empty
	}
	list := views.AdminTokenList{Query: query}
	ctx := c.Request().Context()
	if list.AdminPage, err = s.store.AdminTokens(ctx, query); err != nil {
		if fields, ok := unusable(err, query.Before+query.After); ok {
			return refuse(fields)
		}
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

// misspelt refuses the parameters of a page that it does not know: a filter would else
// choose more than was meant. They have no field on the page.
func misspelt(asked url.Values, known ...[]string) models.Invalid {
	var wrong models.Invalid
	for name := range asked {
		switch {
		case slices.Contains(slices.Concat(known...), name):
		case token.Within(name):
			wrong.Add("", "filter_secret")
		default:
			wrong.Add("", "filter_misspelt", "name", name[:min(len(name), 80)])
		}
	}
	return wrong
}

// unusable tells why a list was refused as a whole, on a page that has no field for it.
func unusable(err error, cursor string) (views.Errors, bool) {
	if _, named := fieldsOf(err); named || !errors.Is(err, models.ErrInvalid) {
		return nil, false
	}
	if cursor != "" {
		return views.Errors{{Code: "cursor_unusable"}}, true
	}
	return views.Errors{{Code: "sort_unusable"}}, true
}
