package models

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// condition is one thing that a filter asks for, in SQL. An index that answers it
// knows it by its name.
type condition struct {
	name, sql string
	args      []any
}

// soonerThanExpiry is the condition that a planned revocation comes before the token
// expires: what comes later is not shown as planned.
const soonerThanExpiry = "(expires_at IS NULL OR revoke_at < expires_at)"

// conditions are what the tokens of a filter fulfil at now. The owner's address
// has become an id by then.
func (f AdminFilter) conditions(now time.Time, owners []int64) []condition {
	var out []condition
	add := func(name, sql string, args ...any) { out = append(out, condition{name, sql, args}) }
	ago := func(days int) int64 { return now.Add(-time.Duration(days) * day).UnixMicro() }
	us := now.UnixMicro()
	for _, id := range owners {
		add("owner", "user_id = ?", id)
	}
	if f.Text != "" {
		f.addText(add)
	}
	if f.live() {
		add("live", "live_name IS NOT NULL")
		// To the moment: jobs see to it within a minute that live_name says the same.
		add("open", endColumn+" > ?", us)
		add("unplanned", "(revoke_at IS NULL OR revoke_at > ?)", us)
	}
	switch f.Status {
	case "active", "expiring":
		add("active", "paused_at IS NULL")
	case "paused":
		add("paused", "paused_at IS NOT NULL")
	case "scheduled":
		add("scheduled", "revoked_at IS NULL AND revoke_at IS NOT NULL")
		add("sooner", soonerThanExpiry)
	case "expired":
		add("expired", "live_name IS NULL AND revoked_at IS NULL")
	case "revoked":
		add("revoked", "revoked_at IS NOT NULL")
	}
	if f.Status == "expiring" {
		add("ends", "expires_at > ? AND expires_at <= ?", us, expiringUntil(now, time.UTC).UnixMicro())
	}
	if f.Remaining > 0 {
		add("ends", "expires_at > ? AND expires_at <= ?", us, ago(-f.Remaining))
	}
	if f.Never {
		add("never", "expires_at IS NULL")
	}
	if f.Age > 0 {
		add("age", "created_at <= ?", ago(f.Age))
	}
	if f.Unused > 0 {
		add("unused", "COALESCE(last_used_at, created_at) <= ?", ago(f.Unused))
	}
	if f.AfterDeath > 0 {
		add("refused", "refused_at >= ?", ago(f.AfterDeath))
	}
	if f.Address != "" {
		add("address", "EXISTS (SELECT 1 FROM token_origins o WHERE o.token_id = tokens.id AND o.address = ?)", f.Address)
	}
	if f.Administration {
		add("administration", "administration")
	}
	return out
}

// live reports whether f chooses among live tokens only.
func (f AdminFilter) live() bool {
	return slices.Contains([]string{"live", "active", "expiring", "paused", "scheduled"}, f.Status) ||
		f.Never || f.Remaining > 0 || f.Unused > 0
}

// impossible reports whether no token can be as f asks.
func (f AdminFilter) impossible() bool {
	return f.live() && (f.Status == "expired" || f.Status == "revoked") ||
		f.Never && (f.Remaining > 0 || f.Status == "expiring")
}

func (f AdminFilter) addText(add func(name, sql string, args ...any)) {
	prefix, args := f.prefix()
	if f.couldBeLastFour() {
		add("text or last four", "("+prefix+" OR last_four = ?)", append(args, f.Text)...)
	} else {
		add("text", prefix, args...)
	}
}

// prefix is the condition that the name begins with f.Text.
func (f AdminFilter) prefix() (sql string, args []any) {
	from := fold(f.Text)
	if to := prefixEnd(from); to != "" {
		return "(name_key >= ? AND name_key < ?)", []any{from, to}
	}
	return "name_key >= ?", []any{from}
}

func (f AdminFilter) couldBeLastFour() bool {
	return len(f.Text) == 4 && !strings.ContainsFunc(f.Text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// prefixEnd is the first text after all that begin with prefix, in the order of
// their bytes; "" when there is none.
func prefixEnd(prefix string) string {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case r == 0xD7FF:
			return prefix + "\uE000" // what lies between is no character
		case r < utf8.MaxRune:
			return prefix + string(r+1)
		}
	}
	return ""
}
