package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestReady(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		b := s.newBrowser(t)
		b.get("/healthz").want(http.StatusOK)
		b.get("/readyz").want(http.StatusOK)
		s.Drain()
		b.get("/readyz").want(http.StatusServiceUnavailable)
		b.get("/healthz").want(http.StatusOK)
		b.get("/sign-in").want(http.StatusOK) // what still comes is answered
	})
}

func TestNotReadyBeforeMigration(t *testing.T) {
	store, err := models.Open(t.Context(), models.Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	s := &site{logs: &lockedBuffer{}, cookies: map[string]bool{}}
	s.start(t, store)
	s.newBrowser(t).get("/readyz").want(http.StatusServiceUnavailable)
	s.newBrowser(t).get("/healthz").want(http.StatusOK)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.newBrowser(t).get("/readyz").want(http.StatusOK)
}

// HEAD answers wherever GET does, with the same headers and no body.
func TestHead(t *testing.T) {
	s := newSite(t, overHTTP, withGallery)
	u := modeltest.MustUser(t, s.store)
	tok, secret := s.token(t, u, "ci")
	cookie := s.enter(t, u).sessionCookie()
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(method, path string) (*http.Response, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "tessera", Value: cookie})
		r.Header.Set("Authorization", "Bearer "+secret)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(body)
	}
	for name := range guards {
		method, path, _ := strings.Cut(name, " ")
		if method != http.MethodGet {
			continue
		}
		path = pathOf(path, tok.PublicID)
		get, _ := ask(http.MethodGet, path)
		head, body := ask(http.MethodHead, path)
		if head.StatusCode != get.StatusCode || body != "" {
			t.Errorf("HEAD %s: %d with %d bytes, GET %d", path, head.StatusCode, len(body), get.StatusCode)
		}
		for _, name := range []string{"Content-Type", "Cache-Control", "Content-Security-Policy", "Location", "Tessera-Token-Expires"} {
			if head.Header.Get(name) != get.Header.Get(name) {
				t.Errorf("HEAD %s: %s is %q, with GET %q", path, name, head.Header.Get(name), get.Header.Get(name))
			}
		}
	}
}

// The caller's address is that of the right-most hop that is none of our proxies.
func TestAddressBehindProxies(t *testing.T) {
	proxies := func(cfg *Config) {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:f::/48")}
	}
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	for name, c := range map[string]struct {
		trusted bool
		peer    string
		headers []string
		want    string
	}{
		"nobody trusted":       {false, "192.0.2.7", []string{"X-Forwarded-For", "198.51.100.1"}, "192.0.2.7"},
		"private is no reason": {false, "127.0.0.1", []string{"X-Forwarded-For", "198.51.100.1"}, "127.0.0.1"},
		"unlisted peer":        {true, "192.168.0.1", []string{"X-Forwarded-For", "198.51.100.1"}, "192.168.0.1"},
		"loopback unlisted":    {true, "127.0.0.1", []string{"X-Forwarded-For", "198.51.100.1"}, "127.0.0.1"},
		"one hop":              {true, "10.1.1.1", []string{"X-Forwarded-For", "198.51.100.1"}, "198.51.100.1"},
		"forged on the left":   {true, "10.1.1.1", []string{"X-Forwarded-For", "203.0.113.9, 198.51.100.1, 10.2.2.2"}, "198.51.100.1"},
		"IPv6":                 {true, "2001:db8:f::1", []string{"X-Forwarded-For", "2001:db8:1::5"}, "2001:db8:1::5"},
		"rubbish":              {true, "10.1.1.1", []string{"X-Forwarded-For", "198.51.100.1, <script>"}, "10.1.1.1"},
		"none":                 {true, "10.1.1.1", nil, "10.1.1.1"},
		"other headers":        {true, "10.1.1.1", []string{"X-Real-Ip", "203.0.113.9", "Forwarded", "for=203.0.113.9", "True-Client-Ip", "203.0.113.9"}, "10.1.1.1"},
		"other headers, alone": {false, "192.0.2.7", []string{"X-Real-Ip", "203.0.113.9", "Forwarded", "for=203.0.113.9"}, "192.0.2.7"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.trusted {
				s.start(t, s.store, proxies)
			} else {
				s.start(t, s.store)
			}
			b := s.enter(t, u)
			b.from(c.peer).with(c.headers...).post("/settings/profile", "name", name, "time_zone", "UTC", "theme", "dark").to("/settings/profile")
			var address string
			if err := s.db.QueryRowContext(t.Context(), "SELECT address FROM audit_events WHERE kind = 'user.profile_changed' ORDER BY seq DESC").Scan(&address); err != nil {
				t.Fatal(err)
			}
			if address != c.want {
				t.Errorf("%s is on record, not %s", address, c.want)
			}
			lines := strings.Split(strings.TrimSpace(s.logs.String()), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, `"address":"`+c.want+`"`) {
				t.Errorf("the access log has another address: %s", last)
			}
		})
	}
}

// Links are made from the base URL, whatever Host says.
func TestHostIsNotBelieved(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, _ := s.token(t, u, "ci")
	cookie := s.enter(t, u).sessionCookie()
	for _, path := range []string{"/settings/tokens", tokenPath(tok.PublicID), tokenPath(tok.PublicID) + "/calendar", "/nowhere"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "evil.test"
		r.Header.Set("X-Forwarded-Host", "evil.test")
		r.AddCookie(&http.Cookie{Name: "__Host-tessera", Value: cookie})
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "evil.test") {
			t.Errorf("%s names the forged host", path)
		}
	}
}

// A caller can't choose what stands in the log.
func TestLogLinesCannotBeForged(t *testing.T) {
	s := newSite(t)
	b := s.newBrowser(t).with("User-Agent", "a\x1b[31m\r\n{\"level\":\"ERROR\"}", "X-Request-Id", "forged")
	a := b.get("/settings%0a/forged?password=hunter2hunter2").want(http.StatusNotFound)
	if a.Header.Get("X-Request-Id") == "forged" {
		t.Error("the client chooses the request's name")
	}
	logs := s.logs.String()
	for _, part := range []string{"forged", "hunter2", "\x1b"} {
		if strings.Contains(logs, part) {
			t.Errorf("the log holds %q", part)
		}
	}
	for line := range strings.Lines(logs) {
		if !strings.HasPrefix(line, `{"time":`) {
			t.Errorf("a line of the log: %s", line)
		}
	}
}

func TestEveryRequestHasItsOwnID(t *testing.T) {
	s := newSite(t)
	b := s.newBrowser(t)
	first, second := b.get("/healthz").Header.Get("X-Request-Id"), b.get("/healthz").Header.Get("X-Request-Id")
	if len(first) < 12 || first == second {
		t.Errorf("%q, then %q", first, second)
	}
	if !strings.Contains(s.logs.String(), first) {
		t.Error("the log does not name it")
	}
}
