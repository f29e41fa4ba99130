package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

// token makes one of owner's tokens behind the pages' back: for 90 days, or as change says.
func (s *site) token(t testing.TB, owner *models.User, name string, change ...func(*models.NewToken)) (*models.Token, string) {
	t.Helper()
	in := models.NewToken{Name: name, Validity: models.DefaultValidity, Nonce: "nonce of " + name}
	for _, f := range change {
		f(&in)
	}
	tok, secret, err := s.store.CreateToken(t.Context(), models.CLI, owner, in)
	if err != nil {
		t.Fatal("create a token:", err)
	}
	return tok, secret
}

func validFor(days string) func(*models.NewToken) {
	return func(in *models.NewToken) { in.Validity = days }
}

// use calls the API with a token.
func (s *site) use(t testing.TB, secret, address, client string) *answer {
	t.Helper()
	return s.newBrowser(t).from(address).with("Authorization", "Bearer "+secret, "User-Agent", client).get("/v1/user")
}

// create fills in the form for a new token and returns the answer.
func (b *browser) create(name, validity string, more ...string) *answer {
	b.t.Helper()
	form := b.get("/settings/tokens/new").want(http.StatusOK)
	fields := []string{"nonce", form.value("input[name=nonce]"), "name", name, "validity", validity}
	return b.post(form.find("form[action='/settings/tokens']").AttrOr("action", ""), append(fields, more...)...)
}

// created makes a token and returns the address of the page that shows its secret.
func (b *browser) created(name, validity string, more ...string) string {
	b.t.Helper()
	return b.create(name, validity, more...).want(http.StatusSeeOther).Header.Get("Location")
}

func TestCreateEachValidity(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store) // in Tokyo, where it is noon of 14 December 2026
		b := s.enter(t, u)
		for _, c := range []struct{ validity, day, want string }{
			{"7", "", "2026-12-21T15:00:00Z"},
			{"30", "", "2027-01-13T15:00:00Z"},
			{"60", "", "2027-02-12T15:00:00Z"},
			{"90", "2026-12-24", "2027-03-14T15:00:00Z"}, // the date counts for custom only
			{"365", "", "2027-12-14T15:00:00Z"},
			{"custom", "2026-12-14", "2026-12-14T15:00:00Z"}, // today
			{"custom", "2027-02-21", "2027-02-21T15:00:00Z"},
			{"custom", "2028-02-29", "2028-02-29T15:00:00Z"},
			{"custom", "2036-12-14", "2036-12-14T15:00:00Z"},
			{"never", "", "never"},
		} {
			name := "ci " + c.validity + c.day
			page := b.get(b.created(name, c.validity, "expires_on", c.day)).want(http.StatusOK)
			secret := page.text("textarea#secret")
			answer := s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK)
			answer.header("Tessera-Token-Expires", c.want)
			if hasLink := page.count("a[href$='/calendar']") == 1; hasLink != (c.want != "never") {
				t.Errorf("%s %s: a calendar link: %v", c.validity, c.day, hasLink)
			}
		}
	})
}

func TestNewTokenForm(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	page := b.get("/settings/tokens/new").want(http.StatusOK)
	var values []string
	page.doc.Find("#validity option").Each(func(_ int, o *goquery.Selection) { values = append(values, o.AttrOr("value", "")) })
	if got := strings.Join(values, " "); got != "7 30 60 90 365 custom never" {
		t.Errorf("validities %s", got)
	}
	if got := page.value("#validity option[selected]"); got != "90" {
		t.Errorf("%q is chosen at first", got)
	}
	if page.find("#expires_on").AttrOr("min", "") != "2026-12-14" || page.find("#expires_on").AttrOr("max", "") != "2036-12-14" {
		t.Error("the range of days is wrong")
	}
	if other := b.get("/settings/tokens/new").value("input[name=nonce]"); other == "" || other == page.value("input[name=nonce]") {
		t.Errorf("the nonce %q is not new", other)
	}
}

