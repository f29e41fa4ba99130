package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/views"
)

func (a *answer) language() string { return a.find("html").AttrOr("lang", "") }
func (a *answer) theme() string    { return a.find("html").AttrOr("data-theme", "") }

func TestPreferencesOfAVisitor(t *testing.T) {
	s := newSite(t)
	modeltest.MustUser(t, s.store)
	b := s.newBrowser(t)
	page := b.get("/sign-in?next=%2Fsettings%2Factivity").want(http.StatusOK)
	form := page.find("form[action='/preferences']")
	next := form.Find("input[name=next]").AttrOr("value", "")
	b.post("/preferences", "next", next, "language", form.Find("button[name=language]").AttrOr("value", "")).
		to("/sign-in?next=%2Fsettings%2Factivity")
	b.post("/preferences", "next", "//evil.test", "theme", "dark").to("/settings/tokens")
	page = b.get(next)
	if page.language() != ja || page.theme() != "dark" {
		t.Errorf("the page is in %q, %s", page.language(), page.theme())
	}
	for _, wrong := range [][2]string{{"language", "de"}, {"theme", "pink"}} {
		b.post("/preferences", wrong[0], wrong[1]).want(http.StatusUnprocessableEntity)
	}
	b.post("/preferences").to("/settings/tokens") // nothing asked, nothing done
	b.setCookie(languageCookie, "xx")
	b.setCookie(themeCookie, "pink")
	if page = b.get("/sign-in"); page.language() != "en" || page.theme() != "system" {
		t.Errorf("cookies with nonsense: %q, %s", page.language(), page.theme())
	}
}

func TestPreferencesOfAPerson(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.enter(t, u)
	b.post("/preferences", "next", "/settings/profile", "language", ja).to("/settings/profile")
	b.post("/preferences", "next", "/settings/profile", "theme", "light").to("/settings/profile")
	elsewhere := s.enter(t, u).get("/settings/profile")
	if elsewhere.language() != ja || elsewhere.theme() != "light" {
		t.Errorf("another browser has %q, %s", elsewhere.language(), elsewhere.theme())
	}
	if pressed := elsewhere.find("button[name=theme][aria-pressed=true]").AttrOr("value", ""); pressed != "light" {
		t.Errorf("the menu shows %q", pressed)
	}
	b.post("/sign-out").to("/sign-in")
	if page := b.get("/sign-in"); page.language() != ja || page.theme() != "light" {
		t.Errorf("after sign-out: %q, %s", page.language(), page.theme())
	}
}

// Profile before cookie before Accept-Language.
func TestLanguage(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct{ profile, cookie, header, want string }{
		{"", "", "", "en"},
		{"", "", "ja", "ja"},
		{"", "", "fr, ja;q=0.5, en;q=0.1", "ja"},
		{"", "", "ja-JP-u-ca-japanese", "ja"},
		{"", "", "zh, ko", "en"},
		{"", "", strings.Repeat("ja,", 5000), "en"},
		{"", "", "ja\x00;;;q=", "en"},
		{"", "en", "ja", "en"},
		{"", "ja", "en", "ja"},
		{"en", "ja", "ja", "en"},
		{"ja", "en", "en", "ja"},
	} {
		u := modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Language = c.profile })
		b := s.enter(t, u).with("Accept-Language", c.header)
		if c.cookie != "" {
			b.setCookie(languageCookie, c.cookie)
		}
		if got := b.get("/settings/profile").language(); got != c.want {
			t.Errorf("%+.60v: in %q", c, got)
		}
	}
}

func FuzzAcceptLanguage(f *testing.F) {
	for _, header := range []string{"", "ja", "en;q=0", "*", "ja;q=1.0001", ",,,;;;", "x-klingon", "i-default", strings.Repeat("a-", 500), "\xff"} {
		f.Add(header)
	}
	s := newSite(f)
	f.Fuzz(func(t *testing.T, header string) {
		if tag := s.locales.Match("", header).Tag; !slices.Contains(models.Languages, tag) {
			t.Errorf("%q leads to %q", header, tag)
		}
	})
}

func TestProfile(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		tok, _ := s.token(t, u, "ci")
		b := s.enter(t, u)
		page := b.get("/settings/profile").want(http.StatusOK)
		if page.value("#name") != u.Name || page.value("#time_zone") != "Asia/Tokyo" || page.value("#language option[selected]") != "en" ||
			page.value("input[name=theme][checked]") != "system" || !strings.Contains(page.text("main"), u.Email) {
			t.Error("the form does not hold the profile")
		}
		before := s.rows(t)
		page = b.post("/settings/profile", "name", "a\u202Eb", "time_zone", "Mars/Olympus", "language", "de", "theme", "pink").
			refused("name", "time_zone", "language", "theme")
		if page.value("#name") != "a\u202Eb" || page.value("#time_zone") != "Mars/Olympus" {
			t.Error("the refused form does not keep what was typed")
		}
		for _, zone := range []string{"Local", "../../etc/passwd", "", "asia/tokyo\x00"} {
			b.post("/settings/profile", "name", "a", "time_zone", zone, "theme", "dark").refused("time_zone")
		}
		if tables := changed(before, s.rows(t)); len(tables) > 0 {
			t.Errorf("%v changed", tables)
		}

		b.post("/settings/profile", "name", "Aiko T.", "time_zone", "America/New_York", "language", ja, "theme", "dark",
			"email", "x@example.com", "admin", "true", "disabled_at", "1", "password_hash", "x", "id", "7").to("/settings/profile")
		page = b.get("/settings/profile")
		page.find("#flash")
		if page.language() != ja || page.theme() != "dark" || page.value("#name") != "Aiko T." {
			t.Error("the profile was not changed")
		}
		now, err := s.store.UserByEmail(t.Context(), u.Email)
		if err != nil || now.Admin || now.ID != u.ID || now.PasswordHash != u.PasswordHash || now.Disabled() {
			t.Errorf("more than the profile changed: %v", err)
		}
		if same, err := s.store.Token(t.Context(), now, tok.PublicID); err != nil || !same.ExpiresAt.Equal(*tok.ExpiresAt) {
			t.Errorf("the zone moved a token's date: %v", err)
		}
		b.htmx("/settings/profile").post("/settings/profile", "name", "Aiko", "time_zone", "UTC", "theme", "dark").
			want(http.StatusOK).header("HX-Redirect", "/settings/profile")
	})
}

