package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tessera/models"
)

// TestPictures goes through the demo data as README shows it; `make screenshots`
// keeps the pictures.
func TestPictures(t *testing.T) {
	data := t.TempDir()
	mustTessera(t, "", "demo", "--data", data, "--users=20", "--tokens=180")
	a, err := NewApp(t.Context(), Config{Listen: "127.0.0.1:0", Models: models.Config{Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		a.Close()
	}()
	for _, l := range []look{{}, {dark: true}} {
		b := newTab(t, l)
		b.open(a.BaseURL.String() + "/sign-in")
		b.fill("#email", demoEmail)
		b.fill("#password", demoPassword)
		get(b, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(`form[action="/sign-in"] button[type=submit]`))))
		b.wait("#token-list tbody tr")
		if n := b.has("#token-list tbody tr"); n < 3 {
			t.Errorf("%d tokens", n)
		}
		b.shoot("tokens " + choose(l.dark, "dark", "light"))
	}
}
