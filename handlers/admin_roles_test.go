package handlers

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// adminRoles are the ways in which somebody may stand to the administration. The
// demoted and the disabled one signed in while they could; the token is that of an
// administrator, alone.
var adminRoles = []string{"nobody", "token", "disabled", "demoted", "person", "administrator"}

// adminRow is what one route answers to each role.
type adminRow struct {
	statuses map[string]int // 0 stands for "sent to the sign-in page"
	body     string         // a form
	prepare  func(t *testing.T, w *adminWorld)
}

// with sends a form; what stands for an id there is filled in as in the route.
func (r adminRow) with(body string) adminRow { r.body = body; return r }

// after prepares what is there before each request.
func (r adminRow) after(f func(t *testing.T, w *adminWorld)) adminRow { r.prepare = f; return r }

// adminPage answers ok to administrators, and sends who is signed out to sign in; for
// everybody else there is no such page.
func adminPage(ok int) adminRow {
	return adminRow{statuses: map[string]int{
		"nobody": 0, "token": 0, "disabled": 0,
		"demoted": http.StatusNotFound, "person": http.StatusNotFound, "administrator": ok,
	}}
}

var adminRows = map[string]adminRow{}

// addAdminRows adds the routes of one part of the administration, in an init of its test.
func addAdminRows(rows map[string]adminRow) {
	for name, row := range rows {
		if _, twice := adminRows[name]; twice {
			panic(name + " has two rows")
		}
		adminRows[name] = row
	}
}

// adminWorld is a person with a token, and administrators.
type adminWorld struct {
	site     *site
	admin    *models.User
	browsers map[string]*browser
	person   *models.User
	token    *models.Token     // of the person
	secret   string            // of token
	ids      map[string]string // what :id stands for, by the part of the path before it
}

func newAdminWorld(t *testing.T, s *site) *adminWorld {
	t.Helper()
	administrates := func(in *models.NewUser) { in.Admin = true }
	w := &adminWorld{site: s, browsers: map[string]*browser{}, ids: map[string]string{}}
	w.admin = modeltest.MustUser(t, s.store, administrates)
	w.person = modeltest.MustUser(t, s.store)
	w.browsers["nobody"] = s.newBrowser(t)
	w.browsers["administrator"] = s.enter(t, w.admin)
	w.browsers["person"] = s.enter(t, w.person)
	_, secret := s.token(t, w.admin, "mine")
	w.browsers["token"] = s.newBrowser(t).with("Authorization", "Bearer "+secret)
	disabled, demoted := modeltest.MustUser(t, s.store, administrates), modeltest.MustUser(t, s.store, administrates)
	w.browsers["disabled"], w.browsers["demoted"] = s.enter(t, disabled), s.enter(t, demoted)
	if err := s.store.SetDisabled(t.Context(), models.CLI, disabled.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.ExecContext(t.Context(), "UPDATE users SET admin = FALSE WHERE id = "+strconv.FormatInt(demoted.ID, 10)); err != nil {
		t.Fatal(err)
	}
	w.renew(t)
	return w
}

// renew makes what a post may use up.
func (w *adminWorld) renew(t *testing.T) {
	t.Helper()
	w.token, w.secret = w.site.token(t, w.person, "ci "+strconv.Itoa(w.site.count(t, "SELECT COUNT(*) FROM tokens")))
	w.ids["tokens"] = w.token.PublicID
	w.ids["people"] = strconv.FormatInt(w.person.ID, 10)
}

// fill puts what there is in place of the parameters of a route.
func (w *adminWorld) fill(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == ":id" {
			parts[i] = w.ids[parts[i-1]]
		}
	}
	return strings.Join(parts, "/")
}

func (w *adminWorld) ask(t *testing.T, name string, row adminRow, role string) *answer {
	t.Helper()
	method, route, _ := strings.Cut(name, " ")
	path := w.fill(route)
	if strings.Contains(path, "//") {
		t.Fatalf("%s: nothing to put into %s", name, path)
	}
	body := strings.NewReplacer(":token", w.token.PublicID, ":secret", w.secret, ":person", w.ids["people"]).Replace(row.body)
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", formType)
	}
	return w.browsers[role].do(r)
}

// Every route of the administration has its row, and answers each role as it says.
// Whom it refuses can change nothing by it, and no GET changes anything.
func TestEveryAdminRouteAndRole(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	known := map[string]bool{}
	for _, route := range s.echo.Routes() {
		name := route.Method + " " + route.Path
		known[name] = true
		if _, ok := adminRows[name]; strings.HasPrefix(route.Path, "/admin") && !ok {
			t.Errorf("%s has no row", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(adminRows)) {
		row := adminRows[name]
		if !known[name] {
			t.Errorf("there is no route %s", name)
			continue
		}
		for _, role := range adminRoles {
			if row.prepare != nil {
				row.prepare(t, w)
			}
			before := s.rows(t)
			a, want := w.ask(t, name, row, role), row.statuses[role]
			toSignIn := a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/sign-in")
			if toSignIn != (want == 0) || !toSignIn && a.StatusCode != want {
				t.Errorf("%s as %s: %d to %q, not %d", name, role, a.StatusCode, a.Header.Get("Location"), want)
			}
			if role != "administrator" || strings.HasPrefix(name, "GET ") {
				if tables := changed(before, s.rows(t)); len(tables) > 0 {
					t.Errorf("%s as %s changes %v", name, role, tables)
				}
			} else {
				w.renew(t)
			}
		}
	}
}

// Who does not administer finds no way in, neither in the navigation nor by its address.
func TestAdministrationIsHidden(t *testing.T) {
	w := newAdminWorld(t, newSite(t))
	if page := w.browsers["person"].get("/settings/tokens").want(http.StatusOK).body; strings.Contains(page, `"/admin`) {
		t.Error("a person's page leads to the administration")
	}
	if page := w.browsers["administrator"].get("/settings/tokens").want(http.StatusOK).body; !strings.Contains(page, `"/admin"`) {
		t.Error("an administrator's page does not lead to the administration")
	}
	if w.missing("/admin") != w.missing("/admim") {
		t.Error("the answer for a hidden page differs from that for a page that is not there")
	}
}

// missing is the page of a person who finds nothing at path, without what names the path and the request.
func (w *adminWorld) missing(path string) string {
	a := w.browsers["person"].get(path).want(http.StatusNotFound)
	return strings.NewReplacer(path, "", a.Header.Get("X-Request-Id"), "").Replace(a.body)
}
