package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tessera/models"
)

// startApp runs the product on a free port with an empty SQLite database.
func startApp(t *testing.T, change ...func(*Config)) (a *App, stop func()) {
	t.Helper()
	cfg := Config{Listen: "127.0.0.1:0", Models: models.Config{Data: filepath.Join(t.TempDir(), "data")}, BadBearersPerMinute: 100}
	for _, f := range change {
		f(&cfg)
	}
	a, err := NewApp(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("Run:", err)
		}
		if err := a.Close(); err != nil {
			t.Error("Close:", err)
		}
	}
}

// callAPI is what a script does with a token.
func callAPI(t *testing.T, a *App, secret string) (status int, answer map[string]any) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, a.BaseURL.String()+"/v1/user", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("User-Agent", "release-bot/1.4 (nightly)")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

const strangerPassword = "six purple otters juggling"

// value is what a field holds.
func (b *tab) value(css string) string {
	b.t.Helper()
	return get(b, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).value", css)))
}

// has counts the elements that match.
func (b *tab) has(css string) int {
	b.t.Helper()
	return get(b, chromedp.Evaluate[int](fmt.Sprintf("document.querySelectorAll(%q).length", css)))
}

// choose picks a value as a reader's click on the option does.
func (b *tab) choose(css, value string) {
	b.t.Helper()
	b.wait(css)
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`{const e = document.querySelector(%q); e.value = %q; for (const t of ["input", "change"]) e.dispatchEvent(new Event(t, {bubbles: true}))}`, css, value)))
}

// eventually waits until a condition holds that the page brings about by itself.
func (b *tab) eventually(what string, holds func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.shoot("failed " + b.t.Name())
			b.t.Fatal("never: ", what)
		}
	}
}

// TestStranger goes the whole way of someone who has just started the product
// for the first time: from the set-up link to a token that is revoked.
func TestStranger(t *testing.T) {
	for _, c := range []struct {
		name string
		look look
	}{
		{"English, script, wide", look{}},
		{"Japanese, no script, phone", look{language: "ja", width: 390, noScript: true}},
		{"English, no script, wide, dark", look{noScript: true, dark: true}},
		{"Japanese, script, phone, dark", look{language: "ja", width: 390, dark: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, c.look)
			a, stop := startApp(t)
			defer stop()
			stranger{b, a, c.look}.walk(c.name)
		})
	}
}

type stranger struct {
	*tab
	app  *App
	look look
}

// see looks at a page as it is now: a picture, the accessibility check, nothing wider than the screen.
func (s stranger) see(name string) {
	s.t.Helper()
	s.shoot("stranger " + name + " " + s.t.Name())
	if s.look.noScript { // the check is itself a script; the page's own stay unloaded
		checked := s.look
		checked.noScript = false
		s.set(checked)
		defer s.set(s.look)
	}
	s.axe(name)
	s.overflow(name)
}

func (s stranger) walk(name string) {
	t := s.t.(*testing.T)
	link, err := s.app.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.open(link)
	s.see("setup")
	s.fill("#name", "Mika Sato")
	s.fill("#email", "mika@harbor.example")
	s.fill("#password", strangerPassword)
	s.fill("#time_zone", "Asia/Tokyo")
	s.follow(`form[action="/setup"] button[type=submit]`)

	// The avatar menu -> Account Settings -> API Access Token.
	s.click("#account-menu > summary")
	s.see("menu")
	s.follow(`#account-menu a[href="/settings/profile"]`)
	s.see("profile")
	s.follow(`.sidenav a[href="/settings/tokens"]`)
	s.see("empty")
	s.follow(`main a[href="/settings/tokens/new"]`)

	// A mistake first: it is said where it happened, and what was typed stays.
	s.choose("#validity", "30")
	s.submit()
	s.wait("#name-error")
	s.see("refused")
	if got := s.value("#validity"); got != "30" {
		t.Errorf("validity after a refusal: %q", got)
	}
	s.fill("#name", "CI deploy")
	s.follow("main form button[type=submit]")
	secret := s.value("#secret")
	s.see("created")
	created := s.address()

	status, answer := callAPI(t, s.app, secret)
	if status != http.StatusOK || answer["email"] != "mika@harbor.example" {
		t.Fatalf("GET /v1/user: %d %v", status, answer)
	}
	if s.look.noScript {
		s.follow("#first-use a")
	}
	s.eventually("first use is shown", func() bool { return strings.Contains(s.text("#first-use"), "release-bot 1.4") })
	s.see("used")
	if got := s.value("#secret"); got != secret {
		t.Error("the secret is gone before Done")
	}
	s.follow(`main .card-foot a[href="/settings/tokens"]`)
	s.see("list")
	s.open(created)
	if s.has("#secret") != 0 {
		t.Error("the secret can be seen again")
	}
	s.see("gone")

	// Rename it and move its date: the secret stays the same.
	s.follow(`.sidenav a[href="/settings/tokens"]`)
	s.follow(`tbody a[href$="/edit"]`)
	s.fill("#name", "CI deploy (GitHub Actions)")
	s.choose("#validity", "custom")
	last := time.Now().AddDate(1, 0, 0)
	s.choose("#expires_on", last.Format(time.DateOnly))
	if !s.look.noScript {
		s.eventually("the date is previewed", func() bool { return strings.Contains(s.text("#expires_on-preview"), last.Format("2006")) })
	}
	s.see("edit")
	s.follow("main form button[type=submit]")
	s.wait(".notice-ok")
	s.see("saved")
	status, answer = callAPI(t, s.app, secret)
	token, _ := answer["token"].(map[string]any)
	if status != http.StatusOK || token["name"] != "CI deploy (GitHub Actions)" {
		t.Errorf("after the edit: %d %v", status, answer)
	}

	s.follow("tbody a.name")
	s.see("token")
	s.follow(`.pagehead a[href$="/revoke"]`)
	s.see("revoke")
	s.follow("main form button[type=submit]")
	s.wait(".notice-ok")
	s.see("revoked")
	if status, answer = callAPI(t, s.app, secret); status != http.StatusUnauthorized || answer["code"] != "token_revoked" {
		t.Errorf("after the revocation: %d %v", status, answer)
	}
	s.open(s.app.BaseURL.String() + "/settings/activity")
	s.see("activity")

	// The other language, by the menu, from this very page.
	other := map[string]string{"ja": "en", "": "ja"}[s.look.language]
	s.click("#account-menu > summary")
	s.follow(fmt.Sprintf(`#account-menu button[value=%s]`, other))
	if got := get(s.tab, chromedp.Evaluate[string]("document.documentElement.lang")); got != other {
		t.Errorf("language after the change: %q", got)
	}
	s.click("#account-menu > summary")
	s.follow(`#account-menu form[action="/sign-out"] button`)
	s.see("sign-in")
	s.fill("#email", "mika@harbor.example")
	s.fill("#password", "not the right one at all")
	s.submit()
	s.wait(".error-summary")
	s.fill("#password", strangerPassword)
	s.follow(`form[action="/sign-in"] button[type=submit]`)
	s.wait("#token-list")
}

