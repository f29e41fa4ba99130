package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tessera/models/modeltest"
)

func TestEdit(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		tok, secret := s.token(t, u, "old name")
		other := modeltest.MustUser(t, s.store)
		s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK)
		b := s.enter(t, u)
		path := tokenPath(tok.PublicID) + "/edit"
		form := b.get(path).want(http.StatusOK)
		if form.value("#name") != "old name" || form.value("#validity option[selected]") != "keep" {
			t.Error("the form does not hold the token")
		}
		version := form.value("input[name=version]")
		before, err := s.store.Token(t.Context(), u, tok.PublicID)
		if err != nil {
			t.Fatal(err)
		}

		b.post(path, "version", version, "name", "", "validity", "keep").refused("name")
		b.post(path, "version", version, "name", "x", "validity", "custom", "expires_on", "2027-02-30").refused("expires_on")
		b.post(path, "name", "x", "validity", "keep").want(http.StatusBadRequest)
		b.post(path, "version", version, "name", "new name", "validity", "custom", "expires_on", "2027-02-21",
			"user_id", fmt.Sprint(other.ID), "hash", "x", "public_id", "x", "id", "1", "expires_at", "2099-01-01", "revoked_at", "", "scopes", "all",
			"last_four", "AAAA", "first_used_at", "").to("/settings/tokens")
		if flash := b.get("/settings/tokens").text("#flash"); !strings.Contains(flash, "new name") || !strings.Contains(flash, "21 Feb 2027") {
			t.Errorf("the message is %q", flash)
		}
		after, err := s.store.Token(t.Context(), u, tok.PublicID)
		if err != nil {
			t.Fatal(err)
		}
		if after.Name != "new name" || after.ExpiresAt.Format(time.RFC3339) != "2027-02-21T15:00:00Z" {
			t.Errorf("changed to %q, %v", after.Name, after.ExpiresAt)
		}
		if string(after.Hash) != string(before.Hash) || after.ID != before.ID || after.LastFour != before.LastFour || !after.FirstUsedAt.Equal(*before.FirstUsedAt) {
			t.Error("more than name and date changed")
		}
		s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK)

		// A form from before that change.
		stale := b.post(path, "version", version, "name", "third name", "validity", "30").want(http.StatusConflict)
		if cells := stale.text("main .card > table.table"); !strings.Contains(cells, "new name") || !strings.Contains(cells, "third name") {
			t.Errorf("the conflict shows %q", cells)
		}
		if stale.value("#name") != "third name" || stale.value("#validity option[selected]") != "30" || !strings.HasPrefix(stale.text("title"), "Error: ") {
			t.Error("the conflict loses what was typed")
		}
		b.htmx(path).post(path, "version", version, "name", "third name", "validity", "30").want(http.StatusConflict).find("#main")
		done := b.htmx(path).post(path, "version", stale.value("input[name=version]"), "name", "third name", "validity", "30").want(http.StatusOK)
		done.header("HX-Redirect", "/settings/tokens")
	})
}

func TestEditOfARevokedToken(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, _ := s.token(t, u, "old name")
	b := s.enter(t, u)
	path := tokenPath(tok.PublicID) + "/edit"
	version := b.get(path).value("input[name=version]")
	b.post(tokenPath(tok.PublicID) + "/revoke").to("/settings/tokens")
	b.get(path).want(http.StatusOK).none("form[action='" + path + "']")
	b.post(path, "version", version, "name", "x", "validity", "never").want(http.StatusConflict).none("form[action='" + path + "']")
	b.post(path, "version", "2", "name", "x", "validity", "never").want(http.StatusConflict)
	if now, err := s.store.Token(t.Context(), u, tok.PublicID); err != nil || now.Name != "old name" {
		t.Errorf("the name became %q: %v", now.Name, err)
	}
}

func TestExpiredTokenIsRevived(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, secret := s.token(t, u, "ci", validFor("7"))
	s.clock.Advance(8 * 24 * time.Hour)
	s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusUnauthorized)
	b := s.enter(t, u)
	path := tokenPath(tok.PublicID) + "/edit"
	form := b.get(path).want(http.StatusOK)
	form.find("main > .notice-warn")
	b.post(path, "version", form.value("input[name=version]"), "name", "ci", "validity", "30").to("/settings/tokens")
	s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK)
}

