package handlers

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// answer is a response, with its page if it is one.
type answer struct {
	*http.Response
	t    testing.TB
	name string
	body string
	doc  *goquery.Document
}

func (a *answer) checkRules(s *site, r *http.Request) {
	a.t.Helper()
	rules := map[string]string{"X-Content-Type-Options": "nosniff", "Server": "", "Strict-Transport-Security": ""}
	if s.cfg.BaseURL.Scheme == "https" {
		rules["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
	}
	if !isAPIPath(r.URL.Path) {
		rules["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
			"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
		rules["Referrer-Policy"] = "same-origin"
		rules["Cross-Origin-Opener-Policy"] = "same-origin"
		rules["Cross-Origin-Resource-Policy"] = "same-origin"
		rules["Access-Control-Allow-Origin"] = ""
	}
	if !strings.HasPrefix(r.URL.Path, "/static/") {
		rules["Cache-Control"] = "no-store"
	}
	for name, want := range rules {
		if got := strings.Join(a.Header.Values(name), " | "); got != want {
			a.t.Errorf("%s: %s is %q, not %q", a.name, name, got, want)
		}
	}
	if a.Header.Get("X-Request-Id") == "" {
		a.t.Errorf("%s: no X-Request-Id", a.name)
	}
	var header bytes.Buffer
	if err := a.Header.Write(&header); err != nil {
		a.t.Fatal(err)
	}
	if found := secretPattern.FindString(header.String()); found != "" {
		a.t.Errorf("%s: a secret in the headers: %s", a.name, found)
	}
	if found := secretPattern.FindString(a.body); found != "" && !strings.HasSuffix(r.URL.Path, "/created") {
		a.t.Errorf("%s: a secret in the answer: %s", a.name, found)
	}
	for _, c := range a.Cookies() {
		a.checkCookie(s, c)
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && a.Header.Get("Content-Encoding") == "" {
		a.checkPage()
	}
}

func (a *answer) checkCookie(s *site, c *http.Cookie) {
	a.t.Helper()
	secure := s.cfg.BaseURL.Scheme == "https"
	if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		a.t.Errorf("%s: the flags of %s", a.name, c.Raw)
	}
}

// checkPage refuses what the content security policy would stop, and pages without their outside.
func (a *answer) checkPage() {
	a.t.Helper()
	var err error
	if a.doc, err = goquery.NewDocumentFromReader(strings.NewReader(a.body)); err != nil {
		a.t.Fatal(err)
	}
	if inline := a.doc.Find("style, [style], script:not([src])"); inline.Length() > 0 {
		a.t.Errorf("%s: %d inline scripts or styles", a.name, inline.Length())
	}
	a.doc.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, attr := range e.Nodes[0].Attr {
			if strings.HasPrefix(attr.Key, "on") {
				a.t.Errorf("%s: <%s %s>", a.name, e.Nodes[0].Data, attr.Key)
			}
		}
	})
	if !strings.HasPrefix(strings.ToLower(a.body), "<!doctype html>") {
		return // a part of a page
	}
	if a.count("main#main") != 1 || a.count("h1") != 1 || a.count("title") != 1 {
		a.t.Errorf("%s: a page with %d main, %d h1, %d title", a.name, a.count("main#main"), a.count("h1"), a.count("title"))
	}
}

// want checks the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s: %d, not %d (to %q)\n%s", a.name, a.StatusCode, status, a.Header.Get("Location"), a.excerpt())
	}
	return a
}

// excerpt is the text of the answer, shortened.
func (a *answer) excerpt() string {
	text := a.body
	if a.doc != nil {
		text = squeeze(a.doc.Find("main").Text())
	}
	return text[:min(len(text), 400)]
}

// to checks that the answer leads to another page.
func (a *answer) to(location string) *answer {
	a.t.Helper()
	a.want(http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != location {
		a.t.Fatalf("%s leads to %q, not %q", a.name, got, location)
	}
	return a
}

// header checks one header exactly; "" means that it must be missing.
func (a *answer) header(name, want string) *answer {
	a.t.Helper()
	if got := strings.Join(a.Header.Values(name), ", "); got != want {
		a.t.Errorf("%s: %s is %q, not %q", a.name, name, got, want)
	}
	return a
}

func (a *answer) count(css string) int { return a.doc.Find(css).Length() }

// find returns the one element of css.
func (a *answer) find(css string) *goquery.Selection {
	a.t.Helper()
	if a.doc == nil {
		a.t.Fatalf("%s: no HTML", a.name)
	}
	found := a.doc.Find(css)
	if found.Length() != 1 {
		a.t.Fatalf("%s: %d elements %q\n%s", a.name, found.Length(), css, a.excerpt())
	}
	return found
}

// text is that of the one element of css, without the white space of its source.
func (a *answer) text(css string) string {
	a.t.Helper()
	return squeeze(a.find(css).Text())
}

func (a *answer) value(css string) string {
	a.t.Helper()
	return a.find(css).AttrOr("value", "")
}

// none checks that the page has no such element.
func (a *answer) none(css string) *answer {
	a.t.Helper()
	if n := a.count(css); n > 0 {
		a.t.Errorf("%s: %d elements %q", a.name, n, css)
	}
	return a
}

// refused checks a form that came back: its title says so, the summary leads to
// each of the fields and repeats the sentence beside it, which is tied to its control.
// The field "" is the whole form: a line that leads nowhere, and no field is marked.
func (a *answer) refused(fields ...string) *answer {
	a.t.Helper()
	a.want(http.StatusUnprocessableEntity)
	if title := a.text("title"); !strings.HasPrefix(title, "Error: ") {
		a.t.Errorf("%s: the title is %q", a.name, title)
	}
	if n := a.count(".error-summary li"); n != len(fields) {
		a.t.Errorf("%s: %d errors in the summary, not %q: %s", a.name, n, fields, a.text(".error-summary"))
	}
	for _, field := range fields {
		if field == "" {
			if a.none("[aria-invalid]").text(".error-summary li:not(:has(a))") == "" {
				a.t.Errorf("%s: the summary says nothing", a.name)
			}
			continue
		}
		sentence := a.text("#" + field + "-error")
		if sentence == "" || a.text(".error-summary a[href='#"+field+"']") != sentence {
			a.t.Errorf("%s: %s says %q, the summary %q", a.name, field, sentence, a.text(".error-summary"))
		}
		if strings.Contains(sentence, "error.") || strings.Contains(sentence, "{{") {
			a.t.Errorf("%s: %s has no words: %q", a.name, field, sentence)
		}
		a.find("[aria-describedby~='" + field + "-error']")
		a.find("#" + field)
	}
	return a
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
