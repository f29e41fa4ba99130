package handlers

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// addRoute registers a page route with its guard.
type addRoute func(method, path string, h echo.HandlerFunc)

// projectRoutes are the pages of projects and teams.
func (s *Server) projectRoutes(signedIn addRoute) {
	signedIn("GET", "/projects", s.projectList)
	signedIn("POST", "/projects", s.createProject)
	signedIn("GET", "/projects/new", s.newProjectForm)
	signedIn("GET", "/projects/deleted", s.deletedProjects)
	signedIn("GET", "/projects/:project", s.openProject)
	signedIn("POST", "/projects/:project/restore", s.restoreProject)
	signedIn("GET", "/projects/:project/settings", s.projectSettings)
	signedIn("POST", "/projects/:project/settings", s.updateProject)
	signedIn("GET", "/projects/:project/settings/members", s.projectMembers)
	signedIn("POST", "/projects/:project/settings/members", s.setProjectRole)
	signedIn("GET", "/projects/:project/settings/revisions", s.revisions)
	signedIn("POST", "/projects/:project/settings/revisions/:id/restore", s.restoreRevision)
	signedIn("GET", "/projects/:project/settings/clone", s.cloneProjectForm)
	signedIn("POST", "/projects/:project/settings/clone", s.cloneProject)
	signedIn("GET", "/projects/:project/settings/delete", s.deleteProjectForm)
	signedIn("POST", "/projects/:project/settings/delete", s.deleteProject)

	signedIn("GET", "/teams", s.teamList)
	signedIn("POST", "/teams", s.createTeam)
	signedIn("GET", "/teams/new", s.newTeamForm)
	signedIn("GET", "/teams/:team", s.showTeam)
	signedIn("POST", "/teams/:team", s.renameTeam)
	signedIn("POST", "/teams/:team/members", s.setTeamRole)
	signedIn("GET", "/teams/:team/members/:id/remove", s.leaveTeamForm)
	signedIn("POST", "/teams/:team/members/:id/remove", s.leaveTeam)
	signedIn("GET", invitationsRoute, s.backToTeam)
	signedIn("POST", invitationsRoute, s.invite)
	signedIn("POST", invitationsRoute+"/:id/withdraw", s.withdrawInvitation)
	signedIn("GET", "/teams/:team/delete", s.deleteTeamForm)
	signedIn("POST", "/teams/:team/delete", s.deleteTeam)
	signedIn("GET", joinRoute, s.joinForm)
	signedIn("POST", joinRoute, s.join)
}

// idParam is a positive number in the path; anything else names nothing.
func idParam(c echo.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || id < 1 {
		return 0, models.ErrNotFound
	}
	return id, nil
}

// visitOf is the number in the path, as idParam, with whose visit it is.
func (s *Server) visitOf(c echo.Context, name string) (int64, *visit, error) {
	id, err := idParam(c, name)
	if err != nil {
		return 0, nil, err
	}
	v, err := s.visit(c)
	return id, v, err
}

// projectPage is the frame of a page of the project in the path, if the person
// may do action there, and what the project's layout needs. Title, Nav, Wide and
// Failed are for the caller to set. Errors: as Store.Project, also for an
// address that is no number.
func (s *Server) projectPage(c echo.Context, action models.Action) (views.Page, *visit, views.ProjectMeta, error) {
	var m views.ProjectMeta
	id, v, err := s.visitOf(c, "project")
	if err != nil {
		return views.Page{}, nil, m, err
	}
	ctx := c.Request().Context()
	project, err := s.store.Project(ctx, v.user, id, action)
	if err != nil {
		return views.Page{}, v, m, err
	}
	m.Project = *project
	if m.Environments, err = s.store.Environments(ctx, &project.Project); err != nil {
		return views.Page{}, v, m, err
	}
	if m.Current, err = s.store.CurrentEnvironment(ctx, v.user, &project.Project); err != nil {
		return views.Page{}, v, m, err
	}
	p, v, err := s.page(c) // last, since it takes the flash
	return p, v, m, err
}

const (
	projectsPath    = "/projects"
	projectsPerList = 500
)

func (s *Server) projectList(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	l := views.ProjectList{Query: models.ProjectQuery{Search: q.Get("q"), TeamID: idField(q.Get("team"))}}
	if l.Teams, err = s.store.Teams(ctx, v.user); err != nil {
		return err
	}
	if l.Projects, err = s.store.Projects(ctx, v.user, l.Query, projectsPerList+1); err != nil {
		return err
	}
	if l.More = len(l.Projects) > projectsPerList; l.More {
		l.Projects = l.Projects[:projectsPerList]
	}
	if isFragment(c) {
		return render(c, http.StatusOK, views.ProjectsPage(p, l), "project-list")
	}
	deleted, err := s.store.Projects(ctx, v.user, models.ProjectQuery{Deleted: true}, 1)
	if err != nil {
		return err
	}
	l.Deleted = len(deleted) > 0
	return s.show(c, views.ProjectsPage(p, l))
}

// idField is the value of a field that holds an ID; 0 stands for none and for what is no ID.
func idField(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// projectForm adds to a form the teams that the project may go to: those in
// which the person may create projects, and the one that it is in.
func (s *Server) projectForm(c echo.Context, u *models.User, f views.ProjectForm, in int64) (views.ProjectForm, error) {
	teams, err := s.store.Teams(c.Request().Context(), u)
	for _, t := range teams {
		if t.ID == in || models.Can(t.Role, models.CreateProjects) {
			f.Teams = append(f.Teams, t)
		}
	}
	return f, err
}

func postedProject(posted url.Values) views.ProjectForm {
	return views.ProjectForm{Name: posted.Get("name"), Description: posted.Get("description"), TeamID: idField(posted.Get("team"))}
}

func (s *Server) newProjectForm(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	f, err := s.projectForm(c, v.user, views.ProjectForm{TeamID: idField(q.Get("team"))}, 0)
	if err != nil {
		return err
	}
	return s.show(c, views.NewProjectPage(p, f))
}

func (s *Server) createProject(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	f := postedProject(posted)
	project, err := s.store.CreateProject(c.Request().Context(), s.actor(c, v), models.NewProject{
		Name: f.Name, Description: f.Description, TeamID: f.TeamID,
	})
	if fields, ok := fieldsOf(err); ok {
		f.Errors = fields
		if f, err = s.projectForm(c, v.user, f, 0); err != nil {
			return err
		}
		return s.refuse(c, views.NewProjectPage(p, f))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(project.ID, "/settings"), projectFlash("flash.project_created", project))
}

func projectFlash(key string, project *models.Project) views.Flash {
	return views.Flash{Kind: "ok", Key: key, Params: map[string]any{"name": project.Name, "id": strconv.FormatInt(project.ID, 10)}}
}

func (s *Server) deletedProjects(c echo.Context) error {
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	projects, err := s.store.Projects(c.Request().Context(), v.user, models.ProjectQuery{Deleted: true}, projectsPerList)
	if err != nil {
		return err
	}
	return s.show(c, views.DeletedProjectsPage(p, projects))
}

func (s *Server) restoreProject(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	id, v, err := s.visitOf(c, "project")
	if err != nil {
		return err
	}
	project, err := s.store.RestoreProject(c.Request().Context(), s.actor(c, v), id)
	if err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(id, "/settings"), projectFlash("flash.project_restored", project))
}

func (s *Server) openProject(c echo.Context) error {
	id, v, err := s.visitOf(c, "project")
	if err != nil {
		return err
	}
	if _, err := s.store.Project(c.Request().Context(), v.user, id, models.ViewProject); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, views.ProjectPath(id, "/api"))
}
