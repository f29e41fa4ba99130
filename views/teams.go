package views

import (
	"slices"

	"tessera/models"
)

// TeamView is a team with its people, as one of them sees it.
type TeamView struct {
	Team        models.MyTeam
	Members     []models.Member
	Invitations []models.Invitation // open ones; only for who may invite
	Link        string              // of an invitation that was just made; shown once
	Name        string              // as it was typed
	Errors      Errors
}

// Can reports whether the reader may do action in the team.
func (v TeamView) Can(action models.Action) bool { return models.Can(v.Team.Role, action) }

func (v TeamView) path(below string) string { return TeamPath(v.Team.ID, below) }

func (v TeamView) personal() bool { return v.Team.PersonalUserID != nil }

// fixed reports whether a member's role can't be changed or ended by anybody:
// that of the last owner, and of the owner of a personal team.
func (v TeamView) fixed(m models.Member) bool {
	if m.Role != models.TeamOwner {
		return false
	}
	owners := 0
	for _, other := range v.Members {
		if other.Role == models.TeamOwner {
			owners++
		}
	}
	return owners < 2 || v.personal() && *v.Team.PersonalUserID == m.UserID
}

// changes reports whether the reader may give m another role.
func (v TeamView) changes(m models.Member) bool {
	return v.Can(models.ManageMembers) && !v.fixed(m) && (m.Role != models.TeamOwner || v.Can(models.MakeOwner))
}

// leaves reports whether m is the reader, who may leave.
func (v TeamView) leaves(p Page, m models.Member) bool {
	return p.User != nil && m.UserID == p.User.ID && !v.fixed(m)
}

// roles are those that the reader may give.
func (v TeamView) roles(p Page) []Option {
	if v.Can(models.MakeOwner) {
		return p.roles(models.TeamRoles)
	}
	return p.roles(models.TeamRoles[1:])
}

// invitable are the roles that a link may give, the usual one first.
func invitable(p Page) []Option {
	return p.roles([]models.Role{models.TeamMember, models.TeamGuest, models.TeamAdmin})
}

// RoleErrors puts what is wrong with a person's role beside their row.
func RoleErrors(errors Errors, userID int64) Errors {
	moved := slices.Clone(errors)
	for i := range moved {
		moved[i].Field = roleField(userID)
	}
	return moved
}

func roleField(userID int64) string { return "role-" + idText(userID) }

// Leaving asks before somebody is removed from a team, or leaves it.
type Leaving struct {
	Team   models.MyTeam
	Member models.Member
	Errors Errors
}

// Invited is what a link leads to. Team is nil when the link no longer works.
type Invited struct {
	Secret  string
	Team    *models.Team
	Role    models.Role
	Already bool // the reader is in the team
}
