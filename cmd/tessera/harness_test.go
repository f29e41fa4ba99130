package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the harness watches for must reach it with and without JavaScript,
// else its silence would mean nothing.
func TestTabNoticesWhatGoesWrong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src 'self'")
		switch r.URL.Path {
		case "/":
			w.Write([]byte(`<!doctype html><title>x</title><p style="color:red">x<img src=/missing.png><script src=/throws.js></script>`))
		case "/throws.js":
			w.Write([]byte(`console.error("logged"); throw new Error("thrown")`))
		case "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, noScript := range []bool{false, true} {
		b := newTab(t, look{noScript: noScript})
		b.open(server.URL)
		want := []string{"style-src-attr", "/missing.png: 404"}
		if !noScript {
			want = append(want, "console: \"logged\"", "exception: Uncaught Error: thrown")
		}
		b.mu.Lock()
		all := strings.Join(b.problems, "\n")
		b.problems = nil
		b.mu.Unlock()
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("noScript %v: not noticed: %s, only:\n%s", noScript, w, all)
			}
		}
	}
}
