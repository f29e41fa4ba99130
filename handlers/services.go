package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// The services under /v1 and /api/v1 answer Apidog's public API, version
// 2024-03-28, so that what was made for it works here too.

// serviceRoutes lists the services. They take a token and read no cookie; the one
// page is where the addresses in an export lead.
func (s *Server) serviceRoutes() {
	e := s.echo
	e.POST("/v1/projects/:project/import-openapi", s.versioned(s.importOpenAPI))
	e.POST("/v1/projects/:project/import-postman-collection", s.versioned(s.importPostman))
	e.POST("/v1/projects/:project/export-openapi", s.versioned(s.exportOpenAPI))
	e.POST("/api/v1/projects/:project/export-openapi", s.service(s.exportOpenAPI))
	e.POST("/api/v1/projects/:project/import-data", s.service(s.importData))

	e.GET("/api/v1/current-user", s.service(s.legacyUser))
	e.GET("/api/v1/user-projects", s.service(s.legacyProjects))
	e.GET("/api/v1/projects/:project/summary", s.service(s.legacySummary))
	e.GET("/api/v1/projects/:project/environments", s.service(s.legacyEnvironments))
	e.GET("/api/v1/projects/:project/api-folders", s.service(s.legacyFolders))
	e.GET("/api/v1/projects/:project/http-apis", s.service(s.legacyEndpoints))

	e.GET("/v1/teams", s.service(s.listTeams))
	e.GET("/v1/projects", s.service(s.listProjects))
	e.POST("/v1/projects", s.service(s.createProjectByAPI))
	e.GET("/v1/projects/:project", s.service(s.showProjectByAPI))
	e.PATCH("/v1/projects/:project", s.service(s.updateProjectByAPI))
	e.GET("/v1/projects/:project/endpoints", s.service(s.listEndpoints))
	e.GET("/v1/projects/:project/endpoints/:id", s.service(s.showEndpoint))
	e.PATCH("/v1/projects/:project/endpoints/:id", s.service(s.updateEndpoint))
	e.DELETE("/v1/projects/:project/endpoints/:id", s.service(s.deleteEndpoint))
	e.GET("/v1/projects/:project/schemas", s.service(s.listSchemas))
	e.GET("/v1/projects/:project/schemas/:id", s.service(s.showSchema))
	e.DELETE("/v1/projects/:project/schemas/:id", s.service(s.deleteSchema))
	e.GET("/v1/projects/:project/folders", s.service(s.listFolders))
	e.GET("/v1/projects/:project/environments", s.service(s.listEnvironments))

	e.GET("/projects/:project/apis/:name", s.endpointLink, s.visitor, s.signedIn)
}

// serviceCall is one call of a service, with whose token it carries.
type serviceCall struct {
	echo.Context
	server *Server
	user   *models.User
	token  string // its public id; of a call without a token, the network that it comes from
	room   room   // that its body takes
}

// service is bearer with a rate limit for each token.
func (s *Server) service(h func(*serviceCall) error) echo.HandlerFunc {
	return s.bearer(func(c echo.Context, p *models.Principal) error { return s.serve(c, p, h) })
}

// serve takes one call of the token's budget and lets h answer.
func (s *Server) serve(c echo.Context, p *models.Principal, h func(*serviceCall) error) error {
	call := &serviceCall{Context: c, server: s, token: p.PublicID, room: room{of: s.bodies}, user: &models.User{
		ID: p.UserID, Name: p.UserName, Email: p.Email, Language: p.Language, TimeZone: p.TimeZone,
	}}
	defer call.room.release()
	if err := call.spend(s.calls, "calls"); err != nil {
		return err
	}
	return h(call)
}

// versionHeaders and versions are the names and values in use for the version of
// the API: the official MCP server sends only X-Apidog-Version.
var (
	versionHeaders = []string{"X-Apidog-Api-Version", "X-Apifox-Api-Version", "X-Apidog-Version", "X-Apifox-Version"}
	versions       = []string{"2024-03-28", "2024-01-20", "2025-09-01"}
)

