package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/openapi"
)

// desk is the tab of somebody who is signed in and has a project with a description.
type desk struct {
	*tab
	app     *App
	actor   models.Actor
	project *models.Project
}

func newDesk(t *testing.T, l look, description string, change ...func(*Config)) desk {
	t.Helper()
	a, stop := startApp(t, change...)
	t.Cleanup(stop)
	b := newTab(t, l)
	u := modeltest.MustUser(t, a.store)
	d := desk{tab: b, app: a, actor: models.Actor{Kind: "user", User: u}}
	var err error
	if d.project, err = a.store.CreateProject(t.Context(), d.actor, models.NewProject{Name: "Harbor Shipping"}); err != nil {
		t.Fatal(err)
	}
	document, err := openapi.Parse([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	o := models.ImportOptions{Endpoints: models.OverwriteExisting, Schemas: models.OverwriteExisting}
	if _, err := a.store.Import(t.Context(), d.actor, d.project.ID, document, nil, o); err != nil {
		t.Fatal(err)
	}
	b.open(a.BaseURL.String() + "/sign-in")
	b.fill("#email", u.Email)
	b.fill("#password", modeltest.Password)
	b.follow(`form[action="/sign-in"] button[type=submit]`)
	return d
}

// environment makes the one that the project's requests go to.
func (d desk) environment(baseURL string) {
	d.t.Helper()
	if _, err := d.app.store.SaveEnvironment(d.t.Context(), d.actor, d.project.ID, 0, models.EnvironmentForm{Name: "Local", BaseURL: baseURL}); err != nil {
		d.t.Fatal(err)
	}
}

// visit opens a page of the project.
func (d desk) visit(below string) {
	d.t.Helper()
	d.open(fmt.Sprintf("%s/projects/%d%s", d.app.BaseURL, d.project.ID, below))
}

// operation opens the page of the operation that a search finds first.
func (d desk) operation(search string) {
	d.t.Helper()
	found, _, err := d.app.store.MatchEndpoints(d.t.Context(), d.project, search, 1)
	if err != nil || len(found) == 0 {
		d.t.Fatalf("%s: %d found, %v", search, len(found), err)
	}
	d.visit(fmt.Sprintf("/api/endpoints/%d", found[0].ID))
}

// forgive takes what htmx writes on the console when a request is stopped for no problem.
func (b *tab) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = slices.DeleteFunc(b.problems, func(p string) bool {
		return strings.Contains(p, "htmx:afterRequest") || strings.Contains(p, "htmx:sendAbort")
	})
}

// is reports whether something holds in the page, which an expression says.
func (b *tab) is(expression string) bool {
	b.t.Helper()
	return get(b, chromedp.Evaluate[bool]("!!("+expression+")"))
}

// inView is an expression: an element begins within the window.
func inView(css string) string {
	return fmt.Sprintf("(top => top >= 0 && top < innerHeight - 50)(document.querySelector(%q).getBoundingClientRect().top)", css)
}

// evaluate runs a script in the page.
func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}

// hit presses a key without typing its character, which DevTools would send on to
// the field that has the focus by then.
func (b *tab) hit(key, code string) {
	b.t.Helper()
	b.do(command(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, Code: code}))
}
