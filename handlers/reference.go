package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
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
	console  templ.Component // beside the page; nil: none
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
	if len(words) > 200 {
		words = strings.ToValidUTF8(words[:200], "")
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

// endpointReference starts the page of the endpoint in the path.
func (s *Server) endpointReference(c echo.Context, action models.Action) (*reference, error) {
	id, err := idParam(c, "id")
	if err != nil {
		return nil, err
	}
	r, err := s.reference(c, action)
	if err != nil {
		return nil, err
	}
	ctx, project := c.Request().Context(), &r.meta.Project.Project
	if r.endpoint, err = s.store.Endpoint(ctx, project, id); err != nil {
		return nil, err
	}
	if r.excerpt, err = s.store.EndpointExcerpt(ctx, project, r.endpoint); err != nil {
		return nil, err
	}
	r.op = openapi.NewView(r.excerpt.Document).Operation()
	var folder int64
	if r.endpoint.FolderID != nil {
		folder = *r.endpoint.FolderID
	}
	r.tree.EndpointID = id
	return r, s.openFolder(c, r, folder, r.endpoint.Position, treeList)
}

func (s *Server) showAPIEndpoint(c echo.Context) error {
	r, err := s.endpointReference(c, models.ViewProject)
	if err != nil {
		return err
	}
	console, _, err := s.console(c.Request().Context(), r.visit.user, r.meta, r.endpoint)
	if err != nil {
		return err
	}
	r.console = views.Console(r.page, console)
	return s.endpointPage(c, r, http.StatusOK)
}

// endpointPage answers with the page of an endpoint as r says.
func (s *Server) endpointPage(c echo.Context, r *reference, status int) error {
	page := views.APIEndpoint{
		Tree: r.tree, Endpoint: *r.endpoint, Operation: r.op, SchemaIDs: r.excerpt.SchemaIDs, Edit: r.edit, Console: r.console,
	}
	if r.meta.Current != nil {
		var err error
		if page.Variables, err = s.store.Variables(c.Request().Context(), r.visit.user, r.meta.Current); err != nil {
			return err
		}
	}
	return s.renderPage(c, status, views.APIEndpointPage(r.page, r.meta, page), 0)
}

func (s *Server) editEndpointForm(c echo.Context) error {
	r, err := s.endpointReference(c, models.EditContent)
	if err != nil {
		return err
	}
	form := views.NewEndpointForm(r.endpoint, r.op)
	r.edit = &form
	return s.endpointPage(c, r, http.StatusOK)
}

func (s *Server) editEndpoint(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	r, err := s.endpointReference(c, models.EditContent)
	if err != nil {
		return err
	}
	f := views.EndpointForm{
		Name: strings.TrimSpace(posted.Get("name")), Description: strings.ReplaceAll(posted.Get("description"), "\r\n", "\n"),
		Tags: posted.Get("tags"), Status: posted.Get("status"), Folder: posted.Get("folder"),
	}
	change := models.EndpointChange{Name: &f.Name, Status: &f.Status}
	if f.Description != r.op.Description {
		change.Description = &f.Description
	}
	tags := splitTags(f.Tags)
	if strings.Join(tags, "\n") != strings.Join(r.endpoint.Tags, "\n") {
		change.Tags = &tags
	}
	if f.Folder != "" {
		folder, err := strconv.ParseInt(f.Folder, 10, 64)
		if err != nil {
			folder = -1 // unknown
		}
		change.FolderID = &folder
	}
	if f.Status == r.endpoint.Status {
		change.Status = nil // one that is not known may stay
	}
	_, err = s.store.EditEndpoint(c.Request().Context(), s.actor(c, r.visit), r.meta.Project.ID, r.endpoint.ID, change)
	if fields, ok := fieldsOf(err); ok {
		f.Errors, r.edit = fields, &f
		return s.endpointPage(c, r, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return s.done(c, r.visit, endpointURL(r.meta.Project.ID, r.endpoint.ID), views.Flash{Kind: "ok", Key: "flash.endpoint_saved"})
}

func endpointURL(projectID, id int64) string {
	return views.ProjectPath(projectID, "/api/endpoints/"+strconv.FormatInt(id, 10))
}

func splitTags(text string) []string {
	tags := []string{}
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (s *Server) deleteEndpointForm(c echo.Context) error {
	r, err := s.endpointReference(c, models.EditContent)
	if err != nil {
		return err
	}
	return s.show(c, views.APIDeletePage(r.page, r.meta, views.APIDelete{Tree: r.tree, Endpoint: r.endpoint}))
}

func (s *Server) deleteEndpointPage(c echo.Context) error {
	return s.deletePage(c, s.store.DeleteEndpoint, views.Flash{Kind: "ok", Key: "flash.endpoint_deleted"})
}

func (s *Server) deleteSchemaPage(c echo.Context) error {
	return s.deletePage(c, s.store.DeleteSchema, views.Flash{Kind: "ok", Key: "flash.schema_deleted"})
}

func (s *Server) deletePage(c echo.Context, remove func(context.Context, models.Actor, int64, int64) error, flash views.Flash) error {
	if _, err := form(c); err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	_, v, m, err := s.projectPage(c, models.EditContent)
	if err != nil {
		return err
	}
	if err := remove(c.Request().Context(), s.actor(c, v), m.Project.ID, id); err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(m.Project.ID, "/api"), flash)
}

// schemaReference starts the page of the schema in the path.
func (s *Server) schemaReference(c echo.Context, action models.Action) (*reference, *models.Schema, error) {
	id, err := idParam(c, "id")
	if err != nil {
		return nil, nil, err
	}
	r, err := s.reference(c, action)
	if err != nil {
		return nil, nil, err
	}
	schema, err := s.store.Schema(c.Request().Context(), &r.meta.Project.Project, id)
	if err != nil {
		return nil, nil, err
	}
	r.tree.SchemaID, r.tree.Folder = id, -1
	return r, schema, s.openSchemas(c, r, schema.Position, treeList)
}

func (s *Server) showAPISchema(c echo.Context) error {
	r, schema, err := s.schemaReference(c, models.ViewProject)
	if err != nil {
		return err
	}
	x, err := s.store.SchemaExcerpt(c.Request().Context(), &r.meta.Project.Project, schema)
	if err != nil {
		return err
	}
	page := views.APISchema{Tree: r.tree, Schema: *schema, SchemaIDs: x.SchemaIDs, View: openapi.NewView(x.Document).Schema(schema.Name)}
	return s.show(c, views.APISchemaPage(r.page, r.meta, page))
}

func (s *Server) deleteSchemaForm(c echo.Context) error {
	r, schema, err := s.schemaReference(c, models.EditContent)
	if err != nil {
		return err
	}
	return s.show(c, views.APIDeletePage(r.page, r.meta, views.APIDelete{Tree: r.tree, Schema: schema}))
}
