package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestBounds(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 70 {
		z.Write(zeros)
	}
	z.Close()
	stop := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		case "/endless":
			for {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		case "/headers":
			w.Header().Set("X-Long", strings.Repeat("x", 80<<10))
		case "/slow":
			for {
				if _, err := w.Write([]byte("x")); err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		case "/silent":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "unpacked")
			z.Close()
		case "/broken":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "no gzip at all, but long enough")
		}
	})
	defer close(stop)
	c := newClient(t, nil, "127.0.0.1/32")
	for path, want := range map[string]error{"/bomb": ErrTooLarge, "/endless": ErrTooLarge, "/headers": ErrTooLarge, "/broken": ErrUnreachable} {
		_, err := c.Get(t.Context(), s.URL+path, "", "")
		wantErr(t, path, err, want)
	}
	if got, err := c.Get(t.Context(), s.URL+"/packed", "", ""); err != nil || string(got) != "unpacked" {
		t.Errorf("gzip: %q %v", got, err)
	}
	c.total = 300 * time.Millisecond
	for _, path := range []string{"/slow", "/silent"} {
		start := time.Now()
		_, err := c.Do(t.Context(), Request{Method: "POST", URL: s.URL + path})
		wantErr(t, path, err, ErrTimeout)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s took %v", path, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Do(ctx, Request{Method: "GET", URL: s.URL})
	wantErr(t, "cancelled", err, context.Canceled)
}

func TestHeadersOfPeople(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Write(w)
		io.WriteString(w, "host "+r.Host)
	})
	c := newClient(t, nil, "127.0.0.1/32")
	got, err := c.Do(t.Context(), Request{Method: "get", URL: s.URL, Header: http.Header{
		"Host": {"evil.test"}, "X-Forwarded-For": {"evil"}, "x_forwarded_proto": {"evil"}, "X_Real_IP": {"evil"}, "Connection": {"evil"}, "Te": {"evil"},
		"Proxy-Authorization": {"evil"}, "Forwarded": {"evil"}, "Transfer-Encoding": {"evil"}, "Content-Length": {"evil"}, "X-Mine": {"good"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if body := string(got.Body); strings.Contains(body, "evil") || !strings.Contains(body, "X-Mine: good") || !strings.HasSuffix(body, "host "+s.Listener.Addr().String()) {
		t.Errorf("sent:\n%s", body)
	}
	for what, r := range map[string]Request{
		"a method": {Method: "GE T"}, "CONNECT": {Method: "CONNECT"}, "TRACE": {Method: "trace"},
		"a header": {Method: "GET", Header: http.Header{"X": {"a\r\nb: c"}}}, "a header's name": {Method: "GET", Header: http.Header{"X y": {"a"}}},
	} {
		r.URL = s.URL
		_, err := c.Do(t.Context(), r)
		wantErr(t, what, err, ErrInvalid)
	}
}

func TestEnvironmentsProxyIsNotUsed(t *testing.T) {
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "direct") })
	c := newClient(t, answers{"site.example": {{"127.0.0.1"}}}, "127.0.0.1/32")
	if got, err := c.Get(t.Context(), "http://site.example:"+portOf(t, s.URL), "", ""); err != nil || string(got) != "direct" {
		t.Errorf("%q %v", got, err)
	}
}
