package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
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