// versioned is service for the calls that must say which version of the API they mean.
func (s *Server) versioned(h func(*serviceCall) error) echo.HandlerFunc {
	return s.service(func(c *serviceCall) error {
		for _, name := range versionHeaders {
			value := strings.TrimSpace(c.Request().Header.Get(name))
			if value == "" {
				continue
			}
			if !slices.Contains(versions, value) {
				return invalidField(name, "api_version_unknown", "versions", strings.Join(versions, ", "))
			}
			return h(c)
		}
		return invalidField(versionHeaders[0], "api_version_missing", "version", versions[0])
	})
}

// invalidField refuses one parameter. Params are as those of Invalid.Add.
func invalidField(field, code string, params ...any) error {
	var v models.Invalid
	v.Add(field, code, params...)
	return v.Err()
}

// renamed names the refused fields of err as the API does.
func renamed(err error, names map[string]string) error {
	known, ok := fieldsOf(err)
	if !ok {
		return err
	}
	out := slices.Clone(known)
	for i := range out {
		if name := names[out[i].Field]; name != "" {
			out[i].Field = name
		}
	}
	return models.Invalid(out).Err()
}

// spend takes one call of the token's budget and tells what is left of it
// (draft-ietf-httpapi-ratelimit-headers).
func (c *serviceCall) spend(l *limiter, policy string) error {
	if l.most == 0 {
		return nil
	}
	left, reset, wait := l.spend(c.token)
	h := c.Response().Header()
	h.Set("RateLimit-Policy", `"`+policy+`";q=`+strconv.Itoa(l.most)+`;w=`+strconv.Itoa(int(l.per.Seconds())))
	h.Set("RateLimit", `"`+policy+`";r=`+strconv.Itoa(left)+`;t=`+strconv.Itoa(seconds(reset)))
	if wait > 0 {
		return &refusal{status: http.StatusTooManyRequests, code: "too_many_requests", key: "rate_limited", wait: wait}
	}
	return nil
}

// actor is the owner of the token, for the audit log.
func (c *serviceCall) actor() models.Actor {
	return models.Actor{Kind: "user", User: c.user, Address: c.RealIP(), Client: models.ClientName(c.Request().UserAgent())}
}

func (c *serviceCall) ctx() context.Context { return c.Request().Context() }

// words is a page of the language that the call asks for, to take sentences from.
func (s *Server) words(c echo.Context) views.Page {
	return views.Page{Locale: s.locales.Match(c.QueryParam("locale")), Zone: time.UTC}
}

var (
	errMayNotRead  = &refusal{status: http.StatusForbidden, code: "forbidden", number: "403011", key: "may_not_read"}
	errMayNotWrite = &refusal{status: http.StatusForbidden, code: "forbidden", number: "403012", key: "may_not_write"}
)

// project finds the project that the address names if the token's owner may do
// action in it. One that is unknown, hidden, or not theirs to change has one answer.
func (c *serviceCall) project(action models.Action) (*models.MyProject, error) {
	id, err := idParam(c, "project")
	if err != nil {
		return nil, mayNot(action)
	}
	p, err := c.server.store.Project(c.ctx(), c.user, id, action)
	return p, hidden(err, action)
}

func mayNot(action models.Action) error {
	if action == models.ViewProject {
		return errMayNotRead
	}
	return errMayNotWrite
}

// hidden makes one answer of "not found" and "forbidden".
func hidden(err error, action models.Action) error {
	if errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrForbidden) {
		return mayNot(action)
	}
	return err
}

// item is project with the number that the address ends with. Errors: as project,
// ErrNotFound.
func (c *serviceCall) item(action models.Action) (*models.MyProject, int64, error) {
	p, err := c.project(action)
	if err != nil {
		return nil, 0, err
	}
	id, err := idParam(c, "id")
	return p, id, err
}

// envelope is the form of the answers that are no bare document.
type envelope struct {
	Success    bool    `json:"success"`
	Data       any     `json:"data"`
	NextCursor *string `json:"nextCursor,omitempty"`
}

// data answers with a value in its envelope.
func (c *serviceCall) data(status int, value any) error {
	return c.envelope(status, envelope{Success: true, Data: value})
}

func (c *serviceCall) envelope(status int, e envelope) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return c.blob(status, "application/json", body)
}
