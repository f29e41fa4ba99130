package handlers

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tessera/models/modeltest"
	"tessera/static"
)

// secretOn is the secret that the page at path shows, or "".
func (b *browser) secretOn(path string) string {
	b.t.Helper()
	page := b.get(path).want(http.StatusOK)
	if page.count("#secret") == 0 {
		page.find(".notice-info") // says what to do
		return ""
	}
	return page.text("#secret")
}

// What is no page does not count as leaving the one that shows the secret.
func TestSecretStays(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.enter(t, modeltest.MustUser(t, s.store))
		path := b.created("ci", "90")
		token := strings.TrimSuffix(path, "/created")
		secret := b.secretOn(path)
		if !secretPattern.MatchString(secret) {
			t.Fatalf("the secret is %q", secret)
		}
		htmx := b.htmx(path)
		for what, see := range map[string]func(){
			"reload":          func() {},
			"poll":            func() { htmx.get(token + "/first-use").want(http.StatusNoContent) },
			"check by a link": func() { b.get(token + "/first-use").to(path) },
			"calendar":        func() { b.get(token + "/calendar").want(http.StatusOK) },
			"preview":         func() { htmx.get("/settings/tokens/preview?expires_on=2027-01-01").want(http.StatusOK) },
			"part of a list":  func() { htmx.get("/settings/tokens?q=c").want(http.StatusOK) },
			"static file":     func() { b.get(static.URL("app.css")).want(http.StatusOK) },
			"icon":            func() { b.get("/favicon.ico").want(http.StatusMovedPermanently) },
			"not found":       func() { b.get("/nowhere").want(http.StatusNotFound) },
			"no such token":   func() { b.get("/settings/tokens/nothing").want(http.StatusNotFound) },
			"the API":         func() { b.get("/v1/user").want(http.StatusUnauthorized) },
			"other browser":   func() { s.newBrowser(t).get("/sign-in").want(http.StatusOK) },
		} {
			see()
			if b.secretOn(path) != secret {
				t.Errorf("gone after: %s", what)
			}
		}
		s.clock.Advance(10*time.Minute - time.Microsecond)
		if b.secretOn(path) != secret {
			t.Error("gone before ten minutes")
		}
		s.clock.Advance(time.Microsecond)
		if b.secretOn(path) != "" {
			t.Error("there after ten minutes")
		}
	})
}

func TestSecretGoes(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	other, _ := s.token(t, u, "other")
	b := s.enter(t, u)
	for what, leave := range map[string]func(b *browser, token string){
		"Done":              func(b *browser, _ string) { b.get("/settings/tokens").want(http.StatusOK) },
		"profile":           func(b *browser, _ string) { b.get("/settings/profile").want(http.StatusOK) },
		"activity":          func(b *browser, _ string) { b.get("/settings/activity").want(http.StatusOK) },
		"form":              func(b *browser, _ string) { b.get("/settings/tokens/new").want(http.StatusOK) },
		"the token's page":  func(b *browser, token string) { b.get(token).want(http.StatusOK) },
		"its edit form":     func(b *browser, token string) { b.get(token + "/edit").want(http.StatusOK) },
		"its revoke page":   func(b *browser, token string) { b.get(token + "/revoke").want(http.StatusOK) },
		"another's created": func(b *browser, _ string) { b.get(tokenPath(other.PublicID) + "/created").want(http.StatusOK) },
		"a refused form": func(b *browser, _ string) {
			b.post("/settings/profile", "name", "").want(http.StatusUnprocessableEntity)
		},
		"a boosted page": func(b *browser, _ string) { b.with("HX-Request", "true", "HX-Boosted", "true").get("/settings/tokens") },
		"a restored page": func(b *browser, _ string) {
			b.with("HX-Request", "true", "HX-History-Restore-Request", "true").get("/settings/tokens")
		},
		"revoked": func(b *browser, token string) { b.post(token + "/revoke").want(http.StatusSeeOther) },
		"sign-out": func(b *browser, _ string) {
			b.post("/sign-out")
			b.signIn(u.Email, modeltest.Password).want(http.StatusSeeOther)
		},
		"ten minutes":        func(*browser, string) { s.clock.Advance(10 * time.Minute) },
		"another new secret": func(b *browser, _ string) { b.get(b.created("ci 2", "7")).want(http.StatusOK).find("#secret") },
	} {
		path := b.created("ci "+what, "7")
		secret := b.secretOn(path)
		if secret == "" {
			t.Fatalf("%s: no secret", what)
		}
		leave(b, strings.TrimSuffix(path, "/created"))
		if b.secretOn(path) != "" {
			t.Errorf("there after: %s", what)
		}
		b.secretOn(path) // and again
	}
}

