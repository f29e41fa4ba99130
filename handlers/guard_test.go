package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/static"
)

// access is how a route answers: to nobody, to a person, and to a token alone.
// 0 stands for "sent to the sign-in page".
type access struct{ nobody, person, token int }

var (
	forEveryone = access{200, 200, 200}
	forPeople   = access{0, 200, 0}
	postForm    = access{0, 422, 0} // an empty form, which is refused
	postPlain   = access{0, 303, 0}
	redirects   = access{303, 303, 303}
	forTokens   = access{401, 401, 200}
)

// guards has a row for each route. A route that is missing here fails the test.
var guards = map[string]access{
	"GET /healthz":     forEveryone,
	"GET /readyz":      forEveryone,
	"GET /static/*":    forEveryone,
	"GET /favicon.ico": {301, 301, 301},

	"GET /":                         redirects,
	"GET /sign-in":                  {200, 303, 200},
	"POST /sign-in":                 {422, 422, 422},
	"POST /sign-out":                redirects,
	"GET /setup":                    {404, 404, 404},
	"POST /setup":                   {404, 404, 404},
	"POST /preferences":             redirects,
	"GET /dev/gallery/":             forEveryone,
	"GET /dev/gallery/:page/:state": {404, 404, 404},

	"GET /settings":                      {0, 303, 0},
	"GET /settings/profile":              forPeople,
	"POST /settings/profile":             postForm,
	"POST /settings/password":            postForm,
	"GET /settings/activity":             forPeople,
	"GET /settings/tokens":               forPeople,
	"POST /settings/tokens":              postForm,
	"GET /settings/tokens/new":           forPeople,
	"GET /settings/tokens/preview":       forPeople,
	"GET /settings/tokens/:id":           forPeople,
	"GET /settings/tokens/:id/created":   forPeople,
	"GET /settings/tokens/:id/first-use": {0, 303, 0},
	"GET /settings/tokens/:id/calendar":  forPeople,
	"GET /settings/tokens/:id/edit":      forPeople,
	"POST /settings/tokens/:id/edit":     {0, 400, 0}, // no version
	"GET /settings/tokens/:id/revoke":    forPeople,
	"POST /settings/tokens/:id/revoke":   postPlain,

	"POST /notices/:id/dismiss": {0, 404, 0}, // no number

	"GET /v1/user":         forTokens,
	"GET /v1/openapi.json": forEveryone,
	"GET /v1/openapi.yaml": forEveryone,

	"GET /v1/teams":             forTokens,
	"GET /v1/projects":          forTokens,
	"POST /v1/projects":         {401, 401, 400}, // no body
	"GET /api/v1/current-user":  forTokens,
	"GET /api/v1/user-projects": forTokens,
}

func withGallery(cfg *Config) { cfg.Dev = true }

// pathOf fills in a route's parameters.
func pathOf(route, id string) string {
	if strings.HasPrefix(route, "/static/") {
		return static.URL("app.css")
	}
	return strings.NewReplacer(":id", id, ":page", "x", ":state", "y").Replace(route)
}

func TestGuards(t *testing.T) {
	s := newSite(t, withGallery)
	u := modeltest.MustUser(t, s.store)
	tok, secret := s.token(t, u, "ci")
	before := s.rows(t)
	for _, route := range s.echo.Routes() {
		name := route.Method + " " + route.Path
		want, ok := guards[name]
		if hasRow(name) && !ok {
			continue // TestEveryRouteAndRole or TestEveryAdminRouteAndRole has it
		}
		if !ok {
			t.Errorf("%s has no row", name)
			continue
		}
		ask := func(b *browser) *answer {
			r := httptest.NewRequest(route.Method, pathOf(route.Path, tok.PublicID), nil)
			if route.Method == http.MethodPost {
				r.Header.Set("Content-Type", formType)
			}
			return b.do(r)
		}
		check := func(who string, a *answer, status int) {
			if status != 0 {
				if a.StatusCode != status || strings.HasPrefix(a.Header.Get("Location"), "/sign-in?") {
					t.Errorf("%s as %s: %d to %q, not %d", name, who, a.StatusCode, a.Header.Get("Location"), status)
				}
			} else if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
				t.Errorf("%s as %s: %d to %q, not to sign-in", name, who, a.StatusCode, a.Header.Get("Location"))
			}
		}
		check("nobody", ask(s.newBrowser(t)), want.nobody)
		check("a token", ask(s.newBrowser(t).with("Authorization", "Bearer "+secret)), want.token)
		if tables := changed(before, s.rows(t)); len(tables) > 0 {
			t.Fatalf("%s without a session changes %v", name, tables)
		}
	}
	for _, route := range s.echo.Routes() {
		name := route.Method + " " + route.Path
		if _, ok := guards[name]; ok && !strings.HasSuffix(route.Path, "revoke") { // the last ones, since they end the token
			b := s.enter(t, u)
			checkPerson(t, b, name, route.Method, pathOf(route.Path, tok.PublicID), guards[name].person)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		name := method + " /settings/tokens/:id/revoke"
		checkPerson(t, s.enter(t, u), name, method, tokenPath(tok.PublicID)+"/revoke", guards[name].person)
	}
	if len(guards)+len(roleRows)+len(adminRows) != len(s.echo.Routes()) {
		t.Errorf("%d, %d and %d rows for %d routes", len(guards), len(roleRows), len(adminRows), len(s.echo.Routes()))
	}
}

