package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandlerServesHashedFilesForEver(t *testing.T) {
	for name, want := range map[string]string{
		"app.css":     "text/css; charset=utf-8",
		"app.js":      "text/javascript; charset=utf-8",
		"requests.js": "text/javascript; charset=utf-8",
		"htmx.min.js": "text/javascript; charset=utf-8",
		"icons.svg":   "image/svg+xml",
		"fonts/hanken-grotesk-latin-wght-normal.woff2": "font/woff2",
	} {
		res := get(t, URL(name), "")
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %q, want 200 %q", name, res.StatusCode, res.Header.Get("Content-Type"), want)
		}
		if cc := res.Header.Get("Cache-Control"); !strings.Contains(cc, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, cc)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", name)
		}
	}
}

func TestHandlerRefusesEverythingElse(t *testing.T) {
	for _, path := range []string{
		"/static/app.css", "/static/000000000000/app.css", URL("nothing.css"), URL(""),
		URL("../static.go"), URL("css/1-base.css"), URL("fonts"),
	} {
		res := get(t, path, "")
		if res.StatusCode != http.StatusNotFound || strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, want a 404 that is not kept", path, res.StatusCode)
		}
	}
}

func TestGzip(t *testing.T) {
	for encoding, want := range map[string]bool{
		"": false, "br": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false,
	} {
		res := get(t, URL("app.css"), encoding)
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip %v, want %v", encoding, got, want)
		}
	}
	res := get(t, URL("app.css"), "gzip")
	zr, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(zr)
	if err != nil || !strings.HasPrefix(string(body), "/*") {
		t.Fatalf("unzipped to %.20q, %v", body, err)
	}
}

// A url() that leads nowhere shows only as a missing picture, so it is looked for here.
func TestStyleSheetLeadsToFiles(t *testing.T) {
	css := string(load().assets["app.css"].body)
	refs := regexp.MustCompile(`url\("([^"]+)"\)`).FindAllStringSubmatch(css, -1)
	if len(refs) == 0 {
		t.Fatal("the style sheet has no url()")
	}
	for _, ref := range refs {
		if load().assets[ref[1]] == nil {
			t.Errorf("app.css refers to %q, which does not exist", ref[1])
		}
	}
	if strings.Contains(css, "@import") {
		t.Error("app.css imports another sheet: a second round trip")
	}
}
