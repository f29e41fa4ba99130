package outbound

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Rules are what an operator opened besides the open internet: networks, with
// every port, and single hosts with a port.
type Rules struct {
	networks []netip.Prefix
	hosts    map[string]bool // host:port
}

// Add opens what one --outbound-allow names: CIDR, an address or HOST:PORT.
func (r *Rules) Add(s string) error {
	s = strings.TrimSpace(s)
	if p, err := netip.ParsePrefix(s); err == nil {
		r.networks = append(r.networks, p.Masked())
		return nil
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		r.networks = append(r.networks, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if n, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || n == 0 {
		return fmt.Errorf("%q is neither a network such as 10.0.0.0/8 nor of the form host:port", s)
	}
	if host, err = cleanHost(host); err != nil {
		return fmt.Errorf("%q does not begin with a host", s)
	}
	if r.hosts == nil {
		r.hosts = map[string]bool{}
	}
	r.hosts[net.JoinHostPort(host, port)] = true
	return nil
}

func (r *Rules) host(host, port string) bool { return r.hosts[net.JoinHostPort(host, port)] }

func (r *Rules) network(addr netip.Addr) bool {
	addr = inner(addr)
	for _, p := range r.networks {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// target is an address that a request may go to, as far as its text tells.
type target struct {
	url        *url.URL
	host, port string
	literal    netip.Addr // valid when host is an IP address
	named      bool       // the operator named host and port
}

// parseTarget takes an address apart. Only what it returns is ever requested.
func (r *Rules) parseTarget(address *url.URL) (target, error) {
	var t target
	u := *address
	if u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "" || u.User != nil || u.Host == "" {
		return t, ErrNotAllowed
	}
	host, err := cleanHost(u.Hostname())
	if err != nil {
		return t, err
	}
	t.host, t.port = host, u.Port()
	if t.port == "" {
		t.port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	if n, err := strconv.ParseUint(t.port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != t.port {
		return t, ErrNotAllowed
	}
	t.literal, _ = netip.ParseAddr(host)
	t.named = r.host(t.host, t.port)
	u.Host = net.JoinHostPort(t.host, t.port)
	if u.Scheme == "https" && t.port == "443" || u.Scheme == "http" && t.port == "80" {
		u.Host = strings.TrimSuffix(u.Host, ":"+t.port)
	}
	u.Fragment, u.RawFragment = "", ""
	t.url = &u
	return t, nil
}

// cleanHost returns a host name in the form that is resolved: lower-case ASCII,
// no final dot; or an IP address. What only some resolvers take for an address
// ("127.1", "0x7f000001", "2130706433") is refused.
func cleanHost(host string) (string, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" {
			return "", ErrNotAllowed
		}
		return a.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || ascii == "" || len(ascii) > 253 {
		return "", ErrNotAllowed
	}
	if again, err := idna.Lookup.ToASCII(ascii); err != nil || again != ascii { // no name that anybody has
		return "", ErrNotAllowed
	}
	if a, err := netip.ParseAddr(ascii); err == nil { // written in wide digits, for instance
		return a.String(), nil
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if last == "" || last[0] >= '0' && last[0] <= '9' || strings.ContainsAny(ascii, ":%[]/\\") ||
		ascii[0] == '.' || strings.Contains(ascii, "..") {
		return "", ErrNotAllowed
	}
	return ascii, nil
}

// check reports whether a request to t may use addr.
func (c *Client) check(t target, addr netip.Addr) error {
	port, err := strconv.ParseUint(t.port, 10, 16)
	if err != nil || c.ourselves(netip.AddrPortFrom(inner(addr), uint16(port))) {
		return ErrNotAllowed
	}
	open := t.named || c.rules.network(addr)
	usual := t.url.Scheme == "https" && t.port == "443"
	if !open && (!usual || deniedAddr(addr) || c.own(inner(addr))) {
		return ErrNotAllowed
	}
	return nil
}
