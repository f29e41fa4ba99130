package models

import (
	"maps"
	"slices"
)

// Role is what a person is in a team or in a project.
type Role string

// Roles in a team. Every team has an owner.
const (
	TeamOwner  Role = "owner"
	TeamAdmin  Role = "admin"
	TeamMember Role = "member"
	TeamGuest  Role = "guest"
)

// Roles in a project.
const (
	ProjectAdmin  Role = "admin"
	ProjectEditor Role = "editor"
	ProjectReader Role = "reader"
	NoRole        Role = ""
)

// TeamRoles and ProjectRoles, from most to least.
var (
	TeamRoles    = []Role{TeamOwner, TeamAdmin, TeamMember, TeamGuest}
	ProjectRoles = []Role{ProjectAdmin, ProjectEditor, ProjectReader}
)

// Action is something that a role may or may not allow.
type Action string

// What can be done in a team.
const (
	ViewTeam       Action = "team.view"
	EditTeam       Action = "team.edit"    // rename, delete
	ManageMembers  Action = "team.members" // invite, change roles, remove
	MakeOwner      Action = "team.owners"  // give or take the role of owner
	CreateProjects Action = "team.create_projects"
	MoveProjects   Action = "team.move_projects" // out of it
)

// What can be done in a project.
const (
	ViewProject      Action = "project.view"   // settings, reference, export, console with one's own values
	EditContent      Action = "project.edit"   // import, edit endpoints and schemas, environments
	ManageProject    Action = "project.manage" // name, description, members, move, delete and restore
	CloneProjects    Action = "project.clone"
	RestoreRevisions Action = "project.restore"
)

// policy is the one table of who may do what. docs/roles.md shows it, and a
// test goes through every route with every role.
var policy = map[Action][]Role{
	ViewTeam:       {TeamOwner, TeamAdmin, TeamMember, TeamGuest},
	EditTeam:       {TeamOwner},
	ManageMembers:  {TeamOwner, TeamAdmin},
	MakeOwner:      {TeamOwner},
	CreateProjects: {TeamOwner, TeamAdmin, TeamMember},
	MoveProjects:   {TeamOwner, TeamAdmin},

	ViewProject:      {ProjectAdmin, ProjectEditor, ProjectReader},
	EditContent:      {ProjectAdmin, ProjectEditor},
	ManageProject:    {ProjectAdmin},
	CloneProjects:    {ProjectAdmin, ProjectEditor, ProjectReader},
	RestoreRevisions: {ProjectAdmin, ProjectEditor},
}

// Can reports whether a role allows an action. A role of a team answers for
// actions in the team, one of a project for actions in the project.
func Can(role Role, action Action) bool { return slices.Contains(policy[action], role) }

// Actions are all that the policy speaks of, by name.
func Actions() []Action { return slices.Sorted(maps.Keys(policy)) }

// ProjectRole is what a person is in a project, from their role in its team and
// the one they were given in the project, if any. Owners and admins of the team
// administer all its projects; members edit them unless told otherwise; guests
// have the projects that they were given.
func ProjectRole(team, given Role) Role {
	switch team {
	case TeamOwner, TeamAdmin:
		return ProjectAdmin
	case TeamMember:
		if given != NoRole {
			return given
		}
		return ProjectEditor
	case TeamGuest:
		return given
	default:
		return NoRole
	}
}