// Only the session that made a token sees its secret.
func TestSecretIsForOneSession(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b, phone := s.enter(t, u), s.enter(t, u)
	path := b.created("ci", "90")
	if phone.secretOn(path) != "" {
		t.Error("another session of the same person sees the secret")
	}
	s.enter(t, modeltest.MustUser(t, s.store)).get(path).want(http.StatusNotFound)
	s.newBrowser(t).get(path).want(http.StatusSeeOther)
	if b.secretOn(path) == "" {
		t.Error("others' looks took the secret away")
	}
}

// Nothing that stays holds a secret or a cookie's value: no answer but one (see
// checkRules), no log line (see openSite), no byte of the database.
func TestSecretLeavesNoTrace(t *testing.T) {
	s := newSite(t)
	b := s.newBrowser(t)
	u := modeltest.MustUser(t, s.store)
	b.signIn(u.Email, modeltest.Password).to("/settings/tokens")
	path := b.created("ci", "90")
	zipped := b.with("Accept-Encoding", "gzip")
	page := zipped.get(path).want(http.StatusOK).header("Content-Encoding", "")
	page.header("Cache-Control", "no-store")
	secret := page.text("#secret")
	if n := strings.Count(page.body, secret); n != 3 { // the field and two snippets
		t.Errorf("the page holds the secret %d times", n)
	}
	s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK)
	zipped.get("/settings/tokens").want(http.StatusOK).header("Content-Encoding", "gzip")
	for _, more := range []string{"", "/edit", "/revoke"} {
		b.get(strings.TrimSuffix(path, "/created") + more).want(http.StatusOK)
	}
	b.get("/settings/activity").want(http.StatusOK)

	files, err := filepath.Glob(filepath.Join(s.data, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the database's files: %v %v", files, err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{secret, secret[8:40], b.sessionCookie(), b.cookie("__Host-tessera-device"), modeltest.Password} {
			if bytes.Contains(content, []byte(value)) {
				t.Errorf("%s holds %s", filepath.Base(name), value)
			}
		}
	}
	for name, rows := range s.rows(t) {
		if strings.Contains(rows, secret) {
			t.Errorf("%s holds the secret", name)
		}
	}
}

// What is counted in memory shows at once.
func TestFirstUseShowsAtOnce(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	path := b.created("ci", "90")
	token := strings.TrimSuffix(path, "/created")
	secret := b.secretOn(path)
	if b.get(path).find("#first-use").AttrOr("data-hx-trigger", "") == "" {
		t.Error("the line does not look again")
	}
	b.htmx(path).get(token + "/first-use").want(http.StatusNoContent)
	s.use(t, secret, "198.51.100.4", "curl/8.10.1").want(http.StatusOK)
	line := b.htmx(path).get(token + "/first-use").want(http.StatusOK).none("[data-hx-trigger]")
	for _, want := range []string{"198.51.100.4", "curl 8.10.1"} {
		if text := line.text("#first-use"); !strings.Contains(text, want) {
			t.Errorf("the line says %q", text)
		}
	}
	if text := b.get(path).text("#first-use"); text != line.text("#first-use") {
		t.Errorf("the page says %q", text)
	}
	if row := b.get("/settings/tokens").text("#token-list tbody tr"); !strings.Contains(row, "198.51.100.4") {
		t.Errorf("the list says %q", row)
	}

	path = b.created("unused", "90")
	s.clock.Advance(10 * time.Minute)
	b.htmx(path).get(strings.TrimSuffix(path, "/created") + "/first-use").want(http.StatusOK).
		none("[data-hx-trigger]").find("#first-use a[href='" + path + "']")
}
