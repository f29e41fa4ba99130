package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func (b *browser) signIn(email, password string, more ...string) *answer {
	b.t.Helper()
	return b.post("/sign-in", append([]string{"email", email, "password", password}, more...)...)
}

func TestSignInWithoutUsersExplains(t *testing.T) {
	s := newSite(t)
	page := s.newBrowser(t).get("/sign-in").want(http.StatusOK)
	page.none("form[action='/sign-in']").find("main .notice")
	modeltest.MustUser(t, s.store)
	s.newBrowser(t).get("/sign-in").want(http.StatusOK).find("form[action='/sign-in']")
}

func TestSetUp(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		link := func() string {
			secret, err := s.store.NewSetupLink(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		b := s.newBrowser(t)
		first, second := link(), link()
		page := b.get("/setup?secret=" + first).want(http.StatusNotFound) // a new start replaces the link
		page.none("form[action='/setup']").find("a[href='/sign-in']")
		b.get("/setup").want(http.StatusNotFound)

		page = b.get("/setup?secret=" + second).want(http.StatusOK)
		if page.value("input[name=secret]") != second {
			t.Error("the form does not carry the link's secret")
		}
		form := []string{"secret", second, "name", "Aiko", "email", "aiko@example.com", "password", modeltest.Password, "time_zone", "Asia/Tokyo"}
		replaced := func(name, value string) []string {
			out := append([]string(nil), form...)
			for i := 0; i < len(out); i += 2 {
				if out[i] == name {
					out[i+1] = value
				}
			}
			return out
		}
		page = b.post("/setup", replaced("password", "too short")...).refused("password")
		if page.value("#name") != "Aiko" || page.value("#email") != "aiko@example.com" || page.value("#time_zone") != "Asia/Tokyo" ||
			page.value("input[name=secret]") != second || page.value("#password") != "" {
			t.Error("the refused form does not keep what was typed, or keeps the password")
		}
		b.post("/setup", "secret", second).refused("name", "email", "password")
		b.post("/setup", replaced("secret", first)...).want(http.StatusNotFound)

		s.clock.Advance(time.Hour)
		b.get("/setup?secret=" + second).want(http.StatusNotFound)
		b.post("/setup", form...).want(http.StatusNotFound) // too old

		form[1] = link()
		b.setCookie(languageCookie, "xx") // somebody else's cookie must not stand in the way
		b.post("/setup", form...).to("/settings/tokens")
		if s.count(t, "SELECT count(*) FROM users WHERE admin") != 1 {
			t.Error("the first person is no administrator")
		}
		b.get("/settings/profile").want(http.StatusOK)
		b.post("/setup", form...).want(http.StatusNotFound) // used
		b.get("/setup?secret=" + form[1]).want(http.StatusNotFound)
		if link() != "" {
			t.Error("there is a link although somebody has an account")
		}
	})
}

func TestSetUpKeepsTheChosenLanguage(t *testing.T) {
	s := newSite(t)
	secret, err := s.store.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.newBrowser(t)
	page := b.with("Referer", b.base().String()+"/setup?secret="+secret).
		post("/setup", "secret", secret).refused("name", "email", "password")
	next := page.value("form[action='/preferences'] input[name=next]")
	b.post("/preferences", "language", ja, "next", next).to("/setup?secret=" + secret)
	if lang := b.get(next).want(http.StatusOK).find("html").AttrOr("lang", ""); lang != ja {
		t.Errorf("the page is in %q", lang)
	}
	b.post("/setup", "secret", secret, "name", "Aiko", "email", "a@example.com", "password", modeltest.Password, "time_zone", "UTC").
		to("/settings/tokens")
	if u, err := s.store.UserByEmail(t.Context(), "a@example.com"); err != nil || u.Language != ja {
		t.Errorf("the profile's language is %q: %v", u.Language, err)
	}
}

// Who guesses learns nothing: unknown, disabled and wrong password are one answer.
func TestFailedSignInsAreAlike(t *testing.T) {
	s := newSite(t)
	known, disabled := modeltest.MustUser(t, s.store), modeltest.MustUser(t, s.store)
	if err := s.store.SetDisabled(t.Context(), models.CLI, disabled.ID, true); err != nil {
		t.Fatal(err)
	}
	b := s.newBrowser(t)
	var want string
	for what, try := range map[string][2]string{
		"wrong password":  {known.Email, "not the password at all"},
		"other case":      {strings.ToUpper(known.Email), modeltest.Password + " "},
		"long password":   {known.Email, strings.Repeat("x", 257)},
		"unknown":         {"nobody@example.com", modeltest.Password},
		"no address":      {"nobody", modeltest.Password},
		"NUL":             {"\x00", modeltest.Password},
		"disabled":        {disabled.Email, modeltest.Password},
		"disabled, wrong": {disabled.Email, "not the password at all"},
	} {
		b.address = "2001:db8:" + url.QueryEscape(string(rune('a'+len(what)%6))) + "::1"
		page := b.signIn(try[0], try[1]).refused("")
		if page.value("#email") != strings.ReplaceAll(try[0], "\x00", "\uFFFD") {
			t.Errorf("%s: the address is not kept: %q", what, page.value("#email"))
		}
		if page.value("#password") != "" || strings.Contains(page.body, try[1]) {
			t.Errorf("%s: the password comes back", what)
		}
		if len(page.Cookies()) != 0 {
			t.Errorf("%s: cookies %v", what, page.Cookies())
		}
		page.find("#email").RemoveAttr("value")
		html, err := page.doc.Html()
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = html
		}
		if html != want {
			t.Errorf("%s: another answer:\n%s", what, html)
		}
	}
	b.signIn("", "").refused("email", "password")
	b.signIn(known.Email, "").refused("password")
}