func TestNewTokenRefused(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	s.token(t, u, "CI Deploy")
	b := s.enter(t, u)
	sentences := map[string]string{}
	for _, c := range []struct{ what, name, validity, day, fields string }{
		{"no name", "", "90", "", "name"},
		{"spaces", " \u3000 ", "90", "", "name"},
		{"81 characters", strings.Repeat("あ", 81), "90", "", "name"},
		{"line end", "a\nb", "90", "", "name"},
		{"bidi override", "a\u202Eb", "90", "", "name"},
		{"taken", "ci DEPLOY", "90", "", "name"},
		{"other validity", "a", "91", "", "validity"},
		{"no validity", "a", "", "", "validity"},
		{"keep", "a", "keep", "", "validity"},
		{"no date", "a", "custom", "", "expires_on"},
		{"30 February", "a", "custom", "2027-02-30", "expires_on"},
		{"no day", "a", "custom", "soon", "expires_on"},
		{"yesterday", "a", "custom", "2026-12-13", "expires_on"},
		{"ten years and a day", "a", "custom", "2036-12-15", "expires_on"},
		{"two at once", "", "custom", "2026-12-13", "name expires_on"},
	} {
		t.Run(c.what, func(t *testing.T) {
			b := *b
			b.t = t
			page := b.create(c.name, c.validity, "expires_on", c.day).refused(strings.Fields(c.fields)...)
			if got := page.value("#name"); got != c.name {
				t.Errorf("the name became %q", got)
			}
			if got := page.doc.Find("#validity option[selected]").AttrOr("value", ""); got != c.validity && c.fields != "validity" {
				t.Errorf("the validity became %q", got)
			}
			if got := page.value("#expires_on"); got != c.day {
				t.Errorf("the date became %q", got)
			}
			if page.value("input[name=nonce]") == "" {
				t.Error("the nonce is gone")
			}
			if !strings.Contains(c.fields, " ") {
				sentences[c.what] = page.text("#" + c.fields + "-error")
			}
		})
	}
	seen := map[string]string{"other validity": sentences["no validity"]}
	for what, sentence := range sentences {
		if what == "keep" || what == "no validity" || what == "no day" {
			continue // the same mistake
		}
		if earlier, ok := seen[sentence]; ok {
			t.Errorf("%s and %s have one sentence: %s", what, earlier, sentence)
		}
		seen[sentence] = what
	}
	if n := s.count(t, "SELECT count(*) FROM tokens"); n != 1 {
		t.Errorf("%d tokens", n)
	}

	page := b.post("/settings/tokens", "name", "a", "validity", "90").want(http.StatusUnprocessableEntity)
	page.find(".error-summary li")
	if page.value("input[name=nonce]") == "" {
		t.Error("a form without its nonce gets none")
	}
	s.store.Limits.LiveTokens = 1
	b.create("b", "90").refused("name")
}

func TestNewTokenWithHTMX(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	h := b.htmx("/settings/tokens/new")
	h.post("/settings/tokens", "name", "", "validity", "90", "nonce", "n").refused("name") // the whole page, of which htmx takes #main
	answer := h.post("/settings/tokens", "name", "a", "validity", "90", "nonce", "n").want(http.StatusOK).header("Location", "")
	b.get(answer.Header.Get("HX-Redirect")).want(http.StatusOK).find("#secret")
}

func TestDoubledSubmitMakesOneToken(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		b := s.enter(t, u)
		var mu sync.Mutex
		var all sync.WaitGroup
		places := map[string]int{}
		for range 8 {
			all.Go(func() {
				a := b.post("/settings/tokens", "name", "ci", "validity", "90", "nonce", "the same")
				mu.Lock()
				defer mu.Unlock()
				places[fmt.Sprint(a.StatusCode, a.Header.Get("Location"))]++
			})
		}
		all.Wait()
		if len(places) != 1 || s.count(t, "SELECT count(*) FROM tokens") != 1 {
			t.Fatalf("answers %v", places)
		}
		place := b.post("/settings/tokens", "name", "ci", "validity", "90", "nonce", "the same").want(http.StatusSeeOther).Header.Get("Location")
		if s.use(t, b.get(place).want(http.StatusOK).text("#secret"), "192.0.2.9", "curl/8").StatusCode != http.StatusOK {
			t.Error("the secret shown is not that of the token")
		}
		// A nonce is a person's own.
		other := s.enter(t, modeltest.MustUser(t, s.store))
		if at := other.post("/settings/tokens", "name", "ci", "validity", "90", "nonce", "the same").want(http.StatusSeeOther).Header.Get("Location"); at == place {
			t.Error("somebody else's nonce leads to this token")
		}
	})
}

func TestPreview(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store)).htmx("/settings/tokens/new")
	line := b.get("/settings/tokens/preview?validity=custom&expires_on=2027-02-21").want(http.StatusOK)
	if text := line.text(".preview"); !strings.Contains(text, "Sunday 21 February 2027 at 23:59") || !strings.Contains(text, "Tokyo") {
		t.Errorf("the preview says %q", text)
	}
	if line.find("time").AttrOr("datetime", "") == "" {
		t.Error("the preview has no machine-readable time")
	}
	b.get("/settings/tokens/preview?validity=custom&expires_on=2027-02-30").want(http.StatusOK).find("#expires_on-error")
}

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
	form.find("main .notice-warn")
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
		if !strings.Contains(route.Path, ":id") {
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
