package handlers

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) projectSettings(c echo.Context) error {
	p, v, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	project := m.Project
	f := views.ProjectForm{Name: project.Name, Description: project.Description, TeamID: project.TeamID}
	if f, err = s.settingsForm(c, v.user, f, m.Project); err != nil {
		return err
	}
	return s.show(c, views.ProjectSettingsPage(p, m, f))
}

// settingsForm offers the teams to which the person may move the project.
func (s *Server) settingsForm(c echo.Context, u *models.User, f views.ProjectForm, m models.MyProject) (views.ProjectForm, error) {
	f, err := s.projectForm(c, u, f, m.TeamID)
	if !models.Can(m.TeamRole, models.MoveProjects) {
		f.Teams = slices.DeleteFunc(f.Teams, func(t models.MyTeam) bool { return t.ID != m.TeamID })
	}
	return f, err
}

func (s *Server) updateProject(c echo.Context) error {
	posted, p, v, m, err := postedTo(c, models.ManageProject, s.projectPage)
	if err != nil {
		return err
	}
	f := postedProject(posted)
	if f.TeamID == 0 {
		f.TeamID = m.Project.TeamID
	}
	project, err := s.store.UpdateProject(c.Request().Context(), s.actor(c, v), m.Project.ID, models.ProjectChange{
		Name: &f.Name, Description: &f.Description, TeamID: &f.TeamID,
	})
	if fields, ok := fieldsOf(err); ok {
		f.Errors = fields
		if f, err = s.settingsForm(c, v.user, f, m.Project); err != nil {
			return err
		}
		return s.refuse(c, views.ProjectSettingsPage(p, m, f))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(project.ID, "/settings"), projectFlash("flash.project_saved", project))
}

func (s *Server) projectMembers(c echo.Context) error {
	p, _, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	members, err := s.store.ProjectMembers(c.Request().Context(), &m.Project.Project)
	if err != nil {
		return err
	}
	return s.show(c, views.ProjectMembersPage(p, m, views.ProjectMembers{Members: members}))
}

func (s *Server) setProjectRole(c echo.Context) error {
	posted, p, v, m, err := postedTo(c, models.ManageProject, s.projectPage)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	members, err := s.store.ProjectMembers(ctx, &m.Project.Project)
	if err != nil {
		return err
	}
	member, err := memberOf(members, idField(posted.Get("user")))
	if err != nil {
		return err
	}
	err = s.store.SetProjectRole(ctx, s.actor(c, v), m.Project.ID, member.UserID, models.Role(posted.Get("role")))
	if fields, ok := fieldsOf(err); ok {
		l := views.ProjectMembers{Members: members, Errors: views.RoleErrors(fields, member.UserID)}
		return s.refuse(c, views.ProjectMembersPage(p, m, l))
	}
	if err != nil {
		return err
	}
	to := views.ProjectPath(m.Project.ID, "/settings/members")
	if _, err := s.store.Project(ctx, v.user, m.Project.ID, models.ViewProject); err != nil {
		to = projectsPath // they took their own role away
	}
	return s.done(c, v, to, nameFlash("flash.role_changed", member.Name))
}

// memberOf finds somebody among the people of a team.
func memberOf(members []models.Member, userID int64) (models.Member, error) {
	for _, m := range members {
		if m.UserID == userID {
			return m, nil
		}
	}
	return models.Member{}, models.ErrNotFound
}

func (s *Server) revisions(c echo.Context) error {
	p, _, m, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	revisions, err := s.store.Revisions(c.Request().Context(), &m.Project.Project)
	if err != nil {
		return err
	}
	return s.show(c, views.RevisionsPage(p, m, revisions))
}

func (s *Server) restoreRevision(c echo.Context) error {
	_, _, v, m, err := postedTo(c, models.RestoreRevisions, s.projectPage)
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	if err := s.store.RestoreRevision(c.Request().Context(), s.actor(c, v), m.Project.ID, id); err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(m.Project.ID, "/settings/revisions"), views.Flash{Kind: "ok", Key: "flash.revision_restored"})
}

func (s *Server) cloneProjectForm(c echo.Context) error {
	p, v, m, err := s.projectPage(c, models.CloneProjects)
	if err != nil {
		return err
	}
	f := views.ProjectForm{Name: p.T("project.clone_name", "name", m.Project.Name), Description: m.Project.Description, TeamID: m.Project.TeamID}
	if f, err = s.projectForm(c, v.user, f, 0); err != nil {
		return err
	}
	return s.show(c, views.CloneProjectPage(p, m, f))
}

func (s *Server) cloneProject(c echo.Context) error {
	posted, p, v, m, err := postedTo(c, models.CloneProjects, s.projectPage)
	if err != nil {
		return err
	}
	f := postedProject(posted)
	project, err := s.store.CloneProject(c.Request().Context(), s.actor(c, v), m.Project.ID, models.NewProject{
		Name: f.Name, Description: f.Description, TeamID: f.TeamID,
	})
	if fields, ok := fieldsOf(err); ok {
		f.Errors = fields
		if f, err = s.projectForm(c, v.user, f, 0); err != nil {
			return err
		}
		return s.refuse(c, views.CloneProjectPage(p, m, f))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.ProjectPath(project.ID, "/settings"), projectFlash("flash.project_cloned", project))
}

func (s *Server) deleteProjectForm(c echo.Context) error {
	p, _, m, err := s.projectPage(c, models.ManageProject)
	if err != nil {
		return err
	}
	return s.show(c, views.DeleteProjectPage(p, m, views.DeleteProjectForm{}))
}

func (s *Server) deleteProject(c echo.Context) error {
	posted, p, v, m, err := postedTo(c, models.ManageProject, s.projectPage)
	if err != nil {
		return err
	}
	f := views.DeleteProjectForm{Typed: posted.Get("typed")}
	project, err := s.store.DeleteProject(c.Request().Context(), s.actor(c, v), m.Project.ID, f.Typed)
	if fields, ok := fieldsOf(err); ok {
		f.Errors = fields
		return s.refuse(c, views.DeleteProjectPage(p, m, f))
	}
	if err != nil {
		return err
	}
	flash := projectFlash("flash.project_deleted", project)
	flash.Params["date"] = p.Date(project.DeletedAt.Add(models.KeepDeleted - time.Minute))
	return s.done(c, v, projectsPath, flash)
}
