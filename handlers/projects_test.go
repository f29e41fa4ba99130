package handlers

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func init() {
	maps.Copy(guards, map[string]access{
		"GET /projects":         forPeople,
		"POST /projects":        postForm,
		"GET /projects/new":     forPeople,
		"GET /projects/deleted": forPeople,
		"GET /teams":            forPeople,
		"POST /teams":           postForm,
		"GET /teams/new":        forPeople,
		"GET /join":             forPeople,
		"POST /join":            forPeople,
	})
	addRoleRows(map[string]roleRow{
		"GET /projects/:project":                                 viewers(303),
		"GET /projects/:project/settings":                        viewers(200),
		"POST /projects/:project/settings":                       managers(422),
		"GET /projects/:project/settings/members":                viewers(200),
		"POST /projects/:project/settings/members":               managers(303).with("user=:extra&role=reader"),
		"GET /projects/:project/settings/revisions":              viewers(200),
		"POST /projects/:project/settings/revisions/:id/restore": editors(303),
		"GET /projects/:project/settings/clone":                  viewers(200),
		"POST /projects/:project/settings/clone":                 viewers(422),
		"GET /projects/:project/settings/delete":                 managers(200),
		"POST /projects/:project/settings/delete":                managers(422),
		"POST /projects/:project/restore": managers(303).after(func(t *testing.T, w *world) {
			if _, err := w.site.store.DeleteProject(t.Context(), w.actor("owner"), w.project.ID, "Pets"); err != nil {
				t.Fatal(err)
			}
		}),
	})
}

// made creates a project by the form and returns its ID.
func (b *browser) made(name string, more ...string) int64 {
	b.t.Helper()
	a := b.post("/projects", append([]string{"name", name}, more...)...).want(http.StatusSeeOther)
	part, _, ok := strings.Cut(strings.TrimPrefix(a.Header.Get("Location"), "/projects/"), "/")
	id, err := strconv.ParseInt(part, 10, 64)
	if !ok || err != nil {
		b.t.Fatalf("created at %q", a.Header.Get("Location"))
	}
	return id
}

func projectURL(id int64, below string) string {
	return "/projects/" + strconv.FormatInt(id, 10) + below
}

func TestFirstProject(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.enter(t, modeltest.MustUser(t, s.store))
		empty := b.get("/projects").want(http.StatusOK)
		empty.find(".empty form[action='/projects/openapi'] button.btn-primary")
		empty.find(".empty a[href='/projects/new']")
		if empty.text(".topbar a[aria-current]") != "Projects" {
			t.Error("the top bar does not say where we are")
		}
		b.get("/projects/new").want(http.StatusOK).find("#name")
		b.post("/projects", "name", " ", "description", strings.Repeat("x", 2001)).refused("name", "description")
		b.post("/projects", "name", "Harbor", "team", "999").refused("team")

		id := b.made("Harbor Shipping", "description", "Booking.\nTracking.")
		if id < 1000001 {
			t.Errorf("the ID is %d", id)
		}
		page := b.get(projectURL(id, "/settings")).want(http.StatusOK)
		text := strconv.FormatInt(id, 10)
		if page.value("#project-id") != text || !strings.Contains(page.text("#flash"), text) {
			t.Errorf("ID %q, flash %q", page.value("#project-id"), page.text("#flash"))
		}
		want := `curl -X POST \ https://tokens.example/v1/projects/` + text + `/export-openapi \ -H "Authorization: Bearer $TESSERA_TOKEN" \ -H "X-Apidog-Api-Version: 2024-03-28"`
		if got := page.text("#id-example"); got != want {
			t.Errorf("the snippet is %s", got)
		}
		page.find("[data-copy='project-id']")
		if got := page.text(".sidenav [aria-current]"); got != "Basic Settings" {
			t.Errorf("the navigation is at %q", got)
		}
		page.find(".envbar a[href='" + projectURL(id, "/environments") + "']")

		b.post(projectURL(id, "/settings"), "name", "", "description", "").refused("name")
		b.post(projectURL(id, "/settings"), "name", "Harbor", "description", "All of it").to(projectURL(id, "/settings"))
		list := b.get("/projects").want(http.StatusOK)
		if got := list.text("tbody tr th") + " | " + list.text("tbody td[data-label='Project ID']") + " | " + list.text("tbody td[data-label='Your role']"); got != "Harbor All of it | "+text+" | Admin" {
			t.Errorf("the row says %q", got)
		}
		b.get(projectURL(id, "")).to(projectURL(id, "/api"))
	})
}

func TestProjectsAreSearched(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.enter(t, u)
	id := b.made("Harbor Shipping")
	b.made("50%_off & <co>")
	for query, want := range map[string]int{
		"": 2, "?q=HARBOR": 1, "?q=" + strconv.FormatInt(id, 10): 1, "?q=%25_": 1, "?q=zzz": 0, "?team=12345": 0, "?team=x": 2, "?q=%00": 0,
	} {
		page := b.get("/projects" + query).want(http.StatusOK)
		if n := page.count("#project-list tbody tr"); n != want {
			t.Errorf("%q finds %d projects, not %d", query, n, want)
		}
	}
	part := b.htmx("/projects").get("/projects?q=harbor").want(http.StatusOK)
	if part.count("#project-list") != 1 || part.count("h1") != 0 || part.text("#live") != "1 project shown" {
		t.Errorf("htmx gets %s", part.body)
	}
	b.get("/projects?q=a&q=b").want(http.StatusBadRequest)
}

