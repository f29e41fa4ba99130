package handlers

import (
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tessera/models"
)

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

// newBrowser is a browser in which nobody has signed in.
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