func TestActivity(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u, other := modeltest.MustUser(t, s.store), modeltest.MustUser(t, s.store)
		s.token(t, other, "somebody else's")
		s.store.Limits.LiveTokens = 200
		for i := range 118 {
			s.token(t, u, fmt.Sprintf("token %03d", i))
		}
		b := s.enter(t, u) // with that and the account's making: 120 events
		walk := func(page *answer, css string) []string {
			var all []string
			for {
				page.doc.Find("main .events li").Each(func(_ int, e *goquery.Selection) { all = append(all, squeeze(e.Text())) })
				if page.count(css) == 0 {
					return all
				}
				page = b.get(page.find(css).AttrOr("href", "")).want(http.StatusOK)
			}
		}
		first := b.get("/settings/activity").want(http.StatusOK)
		all := walk(first, "a[rel=next]")
		if len(all) != 120 || !strings.Contains(all[1], "token 117") || !strings.Contains(all[118], "token 000") {
			t.Errorf("%d events, the newest of tokens %q", len(all), all[min(1, len(all)-1)])
		}
		if strings.Contains(strings.Join(all, " "), "somebody else") {
			t.Error("another person's events show")
		}
		second := b.get(first.find("a[rel=next]").AttrOr("href", ""))
		if back := b.get(second.find("a[rel=prev]").AttrOr("href", "")); back.text("main") != first.text("main") {
			t.Error("back from the second page leads elsewhere")
		}
		for _, query := range []string{"before=x", "after=-1", "before=0", "before=1&before=2", "after=99999999999999999999"} {
			b.get("/settings/activity?" + query).want(http.StatusBadRequest)
		}
		b.get("/settings/activity?before=1").want(http.StatusOK)
	})
}

// A token's page has its own history alone, with old and new values.
func TestTokenHistory(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, _ := s.token(t, u, "old name")
	s.token(t, u, "another")
	b := s.enter(t, u)
	b.post(tokenPath(tok.PublicID)+"/edit", "version", "1", "name", "new name", "validity", "custom", "expires_on", "2027-02-21").to("/settings/tokens")
	page := b.get(tokenPath(tok.PublicID)).want(http.StatusOK)
	if n := page.count("#history .events li"); n != 2 {
		t.Errorf("%d events", n)
	}
	page.none("#history .day h2").find("#history .day h3") // below the heading of the history
	changes := squeeze(page.doc.Find("#history .changes").First().Text())
	for _, want := range []string{"old name", "new name", "14 Mar 2027", "21 Feb 2027"} {
		if !strings.Contains(changes, want) {
			t.Errorf("no %q in %q", want, changes)
		}
	}
	b.get(tokenPath(tok.PublicID) + "?before=x").want(http.StatusBadRequest)
}

// What people, tokens and clients are called comes out as text, on every page.
func TestNamesAreNoMarkup(t *testing.T) {
	s := newSite(t, withGallery)
	const payload = `"'><img src=x onerror=alert(1)><script>x</script>{{.}}**b**`
	u := modeltest.MustUser(t, s.store, func(in *models.NewUser) { in.Name = payload })
	b := s.enter(t, u)
	client := "<img/src=x,onerror=alert(1)>"
	path := b.created(payload, "90")
	token := strings.TrimSuffix(path, "/created")
	s.use(t, b.get(path).text("#secret"), "192.0.2.9", client).want(http.StatusOK)
	shown := 0
	check := func(what string, a *answer) {
		if a.doc == nil {
			return
		}
		if n := a.count("img, script:not([src^='/static/']), [onerror]"); n > 0 {
			t.Errorf("%s: %d elements from a name", what, n)
		}
		if strings.Contains(a.doc.Text(), payload) {
			shown++
		}
	}
	q := "?q=" + strings.ReplaceAll(strings.ReplaceAll(payload, "{", "%7b"), " ", "+") + "&next=" + "%22%3E%3Cimg+src=x%3E"
	q = strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22").Replace(q)
	for name := range guards {
		method, route, _ := strings.Cut(name, " ")
		address := pathOf(route, strings.TrimPrefix(token, views.TokensPath+"/"))
		switch {
		case method == http.MethodGet:
			check(name, b.get(address))
			check(name, b.get(address+q))
			check(name, b.htmx("/settings/tokens").get(address+q))
		case route != "/sign-out" && !strings.HasSuffix(route, "/revoke"):
			check(name, b.with("Referer", "https://tokens.example/"+q).post(address, "name", payload+"\u202E", "email", payload, "password", payload,
				"time_zone", payload, "expires_on", payload, "validity", payload, "version", "1", "nonce", payload, "language", payload))
		}
	}
	check("stale", b.post(token+"/edit", "version", "7", "name", payload, "validity", "custom", "expires_on", payload).want(http.StatusConflict))
	check("revoked", b.post(token+"/revoke"))
	check("message", b.get("/settings/tokens"))
	if shown < 10 {
		t.Errorf("the name shows on %d pages", shown)
	}
}
