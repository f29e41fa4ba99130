package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

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
			a, stop := startApp(t)
			t.Cleanup(stop) // after the tab has closed, which may still poll
			b := newTab(t, c.look)
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

// setUp makes the first account, which administers. It sees its page first, under the names given.
func (s stranger) setUp(names ...string) {
	s.t.Helper()
	link, err := s.app.SetupLink(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.open(link)
	for _, name := range names {
		s.see(name)
	}
	s.fill("#name", "Mika Sato")
	s.fill("#email", "mika@harbor.example")
	s.fill("#password", strangerPassword)
	s.fill("#time_zone", "Asia/Tokyo")
	s.follow(`form[action="/setup"] button[type=submit]`)
}

func (s stranger) walk(name string) {
	t := s.t.(*testing.T)
	s.setUp("setup")

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
