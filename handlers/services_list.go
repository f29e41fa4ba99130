package handlers

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tessera/models"
)

// each makes a list of answers of a list of rows; it is never null.
func each[T, A any](all []T, answer func(*T) A) []A {
	out := make([]A, 0, len(all))
	for i := range all {
		out = append(out, answer(&all[i]))
	}
	return out
}

func orZero(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}

// listOf is the list, never null.
func listOf(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

func moment(t time.Time) string { return t.Format(time.RFC3339Nano) }

const (
	usualPage = 100
	maxPage   = 1000
)

// place is where a row stands in its list: by position, then by id.
type place struct{ position, id int64 }

func (p place) after(q place) bool {
	return p.position > q.position || p.position == q.position && p.id > q.id
}

// page answers with the part of a list that limit and cursor choose. The list is
// in the order of at.
func page[T, A any](c *serviceCall, all []T, at func(*T) place, answer func(*T) A) error {
	limit, start, err := c.window()
	if err != nil {
		return err
	}
	if start != nil {
		i := slices.IndexFunc(all, func(row T) bool { return at(&row).after(*start) })
		if i < 0 {
			i = len(all)
		}
		all = all[i:]
	}
	e := envelope{Success: true, NextCursor: new(string)}
	if len(all) > limit {
		all = all[:limit]
		last := at(&all[limit-1])
		*e.NextCursor = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", last.position, last.id))
	}
	e.Data = each(all, answer)
	return c.envelope(http.StatusOK, e)
}

// window reads limit and cursor.
func (c *serviceCall) window() (limit int, start *place, err error) {
	var wrong models.Invalid
	limit = usualPage
	if text := c.QueryParam("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxPage {
			wrong.Add("limit", "limit_unusable", "max", maxPage)
		}
	}
	if text := c.QueryParam("cursor"); text != "" {
		start = &place{}
		plain, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			_, err = fmt.Sscanf(string(plain), "%d.%d", &start.position, &start.id)
		}
		if err != nil {
			wrong.Add("cursor", "cursor_unusable")
		}
	}
	return limit, start, wrong.Err()
}

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
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	TeamID      int64  `json:"teamId"`
	TeamName    string `json:"teamName"`
	Role        string `json:"role"`
	CreatedAt   string `json:"createdAt"`
	UpdatedAt   string `json:"updatedAt"`
}

func projectAnswerOf(p *models.MyProject) projectAnswer {
	return projectAnswer{p.ID, p.Name, p.Description, p.TeamID, p.TeamName, string(p.Role()), moment(p.CreatedAt), moment(p.UpdatedAt)}
}

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
		return hidden(teamField(err), models.ManageProject)
	}
	p, err := s.store.Project(c.ctx(), c.user, made.ID, models.ViewProject)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.cfg.BaseURL.String()+"/v1/projects/"+decimal(p.ID))
	return c.data(http.StatusCreated, projectAnswerOf(p))
}

// teamField names the team's field as the API does.
func teamField(err error) error {
	known, ok := fieldsOf(err)
	if !ok {
		return err
	}
	out := slices.Clone(known)
	for i := range out {
		if out[i].Field == "team" {
			out[i].Field = "teamId"
		}
	}
	return models.Invalid(out).Err()
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
		return hidden(teamField(err), models.ManageProject)
	}
	if p, err = c.project(models.ViewProject); err != nil { // it may have moved out of sight
		return err
	}
	return c.data(http.StatusOK, projectAnswerOf(p))
}

// patch reads a body that changes some members. One that names nothing that can be
// changed, or something else, is refused: it would look as if it had worked.
func (c *serviceCall) patch(names ...string) (fields, *models.Invalid, error) {
	object, err := c.object(jsonLimit)
	if err != nil {
		return fields{}, nil, err
	}
	wrong := &models.Invalid{}
	for name := range object {
		if !slices.Contains(names, name) {
			name = name[:min(len(name), 80)]
			wrong.Add(name, "member_unknown")
		}
	}
	if len(object) == 0 {
		wrong.Add(names[0], "change_required")
	}
	return fields{object: object, wrong: wrong}, wrong, nil
}

func (f fields) has(name string) bool { return isPresent(f.object[name]) }

// change returns a string that is there, nil when it is not.
func (f fields) change(name string) *string {
	if !f.has(name) {
		return nil
	}
	s := f.text(name)
	return &s
}
