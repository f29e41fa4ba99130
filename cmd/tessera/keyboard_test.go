package main

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard makes a token without touching a mouse.
func TestKeyboard(t *testing.T) {
	a, stop := startApp(t)
	t.Cleanup(stop) // after the tab has closed, which may still poll
	b := newTab(t, look{})
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

// pressAndLoad presses what leads to another document, and waits until that has loaded.
func (b *tab) pressAndLoad(keys string) {
	b.t.Helper()
	get(b, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(keys)))
}
