package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Failures of a request. Others are ErrUnreachable with the cause within.
var (
	//lint:ignore ST1005 shown to people as it stands
	ErrNotAllowed  = errors.New("Not allowed")
	ErrUnreachable = errors.New("no answer")
	ErrTimeout     = errors.New("no answer in time")
	ErrTooLarge    = errors.New("the answer is too large")
)

// Bounds of a request.
const (
	connectTime = 3 * time.Second
	totalTime   = 15 * time.Second
	maxBody     = 64 << 20 // as unpacked
	maxHeaders  = 64 << 10
	maxRedirect = 3
	atOnce      = 8 // requests of all people: each may hold maxBody
)

// Resolver is what net.Resolver does.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Config says what a Client may reach.
type Config struct {
	Rules    Rules
	Listen   netip.AddrPort // where this server listens, which is never asked; may be unspecified
	BaseURL  *url.URL       // as people see this server, which is never asked either; may be nil
	Resolver Resolver       // nil: net.DefaultResolver
}

// Client sends requests by the rules of the package. It is safe for use by several goroutines.
type Client struct {
	rules    Rules
	listen   netip.AddrPort
	self     string // host:port of the base URL
	resolver Resolver
	tls      *tls.Config
	total    time.Duration
	slots    chan struct{}

	interfaces func() ([]net.Addr, error)
}

// New makes a client.
func New(cfg Config) *Client {
	c := &Client{
		rules: cfg.Rules, listen: cfg.Listen, resolver: cfg.Resolver, total: totalTime,
		slots: make(chan struct{}, atOnce), interfaces: net.InterfaceAddrs,
	}
	if c.resolver == nil {
		c.resolver = net.DefaultResolver
	}
	if cfg.BaseURL != nil {
		if t, err := c.rules.parseTarget(cfg.BaseURL); err == nil {
			c.self = net.JoinHostPort(t.host, t.port)
		}
	}
	return c
}

// own reports whether addr is one of this machine's.
func (c *Client) own(addr netip.Addr) bool {
	all, err := c.interfaces()
	if err != nil {
		return true
	}
	return slices.ContainsFunc(all, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		if !ok {
			return false
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		return ok && ip.Unmap() == addr
	})
}

// ourselves reports whether this server answers at a. Nothing opens that.
func (c *Client) ourselves(a netip.AddrPort) bool {
	if !c.listen.IsValid() || a.Port() != c.listen.Port() {
		return false
	}
	if addr := c.listen.Addr().Unmap(); !addr.IsUnspecified() {
		return a.Addr() == addr
	}
	return a.Addr().IsLoopback() || a.Addr().IsUnspecified() || c.own(a.Addr())
}

// resolve returns the addresses of a target, all of which may be used.
func (c *Client) resolve(ctx context.Context, t target) ([]netip.Addr, error) {
	if net.JoinHostPort(t.host, t.port) == c.self {
		return nil, ErrNotAllowed
	}
	addrs := []netip.Addr{t.literal}
	if !t.literal.IsValid() {
		var err error
		if addrs, err = c.resolver.LookupNetIP(ctx, "ip", t.host); err != nil {
			return nil, err
		}
	}
	for _, a := range addrs {
		if err := c.check(t, a); err != nil {
			return nil, err
		}
	}
	return addrs, nil
}

// dial connects to t. The address is checked once more where nothing can change it.
func (c *Client) dial(ctx context.Context, t target) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	addrs, err := c.resolve(ctx, t)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrNotAllowed
		}
		return c.check(t, a.Addr())
	}}
	err = ErrUnreachable
	for _, a := range addrs {
		var conn net.Conn
		if conn, err = d.DialContext(ctx, "tcp", net.JoinHostPort(a.Unmap().String(), t.port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// transport serves one request to t: it keeps no connection, so that none is
// used for what it was not checked for.
func (c *Client) transport(t target) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx, t) },
		TLSClientConfig:        c.tls.Clone(), // nil is fine; the name is the URL's host
		TLSHandshakeTimeout:    connectTime,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaders,
	}
}

// failure makes one of this package's errors of err.
func failure(ctx context.Context, err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, ErrNotAllowed):
		return ErrNotAllowed
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return ErrTimeout
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return ErrTooLarge
	}
	return &unreachable{err}
}

// unreachable keeps the cause for who looks for it, and out of what is shown.
type unreachable struct{ cause error }

func (e *unreachable) Error() string        { return ErrUnreachable.Error() }
func (e *unreachable) Unwrap() error        { return e.cause }
func (e *unreachable) Is(target error) bool { return target == ErrUnreachable }
