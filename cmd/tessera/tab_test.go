package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

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

func (b *tab) address() string {
	b.t.Helper()
	return get(b, chromedp.Evaluate[string]("location.href"))
}

// do runs steps one after the other; the first that fails ends the test.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, step := range steps {
		get(b, step)
	}
}

// get runs one step and gives what it found.
func get[T any](b *tab, step chromedp.Action[T]) T {
	b.t.Helper()
	// The first run opens the tab, which would close together with a context of its own.
	if err := chromedp.Do(b.ctx); err != nil {
		b.t.Fatal("open a tab:", err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.shoot("failed " + b.t.Name())
		b.t.Fatal(err)
	}
	return v
}

// open goes to an address and waits until it has loaded.
func (b *tab) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// wait returns when an element is visible.
func (b *tab) wait(css string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(css)))
}

// click clicks an element, once it is visible.
func (b *tab) click(css string) {
	b.t.Helper()
	b.wait(css)
	b.do(chromedp.Click(chromedp.CSS(css)))
}

// follow clicks what leads to another document, and waits until that has loaded.
func (b *tab) follow(css string) {
	b.t.Helper()
	b.wait(css)
	get(b, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(css))))
}

// fill types text into a field, in place of what it held.
func (b *tab) fill(css, text string) {
	b.t.Helper()
	b.wait(css)
	b.do(
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).value = ''", css)),
		chromedp.SendKeys(chromedp.CSS(css), text),
	)
}

// press types keys (package kb has the special ones) into whatever has the focus.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// text is the visible text of an element, "" when there is none. It is read at
// once: an element that is swapped meanwhile has no part in it.
func (b *tab) text(css string) string {
	b.t.Helper()
	return strings.TrimSpace(get(b, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", css))))
}
