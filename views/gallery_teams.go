package views

import (
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func teamStates() []State {
	team := func(name string, change func(Page, *TeamView)) State {
		return State{"TeamPage", name, func(p Page) templ.Component {
			v := TeamView{Team: galleryTeams(p)[1], Name: "Harbor Ops", Members: galleryMembers(p)}
			v.Team.Role = models.TeamOwner
			for i := range v.Members {
				v.Members[i].Role = v.Members[i].Team
			}
			v.Invitations = []models.Invitation{
				{ID: 2, Role: models.TeamMember, CreatedAt: p.Now, ExpiresAt: p.Now.Add(models.InvitationLife)},
				{ID: 1, Role: models.TeamGuest, CreatedAt: p.Now.Add(-50 * time.Hour), ExpiresAt: p.Now.Add(models.InvitationLife - 50*time.Hour)},
			}
			change(p, &v)
			p.Path = v.path("")
			return TeamPage(p, v)
		}}
	}
	leave := func(name string, member int, errors Errors) State {
		return State{"LeaveTeamPage", name, func(p Page) templ.Component {
			return LeaveTeamPage(p, Leaving{Team: galleryTeams(p)[1], Member: galleryMembers(p)[member], Errors: errors})
		}}
	}
	join := func(name string, invited func(Page) Invited) State {
		return State{"JoinPage", name, func(p Page) templ.Component { return JoinPage(p, invited(p)) }}
	}
	invitedTeam := func(p Page) *models.Team { return &galleryTeams(p)[1].Team }
	return []State{
		{"TeamsPage", "plain", func(p Page) templ.Component { return TeamsPage(p, galleryTeams(p)) }},
		{"NewTeamPage", "plain", func(p Page) templ.Component { return NewTeamPage(p, "", nil) }},
		{"NewTeamPage", "refused", func(p Page) templ.Component {
			return NewTeamPage(p, "", Errors{{Field: "name", Code: "name_required"}})
		}},
		team("plain", func(Page, *TeamView) {}),
		team("two owners", func(_ Page, v *TeamView) { v.Members[1].Role = models.TeamOwner }),
		team("personal", func(p Page, v *TeamView) {
			v.Team, v.Members, v.Invitations = galleryTeams(p)[0], v.Members[:1], nil
		}),
		team("invitation made", func(p Page, v *TeamView) {
			v.Link = p.BaseURL + "/join?secret=5EhNTIr4WqBwQ2n8xXJcYt0aLkPz7mVdGsUfRoCi"
		}),
		team("refused", func(_ Page, v *TeamView) {
			v.Members[1].Role = models.TeamOwner
			v.Errors = Errors{{Field: roleField(v.Members[0].UserID), Code: "last_owner"}}
		}),
		team("name refused", func(_ Page, v *TeamView) {
			v.Name, v.Errors = "", Errors{{Field: "name", Code: "name_required"}}
		}),
		team("as a guest", func(_ Page, v *TeamView) {
			v.Team.Role, v.Invitations, v.Members[0].Role = models.TeamGuest, nil, models.TeamGuest
			v.Members[1].Role = models.TeamOwner
		}),
		leave("plain", 0, nil),
		leave("somebody else", 3, nil),
		leave("refused", 0, Errors{{Field: "role", Code: "last_owner"}}),
		{"DeleteTeamPage", "plain", func(p Page) templ.Component { return DeleteTeamPage(p, galleryTeams(p)[2], nil) }},
		{"DeleteTeamPage", "refused", func(p Page) templ.Component {
			return DeleteTeamPage(p, galleryTeams(p)[1], Errors{{Field: "team", Code: "team_has_projects", Params: map[string]any{"n": 3}}})
		}},
		{"DeleteTeamPage", "personal", func(p Page) templ.Component {
			return DeleteTeamPage(p, galleryTeams(p)[0], Errors{{Field: "team", Code: "team_personal"}})
		}},
		join("plain", func(p Page) Invited { return Invited{Secret: "example", Team: invitedTeam(p), Role: models.TeamMember} }),
		join("as admin, long name", func(p Page) Invited {
			return Invited{Secret: "example", Team: &galleryTeams(p)[2].Team, Role: models.TeamAdmin}
		}),
		join("already there", func(p Page) Invited { return Invited{Team: invitedTeam(p), Role: models.TeamGuest, Already: true} }),
		join("gone", func(Page) Invited { return Invited{} }),
	}
}
