package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/chromedp/cdproto/emulation"
)

// "/" leads to the search from anywhere but a field, and what it finds is reached by keys.
func TestReferenceByKeyboard(t *testing.T) {
	d := newDesk(t, look{}, knockDescription)
	d.operation("POST /knock")
	d.hit("/", "Slash")
	if d.has(".tree input[type=search]:focus") != 1 {
		t.Fatal("/ does not lead to the search")
	}
	d.press("slow")
	d.eventually("the search answers", func() bool { return d.has("#tree-list .leaves a") == 1 && d.text("#live") != "" })
	if d.value(".tree input[type=search]") != "slow" {
		t.Errorf("the search holds %q", d.value(".tree input[type=search]"))
	}
	d.press(kb.Tab)
	if d.has("#tree-list .leaves a:focus") != 1 {
		t.Error("the first result does not come next")
	}
	d.pressAndLoad(kb.Enter)
	if got := d.text("h1"); got != "Wait" {
		t.Errorf("it leads to %q", got)
	}
	d.tabTo(".op .try")
	d.press(kb.Enter)
	d.tabTo("#console .btn-primary")
	d.operation("POST /knock")
	d.do(chromedp.Focus(chromedp.CSS("#f0")))
	d.press("/")
	if d.value("#f0") != "/" {
		t.Error("a / in a field is no letter any more")
	}
}

// A folder that opens keeps the focus, so that its operations come next.
func TestReferenceFolderByKeyboard(t *testing.T) {
	d := newDesk(t, look{}, harborDescription)
	d.visit("/api")
	d.tabTo("#tree-list .fold")
	d.press(kb.Enter)
	d.eventually("the folder opens", func() bool { return d.has("#tree-list summary:focus") == 1 })
	d.press(kb.Tab)
	d.pressAndLoad(kb.Enter)
	if got := d.text("h1"); got != "List shipments" {
		t.Errorf("the first operation leads to %q", got)
	}
}

// An operation is edited in place and deleted, with script and without.
func TestReferenceEdits(t *testing.T) {
	for name, l := range map[string]look{"script": {}, "no script, phone": {noScript: true, width: 390}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, l, knockDescription)
			d.operation("POST /knock")
			press := d.follow
			if l.noScript {
				d.follow(`.op a[href$="/edit"]`)
			} else {
				d.click(`.op a[href$="/edit"]`)
			}
			d.fill("#name", " ")
			if !l.noScript {
				press = d.click // a refused form comes back in place
			}
			press(".op form .btn-primary")
			d.wait(".error-summary")
			d.fill("#name", "Knock at the door")
			d.fill("#description", "Twice.")
			d.fill("#tags", "Doors, Visits")
			d.follow(".op form .btn-primary")
			if text := d.text(".op"); d.text("h1") != "Knock at the door" || !strings.Contains(text, "Twice.") || !strings.Contains(text, "Visits") {
				t.Errorf("after editing: %s", text)
			}
			d.follow(`.op a[href$="/delete"]`)
			d.follow(".op form .btn-danger")
			d.wait(".notice-ok")
			if text := d.text(".op"); strings.Contains(text, "Knock at the door") || d.has(`.op a[href*="/endpoints/"]`) != 1 {
				t.Errorf("after deleting: %s", text)
			}
		})
	}
}

// On paper there is the operation alone, with all that is folded on the screen.
func TestReferenceOnPaper(t *testing.T) {
	d := newDesk(t, look{}, harborDescription)
	d.operation("GET /shipments")
	d.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	for _, gone := range []string{".topbar", ".tree", "#console", ".envbar", ".footer", ".op .actions"} {
		if d.is(`document.querySelector("` + gone + `").checkVisibility()`) {
			t.Errorf("%s is printed", gone)
		}
	}
	const folded = `[...document.querySelectorAll(".op details:not([open]) > :not(summary)")].filter(e => !e.checkVisibility({contentVisibilityAuto: true})).length`
	if n := get(d.tab, chromedp.Evaluate[int](folded)); n != 0 {
		t.Errorf("%d parts stay folded", n)
	}
}