func TestSignIn(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		b := s.newBrowser(t)
		b.get("/settings/profile?x=1").to("/sign-in?next=" + url.QueryEscape("/settings/profile?x=1"))
		page := b.get("/sign-in?next=" + url.QueryEscape("/settings/profile?x=1")).want(http.StatusOK)
		if next := page.value("form[action='/sign-in'] input[name=next]"); next != "/settings/profile?x=1" {
			t.Errorf("next is %q", next)
		}
		b.signIn(" "+strings.ToUpper(u.Email)+" ", modeltest.Password, "next", "/settings/profile?x=1").to("/settings/profile?x=1")
		first := b.sessionCookie()
		if len(first) < 43 {
			t.Errorf("the cookie's value %q has less than 256 bits", first)
		}
		b.get("/settings/profile").want(http.StatusOK)
		b.get("/sign-in?next=/settings/activity").to("/settings/activity") // nothing left to do there

		// A new sign-in has a new cookie, and the old one opens nothing.
		b.signIn(u.Email, modeltest.Password).to("/settings/tokens")
		second := b.sessionCookie()
		if second == first {
			t.Error("the cookie stayed the same")
		}
		old := s.newBrowser(t)
		old.setCookie(s.sessions.name(), first)
		old.get("/settings/profile").to("/sign-in?next=%2Fsettings%2Fprofile")
		if n := s.count(t, "SELECT count(*) FROM sessions"); n != 1 {
			t.Errorf("%d sessions", n)
		}

		b.post("/sign-out").to("/sign-in")
		if b.sessionCookie() != "" {
			t.Error("the cookie is still there")
		}
		old.setCookie(s.sessions.name(), second)
		old.get("/settings/profile").to("/sign-in?next=%2Fsettings%2Fprofile") // replayed
		if n := s.count(t, "SELECT count(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions", n)
		}
		b.post("/sign-out").to("/sign-in") // harmless
	})
}

// A cookie that somebody planted is not taken over at sign-in.
func TestSignInDoesNotTakeAPlantedCookie(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.newBrowser(t)
	planted := strings.Repeat("A", 43)
	b.setCookie(s.sessions.name(), planted)
	b.signIn(u.Email, modeltest.Password).to("/settings/tokens")
	if b.sessionCookie() == planted {
		t.Error("the planted value is the session's")
	}
	b.get("/settings/profile").want(http.StatusOK)
}

func TestCookieNamesAndLifetimes(t *testing.T) {
	for name, c := range map[string]struct {
		change          func(*Config)
		session, device string
	}{
		"https": {func(*Config) {}, "__Host-tessera", "__Host-tessera-device"},
		"http":  {overHTTP, "tessera", "tessera-device"},
	} {
		t.Run(name, func(t *testing.T) { // flags: checkCookie looks at those of every answer
			s := newSite(t, c.change)
			u := modeltest.MustUser(t, s.store)
			days := map[string]int{}
			for _, cookie := range s.newBrowser(t).signIn(u.Email, modeltest.Password).want(http.StatusSeeOther).Cookies() {
				days[cookie.Name] = cookie.MaxAge / 86400
			}
			if len(days) != 2 || days[c.session] != 30 || days[c.device] != 400 {
				t.Errorf("cookies and their days: %v", days)
			}
		})
	}
}

// A form that is sent after the session has ended keeps its input: the script is
// told, and without it the sign-in page says what happened.
func TestSessionEndsDuringAForm(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	s.clock.Advance(8 * 24 * time.Hour)
	b.htmx("/settings/tokens/new").post("/settings/tokens", "name", "ci").want(http.StatusUnauthorized)
	b.get("/settings/tokens/new").to("/sign-in?next=%2Fsettings%2Ftokens%2Fnew")
	b.get("/sign-in").want(http.StatusOK).find("main .notice-info")
	s.newBrowser(t).get("/sign-in").want(http.StatusOK).none("main .notice-info")
}