func TestDeleteAndRestoreProject(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		b := s.enter(t, u) // again later: sessions grow old
		id := b.made("Harbor")
		b.get(projectURL(id, "/settings/delete")).want(http.StatusOK).find("#typed")
		b.post(projectURL(id, "/settings/delete"), "typed", "harbor").refused("typed")
		b.post(projectURL(id, "/settings/delete"), "typed", "Harbor").to("/projects")
		list := b.get("/projects").want(http.StatusOK)
		if !strings.Contains(list.text("#flash"), "13 Jan 2027") {
			t.Errorf("the flash is %q", list.text("#flash"))
		}
		list.find("a[href='/projects/deleted']")
		b.get(projectURL(id, "/settings")).want(http.StatusNotFound)
		b.post(projectURL(id, "/settings/delete"), "typed", "Harbor").want(http.StatusNotFound)

		s.clock.Advance(models.KeepDeleted - time.Minute)
		b = s.enter(t, u)
		b.get("/projects/deleted").want(http.StatusOK).find("form[action='" + projectURL(id, "/restore") + "']")
		b.post(projectURL(id, "/restore")).to(projectURL(id, "/settings"))
		b.get(projectURL(id, "/settings")).want(http.StatusOK)

		b.post(projectURL(id, "/settings/delete"), "typed", "Harbor").to("/projects")
		s.clock.Advance(models.KeepDeleted)
		b = s.enter(t, u)
		b.post(projectURL(id, "/restore")).want(http.StatusNotFound)
		b.get("/projects/deleted").want(http.StatusOK).none("tbody tr")
		if err := s.store.Cleanup(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := s.count(t, "SELECT COUNT(*) FROM projects"); n != 0 {
			t.Errorf("%d projects are left", n)
		}
	})
}

func TestCloneProject(t *testing.T) {
	s := newSite(t)
	w := newWorld(t, s)
	b := s.enter(t, w.people["guest, reader"])
	form := b.get(projectURL(w.project.ID, "/settings/clone")).want(http.StatusOK)
	if got := form.value("#name"); got != "Pets (copy)" {
		t.Errorf("the copy is to be called %q", got)
	}
	b.post(projectURL(w.project.ID, "/settings/clone"), "name", "Stolen", "team", strconv.FormatInt(w.team.ID, 10)).want(http.StatusForbidden)
	a := b.post(projectURL(w.project.ID, "/settings/clone"), "name", "My pets").want(http.StatusSeeOther)
	page := b.get(a.Header.Get("Location")).want(http.StatusOK)
	if page.value("#project-id") == strconv.FormatInt(w.project.ID, 10) {
		t.Error("the copy has the same ID")
	}
	page.find("form #name")
	if n := s.count(t, "SELECT COUNT(*) FROM endpoints"); n != 2 {
		t.Errorf("%d endpoints after the clone", n)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM environments"); n != 2 {
		t.Errorf("%d environments after the clone", n)
	}
}

func TestProjectMembers(t *testing.T) {
	s := newSite(t)
	w := newWorld(t, s)
	members := projectURL(w.project.ID, "/settings/members")
	owner := s.enter(t, w.people["owner"])
	page := owner.get(members).want(http.StatusOK)
	row := func(a *answer, role string) string {
		return squeeze(a.doc.Find("tbody tr").FilterFunction(func(_ int, e *selection) bool {
			return squeeze(e.Find("th span.wrap").First().Text()) == role
		}).Find("td[data-label]").Not(":has(form)").Text())
	}
	for role, want := range map[string]string{
		"owner": "AdminFrom the team: OwnerOwners and admins of the team are admins here", "member": "EditorFrom the team: Member",
		"member, reader": "Read-onlySet for this project", "guest": "No accessFrom the team: Guest", "guest, editor": "EditorSet for this project",
	} {
		if got := row(page, role); got != want {
			t.Errorf("%s: %q, not %q", role, got, want)
		}
	}
	s.enter(t, w.people["member"]).get(members).want(http.StatusOK).none("main form select")

	guest := s.enter(t, w.people["guest"])
	guest.get(projectURL(w.project.ID, "/settings")).want(http.StatusNotFound)
	user := strconv.FormatInt(w.people["guest"].ID, 10)
	owner.post(members, "user", user, "role", "king").refused("role-" + user)
	owner.post(members, "user", "999", "role", "reader").want(http.StatusNotFound)
	owner.post(members, "user", user, "role", "reader").to(members)
	settings := guest.get(projectURL(w.project.ID, "/settings")).want(http.StatusOK)
	settings.none("#name").none("a[href$='/settings/delete']").none(".sidenav a[href$='/import']")
	owner.post(members, "user", user, "role", "").to(members)
	guest.get(projectURL(w.project.ID, "/settings")).want(http.StatusNotFound)

	admin := s.enter(t, w.people["guest, admin"])
	admin.post(members, "user", strconv.FormatInt(w.people["guest, admin"].ID, 10), "role", "").to("/projects")
	admin.get(members).want(http.StatusNotFound)
}

func TestRevisionsAreRestored(t *testing.T) {
	s := newSite(t)
	w := newWorld(t, s)
	b := s.enter(t, w.people["owner"])
	revisions := projectURL(w.project.ID, "/settings/revisions")
	page := b.get(revisions).want(http.StatusOK)
	before := page.count("tbody tr")
	b.post(revisions + "/" + w.ids["revisions"] + "/restore").to(revisions)
	page = b.get(revisions).want(http.StatusOK)
	if got := page.doc.Find("tbody th").First().Text(); page.count("tbody tr") != before+1 || !strings.Contains(got, "Before a restore") {
		t.Errorf("%d revisions, the newest %q", page.count("tbody tr"), got)
	}
	b.post(revisions + "/999999/restore").want(http.StatusNotFound)
}
