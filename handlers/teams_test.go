package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

type selection = goquery.Selection

func init() {
	addRoleRows(map[string]roleRow{
		"GET /teams/:team":                           teamRow(200, teamPeople),
		"POST /teams/:team":                          teamRow(422, teamOwners),
		"POST /teams/:team/members":                  teamRow(303, teamManagers).with("user=:extra&role=guest"),
		"GET /teams/:team/members/:id/remove":        teamRow(200, teamManagers),
		"POST /teams/:team/members/:id/remove":       teamRow(303, teamManagers),
		"GET /teams/:team/invitations":               teamRow(303, teamPeople),
		"POST /teams/:team/invitations":              teamRow(200, teamManagers).with("role=guest"),
		"POST /teams/:team/invitations/:id/withdraw": teamRow(303, teamManagers),
		"GET /teams/:team/delete":                    teamRow(200, teamOwners),
		"POST /teams/:team/delete":                   teamRow(422, teamOwners), // it has a project
	})
}

func teamURL(id int64, below string) string { return "/teams/" + strconv.FormatInt(id, 10) + below }

// link makes an invitation by the form and returns the path that it leads to.
func (b *browser) link(team int64, role string) string {
	b.t.Helper()
	page := b.post(teamURL(team, "/invitations"), "role", role).want(http.StatusOK)
	address := page.text("#invitation-link")
	if !strings.HasPrefix(address, "https://tokens.example/join?secret=") {
		b.t.Fatalf("the link is %q", address)
	}
	return strings.TrimPrefix(address, "https://tokens.example")
}

func (b *browser) join(link string) *answer {
	b.t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.post("/join", "secret", u.Query().Get("secret"))
}

func TestPersonalTeam(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.enter(t, u)
	list := b.get("/teams").want(http.StatusOK)
	link, _ := list.find("tbody a").Attr("href")
	page := b.get(link).want(http.StatusOK)
	page.none("a[href$='/delete']").none("a[href$='/remove']").none("select[name=role][id^=role-]")
	if got := page.text("td[data-label=Role] .sub"); got != "It is their own team, so they stay its owner." {
		t.Errorf("it says %q", got)
	}
	b.post(link + "/delete").refused("team")
	b.post(link + "/members/" + strconv.FormatInt(u.ID, 10) + "/remove").refused("role")
	b.post(link+"/members", "user", strconv.FormatInt(u.ID, 10), "role", "admin").refused("role-" + strconv.FormatInt(u.ID, 10))
}

func TestInvitations(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		owner, other, third := modeltest.MustUser(t, s.store), modeltest.MustUser(t, s.store), modeltest.MustUser(t, s.store)
		b := s.enter(t, owner)
		b.post("/teams", "name", "").refused("name")
		location := b.post("/teams", "name", "Harbor Ops").want(http.StatusSeeOther).Header.Get("Location")
		id, err := strconv.ParseInt(strings.TrimPrefix(location, "/teams/"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		b.post(teamURL(id, "/invitations"), "role", "owner").want(http.StatusUnprocessableEntity)
		link := b.link(id, "member")
		if page := b.get(location).want(http.StatusOK); page.count("#invitation-link") != 0 || page.count("form[action$='/withdraw']") != 1 {
			t.Error("the link is shown twice, or the invitation is not listed")
		}
		secret := strings.TrimPrefix(link, "/join?secret=")
		if n := s.count(t, "SELECT COUNT(*) FROM invitations"); n != 1 {
			t.Errorf("%d invitations", n)
		}
		for table, rows := range s.rows(t) {
			if strings.Contains(rows, secret) {
				t.Errorf("%s holds the link's secret", table)
			}
		}

		// Signed out, the link leads to sign-in and back.
		if to := s.newBrowser(t).get(link).want(http.StatusSeeOther).Header.Get("Location"); to != "/sign-in?next="+url.QueryEscape(link) {
			t.Errorf("leads to %q", to)
		}
		// The owner is in the team already and does not use it up.
		if got := b.get(link).want(http.StatusOK).text("main .notice-title"); got != "You are in the team “Harbor Ops” already" {
			t.Errorf("it says %q", got)
		}
		b.join(link).want(http.StatusOK)
		o := s.enter(t, other)
		o.get(location).want(http.StatusNotFound)
		if got := o.get(link).want(http.StatusOK).text(".facts"); !strings.Contains(got, "Harbor Ops") || !strings.Contains(got, "Member") {
			t.Errorf("the page says %q", got)
		}
		o.get(location).want(http.StatusNotFound) // looking at it does not join
		o.join(link).to(location)
		o.get(location).want(http.StatusOK).none("form select").none("a[href$='/delete']")
		gone := s.enter(t, third)
		if got := gone.get(link).want(http.StatusOK).text("h1"); got != "This invitation no longer works" {
			t.Errorf("it says %q", got)
		}
		gone.join(link).want(http.StatusOK)
		gone.get(location).want(http.StatusNotFound)

		late := b.link(id, "guest")
		s.clock.Advance(models.InvitationLife)
		gone = s.enter(t, third)
		gone.join(late).want(http.StatusOK)
		gone.get(location).want(http.StatusNotFound)
		b = s.enter(t, owner)
		b.get(location).want(http.StatusOK).none("form[action$='/withdraw']")

		withdrawn := b.link(id, "guest")
		action, _ := b.get(location).find("form[action$='/withdraw']").Attr("action")
		b.post(action).to(location)
		gone.join(withdrawn).want(http.StatusOK)
		gone.get(location).want(http.StatusNotFound)
	})
}

