package handlers

import (
	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

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
