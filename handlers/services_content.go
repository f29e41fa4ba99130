package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tessera/models"
	"tessera/models/openapi"
)

type endpointAnswer struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	FolderID  int64     `json:"folderId"` // 0: the root
	Tags      []string  `json:"tags"`
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func endpointAnswerOf(e *models.Endpoint) endpointAnswer {
	return endpointAnswer{e.ID, e.Name, e.Method, e.Path, orZero(e.FolderID), listOf(e.Tags), e.Status, e.CreatedAt, e.UpdatedAt}
}

// wholeEndpoint is an endpoint with its exact Operation Object.
type wholeEndpoint struct {
	endpointAnswer
	Description string          `json:"description"`
	Dialect     openapi.Dialect `json:"oasVersion"`
	Operation   json.RawMessage `json:"operation"`
	Cases       []openapi.Case  `json:"cases"`
}

func (c *serviceCall) wholeEndpoint(e *models.Endpoint) error {
	cases, err := c.server.store.Cases(c.ctx(), e)
	if err != nil {
		return err
	}
	if cases == nil {
		cases = []openapi.Case{}
	}
	var prose struct{ Description json.RawMessage }
	var description string
	if json.Unmarshal([]byte(e.Raw), &prose) == nil {
		_ = json.Unmarshal(prose.Description, &description) // one that is no text is as good as none
	}
	return c.data(http.StatusOK, wholeEndpoint{endpointAnswerOf(e), description, e.Dialect, json.RawMessage(e.Raw), cases})
}

// listEndpoints is GET /v1/projects/{id}/endpoints.
func (s *Server) listEndpoints(c *serviceCall) error {
	all, err := inProject(c, s.store.Endpoints)
	if err != nil {
		return err
	}
	return page(c, all, func(e *models.Endpoint) place { return place{e.Position, e.ID} }, endpointAnswerOf)
}

// showEndpoint is GET /v1/projects/{id}/endpoints/{id}.
func (s *Server) showEndpoint(c *serviceCall) error {
	p, id, err := c.item(models.ViewProject)
	if err != nil {
		return err
	}
	e, err := s.store.Endpoint(c.ctx(), &p.Project, id)
	if err != nil {
		return err
	}
	return c.wholeEndpoint(e)
}

// updateEndpoint is PATCH /v1/projects/{id}/endpoints/{id}.
func (s *Server) updateEndpoint(c *serviceCall) error {
	p, id, err := c.item(models.EditContent)
	if err != nil {
		return err
	}
	f, wrong, err := c.patch("name", "description", "folderId", "tags", "status")
	if err != nil {
		return err
	}
	change := models.EndpointChange{Name: f.change("name"), Description: f.change("description"), Status: f.change("status")}
	if f.has("folderId") {
		folder := f.id("folderId")
		change.FolderID = &folder
	}
	if tags, ok := f.texts("tags"); ok {
		change.Tags = &tags
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	e, err := s.store.EditEndpoint(c.ctx(), c.actor(), p.ID, id, change)
	if err != nil {
		return renamed(err, map[string]string{"folder": "folderId"})
	}
	return c.wholeEndpoint(e)
}

// deleteEndpoint is DELETE /v1/projects/{id}/endpoints/{id}.
func (s *Server) deleteEndpoint(c *serviceCall) error {
	return s.deleteContent(c, s.store.DeleteEndpoint)
}

// deleteSchema is DELETE /v1/projects/{id}/schemas/{id}.
func (s *Server) deleteSchema(c *serviceCall) error { return s.deleteContent(c, s.store.DeleteSchema) }

type schemaAnswer struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	FolderID  int64     `json:"folderId"` // 0: the root
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func schemaAnswerOf(x *models.Schema) schemaAnswer {
	return schemaAnswer{x.ID, x.Name, orZero(x.FolderID), x.CreatedAt, x.UpdatedAt}
}

// wholeSchema is a schema with its exact Schema Object.
type wholeSchema struct {
	schemaAnswer
	Dialect openapi.Dialect `json:"oasVersion"`
	Schema  json.RawMessage `json:"schema"`
}

// listSchemas is GET /v1/projects/{id}/schemas.
func (s *Server) listSchemas(c *serviceCall) error {
	all, err := inProject(c, s.store.Schemas)
	if err != nil {
		return err
	}
	return page(c, all, func(x *models.Schema) place { return place{x.Position, x.ID} }, schemaAnswerOf)
}

// showSchema is GET /v1/projects/{id}/schemas/{id}.
func (s *Server) showSchema(c *serviceCall) error {
	p, id, err := c.item(models.ViewProject)
	if err != nil {
		return err
	}
	x, err := s.store.Schema(c.ctx(), &p.Project, id)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, wholeSchema{schemaAnswerOf(x), x.Dialect, json.RawMessage(x.Raw)})
}

// deleteContent answers a DELETE of one thing of a project.
func (s *Server) deleteContent(c *serviceCall, remove func(context.Context, models.Actor, int64, int64) error) error {
	p, id, err := c.item(models.EditContent)
	if err != nil {
		return err
	}
	if err := remove(c.ctx(), c.actor(), p.ID, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
