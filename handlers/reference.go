package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// referenceRoutes are the pages of a project's API reference.
func (s *Server) referenceRoutes(signedIn addRoute) {
	s.transferRoutes(signedIn)
	signedIn("POST", "/projects/openapi", s.addOpenAPIProject)
	signedIn("GET", "/projects/:project/api", s.apiOverview)
	signedIn("GET", "/projects/:project/api/folders/:id", s.apiFolder)
	signedIn("GET", "/projects/:project/api/endpoints/:id", s.showAPIEndpoint)
	signedIn("GET", "/projects/:project/api/endpoints/:id/edit", s.editEndpointForm)
	signedIn("POST", "/projects/:project/api/endpoints/:id/edit", s.editEndpoint)
	signedIn("GET", "/projects/:project/api/endpoints/:id/delete", s.deleteEndpointForm)
	signedIn("POST", "/projects/:project/api/endpoints/:id/delete", s.deleteEndpointPage)
	signedIn("GET", "/projects/:project/api/schemas/:id", s.showAPISchema)
	signedIn("GET", "/projects/:project/api/schemas/:id/delete", s.deleteSchemaForm)
	signedIn("POST", "/projects/:project/api/schemas/:id/delete", s.deleteSchemaPage)
}

// How much of a list stands in the tree, and on a page of its own.
const (
	treeList = 60
	pageList = 500
)

// maxSearch is how much of a search counts, in bytes.
const maxSearch = 200

// reference is one request for a page of the reference.
type reference struct {
	page     views.Page
	visit    *visit
	meta     views.ProjectMeta
	tree     views.APITree
	root     []openapi.Member
	endpoint *models.Endpoint // on the page of one
	excerpt  *models.Excerpt
	op       *openapi.OperationView
	edit     *views.EndpointForm
}

// reference starts a page of the reference, for who may do action.
func (s *Server) reference(c echo.Context, action models.Action) (*reference, error) {
	p, v, m, err := s.projectPage(c, action)
	if err != nil {
		return nil, err
	}
	r := &reference{page: p, visit: v, meta: m}
	ctx := c.Request().Context()
	if r.root, err = s.store.RootMembers(ctx, &m.Project.Project); err != nil {
		return nil, err
	}
	r.tree.Title, r.tree.Version, _ = openapi.Info(r.root)
	r.tree.Outline, err = s.store.ReadOutline(ctx, &m.Project.Project)
	return r, err
}

// openFolder lists the endpoints of one folder in the tree.
func (s *Server) openFolder(c echo.Context, r *reference, folder, position int64, limit int) error {
	var err error
	r.tree.Folder = folder
	r.tree.Endpoints, r.tree.More, err = s.store.FindEndpoints(c.Request().Context(), &r.meta.Project.Project,
		models.EndpointQuery{FolderID: folder, Around: position}, limit)
	return err
}

func (s *Server) openSchemas(c echo.Context, r *reference, position int64, limit int) error {
	var err error
	r.tree.SchemasOpen = true
	r.tree.Schemas, r.tree.MoreSchemas, err = s.store.FindSchemas(c.Request().Context(), &r.meta.Project.Project, "", position, limit)
	return err
}

func (s *Server) apiOverview(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	r, err := s.reference(c, models.ViewProject)
	if err != nil {
		return err
	}
	o := views.APIOverview{}
	_, _, o.Description = openapi.Info(r.root)
	folder, hasFolder := q["folder"]
	search := strings.TrimSpace(q.Get("q"))
	switch {
	case search != "":
		err = s.search(c, r, search)
	case q.Get("schemas") != "":
		o.Listed = true
		err = s.openSchemas(c, r, 0, pageList)
	case hasFolder:
		o.Listed = true
		id, parseErr := strconv.ParseInt(folder[0], 10, 64)
		if parseErr != nil || id != 0 && !r.hasFolder(id) {
			return models.ErrNotFound
		}
		err = s.openFolder(c, r, id, 0, pageList)
	case r.tree.Outline.Loose > 0:
		err = s.openFolder(c, r, 0, 0, treeList)
	}
	if err != nil {
		return err
	}
	o.Tree = r.tree
	page := views.APIOverviewPage(r.page, r.meta, o)
	if isFragment(c) {
		return render(c, http.StatusOK, page, "tree")
	}
	return s.show(c, page)
}

func (s *Server) search(c echo.Context, r *reference, words string) error {
	const most = 100
	if len(words) > maxSearch {
		words = strings.ToValidUTF8(words[:maxSearch], "")
	}
	ctx, project := c.Request().Context(), &r.meta.Project.Project
	found := &views.APISearch{Query: words}
	var moreSchemas bool
	var err error
	if found.Endpoints, found.More, err = s.store.FindEndpoints(ctx, project, models.EndpointQuery{Search: words}, most); err != nil {
		return err
	}
	found.Schemas, moreSchemas, err = s.store.FindSchemas(ctx, project, words, 0, most/4)
	found.More = found.More || moreSchemas
	r.tree.Search = found
	return err
}

func (r *reference) hasFolder(id int64) bool {
	for _, f := range r.tree.Outline.Folders {
		if f.ID == id {
			return true
		}
	}
	return false
}

// apiFolder is one folder of the tree, opened by htmx; without, the page that lists it.
func (s *Server) apiFolder(c echo.Context) error {
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	r, err := s.reference(c, models.ViewProject)
	if err != nil {
		return err
	}
	for _, f := range r.tree.Outline.Folders {
		if f.ID != id {
			continue
		}
		if !isFragment(c) {
			return c.Redirect(http.StatusSeeOther, views.ProjectPath(r.meta.Project.ID, "/api?folder="+strconv.FormatInt(id, 10)))
		}
		if err := s.openFolder(c, r, id, 0, treeList); err != nil {
			return err
		}
		return render(c, http.StatusOK, views.TreeFolder(r.page, r.meta, r.tree, f))
	}
	return models.ErrNotFound
}