func TestRevoke(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		tok, secret := s.token(t, u, "ci")
		for range 3 {
			s.use(t, secret, "198.51.100.4", "deploy/1.2").want(http.StatusOK)
		}
		b := s.enter(t, u)
		path := tokenPath(tok.PublicID) + "/revoke"
		page := b.get(path).want(http.StatusOK)
		facts := page.text(".facts")
		for _, want := range []string{"198.51.100.4", "deploy 1.2", "3 requests"} {
			if !strings.Contains(facts, want) {
				t.Errorf("the page does not tell of %s: %s", want, facts)
			}
		}
		page.find(".facts svg.chart")
		s.use(t, secret, "198.51.100.4", "deploy/1.2").want(http.StatusOK) // nothing has happened yet

		b.post(path).to("/settings/tokens")
		s.use(t, secret, "198.51.100.4", "deploy/1.2").want(http.StatusUnauthorized) // the very next request
		first := b.get("/settings/tokens").text("#flash")
		if !strings.Contains(first, "ci") {
			t.Errorf("the message is %q", first)
		}
		revoked, err := s.store.Token(t.Context(), u, tok.PublicID)
		if err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(time.Minute)
		b.post(path).to("/settings/tokens") // a second click
		if again := b.get("/settings/tokens").text("#flash"); again == first || again == "" {
			t.Errorf("the second message is %q", again)
		}
		if now, err := s.store.Token(t.Context(), u, tok.PublicID); err != nil || !now.RevokedAt.Equal(*revoked.RevokedAt) || now.Version != revoked.Version {
			t.Errorf("the second click changed the token: %v", err)
		}
		b.get(path).want(http.StatusOK).none("form[action='" + path + "']")
		b.htmx(path).post(path).want(http.StatusOK).header("HX-Redirect", "/settings/tokens")
		if refused := b.get(tokenPath(tok.PublicID)).want(http.StatusOK).text("main .notice-warn"); !strings.Contains(refused, "1 request was refused") {
			t.Errorf("the token's page tells %q of the call after its death", refused)
		}
	})
}

// Somebody else's token is answered as one that does not exist, on every route.
func TestOthersTokensAreNotFound(t *testing.T) {
	s := newSite(t)
	owner, stranger := modeltest.MustUser(t, s.store), modeltest.MustUser(t, s.store)
	theirs, _ := s.token(t, owner, "ci")
	b := s.enter(t, stranger)
	const unknown = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	before := s.rows(t)
	tried := 0
	for _, route := range s.echo.Routes() {
		if !strings.HasPrefix(route.Path, "/settings/") || !strings.Contains(route.Path, ":id") {
			continue
		}
		tried++
		ask := func(id string) (int, string) {
			r := httptest.NewRequest(route.Method, strings.ReplaceAll(route.Path, ":id", id), strings.NewReader("version=1&name=x&validity=30"))
			r.Header.Set("Content-Type", formType)
			a := b.do(r)
			return a.StatusCode, strings.NewReplacer(id, "ID", a.Header.Get("X-Request-Id"), "REQUEST").Replace(a.body)
		}
		status, body := ask(theirs.PublicID)
		if unknownStatus, unknownBody := ask(unknown); status != http.StatusNotFound || unknownStatus != status || unknownBody != body {
			t.Errorf("%s %s: %d for theirs, %d for none; the same body: %v", route.Method, route.Path, status, unknownStatus, body == unknownBody)
		}
	}
	if tried < 8 {
		t.Errorf("%d routes with an id", tried)
	}
	if tables := changed(before, s.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
	for _, id := range []string{"%00", "%ff", "a%0d%0ab", "..%2f..", "%27%20OR%201=1--"} {
		b.get(tokenPath(id)).want(http.StatusNotFound)
		b.get(tokenPath(id) + "/first-use").want(http.StatusNotFound)
	}
}
