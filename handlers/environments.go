package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// environmentRoutes are the pages of Environment Management.
func (s *Server) environmentRoutes(signedIn addRoute) {
	signedIn("GET", "/projects/:project/environments", s.environmentList)
	signedIn("GET", "/projects/:project/environments/new", s.newEnvironmentForm)
	signedIn("POST", "/projects/:project/environments/new", s.saveEnvironment)
	signedIn("POST", "/projects/:project/environments/choose", s.chooseEnvironment)
	signedIn("GET", "/projects/:project/environments/:id", s.environmentPage)
	signedIn("POST", "/projects/:project/environments/:id", s.saveEnvironment)
	signedIn("POST", "/projects/:project/environments/:id/values", s.savePersonal)
	signedIn("POST", "/projects/:project/environments/:id/repin", s.repinPersonal)
	signedIn("GET", "/projects/:project/environments/:id/delete", s.deleteEnvironmentForm)
	signedIn("POST", "/projects/:project/environments/:id/delete", s.deleteEnvironment)
}

func environmentsPath(m views.ProjectMeta) string {
	return views.ProjectPath(m.Project.ID, "/environments")
}

func environmentPath(m views.ProjectMeta, id int64) string {
	return environmentsPath(m) + "/" + strconv.FormatInt(id, 10)
}

func (s *Server) environmentList(c echo.Context) error {
	p, _, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	m.Wide = true
	return s.show(c, views.EnvironmentsPage(p, m))
}

// emptyRows are the rows of variables that a form has for new ones.
const emptyRows = 3

func withEmptyRows(f views.EnvironmentForm) views.EnvironmentForm {
	for range emptyRows {
		f.Rows = append(f.Rows, views.VariableRow{})
	}
	return f
}

func (s *Server) newEnvironmentForm(c echo.Context) error {
	p, _, m, err := s.projectPage(c, models.EditContent)
	if err != nil {
		return err
	}
	return s.show(c, views.EnvironmentPage(p, m, withEmptyRows(views.EnvironmentForm{})))
}

// ownEnvironment is projectPage with the environment in the path.
func (s *Server) ownEnvironment(c echo.Context, action models.Action) (views.Page, *visit, views.ProjectMeta, *models.Environment, error) {
	id, err := idParam(c, "id")
	if err != nil {
		return views.Page{}, nil, views.ProjectMeta{}, nil, err
	}
	p, v, m, err := s.projectPage(c, action)
	if err != nil {
		return p, v, m, nil, err
	}
	e, err := s.store.Environment(c.Request().Context(), &m.Project.Project, id)
	return p, v, m, e, err
}

// environmentForm reads an environment as u sees it.
func (s *Server) environmentForm(ctx context.Context, u *models.User, e *models.Environment) (views.EnvironmentForm, error) {
	f := views.EnvironmentForm{ID: e.ID, Name: e.Name, Title: e.Name, BaseURL: e.BaseURL}
	variables, err := s.store.Variables(ctx, u, e)
	if err != nil {
		return f, err
	}
	now, err := s.store.EnvironmentOrigin(ctx, u, e)
	f.Origin = now
	if err != nil {
		return f, err
	}
	for _, v := range variables {
		f.Rows = append(f.Rows, views.VariableRow{ID: v.ID, Name: v.Name, Secret: v.Secret, Shared: v.Shared, Stored: v.Sealed != nil, LastFour: v.LastFour})
		f.Personal = append(f.Personal, views.PersonalRow{MyVariable: v})
		if !v.Secret || v.Personal == nil || v.Personal.Origin == now || now == "" {
			continue
		}
		if f.Moved == nil {
			f.Moved = &views.MovedSecrets{Now: now, Was: v.Personal.Origin}
		} else if f.Moved.Was != v.Personal.Origin {
			f.Moved.Was = ""
		}
		f.Moved.Names = append(f.Moved.Names, v.Name)
	}
	return f, nil
}

func (s *Server) environmentPage(c echo.Context) error {
	p, v, m, e, err := s.ownEnvironment(c, models.ViewProject)
	if err != nil {
		return err
	}
	f, err := s.environmentForm(c.Request().Context(), v.user, e)
	if err != nil {
		return err
	}
	if m.Can(models.EditContent) {
		f = withEmptyRows(f)
	}
	return s.show(c, views.EnvironmentPage(p, m, f))
}

