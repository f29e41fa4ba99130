package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
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

// world is a project in a team with everybody around it.
type world struct {
	site    *site
	people  map[string]*models.User
	tokens  map[string]string // secrets, by role
	extra   *models.User      // another member
	team    *models.Team
	project *models.Project
	ids     map[string]string // what :id stands for, by the part of the path before it
	secret  string            // of an invitation
}

func newWorld(t *testing.T, s *site) *world {
	t.Helper()
	w := &world{site: s, people: map[string]*models.User{}, tokens: map[string]string{}}
	for _, role := range roles {
		if role == "nobody" {
			continue
		}
		u := modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Name = role })
		w.people[role] = u
		_, w.tokens[role] = s.token(t, u, "ci")
	}
	w.extra = modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Name = "Extra" })
	w.renew(t)
	return w
}

func (w *world) actor(role string) models.Actor {
	return models.Actor{Kind: "user", User: w.people[role]}
}

// join brings somebody into the team by an invitation, as is the only way.
func (w *world) join(t *testing.T, u *models.User, role models.Role) {
	t.Helper()
	secret, err := w.site.store.Invite(t.Context(), w.actor("owner"), w.team.ID, role)
	if err == nil {
		_, err = w.site.store.Join(t.Context(), models.Actor{Kind: "user", User: u}, secret)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const worldDescription = `{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"servers":[{"url":"https://pets.example"}],
"paths":{"/pets":{"get":{"operationId":"listPets","tags":["pets"],"responses":{"200":{"description":"OK","content":
{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}}}}}},"components":{"schemas":{"Pet":{"type":"object"}}}}`

// renew makes another team with a project that has one of everything.
func (w *world) renew(t *testing.T) {
	t.Helper()
	ctx, store, owner := t.Context(), w.site.store, w.actor("owner")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.team, err = store.CreateTeam(ctx, owner, owner.User, "Harbor")
	must(err)
	w.join(t, w.extra, models.TeamMember)
	w.project, err = store.CreateProject(ctx, owner, models.NewProject{Name: "Pets", TeamID: w.team.ID})
	must(err)
	for _, role := range roles[1:] {
		team, given, has := strings.Cut(role, ", ")
		if team == "stranger" || team == "nobody" {
			continue
		}
		w.join(t, w.people[role], models.Role(team))
		if has {
			must(store.SetProjectRole(ctx, owner, w.project.ID, w.people[role].ID, models.Role(given)))
		}
	}
	d, err := openapi.Parse([]byte(worldDescription))
	must(err)
	options := models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting}
	for range 2 { // the second one keeps a revision
		_, err = store.Import(ctx, owner, w.project.ID, d, nil, options)
		must(err)
	}
	e, err := store.SaveEnvironment(ctx, owner, w.project.ID, 0, models.EnvironmentForm{Name: "Local", BaseURL: "https://pets.example"})
	must(err)
	w.secret, err = store.Invite(ctx, owner, w.team.ID, models.TeamGuest)
	must(err)
	number := func(query string, arg any) string {
		if !strings.HasPrefix(w.site.driver, "sqlite") {
			query = strings.ReplaceAll(query, "?", "$1")
		}
		return strconv.Itoa(w.site.count(t, query, arg))
	}
	w.ids = map[string]string{
		"environments": strconv.FormatInt(e.ID, 10),
		"endpoints":    number("SELECT id FROM endpoints WHERE project_id = ?", w.project.ID),
		"schemas":      number("SELECT id FROM schemas WHERE project_id = ?", w.project.ID),
		"folders":      number("SELECT COALESCE(MAX(id), 0) FROM folders WHERE project_id = ?", w.project.ID),
		"revisions":    number("SELECT MAX(id) FROM revisions WHERE project_id = ?", w.project.ID),
		"invitations":  number("SELECT id FROM invitations WHERE team_id = ?", w.team.ID),
		"members":      strconv.FormatInt(w.extra.ID, 10),
	}
}

// fill puts what there is in place of the parameters of a route or of a body.
func (w *world) fill(path string) string {
	path = strings.NewReplacer(":project", fmt.Sprint(w.project.ID), ":draft", "none", ":team", fmt.Sprint(w.team.ID),
		":extra", fmt.Sprint(w.extra.ID), ":secret", w.secret).Replace(path)
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") && i > 0 && w.ids[parts[i-1]] != "" {
			parts[i] = w.ids[parts[i-1]]
		}
	}
	return strings.Join(parts, "/")
}

func (w *world) ask(t *testing.T, name string, row roleRow, role string) *answer {
	t.Helper()
	method, route, _ := strings.Cut(name, " ")
	path := w.fill(route)
	if strings.Contains(path, ":") {
		t.Fatalf("%s: nothing to put into %s", name, path)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(w.fill(row.body)))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", formType)
	}
	b := w.site.newBrowser(t)
	switch {
	case row.api:
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Apidog-Api-Version", "2024-03-28")
		if role != "nobody" {
			b = b.with("Authorization", "Bearer "+w.tokens[role])
		}
	case role != "nobody":
		b = w.site.enter(t, w.people[role])
	}
	return b.do(r)
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
