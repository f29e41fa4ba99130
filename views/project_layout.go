package views

import (
	"strconv"

	"github.com/a-h/templ"

	"tessera/models"
)

// Addresses of what is not in anybody's account settings; each project and team lies below.
const (
	projectsPath = "/projects"
	teamsPath    = "/teams"
)

// ProjectPath is the address of a page of a project: below is "" or begins with a slash.
func ProjectPath(id int64, below string) string {
	return projectsPath + "/" + strconv.FormatInt(id, 10) + below
}

// EndpointPath is the address of an endpoint's page, or with below, of one about it.
func EndpointPath(projectID, id int64, below string) string {
	return ProjectPath(projectID, "/api/endpoints/"+strconv.FormatInt(id, 10)+below)
}

// TeamPath is the address of a team, or with below, of one of its other pages.
func TeamPath(id int64, below string) string {
	return teamsPath + "/" + strconv.FormatInt(id, 10) + below
}

// ProjectMeta is what a page of a project says about itself.
type ProjectMeta struct {
	Title        string
	Nav          string // "api", "import", "export", "environments", "settings", "members" or "revisions"
	Project      models.MyProject
	Environments []models.Environment
	Current      *models.Environment // nil: the project has none
	Wide, Failed bool                // as in Meta
}

// Can reports whether the reader may do action in the project.
func (m ProjectMeta) Can(action models.Action) bool { return models.Can(m.Project.Role(), action) }

func (m ProjectMeta) path(below string) string { return ProjectPath(m.Project.ID, below) }

// nav is the project's part of the side navigation. What the reader may not do is left out.
func (m ProjectMeta) nav(p Page) []navEntry {
	entries := []navEntry{{"api", "book", p.T("project.nav_api"), m.path("/api")}}
	if m.Can(models.EditContent) {
		entries = append(entries, navEntry{"import", "download", p.T("project.nav_import"), m.path("/import")})
	}
	return append(entries,
		navEntry{"export", "upload", p.T("project.nav_export"), m.path("/export")},
		navEntry{"environments", "globe", p.T("project.nav_environments"), m.path("/environments")},
	)
}

func (m ProjectMeta) settingsNav(p Page) []navEntry {
	return []navEntry{
		{"settings", "sliders", p.T("project.nav_basic"), m.path("/settings")},
		{"members", "users", p.T("project.nav_members"), m.path("/settings/members")},
		{"revisions", "clock", p.T("project.nav_revisions"), m.path("/settings/revisions")},
	}
}

func workspaceNav(p Page) []navEntry {
	return []navEntry{
		{"projects", "book", p.T("nav.projects"), projectsPath},
		{"teams", "users", p.T("nav.teams"), teamsPath},
	}
}

// current marks a navigation entry as the page that is open.
func current(on bool) templ.Attributes {
	if on {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}
