package models

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PolicyTreatment says what a new policy means for the tokens that are there.
type PolicyTreatment struct {
	Shorten bool // what ends too late ends earlier; else it is left as it is
	Notice  int  // days that owners have at least before the new policy holds for their tokens; with Shorten
}

const (
	maxNetworks = 100
	maxNotice   = 365 // days
)

// Query returns what was chosen of p as the parameters that ParseTokenPolicy reads.
func (p *TokenPolicy) Query() url.Values {
	q := url.Values{"version": {strconv.FormatInt(p.Version, 10)}, "unused_action": {p.UnusedAction}}
	for name, n := range p.numbers() {
		if *n != 0 {
			q.Set(name, strconv.Itoa(*n))
		}
	}
	if p.AllowNever {
		q.Set("allow_never", "1")
	}
	var networks []string
	for _, n := range p.Networks {
		networks = append(networks, n.String())
	}
	if len(networks) > 0 {
		q.Set("networks", strings.Join(networks, "\n"))
	}
	return q
}

// numbers are the limits by the names of their fields.
func (p *TokenPolicy) numbers() map[string]*int {
	return map[string]*int{
		"max_lifetime": &p.MaxLifetimeDays, "max_extension": &p.MaxExtensionDays, "max_live": &p.MaxLive, "max_unused": &p.MaxUnusedDays,
	}
}

// ParseTokenPolicy reads a policy from named parameters, of which get returns the
// value or "". Error: CodeInvalid with those that can't be understood; the policy
// then has the others.
func ParseTokenPolicy(get func(string) string) (TokenPolicy, error) {
	p := TokenPolicy{AllowNever: get("allow_never") != "", UnusedAction: get("unused_action")}
	var v Invalid
	for name, n := range p.numbers() {
		*n = parseNumber(&v, name, get(name))
	}
	slices.SortFunc(v, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	p.Networks = parseNetworks(&v, get("networks"))
	p.Version, _ = strconv.ParseInt(get("version"), 10, 64) // what is none is never current
	return p, v.Err()
}

func parseNumber(v *Invalid, field, text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		v.Add(field, "policy_whole")
	}
	return max(0, n)
}

// parseNetworks reads networks and single addresses, separated by white space or commas.
func parseNetworks(v *Invalid, text string) []netip.Prefix {
	var out []netip.Prefix
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) }) {
		network, err := netip.ParsePrefix(word)
		if addr, addrErr := netip.ParseAddr(word); addrErr == nil && addr.Zone() == "" {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil || network.Addr().Is4In6() {
			v.Add("networks", "policy_network", "given", strings.ToValidUTF8(word, "\uFFFD"))
			return out
		}
		if network = network.Masked(); !slices.Contains(out, network) {
			out = append(out, network)
		}
	}
	return out
}

// Query returns t as the parameters that ParsePolicyTreatment reads.
func (t PolicyTreatment) Query() url.Values {
	if !t.Shorten {
		return url.Values{"existing": {"leave"}}
	}
	return url.Values{"existing": {"shorten"}, "notice": {strconv.Itoa(t.Notice)}}
}

// ParsePolicyTreatment reads a treatment from named parameters. Error: CodeInvalid.
func ParsePolicyTreatment(get func(string) string) (PolicyTreatment, error) {
	var v Invalid
	var t PolicyTreatment
	switch get("existing") {
	case "leave":
	case "shorten":
		t.Shorten = true
		n, err := strconv.Atoi(strings.TrimSpace(get("notice")))
		if t.Notice = n; err != nil {
			v.Add("notice", "policy_notice", "max", maxNotice)
		}
	default:
		v.Add("existing", "policy_existing")
	}
	return t, v.Err()
}

// checkPolicy adds to v what can't hold.
func (s *Store) checkPolicy(v *Invalid, p *TokenPolicy, t PolicyTreatment) {
	for _, field := range []string{"max_extension", "max_lifetime", "max_unused"} {
		if n := *p.numbers()[field]; n < 0 || n > maxFilterDays {
			v.Add(field, "policy_number", "max", maxFilterDays)
		}
	}
	if p.MaxLive < 0 || p.MaxLive > s.Limits.LiveTokens {
		v.Add("max_live", "policy_live_max", "max", s.Limits.LiveTokens)
	}
	if p.UnusedAction != UnusedPause && p.UnusedAction != UnusedRevoke {
		v.Add("unused_action", "policy_action")
	}
	if len(p.Networks) > maxNetworks {
		v.Add("networks", "policy_networks", "max", maxNetworks)
	}
	for _, n := range p.Networks {
		if !n.IsValid() || n != n.Masked() || n.Addr().Is4In6() {
			v.Add("networks", "policy_network", "given", n.String())
			break
		}
	}
	if t.Shorten && (t.Notice < 0 || t.Notice > maxNotice) {
		v.Add("notice", "policy_notice", "max", maxNotice)
	}
}
