package outbound

import (
	"encoding/binary"
	"net/netip"
)

func prefixes(all ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Special-purpose addresses (IANA registries, RFC 6890 and later), and all that
// is not global unicast. Those of IPv6 below 2000::/3 need no row.
var (
	denied = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "3fff::/20",
	)
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour     = netip.MustParsePrefix("2002::/16")
)

// inner returns the IPv4 address that addr leads to when it is mapped (RFC
// 4291), of NAT64 (RFC 6052) or of 6to4 (RFC 3056), and else addr. Zones are dropped.
func inner(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if !addr.Is6() {
		return addr
	}
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:]))
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:]))
	}
	return addr
}

// deniedAddr reports whether addr is none of the open internet's.
func deniedAddr(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" {
		return true
	}
	addr = inner(addr)
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return true
	}
	for _, p := range denied {
		if p.Contains(addr) {
			return true
		}
	}
	// The two that hide an address behind bits of their own: Teredo lies within
	// 2001::/23; ISATAP (RFC 5214) may have any prefix.
	if addr.Is6() {
		b := addr.As16()
		if id := binary.BigEndian.Uint32(b[8:]); id == 0x00005efe || id == 0x02005efe {
			return deniedAddr(netip.AddrFrom4([4]byte(b[12:])))
		}
	}
	return false
}
