package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tessera/models/modeltest"
)

func TestCrossSitePostsAreRefused(t *testing.T) {
	s := newSite(t, withGallery)
	u := modeltest.MustUser(t, s.store)
	tok, _ := s.token(t, u, "ci")
	b := s.enter(t, u)
	before := s.rows(t)
	unsafe := 0
	for _, route := range s.echo.Routes() {
		if route.Method == http.MethodGet || isAPIPath(route.Path) {
			continue
		}
		unsafe++
		for what, header := range map[string]http.Header{
			"cross-site":              {"Sec-Fetch-Site": {"cross-site"}},
			"same-site":               {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://evil.example"}},
			"foreign origin":          {"Origin": {"https://evil.test"}},
			"null origin":             {"Origin": {"null"}},
			"look-alike":              {"Origin": {"http://tokens.example.evil.test"}},
			"foreign, claims ours":    {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.test"}, "Referer": {"https://tokens.example/"}},
			"foreign, forged headers": {"Sec-Fetch-Site": {"cross-site"}, "X-Forwarded-Host": {"evil.test"}, "Origin": {"https://evil.test"}},
		} {
			for who, browser := range map[string]*browser{"a person": b, "nobody": s.newBrowser(t)} {
				r := httptest.NewRequest(route.Method, pathOf(route.Path, tok.PublicID), strings.NewReader("name=x&validity=30&nonce=n&version=1&language=ja"))
				r.Header = header.Clone()
				r.Header.Set("Content-Type", formType)
				if a := browser.do(r); a.StatusCode != http.StatusForbidden {
					t.Errorf("%s %s by %s, %s: %d", route.Method, route.Path, who, what, a.StatusCode)
				}
			}
		}
	}
	if unsafe < 8 {
		t.Errorf("%d routes with posts", unsafe)
	}
	if tables := changed(before, s.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
}

// Behind a proxy that rewrites Host, the base URL's own origin is still ours.
func TestOwnOriginBehindAProxy(t *testing.T) {
	s := newSite(t)
	b := s.newBrowser(t)
	for what, header := range map[string]http.Header{
		"with fetch metadata": {"Sec-Fetch-Site": {"same-origin"}, "Origin": {"https://tokens.example"}},
		"origin alone":        {"Origin": {"https://tokens.example"}},
		"no browser":          {},
	} {
		r := httptest.NewRequest(http.MethodPost, "/preferences", strings.NewReader("theme=dark"))
		r.Header = header
		r.Header.Set("Content-Type", formType)
		w := httptest.NewRecorder()
		r.Host = "10.0.0.5:8080"
		b.site.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/preferences", strings.NewReader("theme=dark"))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Origin", "https://10.0.0.6")
	r.Host = "10.0.0.5:8080"
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("another origin: %d", w.Code)
	}
}