// hasRow reports whether the route is one of those with more roles.
func hasRow(name string) bool {
	_, project := roleRows[name]
	_, admin := adminRows[name]
	return project || admin
}

func checkPerson(t *testing.T, b *browser, name, method, path string, want int) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", formType)
	}
	if a := b.do(r); a.StatusCode != want || strings.HasPrefix(a.Header.Get("Location"), "/sign-in?") {
		t.Errorf("%s as a person: %d to %q, not %d", name, a.StatusCode, a.Header.Get("Location"), want)
	}
}

// A token can't do what only a person may: with it in the header the same forms lead to sign-in.
func TestTokenCreatesNothing(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, secret := s.token(t, u, "ci")
	before := s.rows(t)
	b := s.newBrowser(t).with("Authorization", "Bearer "+secret)
	b.post("/settings/tokens", "name", "x", "validity", "never", "nonce", "n").to("/sign-in")
	b.post(tokenPath(tok.PublicID)+"/edit", "name", "x", "validity", "never", "version", "1").to("/sign-in")
	b.post(tokenPath(tok.PublicID) + "/revoke").to("/sign-in")
	b.post("/settings/password", "current_password", modeltest.Password, "new_password", "seven quiet otters in Nara").to("/sign-in")
	b.signIn(u.Email, secret).refused("")
	b.setCookie(s.sessions.name(), secret)
	b.get("/settings/profile").want(http.StatusSeeOther)
	if tables := changed(before, s.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
}

// GETs change no row, but for when a session was seen, a message that is shown
// once, a secret that is shown once, and the use of tokens that was counted in memory.
func TestGetsChangeNothing(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		tok, secret := s.token(t, u, "ci")
		b := s.enter(t, u)
		s.clock.Advance(time.Minute)
		for _, route := range s.echo.Routes() {
			if route.Method != http.MethodGet {
				continue
			}
			before := s.rows(t)
			for _, path := range []string{pathOf(route.Path, tok.PublicID), pathOf(route.Path, tok.PublicID) + "?" + url.Values{
				"name": {"x"}, "validity": {"never"}, "nonce": {"n"}, "version": {"1"}, "language": {"ja"}, "theme": {"dark"}, "next": {"/"}, "_method": {"POST"},
			}.Encode()} {
				b.with("X-HTTP-Method-Override", "POST").get(path)
				b.htmx("/settings/tokens").get(path)
			}
			if tables := changed(before, s.rows(t)); len(tables) > 0 {
				t.Errorf("GET %s changes %v", route.Path, tables)
			}
		}

		for _, c := range []struct {
			what   string
			first  func()
			path   string
			tables string
		}{
			{"seen at", func() { s.clock.Advance(6 * time.Minute) }, "/settings/profile", "[sessions]"},
			{"flash", func() { b.post("/settings/profile", "name", "Aiko", "time_zone", "Asia/Tokyo", "theme", "dark") }, "/settings/profile", "[sessions]"},
			{"secret", func() { b.created("another", "7") }, "/settings/profile", "[reveals]"},
			{"use", func() { s.use(t, secret, "192.0.2.9", "curl/8") }, "/settings/tokens", "[token_origins token_usage tokens]"},
			{"use that is not shown", func() { s.use(t, secret, "192.0.2.9", "curl/8") }, tokenPath(tok.PublicID) + "/calendar", "[]"},
		} {
			c.first()
			before := s.rows(t)
			b.get(c.path).want(http.StatusOK)
			middle := s.rows(t)
			if got := fmt.Sprint(changed(before, middle)); got != c.tables {
				t.Errorf("%s: %s changed", c.what, got)
			}
			b.get(c.path)
			if tables := changed(middle, s.rows(t)); len(tables) > 0 {
				t.Errorf("%s: the second GET changes %v", c.what, tables)
			}
		}
	})
}

// A disabled person's session and token open nothing, on any route.
func TestDisabledOnEveryRoute(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, secret := s.token(t, u, "ci")
	b := s.enter(t, u)
	b.get("/settings/profile").want(http.StatusOK)
	s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK) // the cache is warm
	if err := s.store.SetDisabled(t.Context(), models.CLI, u.ID, true); err != nil {
		t.Fatal(err)
	}
	s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusUnauthorized)
	b.signIn(u.Email, modeltest.Password).refused("")
	for name, a := range guards {
		method, path, _ := strings.Cut(name, " ")
		if a.nobody != 0 {
			continue
		}
		r := httptest.NewRequest(method, pathOf(path, tok.PublicID), nil)
		if to := b.do(r).want(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("%s leads to %s", name, to)
		}
	}
	b.with("Authorization", "Bearer "+secret).get("/v1/user").want(http.StatusUnauthorized)
}
