package models

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tessera/models/token"
)

// AdminFilter chooses among the tokens of everybody. Its zero value chooses all;
// what is set must all hold. Days are periods of 24 hours.
type AdminFilter struct {
	Owner          string // whole e-mail address, without regard to case
	UserID         int64  // 0: any
	Text           string // the name begins with it, or it is the last four characters of the secret
	Status         string // one of AdminStatuses; empty: any
	Age            int    // made at least so many days ago
	Remaining      int    // live, and ends within so many days
	Unused         int    // live, and not used for so many days, or never since it was made
	Never          bool   // live, and never expires
	AfterDeath     int    // refused in the last so many days because it was dead, or is paused
	Address        string // requests came from there, lately
	Administration bool   // has the right to administer
}

// AdminStatuses are what AdminFilter.Status may be. Live is all that is neither
// revoked nor expired; active, of these, what is not paused; expiring, of those,
// what ends within ExpiringDays, which are days in UTC; scheduled, what is live and has a planned end.
var AdminStatuses = []string{"live", "active", "expiring", "paused", "scheduled", "expired", "revoked"}

// AdminFilterNames are the parameters that ParseAdminFilter reads.
var AdminFilterNames = []string{"owner", "user", "q", "status", "age", "remaining", "unused", "never", "after_death", "address", "administration"}

// maxFilterDays is the longest period that can be asked for.
const maxFilterDays = 3650

// Query returns f as the parameters that ParseAdminFilter reads; what is not set has none.
func (f AdminFilter) Query() url.Values {
	q := url.Values{}
	text := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	days := func(name string, n int) {
		if n != 0 {
			q.Set(name, strconv.Itoa(n))
		}
	}
	yes := func(name string, set bool) {
		if set {
			q.Set(name, "1")
		}
	}
	text("owner", f.Owner)
	if f.UserID != 0 {
		q.Set("user", strconv.FormatInt(f.UserID, 10))
	}
	text("q", f.Text)
	text("status", f.Status)
	days("age", f.Age)
	days("remaining", f.Remaining)
	days("unused", f.Unused)
	yes("never", f.Never)
	days("after_death", f.AfterDeath)
	text("address", f.Address)
	yes("administration", f.Administration)
	return q
}

// ParseAdminFilter reads a filter from named parameters, of which get returns the
// value or "". Error: CodeInvalid with the parameters that can't be understood;
// the filter then has the others.
func ParseAdminFilter(get func(string) string) (AdminFilter, error) {
	var v Invalid
	text := func(name string) string { return filterText(&v, get, name) }
	days := func(name string) int {
		value := strings.TrimSpace(get(name))
		if value == "" {
			return 0
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxFilterDays {
			v.Add(name, "filter_days", "max", maxFilterDays)
			return 0
		}
		return n
	}
	yes := func(name string) bool {
		switch get(name) {
		case "", "0", "false":
			return false
		case "1", "true":
			return true
		}
		v.Add(name, "filter_yes")
		return false
	}
	f := AdminFilter{
		Owner: text("owner"), Text: text("q"), Status: get("status"),
		Age: days("age"), Remaining: days("remaining"), Unused: days("unused"), AfterDeath: days("after_death"),
		Never: yes("never"), Address: filterAddress(&v, get, "address"), Administration: yes("administration"),
	}
	if f.Status != "" && !slices.Contains(AdminStatuses, f.Status) {
		v.Add("status", "filter_status")
		f.Status = ""
	}
	if user := get("user"); user != "" {
		var err error
		if f.UserID, err = strconv.ParseInt(user, 10, 64); err != nil || f.UserID < 1 {
			v.Add("user", "filter_user")
			f.UserID = 0
		}
	}
	return f, v.Err()
}

// AdminListNames are the parameters by which the list of tokens is ordered and paged.
// They choose no tokens.
var AdminListNames = []string{"sort", "dir", "before", "after", "last"}

// filterAddress reads a parameter that is an IP address, as it is written in short.
func filterAddress(v *Invalid, get func(string) string, name string) string {
	n := len(*v)
	value := filterText(v, get, name)
	if value == "" || len(*v) > n {
		return ""
	}
	addr, err := netip.ParseAddr(value)
	if err != nil {
		v.Add(name, "filter_address")
		return ""
	}
	return addr.Unmap().String() // as the usage has it
}

// filterText reads a parameter that is a text. One with a secret in it is refused:
// filters stand in addresses, jobs and the audit log.
func filterText(v *Invalid, get func(string) string, name string) string {
	value := strings.TrimSpace(get(name))
	switch {
	case token.Within(value):
		v.Add(name, "filter_secret")
	case !storable(value) || utf8.RuneCountInString(value) > 254:
		v.Add(name, "filter_text")
	default:
		return value
	}
	return ""
}
