package outbound

import (
	"net/netip"
	"net/url"
	"testing"
)

var deniedAddresses = []string{
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
	"172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
	"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1",
	"64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
	"2002:a9fe:a9fe::", "3fff::1", "3ffe:ffff::5efe:7f00:1", "2600::200:5efe:10.0.0.1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
	"ff02::1", "4000::1",
}

var openAddresses = []string{
	"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255",
	"2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::",
}

func TestDeniedAddresses(t *testing.T) {
	for _, s := range deniedAddresses {
		if !deniedAddr(netip.MustParseAddr(s)) {
			t.Errorf("%s is not denied", s)
		}
	}
	for _, s := range openAddresses {
		if deniedAddr(netip.MustParseAddr(s)) {
			t.Errorf("%s is denied", s)
		}
	}
	if !deniedAddr(netip.Addr{}) {
		t.Error("no address at all is not denied")
	}
}

func TestTargets(t *testing.T) {
	refused := []string{
		"", "/x", "//example.com", "example.com", "file:///etc/passwd", "ftp://example.com/", "gopher://example.com:70/", "javascript:1",
		"https:example.com", "https:///x", "https://user@example.com/", "https://user:pw@example.com/", "https://@example.com/",
		"https://example.com:0/", "https://example.com:65536/", "https://example.com:0443/",
		"https://127.1/", "https://0x7f.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://1.2.3.4.5/",
		"https://[fe80::1%25eth0]/", "https://[::1]x/", "https://a..b/", "https://exa mple.com/", "https://a%2fb/",
		"https://ex_*ample.com/",
	}
	for _, s := range refused {
		u, err := url.Parse(s)
		if err != nil {
			continue
		}
		if got, err := new(Rules).parseTarget(u); err == nil {
			t.Errorf("%q is taken for host %s", s, got.host)
		}
	}
	for s, want := range map[string]string{
		"https://Example.COM./a?b=c#d":  "https://example.com/a?b=c",
		"https://example.com:443/":      "https://example.com/",
		"http://example.com":            "http://example.com",
		"https://127.0.0.1./":           "https://127.0.0.1/",
		"https://[2606:4700::1111]/":    "https://[2606:4700::1111]/",
		"https://例え.テスト/":               "https://xn--r8jz45g.xn--zckzah/",
		"https://127.0.0.1/":            "https://127.0.0.1/",
		"https://xn--r8jz45g.example/x": "https://xn--r8jz45g.example/x",
	} {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := new(Rules).parseTarget(u)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if g := got.url.String(); g != want {
			t.Errorf("%s becomes %s", s, g)
		}
	}
}

func TestRules(t *testing.T) {
	for _, bad := range []string{"", "example.com", ":443", "example.com:", "example.com:0", "example.com:http", "10.0.0.0/33", "1.2.3:443", "fe80::1%eth0"} {
		if err := new(Rules).Add(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	var r Rules
	for _, good := range []string{"10.1.0.0/16", "192.168.7.7", "fd00::/8", "Intranet.Example:8443", "[::1]:8080"} {
		if err := r.Add(good); err != nil {
			t.Error(err)
		}
	}
	for s, want := range map[string]bool{
		"10.1.2.3": true, "10.2.0.1": false, "::ffff:10.1.2.3": true, "64:ff9b::10.1.2.3": true, "192.168.7.7": true, "192.168.7.8": false, "fd00::1": true,
	} {
		if r.network(netip.MustParseAddr(s)) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
	if !r.host("intranet.example", "8443") || r.host("intranet.example", "443") || !r.host("::1", "8080") {
		t.Error("hosts with ports")
	}
}

// FuzzTarget looks for an address whose text passes and that is not what it seems:
// whatever passes without any rule is https or http, has no user, and, where it
// is an IP address, is denied in each of its wrappings or in none.
func FuzzTarget(f *testing.F) {
	for _, s := range deniedAddresses {
		f.Add("https://[" + s + "]/")
		f.Add("https://" + s + "/")
	}
	for _, s := range []string{"https://例え.テスト:443/", "https://127.0.0.1/", "https://a@b/", "https://0x7f.1", "http://[::ffff:127.0.0.1]:80/"} {
		f.Add(s)
	}
	c := New(Config{})
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		got, err := c.rules.parseTarget(u)
		if err != nil {
			return
		}
		if got.url.User != nil || got.url.Scheme != "https" && got.url.Scheme != "http" {
			t.Fatalf("%q passes as %s", s, got.url)
		}
		again, err := c.rules.parseTarget(got.url)
		if err != nil || again.url.String() != got.url.String() || again.host != got.host {
			t.Fatalf("%q becomes %s and then %v %v", s, got.url, again.url, err)
		}
		if a := got.literal; a.IsValid() && inner(a).Is4() {
			four := inner(a)
			b := four.As4()
			mapped := netip.AddrFrom16(four.As16())
			for _, wrapped := range []netip.Addr{
				mapped, netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: b[0], b[1], b[2], b[3]}),
				netip.AddrFrom16([16]byte{0x20, 0x02, b[0], b[1], b[2], b[3]}),
			} {
				if deniedAddr(wrapped) != deniedAddr(four) {
					t.Fatalf("%s and %s are not judged alike", wrapped, four)
				}
			}
		}
	})
}