// Removed from a team, the next request is refused, and the last owner stays.
func TestLeaveTeam(t *testing.T) {
	s := newSite(t)
	w := newWorld(t, s)
	owner, member := s.enter(t, w.people["owner"]), s.enter(t, w.people["member"])
	id := func(role string) string { return strconv.FormatInt(w.people[role].ID, 10) }
	team, settings := teamURL(w.team.ID, ""), projectURL(w.project.ID, "/settings")

	member.get(settings).want(http.StatusOK)
	owner.get(team + "/members/" + id("member") + "/remove").want(http.StatusOK)
	owner.post(team + "/members/" + id("member") + "/remove").to(team)
	member.get(settings).want(http.StatusNotFound)
	member.post(settings, "name", "Mine").want(http.StatusNotFound)
	member.get(team).want(http.StatusNotFound)

	reader := s.enter(t, w.people["guest, reader"])
	reader.get(team + "/members/" + id("guest, reader") + "/remove").want(http.StatusOK)
	reader.post(team + "/members/" + id("guest, reader") + "/remove").to("/teams")
	reader.get(settings).want(http.StatusNotFound)
	w.join(t, w.people["guest, reader"], models.TeamGuest) // back, but the role in the project is gone
	reader.get(settings).want(http.StatusNotFound)

	if got := owner.get(team).text("tbody tr:first-child .sub.where"); !strings.HasPrefix(got, "The last owner can’t leave") {
		t.Errorf("it says %q", got)
	}
	owner.post(team + "/members/" + id("owner") + "/remove").refused("role")
	owner.post(team+"/members", "user", id("owner"), "role", "admin").refused("role-" + id("owner"))

	admin := s.enter(t, w.people["admin"])
	admin.post(team+"/members", "user", id("owner"), "role", "member").want(http.StatusForbidden)
	admin.post(team+"/members", "user", id("guest"), "role", "owner").want(http.StatusForbidden)
	admin.post(team + "/members/" + id("owner") + "/remove").want(http.StatusForbidden)
	admin.post(team+"/members", "user", id("guest"), "role", "").want(http.StatusBadRequest)
	admin.post(team+"/members", "user", id("guest"), "role", "king").refused("role-" + id("guest"))

	owner.post(team+"/members", "user", id("admin"), "role", "owner").to(team)
	owner.post(team + "/members/" + id("owner") + "/remove").to("/teams")
	owner.get(settings).want(http.StatusNotFound)
	admin.post(team, "name", "Renamed").to(team)
	admin.post(team + "/delete").refused("team")
}
