package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// harborDescription is what the person on the way imports.
const harborDescription = `openapi: 3.1.0
info: { title: Harbor Shipments API, version: 2.4.0 }
paths:
  /shipments:
    get:
      summary: List shipments
      tags: [Shipments]
      responses:
        "200": { description: "The shipments, \"newest\" first" }
`

// TestWay goes the way that a token is made for: a fresh account makes a token and
// a project, finds the project's ID under Project Settings, Basic Settings, adds the
// project that describes this server's own API, puts token and project ID into its
// environment, fills in an import, sends it, and sees what came of it. A person types
// the token in, or has it put in from the page that shows it.
func TestWay(t *testing.T) {
	for _, c := range []struct {
		name  string
		look  look
		typed bool
	}{
		{"English, script, wide", look{}, true},
		{"Japanese, no script, phone", look{language: "ja", width: 390, noScript: true}, true},
		{"Japanese, script, wide", look{language: "ja"}, false},
		{"English, no script, wide", look{noScript: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, stop := startApp(t)
			t.Cleanup(stop) // after the tab has closed, which may still poll
			b := newTab(t, c.look)
			way{stranger{b, a, c.look}, c.typed}.walk(t)
		})
	}
}

type way struct {
	stranger
	typed bool
}

// see looks at a page, and keeps a picture for the documents when that is asked
// for: of the window, in which the elements named are as far up as they can be.
func (w way) see(name string, up ...string) {
	w.t.Helper()
	w.stranger.see("way " + name)
	if folder := os.Getenv("TESSERA_DOCS"); folder != "" && !w.look.noScript && w.look.width == 0 {
		language := w.look.language
		if language == "" {
			language = "en"
		}
		for _, css := range append([]string{"body"}, up...) {
			w.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).scrollIntoView()", css)))
		}
		picture := get(w.tab, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(folder, noFileName.ReplaceAllString(name, "-")+"."+language+".png"), picture, 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

// labelled finds the control whose label begins with a text, and gives it an address in CSS.
func (w way) labelled(text string) string {
	w.t.Helper()
	id := get(w.tab, chromedp.Evaluate[string](fmt.Sprintf(
		`[...document.querySelectorAll("main label[for], #console label[for]")].find(l => l.textContent.trim().startsWith(%q))?.htmlFor ?? ""`, text)))
	if id == "" {
		w.shoot("failed " + w.t.Name())
		w.t.Fatalf("no field is called %q", text)
	}
	return fmt.Sprintf("[id=%q]", id)
}

// fillLong puts a long text into a field as pasting does.
func (w way) fillLong(css, text string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).value = %q", css, text)))
}

func (w way) walk(t *testing.T) {
	base := w.app.BaseURL.String()
	w.setUp()

	// A project of one's own, and its ID under Project Settings, Basic Settings.
	w.open(base + "/projects")
	w.follow(`main a[href="/projects/new"]`)
	w.fill("#name", "Harbor Shipping")
	w.follow("main form button[type=submit]")
	w.open(base + "/projects")
	w.follow(`main a[href^="/projects/1"]`)
	w.follow(`a[href$="/settings"]`)
	project := w.value("#project-id")
	w.see("Basic Settings")

	w.open(base + "/settings/tokens/new")
	w.fill("#name", "My first token")
	w.follow("main form button[type=submit]")
	secret := w.value("#secret")
	w.wait(`main form[action="/projects/openapi"]`)
	if w.typed {
		w.open(base + "/settings/tokens")
		w.follow(`main form[action="/projects/openapi"] button`)
	} else {
		w.follow(`main form[action="/projects/openapi"] button`)
	}
	w.wait(".notice-ok")
	w.see("OpenAPI project")

	// Environment Management, at the top right.
	w.follow(`.envbar a[href$="/environments"]`)
	w.follow(`main a[href*="/environments/"]:not([href$="/new"])`)
	if w.typed {
		w.fill(w.labelled("access_token"), secret)
	}
	w.fill(w.labelled("projectId"), project)
	w.follow(`form[action$="/values"] button[type=submit]`)
	w.wait(".notice-ok")
	if text := w.text("main"); strings.Contains(text, secret) || !strings.Contains(get(w.tab, chromedp.Evaluate[string]("document.body.innerHTML")), secret[len(secret)-4:]) {
		t.Error("the page after saving shows the secret, or not its last four")
	}
	w.see("Environment Management")

	// The service, with its parameters.
	w.follow(`.sidenav a[href$="/api"]`)
	w.search("import-openapi")
	w.follow(`.leaves a[href*="/api/endpoints/"]`)
	w.see("operation")
	if got := w.value(w.labelled("projectId")); got != "{{projectId}}" {
		t.Errorf("projectId is prefilled with %q", got)
	}
	w.fillLong(w.labelled("input"), harborDescription)
	w.see("filled in", "#console [value=fields]")
	if w.look.noScript {
		w.follow("#console form button[type=submit]")
	} else {
		w.click("#console form button.btn-primary")
	}
	w.wait(".answer .response-line")
	answer := w.text(".answer")
	if !strings.Contains(answer, "200") || !strings.Contains(answer, `"success": true`) {
		t.Fatalf("the answer: %s", answer)
	}
	w.see("answer", ".answer")

	// What came of it.
	w.open(base + "/projects/" + project + "/api")
	w.follow(`main .oplist a[href*="folder="]`)
	w.follow(`main .oplist a[href*="/api/endpoints/"]`)
	if got := w.text("h1"); got != "List shipments" {
		t.Errorf("the reference has %q", got)
	}
	w.see("reference")
	if status, _ := callAPI(t, w.app, secret); status != http.StatusOK {
		t.Errorf("the token itself: %d", status)
	}
}

// search finds operations in the tree: while one types, or with a press of Enter.
func (w way) search(words string) {
	w.t.Helper()
	w.fill(".tree input[type=search]", words)
	if w.look.noScript {
		w.pressAndLoad("\r")
		return
	}
	w.eventually("the search answers", func() bool { return w.has(".leaves a[href*='/api/endpoints/']") == 1 })
}
