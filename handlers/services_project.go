package handlers

import (
	"net/http"
	"slices"
	"time"

	"tessera/models"
)

type teamAnswer struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Personal bool   `json:"personal"`
}

// listTeams is GET /v1/teams.
func (s *Server) listTeams(c *serviceCall) error {
	all, err := s.store.Teams(c.ctx(), c.user)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b models.MyTeam) int { return int(a.ID - b.ID) })
	return page(c, all, func(t *models.MyTeam) place { return place{0, t.ID} }, func(t *models.MyTeam) teamAnswer {
		return teamAnswer{t.ID, t.Name, string(t.Role), t.PersonalUserID != nil && *t.PersonalUserID == c.user.ID}
	})
}

type projectAnswer struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	TeamID      int64     `json:"teamId"`
	TeamName    string    `json:"teamName"`
	Role        string    `json:"role"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

func projectAnswerOf(p *models.MyProject) projectAnswer {
	return projectAnswer{p.ID, p.Name, p.Description, p.TeamID, p.TeamName, string(p.Role()), p.CreatedAt, p.UpdatedAt}
}

// projectFields are the fields of a project as the API names them.
var projectFields = map[string]string{"team": "teamId"}

// listProjects is GET /v1/projects.
func (s *Server) listProjects(c *serviceCall) error {
	all, err := s.store.Projects(c.ctx(), c.user, models.ProjectQuery{}, maxListed)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b models.MyProject) int { return int(a.ID - b.ID) })
	return page(c, all, func(p *models.MyProject) place { return place{0, p.ID} }, projectAnswerOf)
}

// createProjectByAPI is POST /v1/projects.
func (s *Server) createProjectByAPI(c *serviceCall) error {
	object, err := c.object(jsonLimit)
	if err != nil {
		return err
	}
	var wrong models.Invalid
	f := fields{object: object, wrong: &wrong}
	in := models.NewProject{Name: f.text("name"), Description: f.text("description"), TeamID: f.id("teamId")}
	if err := wrong.Err(); err != nil {
		return err
	}
	made, err := s.store.CreateProject(c.ctx(), c.actor(), in)
	if err != nil {
		return hidden(renamed(err, projectFields), models.ManageProject)
	}
	p, err := s.store.Project(c.ctx(), c.user, made.ID, models.ViewProject)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.cfg.BaseURL.String()+"/v1/projects/"+decimal(p.ID))
	return c.data(http.StatusCreated, projectAnswerOf(p))
}

// showProjectByAPI is GET /v1/projects/{id}.
func (s *Server) showProjectByAPI(c *serviceCall) error {
	p, err := c.project(models.ViewProject)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, projectAnswerOf(p))
}

// updateProjectByAPI is PATCH /v1/projects/{id}.
func (s *Server) updateProjectByAPI(c *serviceCall) error {
	p, err := c.project(models.ManageProject)
	if err != nil {
		return err
	}
	f, wrong, err := c.patch("name", "description", "teamId")
	if err != nil {
		return err
	}
	change := models.ProjectChange{Name: f.change("name"), Description: f.change("description")}
	if f.has("teamId") {
		id := f.id("teamId")
		change.TeamID = &id
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if _, err := s.store.UpdateProject(c.ctx(), c.actor(), p.ID, change); err != nil {
		return hidden(renamed(err, projectFields), models.ManageProject)
	}
	if p, err = c.project(models.ViewProject); err != nil { // it may have moved out of sight
		return err
	}
	return c.data(http.StatusOK, projectAnswerOf(p))
}
