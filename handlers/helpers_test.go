package handlers

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

// site is a whole server on a real database, whose clock stands still, with what
// tests look at behind it.
type site struct {
	*Server
	clock *modeltest.Clock
	logs  *lockedBuffer
	db    *sql.DB // the same database, to see what no page shows
	data  string  // folder of the SQLite files; empty on PostgreSQL

	mu      sync.Mutex
	cookies map[string]bool // values of session cookies that were handed out
}

const ja = "ja"

// newSite starts a server on a fresh SQLite database.
func newSite(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	data := t.TempDir()
	return openSite(t, models.Config{Data: data}, "sqlite3", "file:"+data+"/tessera.db?_busy_timeout=5000", change)
}

// eachSite runs f on every database there is.
func eachSite(t *testing.T, f func(t *testing.T, s *site)) {
	t.Run("sqlite", func(t *testing.T) { f(t, newSite(t)) })
	t.Run("postgres", func(t *testing.T) {
		address := modeltest.PostgresURL(t)
		f(t, openSite(t, models.Config{DatabaseURL: address}, "pgx", address, nil))
	})
}

// openSite also sees to it that no secret of a token or session stands in the
// log, which is kept at debug level.
func openSite(t testing.TB, where models.Config, driver, dsn string, change []func(*Config)) *site {
	t.Helper()
	s := &site{logs: &lockedBuffer{}, data: where.Data, cookies: map[string]bool{}}
	where.Logger = slog.New(slog.NewJSONHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store, err := models.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.db, err = sql.Open(driver, dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	s.clock = modeltest.SetClock(store)
	cfg := Config{
		BaseURL: &url.URL{Scheme: "https", Host: "tokens.example"}, BadBearersPerMinute: 100, Version: "1.2.3", Logger: where.Logger,
	}
	for _, f := range change {
		f(&cfg)
	}
	if s.Server, err = New(cfg, store, models.NewVerifier(store), models.NewUsage(store)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		logs := s.logs.String()
		if found := secretPattern.FindString(logs); found != "" {
			t.Errorf("the log holds a secret: %s", found)
		}
		for value := range s.cookies {
			if strings.Contains(logs, value) {
				t.Error("the log holds the value of a session cookie")
			}
		}
	})
	return s
}

func overHTTP(cfg *Config) { cfg.BaseURL = &url.URL{Scheme: "http", Host: "tokens.example"} }

// rows is what each table holds, as text, in an order that does not depend on the database.
func (s *site) rows(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"users", "setup_links", "sessions", "devices", "tokens", "reveals", "token_usage",
		"token_origins", "audit_events", "standing", "standing_changes"} {
		rows, err := s.db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for rows.Next() {
			values, targets := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				targets[i] = &values[i]
			}
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprint(values...))
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		out[table] = strings.Join(lines, "\n")
	}
	return out
}

// changed lists the tables that differ, by name.
func changed(before, after map[string]string) []string {
	var names []string
	for table, rows := range before {
		if after[table] != rows {
			names = append(names, table)
		}
	}
	slices.Sort(names)
	return names
}

// count answers a query for one number.
func (s *site) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// browser is somebody's browser: it keeps cookies and an address of its own, and
// sends what browsers send.
type browser struct {
	t       testing.TB
	site    *site
	jar     http.CookieJar
	address string
	header  http.Header
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

// visitor is a browser in which nobody has signed in.
func (s *site) newBrowser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, site: s, jar: jar, address: "192.0.2.7", header: http.Header{"User-Agent": {firefox}}}
}

// enter is a browser in which u is signed in, without waiting for a password's hash.
func (s *site) enter(t testing.TB, u *models.User) *browser {
	t.Helper()
	b := s.newBrowser(t)
	row, err := s.store.SignIn(t.Context(), u, nil, b.address, "Firefox 128")
	if err != nil {
		t.Fatal(err)
	}
	b.setCookie(s.sessions.name(), row.Secret)
	s.handedOut(row.Secret)
	return b
}

func (s *site) handedOut(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cookies[cookie] = true
}

func (b *browser) base() *url.URL { return b.site.cfg.BaseURL }

func (b *browser) setCookie(name, value string) {
	b.jar.SetCookies(b.base(), []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: b.site.sessions.secure}})
}

func (b *browser) cookie(name string) string {
	for _, c := range b.jar.Cookies(b.base()) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// sessionCookie is what makes the browser signed in.
func (b *browser) sessionCookie() string { return b.cookie(b.site.sessions.name()) }

// with is the same browser sending more headers, given as names and values.
func (b *browser) with(headers ...string) *browser {
	other := *b
	other.header = maps.Clone(b.header)
	for i := 0; i < len(headers); i += 2 {
		other.header.Set(headers[i], headers[i+1])
	}
	return &other
}

// htmx is the browser as htmx on the page at path asks.
func (b *browser) htmx(path string) *browser {
	return b.with("HX-Request", "true", "HX-Current-URL", b.base().String()+path)
}

// from is the browser at another address.
func (b *browser) from(address string) *browser {
	other := *b
	other.address = address
	return &other
}

func (b *browser) get(path string) *answer {
	b.t.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form of names and values.
func (b *browser) post(path string, fields ...string) *answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.postBody(path, formType, form.Encode())
}

const formType = "application/x-www-form-urlencoded"

func (b *browser) postBody(path, contentType, body string) *answer {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Origin", b.base().String())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// do sends r. Each answer must keep the rules that hold for all of the site.
func (b *browser) do(r *http.Request) *answer {
	b.t.Helper()
	r.Host, r.RemoteAddr = b.base().Host, b.address+":4711"
	if strings.Contains(b.address, ":") {
		r.RemoteAddr = "[" + b.address + "]:4711"
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	for _, c := range b.jar.Cookies(b.base()) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.site.Handler().ServeHTTP(w, r)
	a := &answer{t: b.t, name: r.Method + " " + r.URL.Path, Response: w.Result(), body: w.Body.String()}
	b.jar.SetCookies(b.base(), a.Cookies())
	for _, c := range a.Cookies() {
		if c.Name == b.site.sessions.name() && c.MaxAge >= 0 {
			b.site.handedOut(c.Value)
		}
	}
	a.checkRules(b.site, r)
	return a
}

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
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
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