// postedRows reads the rows of variables, and what to store of them: at[i] is
// the row that the i-th one came from.
func postedRows(posted url.Values, known map[int64]views.VariableRow) (rows []views.VariableRow, store []models.VariableForm, at []int, err error) {
	for i := 0; posted.Has("variable-" + strconv.Itoa(i)); i++ {
		part := func(name string) string { return posted.Get(name + "-" + strconv.Itoa(i)) }
		r := views.VariableRow{Name: part("variable"), Shared: part("shared"), Secret: part("secret") != "", Remove: part("remove") != ""}
		if r.ID, err = strconv.ParseInt(part("id"), 10, 64); err != nil {
			return nil, nil, nil, echo.NewHTTPError(http.StatusBadRequest)
		}
		old, ok := known[r.ID]
		if r.ID != 0 && !ok { // removed by somebody meanwhile; typed again it is a new one
			r.ID = 0
		}
		r.Stored, r.LastFour = old.Stored && r.Secret, old.LastFour
		rows = append(rows, r)
		if r.Empty() || r.Remove {
			continue
		}
		v := models.VariableForm{ID: r.ID, Name: r.Name, Secret: r.Secret, Shared: &r.Shared}
		if r.Secret && r.Shared == "" {
			v.Shared = nil
		}
		store, at = append(store, v), append(at, i)
	}
	return rows, store, at, nil
}

func (s *Server) saveEnvironment(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	var p views.Page
	var v *visit
	var m views.ProjectMeta
	e := &models.Environment{}
	if c.Param("id") == "" {
		p, v, m, err = s.projectPage(c, models.EditContent)
	} else {
		p, v, m, e, err = s.ownEnvironment(c, models.EditContent)
	}
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var f views.EnvironmentForm
	known := map[int64]views.VariableRow{}
	if e.ID != 0 {
		if f, err = s.environmentForm(ctx, v.user, e); err != nil {
			return err
		}
		for _, r := range f.Rows {
			known[r.ID] = r
		}
	}
	var rows []models.VariableForm
	var at []int
	f.Name, f.BaseURL = posted.Get("name"), posted.Get("base_url")
	if f.Rows, rows, at, err = postedRows(posted, known); err != nil {
		return err
	}
	if posted.Has("add") {
		return s.show(c, views.EnvironmentPage(p, m, withEmptyRows(f)))
	}
	saved, err := s.store.SaveEnvironment(ctx, s.actor(c, v), m.Project.ID, e.ID, models.EnvironmentForm{Name: f.Name, BaseURL: f.BaseURL, Variables: rows})
	if fields, ok := fieldsOf(err); ok {
		f.Errors = variableErrors(fields, at)
		return s.refuse(c, views.EnvironmentPage(p, m, f))
	}
	if err != nil {
		return err
	}
	flash := nameFlash("flash.environment_saved", saved.Name)
	if len(saved.ClearedSecrets) > 0 {
		flash.Kind, flash.Key = "warn", "flash.secrets_cleared"
		flash.Params["names"] = strings.Join(saved.ClearedSecrets, ", ")
	}
	return s.done(c, v, environmentPath(m, saved.ID), flash)
}

// variableErrors names the fields of the page instead of those of the model.
func variableErrors(fields views.Errors, at []int) views.Errors {
	var out views.Errors
	for _, e := range fields {
		if row, ok := strings.CutPrefix(e.Field, "variables."); ok {
			if n, err := strconv.Atoi(row); err == nil && n < len(at) {
				e.Field = "variable-" + strconv.Itoa(at[n])
			}
		}
		out = append(out, e)
	}
	return out
}

func (s *Server) chooseEnvironment(c echo.Context) error {
	posted, _, v, m, err := postedTo(c, models.ViewProject, s.projectPage)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(posted.Get("environment"), 10, 64)
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	if err := s.store.ChooseEnvironment(c.Request().Context(), v.user, &m.Project.Project, id); err != nil {
		return err
	}
	next := environmentsPath(m)
	if posted.Get("next") != "" {
		next = localPath(posted.Get("next"))
	}
	return s.redirect(c, next)
}

func (s *Server) deleteEnvironmentForm(c echo.Context) error {
	p, _, m, e, err := s.ownEnvironment(c, models.EditContent)
	if err != nil {
		return err
	}
	return s.show(c, views.DeleteEnvironmentPage(p, m, *e))
}

func (s *Server) deleteEnvironment(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	_, v, m, e, err := s.ownEnvironment(c, models.EditContent)
	if err != nil {
		return err
	}
	if err := s.store.DeleteEnvironment(c.Request().Context(), s.actor(c, v), m.Project.ID, e.ID); err != nil {
		return err
	}
	return s.done(c, v, environmentsPath(m), nameFlash("flash.environment_deleted", e.Name))
}
