package handlers

import (
	"net/http"

	"tessera/models"
)

// The calls under /api/v1 are those of older clients and of the command line that
// was made for Apidog. They list everything at once.

type legacyUserAnswer struct {
	ID       int64  `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Username string `json:"username"`
}

func (s *Server) legacyUser(c *serviceCall) error {
	return c.data(http.StatusOK, legacyUserAnswer{c.user.ID, c.user.Email, c.user.Name, c.user.Email})
}

type legacyProject struct {
	ID          int64          `json:"id"`
	Name        string         `json:"name"`
	TeamID      int64          `json:"teamId"`
	Description string         `json:"description"`
	Type        string         `json:"type"`
	Visibility  string         `json:"visibility"`
	Modules     []legacyModule `json:"modules,omitempty"`
}

// legacyModule is a part of a project, of which there is one here: the project itself.
type legacyModule struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func legacyProjectOf(p *models.MyProject) legacyProject {
	return legacyProject{ID: p.ID, Name: p.Name, TeamID: p.TeamID, Description: p.Description, Type: "HTTP", Visibility: "private"}
}

// maxListed is more projects than anybody has.
const maxListed = 10_000

func (s *Server) legacyProjects(c *serviceCall) error {
	all, err := s.store.Projects(c.ctx(), c.user, models.ProjectQuery{}, maxListed)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, each(all, legacyProjectOf))
}

func (s *Server) legacySummary(c *serviceCall) error {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return err
	}
	answer := legacyProjectOf(p)
	answer.Modules = []legacyModule{{p.ID, p.Name}}
	return c.data(http.StatusOK, answer)
}

type legacyEnvironment struct {
	ID        int64            `json:"id"`
	Name      string           `json:"name"`
	BaseURL   string           `json:"baseUrl"`
	Variables []legacyVariable `json:"variables"`
}

type legacyVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"` // empty for a secret
}

func (s *Server) legacyEnvironments(c *serviceCall) error {
	all, variables, err := c.environments()
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, each(all, func(e *models.Environment) legacyEnvironment {
		return legacyEnvironment{e.ID, e.Name, e.BaseURL, each(variables[e.ID], func(v *models.MyVariable) legacyVariable {
			return legacyVariable{v.Name, v.Shared}
		})}
	}))
}

type legacyFolder struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	ParentID int64  `json:"parentId"` // 0: the root
}

func (s *Server) legacyFolders(c *serviceCall) error {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return err
	}
	all, err := s.store.Folders(c.ctx(), &p.Project, models.EndpointFolder)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, each(all, func(f *models.Folder) legacyFolder {
		return legacyFolder{f.ID, f.Name, orZero(f.ParentID)}
	}))
}

type legacyEndpoint struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	FolderID int64    `json:"folderId"`
	Tags     []string `json:"tags"`
	Status   string   `json:"status"`
}

func (s *Server) legacyEndpoints(c *serviceCall) error {
	all, err := inProject(c, s.store.Endpoints)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, each(all, func(e *models.Endpoint) legacyEndpoint {
		return legacyEndpoint{e.ID, e.Name, e.Method, e.Path, orZero(e.FolderID), listOf(e.Tags), e.Status}
	}))
}
