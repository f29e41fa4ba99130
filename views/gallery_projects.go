package views

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func projectStates() []State {
	return slices.Concat(projectListStates(), projectSettingsStates(), projectPeopleStates())
}

// galleryMeta is a project that the reader administers.
func galleryMeta(p Page) ProjectMeta {
	environments := []models.Environment{
		{ID: 1, Name: "Production", BaseURL: "https://api.harbor.example"}, {ID: 2, Name: "Local", BaseURL: "http://localhost:8080"},
	}
	return ProjectMeta{Project: galleryProjects(p)[0], Environments: environments, Current: &environments[0]}
}

// readerMeta is a project that the reader may only read, without environments.
func readerMeta(p Page) ProjectMeta {
	m := galleryMeta(p)
	m.Project.TeamRole, m.Project.Given = models.TeamGuest, models.ProjectReader
	m.Environments, m.Current = nil, nil
	return m
}

// longMeta has the longest names.
func longMeta(p Page) ProjectMeta {
	m := galleryMeta(p)
	m.Project.Name, m.Project.TeamName, m.Project.ID = longWords, wideWords, 1234567890123
	m.Environments[0].Name, m.Environments[1].Name = longWords, wideWords
	return m
}

func galleryProjects(p Page) []models.MyProject {
	project := func(id int64, name, description, team string, role, given models.Role) models.MyProject {
		return models.MyProject{
			Project:  models.Project{ID: id, TeamID: id % 7, Name: name, Description: description, CreatedAt: p.Now.AddDate(0, -2, 0), UpdatedAt: p.Now},
			TeamName: team, TeamRole: role, Given: given,
		}
	}
	return []models.MyProject{
		project(1000001, "Harbor Shipping", "Booking, tracking and labels for parcels and pallets.", "Harbor Ops", models.TeamOwner, ""),
		project(1000007, "OpenAPI", "", "Mika Sato", models.TeamOwner, ""),
		project(1000012, "料金計算", "送料と関税を計算する API。", "Harbor Ops", models.TeamMember, ""),
		project(1000031, "Partner portal", "First line.\nSecond line.", "Quay Partners", models.TeamGuest, models.ProjectReader),
	}
}

func galleryTeams(p Page) []models.MyTeam {
	own := p.User.ID
	team := func(id int64, name string, role models.Role) models.MyTeam {
		return models.MyTeam{Team: models.Team{ID: id, Name: name, CreatedAt: p.Now.AddDate(0, -int(id), 0)}, Role: role}
	}
	teams := []models.MyTeam{team(1, p.User.Name, models.TeamOwner), team(2, "Harbor Ops", models.TeamAdmin), team(3, longWords, models.TeamGuest)}
	teams[0].PersonalUserID = &own
	return teams
}

func galleryProjectForm(p Page) ProjectForm {
	project := galleryProjects(p)[0]
	return ProjectForm{Name: project.Name, Description: project.Description, TeamID: 2, Teams: galleryTeams(p)[:2]}
}

func refusedProjectForm(p Page) ProjectForm {
	f := galleryProjectForm(p)
	f.Name = ""
	f.Errors = Errors{
		{Field: "name", Code: "name_required"}, {Field: "team", Code: "team_unknown"},
		{Field: "description", Code: "description_too_long", Params: map[string]any{"max": 2000}},
	}
	return f
}

func projectListStates() []State {
	state := func(name string, list func(Page) ProjectList) State {
		return State{"ProjectsPage", name, func(p Page) templ.Component {
			p.Path = projectsPath
			return ProjectsPage(p, list(p))
		}}
	}
	return []State{
		state("plain", func(p Page) ProjectList {
			return ProjectList{Projects: galleryProjects(p), Teams: galleryTeams(p), Deleted: true}
		}),
		state("no projects", func(p Page) ProjectList { return ProjectList{Teams: galleryTeams(p)[:1]} }),
		state("no match", func(p Page) ProjectList {
			return ProjectList{Teams: galleryTeams(p), Query: models.ProjectQuery{Search: "harbour & <co>", TeamID: 2}}
		}),
		state("long names, more", func(p Page) ProjectList {
			projects := galleryProjects(p)
			projects[0].Name, projects[1].Name = longWords, wideWords
			projects[0].Description, projects[0].TeamName, projects[0].ID = wideWords, longWords, 1234567890123
			return ProjectList{Projects: projects, Teams: galleryTeams(p), More: true}
		}),
		{"NewProjectPage", "plain", func(p Page) templ.Component {
			return NewProjectPage(p, ProjectForm{TeamID: 1, Teams: galleryTeams(p)[:2]})
		}},
		{"NewProjectPage", "refused", func(p Page) templ.Component { return NewProjectPage(p, refusedProjectForm(p)) }},
		{"DeletedProjectsPage", "plain", func(p Page) templ.Component { return DeletedProjectsPage(p, deletedGallery(p)) }},
		{"DeletedProjectsPage", "empty", func(p Page) templ.Component { return DeletedProjectsPage(p, nil) }},
	}
}

