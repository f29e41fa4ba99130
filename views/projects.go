package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// ProjectList is what a person's list of projects shows.
type ProjectList struct {
	Projects []models.MyProject
	Teams    []models.MyTeam // of the person, to filter by
	Query    models.ProjectQuery
	More     bool // there are more than are shown
	Deleted  bool // some can be restored
}

// none reports whether the person has no project at all, whatever they look for.
func (l ProjectList) none() bool {
	return len(l.Projects) == 0 && l.Query.Search == "" && l.Query.TeamID == 0
}

// ProjectForm is the form of a project's name, description and team, as it was filled in.
type ProjectForm struct {
	Name, Description string
	TeamID            int64
	Teams             []models.MyTeam // to choose from
	Errors            Errors
}

func (f ProjectForm) teams() []Option {
	options := make([]Option, len(f.Teams))
	for i, t := range f.Teams {
		options[i] = Option{Value: strconv.FormatInt(t.ID, 10), Text: t.Name}
	}
	return options
}

func (f ProjectForm) input(p Page, name, value string) Input {
	in := Input{Name: name, Value: value, Errors: f.Errors, Attrs: templ.Attributes{"autocomplete": "off"}}
	switch name {
	case "name":
		in.Label = p.T("project.name")
		in.Attrs["required"] = true
	case "description":
		in.Label = p.T("project.description_optional")
		in.Attrs["rows"] = "3"
	case "team":
		in.Label, in.Hint = p.T("project.team"), p.T("project.team_hint")
	}
	return in
}

// ProjectMembers is who can see a project.
type ProjectMembers struct {
	Members []models.Member
	Errors  Errors // of the role that was to be set
}

// Revisions are what a project's description can be taken back to, newest first.
type Revisions []models.RevisionInfo

// DeleteProjectForm asks for the name of what is to be deleted.
type DeleteProjectForm struct {
	Typed  string
	Errors Errors
}

// roleWord names a role; a team and a project have words in common.
func (p Page) roleWord(role models.Role) string {
	if role == models.NoRole {
		return p.T("role.none")
	}
	return p.T("role.is_" + string(role))
}

// roleOrigin says where somebody's role in a project comes from.
func (p Page) roleOrigin(m models.Member) string {
	fixed := m.Team == models.TeamOwner || m.Team == models.TeamAdmin
	if m.Given != models.NoRole && !fixed {
		return p.T("project.role_given")
	}
	return p.T("project.role_team", "role", p.roleWord(m.Team))
}

// givenRoles are what can be set for a member or a guest of the team.
func (p Page) givenRoles(m models.Member) []Option {
	none := p.T("project.role_as_team", "role", p.roleWord(models.ProjectRole(m.Team, models.NoRole)))
	return append([]Option{{Value: "", Text: none}}, p.roles(models.ProjectRoles)...)
}

func (p Page) roles(roles []models.Role) []Option {
	options := make([]Option, len(roles))
	for i, r := range roles {
		options[i] = Option{Value: string(r), Text: p.roleWord(r)}
	}
	return options
}

// lastRestore is until when a deleted project can be restored.
func lastRestore(m models.MyProject) time.Time { return m.DeletedAt.Add(models.KeepDeleted) }

// revisionWord says what came after a revision.
func (p Page) revisionWord(reason string) string { return p.T("revision.reason_" + reason) }

// counterWords sums up an import: "Endpoints created: 12, schemas updated: 3".
func (p Page) counterWords(c models.Counters) string {
	var words []string
	for _, change := range c.Changes() {
		words = append(words, p.T("audit.field."+change.Field)+" "+change.New)
	}
	return strings.Join(words, p.T("revision.separator"))
}

// exportExample is a request that uses a project's ID, ready to paste.
func exportExample(p Page, id int64) templ.Component {
	return codeParts(
		codePart{"", "curl -X POST \\\n  " + p.BaseURL + "/v1/projects/"},
		codePart{"k", idText(id)},
		codePart{"", "/export-openapi \\\n  -H "},
		codePart{"s", `"Authorization: Bearer $` + secretVariable + `"`},
		codePart{"", " \\\n  -H "},
		codePart{"s", `"X-Apidog-Api-Version: 2024-03-28"`},
	)
}

// idText writes an ID as it is typed: without commas.
func idText(id int64) string { return strconv.FormatInt(id, 10) }

// firstLine is what a list shows of a longer text.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// keepDays is how many days a deleted project can be restored.
const keepDays = int(models.KeepDeleted / (24 * time.Hour))

func (p Page) teamFilter(teams []models.MyTeam) []Option {
	all := []Option{{Value: "0", Text: p.T("projects.all_teams")}}
	return append(all, ProjectForm{Teams: teams}.teams()...)
}
