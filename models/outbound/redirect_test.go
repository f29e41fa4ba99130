package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestRedirects(t *testing.T) {
	var hops atomic.Int32
	var seen atomic.Value
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Header.Get("Authorization"))
		io.WriteString(w, "there")
	})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/private":
			http.Redirect(w, r, "https://10.0.0.1/", http.StatusFound)
		case "/meta":
			http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusMovedPermanently)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/loop":
			hops.Add(1)
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/three":
			http.Redirect(w, r, "/two", http.StatusFound)
		case "/two":
			http.Redirect(w, r, "/one", http.StatusTemporaryRedirect)
		case "/one":
			http.Redirect(w, r, "/end", http.StatusPermanentRedirect)
		case "/elsewhere":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/missing":
			http.NotFound(w, r)
		default:
			io.WriteString(w, r.Header.Get("Authorization"))
		}
	})
	c := newClient(t, nil, "127.0.0.1:"+portOf(t, s.URL), "127.0.0.1:"+portOf(t, other.URL))
	for _, path := range []string{"/private", "/meta", "/file", "/loop"} {
		_, err := c.Get(t.Context(), s.URL+path, "", "")
		wantErr(t, path, err, ErrNotAllowed)
	}
	if hops.Load() != 4 {
		t.Errorf("%d requests for a loop", hops.Load())
	}
	if got, err := c.Get(t.Context(), s.URL+"/three", "u", "p"); err != nil || string(got) != "Basic dTpw" {
		t.Errorf("three redirects: %q %v", got, err)
	}
	if got, err := c.Get(t.Context(), s.URL+"/elsewhere", "u", "p"); err != nil || string(got) != "there" || seen.Load() != "" {
		t.Errorf("credentials went elsewhere: %q %v %v", got, err, seen.Load())
	}
	var status *StatusError
	if _, err := c.Get(t.Context(), s.URL+"/missing", "", ""); !errors.As(err, &status) || status.Status != 404 {
		t.Errorf("a missing document: %v", err)
	}
	if got, err := c.Do(t.Context(), Request{Method: "GET", URL: s.URL + "/private"}); err != nil || got.Status != 302 {
		t.Errorf("the console follows: %v", err)
	}
}

func TestNoDowngrade(t *testing.T) {
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked without TLS") })
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain.URL, http.StatusFound)
		}
		io.WriteString(w, r.TLS.ServerName)
	}))
	defer s.Close()
	c := newClient(t, answers{"example.com": {{"127.0.0.1"}}, "wrong.test": {{"127.0.0.1"}}}, "127.0.0.0/8")
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	c.tls = &tls.Config{RootCAs: pool}
	if got, err := c.Get(t.Context(), "https://example.com:"+portOf(t, s.URL), "", ""); err != nil || string(got) != "example.com" {
		t.Errorf("TLS: %q %v", got, err)
	}
	_, err := c.Get(t.Context(), "https://example.com:"+portOf(t, s.URL)+"/down", "", "")
	wantErr(t, "https to http", err, ErrNotAllowed)
	_, err = c.Get(t.Context(), "https://wrong.test:"+portOf(t, s.URL), "", "")
	wantErr(t, "a certificate of another name", err, ErrUnreachable)
}