func deletedGallery(p Page) []models.MyProject {
	projects := galleryProjects(p)
	for i := range projects {
		at := p.Now.Add(-time.Duration(i*i) * 31 * time.Hour)
		projects[i].DeletedAt = &at
	}
	return projects
}

func projectSettingsStates() []State {
	settings := func(name string, meta func(Page) ProjectMeta, form func(Page) ProjectForm) State {
		return State{"ProjectSettingsPage", name, func(p Page) templ.Component {
			m := meta(p)
			p.Path = m.path("/settings")
			return ProjectSettingsPage(p, m, form(p))
		}}
	}
	return []State{
		settings("plain", galleryMeta, galleryProjectForm),
		settings("refused", galleryMeta, refusedProjectForm),
		settings("read-only", readerMeta, galleryProjectForm),
		settings("long names", longMeta, func(p Page) ProjectForm {
			f := galleryProjectForm(p)
			f.Name, f.Description, f.Teams[0].Name = longWords, wideWords, longWords
			return f
		}),
		{"CloneProjectPage", "plain", func(p Page) templ.Component { return CloneProjectPage(p, galleryMeta(p), galleryProjectForm(p)) }},
		{"CloneProjectPage", "refused", func(p Page) templ.Component { return CloneProjectPage(p, galleryMeta(p), refusedProjectForm(p)) }},
		{"DeleteProjectPage", "plain", func(p Page) templ.Component { return DeleteProjectPage(p, longMeta(p), DeleteProjectForm{}) }},
		{"DeleteProjectPage", "refused", func(p Page) templ.Component {
			return DeleteProjectPage(p, galleryMeta(p), DeleteProjectForm{Typed: "Harbour", Errors: Errors{{Field: "typed", Code: "name_differs"}}})
		}},
	}
}

func galleryMembers(p Page) []models.Member {
	member := func(id int64, name, email string, team, given models.Role) models.Member {
		return models.Member{UserID: id, Name: name, Email: email, Team: team, Given: given, Role: models.ProjectRole(team, given)}
	}
	return []models.Member{
		member(p.User.ID, p.User.Name, p.User.Email, models.TeamOwner, ""),
		member(2, "Jonas Weber", "jonas@harbor.example", models.TeamAdmin, models.ProjectReader),
		member(3, "山田 愛子", "aiko@harbor.example", models.TeamMember, ""),
		member(4, longWords, "maximiliane.von.und.zu.hohenstein@departement-fuer-kommunikation.harbor.example", models.TeamMember, models.ProjectReader),
		member(5, "Olu Adeyemi", "olu@quay.example", models.TeamGuest, models.ProjectEditor),
		member(6, "Ana Costa", "ana@quay.example", models.TeamGuest, ""),
	}
}

func projectPeopleStates() []State {
	members := func(name string, meta func(Page) ProjectMeta, errors Errors) State {
		return State{"ProjectMembersPage", name, func(p Page) templ.Component {
			return ProjectMembersPage(p, meta(p), ProjectMembers{Members: galleryMembers(p), Errors: errors})
		}}
	}
	revisions := func(p Page) Revisions {
		return Revisions{
			{ID: 9, Reason: models.RevisionImport, UserName: p.User.Name, CreatedAt: p.Now.Add(-3 * time.Minute),
				Counters: models.Counters{"endpointCreated": 1204, "endpointUpdated": 3, "schemaCreated": 310, "endpointFailed": 0}},
			{ID: 8, Reason: models.RevisionRestore, UserName: longWords, CreatedAt: p.Now.Add(-30 * time.Hour)},
			{ID: 7, Reason: models.RevisionEdit, UserName: p.User.Name, CreatedAt: p.Now.AddDate(0, 0, -20)},
			{ID: 6, Reason: models.RevisionPostman, UserName: p.User.Name, CreatedAt: p.Now.AddDate(0, -3, 0),
				Counters: models.Counters{"endpointCaseCreated": 12}},
		}
	}
	return []State{
		members("plain", galleryMeta, nil),
		members("read-only", readerMeta, nil),
		members("refused", galleryMeta, Errors{{Field: roleField(3), Code: "role_unknown"}}),
		{"RevisionsPage", "plain", func(p Page) templ.Component { return RevisionsPage(p, galleryMeta(p), revisions(p)) }},
		{"RevisionsPage", "read-only", func(p Page) templ.Component { return RevisionsPage(p, readerMeta(p), revisions(p)) }},
		{"RevisionsPage", "empty", func(p Page) templ.Component { return RevisionsPage(p, galleryMeta(p), nil) }},
	}
}
