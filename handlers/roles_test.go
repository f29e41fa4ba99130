package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tessera/models"
)

// roles are the ways in which somebody may stand to a project and its team:
// their role in the team, and after it the one that they were given in the project.
var roles = []string{"owner", "admin", "member", "member, admin", "member, reader",
	"guest", "guest, admin", "guest, editor", "guest, reader", "stranger", "nobody"}

// roleRow is what one route answers to each role.
type roleRow struct {
	statuses map[string]int // 0 stands for "sent to the sign-in page"
	api      bool
	body     string // a form, or JSON for the API
	prepare  func(t *testing.T, w *world)
}

// with sends a body; the parameters of the route are filled in there too.
func (r roleRow) with(body string) roleRow { r.body = body; return r }

// after prepares what is there before each request.
func (r roleRow) after(f func(t *testing.T, w *world)) roleRow { r.prepare = f; return r }

// rolesRow answers ok to the roles in may, 403 to those in see, and hidden to the rest.
func rolesRow(ok, hidden, nobody int, may, see []string) roleRow {
	statuses := map[string]int{}
	for _, role := range roles {
		switch {
		case role == "nobody":
			statuses[role] = nobody
		case slices.Contains(may, role):
			statuses[role] = ok
		case slices.Contains(see, role):
			statuses[role] = http.StatusForbidden
		default:
			statuses[role] = hidden
		}
	}
	return roleRow{statuses: statuses}
}

var (
	projectManagers = []string{"owner", "admin", "member, admin", "guest, admin"}
	projectEditors  = append([]string{"member", "guest, editor"}, projectManagers...)
	projectViewers  = append([]string{"member, reader", "guest, reader"}, projectEditors...)
	teamOwners      = []string{"owner"}
	teamManagers    = []string{"owner", "admin"}
	teamPeople      = slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return r == "stranger" || r == "nobody" })
)

// Pages hide a project from who may not see it: to them it is not found.
func pageRow(ok int, may []string) roleRow {
	return rolesRow(ok, http.StatusNotFound, 0, may, projectViewers)
}
func viewers(ok int) roleRow  { return pageRow(ok, projectViewers) }
func editors(ok int) roleRow  { return pageRow(ok, projectEditors) }
func managers(ok int) roleRow { return pageRow(ok, projectManagers) }
func teamRow(ok int, may []string) roleRow {
	return rolesRow(ok, http.StatusNotFound, 0, may, teamPeople)
}

// The API has one answer for what is hidden and what is not allowed.
func apiRow(ok int, may []string) roleRow {
	r := rolesRow(ok, http.StatusForbidden, http.StatusUnauthorized, may, nil)
	r.api = true
	return r
}
func apiViewers(ok int) roleRow  { return apiRow(ok, projectViewers) }
func apiEditors(ok int) roleRow  { return apiRow(ok, projectEditors) }
func apiManagers(ok int) roleRow { return apiRow(ok, projectManagers) }

var roleRows = map[string]roleRow{}

// addRoleRows adds the routes of one part of the product, in an init of its test.
func addRoleRows(rows map[string]roleRow) {
	for name, row := range rows {
		if _, twice := roleRows[name]; twice {
			panic(name + " has two rows")
		}
		roleRows[name] = row
	}
}

// needsRoleRow tells routes that lie below a project or a team.
func needsRoleRow(path string) bool {
	return strings.Contains(path, ":project") || strings.Contains(path, ":team")
}

// Every route below a project or a team has its row, and answers each role as it says.
func TestEveryRouteAndRole(t *testing.T) {
	s := newSite(t, withGallery)
	w := newWorld(t, s)
	known := map[string]bool{}
	for _, route := range s.echo.Routes() {
		name := route.Method + " " + route.Path
		known[name] = true
		if _, ok := roleRows[name]; needsRoleRow(route.Path) && !ok {
			t.Errorf("%s has no row", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(roleRows)) {
		row := roleRows[name]
		if !known[name] {
			t.Errorf("there is no route %s", name)
			continue
		}
		for _, role := range roles {
			if !strings.HasPrefix(name, "GET ") {
				w.renew(t)
			}
			if row.prepare != nil {
				row.prepare(t, w)
			}
			a, want := w.ask(t, name, row, role), row.statuses[role]
			toSignIn := a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/sign-in")
			if toSignIn != (want == 0) || !toSignIn && a.StatusCode != want {
				t.Errorf("%s as %s: %d to %q, not %d", name, role, a.StatusCode, a.Header.Get("Location"), want)
			}
		}
	}
}

// GETs below a project or a team change nothing, and who was disabled gets none of them.
func TestGetsBelowProjects(t *testing.T) {
	s := newSite(t)
	w := newWorld(t, s)
	var pages []string
	for name, row := range roleRows {
		if path, ok := strings.CutPrefix(name, "GET "); ok && !row.api {
			pages = append(pages, w.fill(path))
		}
	}
	owner := s.enter(t, w.people["owner"])
	before := s.rows(t)
	for _, path := range pages {
		owner.get(path)
		if tables := changed(before, s.rows(t)); len(tables) > 0 {
			t.Fatalf("GET %s changes %v", path, tables)
		}
	}
	if err := s.store.SetDisabled(t.Context(), models.CLI, w.people["owner"].ID, true); err != nil {
		t.Fatal(err)
	}
	for _, path := range pages {
		if to := owner.get(path).Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("GET %s by somebody disabled leads to %q", path, to)
		}
	}
}
