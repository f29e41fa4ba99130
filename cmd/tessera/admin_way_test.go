package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tessera/models"
)

// TestAdministratorsWay goes the way of an administrator to whom somebody sends a
// secret that turned up in a public place: whose is it, what would break without
// it, who screams when it is paused, and who still calls after it was revoked.
func TestAdministratorsWay(t *testing.T) {
	for _, c := range []struct {
		name string
		look look
	}{
		{"English, script, wide", look{}},
		{"Japanese, no script, phone, dark", look{language: "ja", width: 390, noScript: true, dark: true}},
		{"Japanese, script, phone", look{language: "ja", width: 390}},
		{"English, no script, wide", look{noScript: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, stop := startApp(t)
			t.Cleanup(stop) // after the tab has closed, which may still poll
			b := newTab(t, c.look)
			adminWay{stranger{b, a, c.look}}.walk(t)
		})
	}
}

type adminWay struct{ stranger }

func (w adminWay) see(name string) {
	w.t.Helper()
	w.stranger.see("admin " + name)
}

// says checks that an element's text holds the words, which are the same in every language.
func (w adminWay) says(css string, words ...string) {
	w.t.Helper()
	text := w.text(css)
	for _, word := range words {
		if !strings.Contains(text, word) {
			w.t.Errorf("%s says %q, without %q", css, text, word)
		}
	}
}

// to sends a form or follows a link, and looks whether the page that comes of it is the right one.
func (w adminWay) to(css, page string) {
	w.t.Helper()
	w.follow(css)
	w.wait(page)
}

func (w adminWay) call(t *testing.T, secret string, want int) {
	t.Helper()
	if status, _ := callAPI(t, w.app, secret); status != want {
		t.Fatalf("a call answers %d, not %d", status, want)
	}
}

func (w adminWay) walk(t *testing.T) {
	base := w.app.BaseURL.String()
	w.setUp()
	secret := w.leak(t)
	w.call(t, secret, http.StatusOK)

	// Which token is this?
	w.open(base + "/admin")
	w.see("overview")
	w.to(`main a[href="/admin/tokens/find"]`, "#secret")
	w.fill("#secret", "token: "+secret)
	w.to(`main form button[type=submit]`, `form[action$="/leaked"]`)
	w.says("main", "Jonas Weber", "jonas@harbor.example", "Nightly import")
	if strings.Contains(w.text("html")+w.value("#secret")+w.address(), secret) {
		t.Error("the page repeats the secret")
	}
	w.see("found")

	// What would break, and who screams?
	w.to(`main a[href^="/admin/tokens/"].btn`, `a[href$="/pause"]`)
	w.see("token")
	w.to(`a[href$="/pause"]`, `form[action$="/pause"]`)
	w.says("main", "127.0.0.1", "release-bot")
	w.see("pause")
	w.to(`form[action$="/pause"] button`, "#flash")
	w.call(t, secret, http.StatusUnauthorized)
	w.open(w.address())
	w.says("#refused", "127.0.0.1", "release-bot")
	w.see("scream")
	w.to(`form[action$="/resume"] button`, "#flash")
	w.call(t, secret, http.StatusOK)

	// The end, and what calls after it.
	w.to(`a[href$="/revoke"]`, `form[action$="/revoke"]`)
	w.to(`form[action$="/revoke"] button`, "#flash")
	w.call(t, secret, http.StatusUnauthorized)
	w.call(t, secret, http.StatusUnauthorized)
	w.open(w.address())
	w.says("#after-death", "127.0.0.1", "2")
	w.says("#refused", "127.0.0.1", "1") // the scream
	w.see("after its death")

	w.many(t)
	w.see("report")
}

// many revokes everything that a filter chooses, from the list to the report.
func (w adminWay) many(t *testing.T) {
	w.open(w.app.BaseURL.String() + "/admin/tokens?owner=jonas%40harbor.example&status=live")
	if n := w.has("tbody tr"); n != 2 {
		t.Fatalf("%d tokens in the list", n)
	}
	w.see("list")
	for i := range 2 {
		w.click(fmt.Sprintf("tbody tr:nth-child(%d) input[type=checkbox]", i+1))
	}
	w.to(`button[value="revoke"]`, `button[value="start"]`)
	w.says(".tiles", "2", "1")
	w.see("impact")
	w.to(`button[value="start"]`, "#job")
	w.eventually("the job is done", func() bool {
		if w.look.noScript {
			w.open(w.address())
		}
		return w.has("#job .status-ok") > 0
	})
	w.says("#job", "2")
}

// leak makes somebody with tokens, and returns the secret of one that everybody has seen.
func (w adminWay) leak(t *testing.T) string {
	t.Helper()
	jonas, err := w.app.store.CreateUser(t.Context(), models.CLI, models.NewUser{
		Name: "Jonas Weber", Email: "jonas@harbor.example", Password: strangerPassword, TimeZone: "Europe/Berlin",
	})
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for _, name := range []string{"Nightly import", "Label printer", "Old laptop"} {
		_, secret, err := w.app.store.CreateToken(t.Context(), models.CLI, jonas, models.NewToken{Name: name, Validity: "30", Nonce: rand.Text()})
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = secret
		}
	}
	return first
}
