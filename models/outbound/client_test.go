package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answers is a resolver: each name has a list of answers, given one after the
// other; the last stays.
type answers map[string][][]string

func (a answers) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	list := a[host]
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		a[host] = list[1:]
	}
	var out []netip.Addr
	for _, s := range list[0] {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, nil
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// newClient may reach what allow names.
func newClient(t *testing.T, r Resolver, allow ...string) *Client {
	t.Helper()
	cfg := Config{Resolver: r}
	for _, s := range allow {
		if err := cfg.Rules.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return New(cfg)
}

func serve(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, not %v", what, err, want)
	}
}

func TestRefusedWithoutAConnection(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := portOf(t, s.URL)
	r := answers{
		"loop.example":    {{"127.0.0.1"}},
		"localhost":       {{"127.0.0.1"}},
		"mixed.example":   {{"93.184.216.34", "127.0.0.1"}},
		"mapped.example":  {{"::ffff:127.0.0.1"}},
		"nat.example":     {{"64:ff9b::7f00:1"}},
		"meta.example":    {{"169.254.169.254"}},
		"rebind.example":  {{"93.184.216.34"}, {"127.0.0.1"}},
		"allowed.example": {{"127.0.0.1"}},
	}
	c := newClient(t, r, "allowed.example:"+port)
	for _, address := range []string{
		s.URL, "http://localhost:" + port, "https://loop.example", "https://mixed.example/", "https://mapped.example", "https://nat.example/",
		"https://meta.example/latest/meta-data/", "http://169.254.169.254/", "https://[::1]:443/", "https://[::ffff:127.0.0.1]/", "https://[fd00:ec2::254]/",
		"https://93.184.216.34:8443/", "http://93.184.216.34/", "https://0/", "https://127.1/", "file:///etc/passwd", "https://u:p@allowed.example:" + port,
		"https://[::]/", "https://[fe80::1%25lo]/",
	} {
		_, err := c.Get(t.Context(), address, "", "")
		wantErr(t, "Get "+address, err, ErrNotAllowed)
		if err != nil && err.Error() != "Not allowed" {
			t.Errorf("%s says %q", address, err)
		}
		_, err = c.Do(t.Context(), Request{Method: "GET", URL: address})
		wantErr(t, "Do "+address, err, ErrNotAllowed)
	}
	if asked.Load() != 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
	if _, err := c.Get(t.Context(), "http://allowed.example:"+port, "", ""); err != nil || asked.Load() != 1 {
		t.Errorf("what is opened: %v", err)
	}
	_, err := c.Get(t.Context(), "https://nowhere.example/", "", "")
	wantErr(t, "an unknown name", err, ErrUnreachable)
}

// A name that changes its answer is judged by the answer that is dialled.
func TestAnswersThatChange(t *testing.T) {
	r := answers{"rebind.example": {{"93.184.216.34"}, {"127.0.0.1"}}}
	c := newClient(t, r)
	tg, err := c.rules.parseTarget(&url.URL{Scheme: "https", Host: "rebind.example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.resolve(t.Context(), tg); err != nil {
		t.Fatal(err)
	}
	_, err = c.dial(t.Context(), tg) // the second answer
	wantErr(t, "the second answer", err, ErrNotAllowed)
	// The check at the socket does not ask the resolver at all.
	wantErr(t, "at the socket", c.check(tg, netip.MustParseAddr("127.0.0.1")), ErrNotAllowed)
}

func TestOurselves(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	own, err := netip.ParseAddrPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for what, cfg := range map[string]Config{
		"listening":            {Listen: own},
		"listening everywhere": {Listen: netip.AddrPortFrom(netip.IPv6Unspecified(), own.Port())},
		"base URL":             {BaseURL: &url.URL{Scheme: "http", Host: own.String()}},
	} {
		if err := cfg.Rules.Add("127.0.0.0/8"); err != nil {
			t.Fatal(err)
		}
		_, err := New(cfg).Get(t.Context(), s.URL, "", "")
		wantErr(t, what, err, ErrNotAllowed)
	}
	c := New(Config{})
	c.interfaces = func() ([]net.Addr, error) { return []net.Addr{&net.IPNet{IP: net.IPv4(8, 8, 8, 8)}}, nil }
	_, err = c.Get(t.Context(), "https://8.8.8.8/", "", "")
	wantErr(t, "an address of this machine", err, ErrNotAllowed)
}

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
