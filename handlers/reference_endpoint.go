package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

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
	if r.excerpt, err = s.store.EndpointExcerpt(ctx, project, r.root, r.endpoint); err != nil {
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
	return s.endpointPage(c, r, http.StatusOK)
}

// endpointPage answers with the page of an endpoint as r says: with a form to
// edit it, or with its console.
func (s *Server) endpointPage(c echo.Context, r *reference, status int) error {
	ctx := c.Request().Context()
	variables, err := s.variables(ctx, r.visit.user, r.meta)
	if err != nil {
		return err
	}
	page := views.APIEndpoint{
		Tree: r.tree, Endpoint: *r.endpoint, Operation: r.op, SchemaIDs: r.excerpt.SchemaIDs, Edit: r.edit, Variables: variables,
	}
	if r.edit == nil {
		console, _, err := s.console(ctx, r.visit.user, r.meta, r.endpoint, r.excerpt, variables)
		if err != nil {
			return err
		}
		addSamples(console.Body, r.op)
		page.Console = views.Console(r.page, console)
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
	return s.done(c, r.visit, views.EndpointPath(r.meta.Project.ID, r.endpoint.ID, ""), views.Flash{Kind: "ok", Key: "flash.endpoint_saved"})
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