// submit presses the form's button where the answer may be swapped in by htmx.
func (s stranger) submit() {
	s.t.Helper()
	if s.look.noScript {
		s.follow("main form button[type=submit]")
	} else {
		s.click("main form button[type=submit]")
	}
}

func (b *tab) address() string {
	b.t.Helper()
	return get(b, chromedp.Evaluate[string]("location.href"))
}

// TestKeyboard makes a token without touching a mouse.
func TestKeyboard(t *testing.T) {
	b := newTab(t, look{})
	a, stop := startApp(t)
	defer stop()
	link, err := a.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signUp(t, a, link)
	b.open(a.BaseURL.String() + "/sign-in")
	b.tabTo("#email")
	b.press("mika@harbor.example")
	b.tabTo("#password")
	b.press(strangerPassword)
	b.pressAndLoad(kb.Enter)

	b.tabTo(".skip")
	b.press(kb.Enter)
	b.tabTo(`main a[href="/settings/tokens/new"]`)
	b.pressAndLoad(kb.Enter)

	b.tabTo("#account-menu > summary")
	b.press(" ")
	b.wait("#account-menu .menu-panel")
	b.press(kb.Escape)
	if b.has("#account-menu[open]") != 0 || b.has("#account-menu > summary:focus") != 1 {
		t.Error("Escape does not close the menu and return to its button")
	}

	b.tabTo("#name")
	b.press(kb.Enter) // without a name
	b.wait("#name-error")
	b.eventually("the summary takes focus", func() bool { return b.has(".error-summary:focus") == 1 })
	b.tabTo(`.error-summary a[href="#name"]`)
	b.do(command(input.DispatchKeyEvent, input.DispatchKeyEventParams{
		// Without its character, which DevTools would send on to the field that has the focus by then.
		Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13,
	}))
	if b.has("#name:focus") != 1 {
		t.Error("the summary's link does not lead to the field")
	}
	b.press("Keyboard")
	b.pressAndLoad(kb.Enter)
	b.wait("#secret")
	secret := b.value("#secret")
	if status, _ := callAPI(t, a, secret); status != http.StatusOK {
		t.Errorf("GET /v1/user: %d", status)
	}
	b.tabTo(`[data-copy=secret]`)
	b.press(kb.Enter)
	b.eventually("Copy says that it has", func() bool { return b.has("[data-copy=secret][data-copied]") == 1 })
}

// tabTo presses Tab until an element has the focus.
func (b *tab) tabTo(css string) {
	b.t.Helper()
	for range 60 {
		if b.has(css+":focus") == 1 {
			return
		}
		b.press(kb.Tab)
	}
	b.shoot("failed " + b.t.Name())
	b.t.Fatalf("Tab never reaches %s", css)
}

// signUp makes the first account as a program would.
func signUp(t *testing.T, a *App, link string) *http.Client {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	resp, err := client.PostForm(a.BaseURL.String()+"/setup", url.Values{
		"secret": {u.Query().Get("secret")}, "name": {"Mika Sato"}, "email": {"mika@harbor.example"},
		"password": {strangerPassword}, "time_zone": {"Asia/Tokyo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("set-up: %s", resp.Status)
	}
	return client
}

// pressAndLoad presses what leads to another document, and waits until that has loaded.
func (b *tab) pressAndLoad(keys string) {
	b.t.Helper()
	get(b, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(keys)))
}
