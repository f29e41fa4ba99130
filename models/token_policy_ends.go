package models

import "time"

// EndRefusal tells why the policy does not let the owner of a token, whose time
// zone is loc, choose an end at now; nil: it does. t is nil for a token that is to
// be made, end is nil for "never". An end no later than the token has is always allowed.
func (p *TokenPolicy) EndRefusal(t *Token, end *time.Time, now time.Time, loc *time.Location) *FieldError {
	made := now
	if t != nil {
		if !later(end, t.ExpiresAt) {
			return nil
		}
		made = t.CreatedAt
	}
	var v Invalid
	limit := p.lifetimeEnd(made, loc)
	switch {
	case end == nil && !p.NeverAllowed():
		v.Add("validity", "policy_never")
	case end == nil && t != nil && p.MaxExtensionDays > 0:
		v.Add("validity", "policy_extension_never", "max", p.MaxExtensionDays)
	case limit != nil && end.After(*limit):
		v.Add("validity", "policy_lifetime", "max", p.MaxLifetimeDays, "last", lastDay(*limit, loc))
	case t != nil && p.MaxExtensionDays > 0:
		from := now
		if t.ExpiresAt != nil && t.ExpiresAt.After(now) {
			from = t.ExpiresAt.Add(-time.Microsecond) // its last day
		}
		if limit := endAfter(from, p.MaxExtensionDays, loc); end.After(limit) {
			v.Add("validity", "policy_extension", "max", p.MaxExtensionDays, "last", lastDay(limit, loc))
		}
	}
	if len(v) == 0 {
		return nil
	}
	return &v[0]
}

// expiry is Expiry under the policy. t is the token that is edited, or nil.
func (p *TokenPolicy) expiry(v *Invalid, validity, expiresOn string, t *Token, now time.Time, loc *time.Location) *time.Time {
	before := len(*v)
	end := Expiry(v, validity, expiresOn, now, loc)
	if len(*v) > before {
		return nil
	}
	if refused := p.EndRefusal(t, end, now, loc); refused != nil {
		if validity == ValidityCustom {
			refused.Field = "expires_on"
		}
		*v = append(*v, *refused)
	}
	return end
}

// later reports whether an end is after another one; nil is never.
func later(a, b *time.Time) bool {
	return b != nil && (a == nil || a.After(*b))
}

// lifetimeEnd is the latest end of a token that was made at a moment; nil: any.
func (p *TokenPolicy) lifetimeEnd(made time.Time, loc *time.Location) *time.Time {
	if p.MaxLifetimeDays == 0 {
		return nil
	}
	end := endAfter(made, p.MaxLifetimeDays, loc)
	return &end
}

// endAfter is the end of the day in loc that is so many days after that of t.
func endAfter(t time.Time, days int, loc *time.Location) time.Time {
	return StartOfDay(date(t.In(loc)).AddDate(0, 0, days+1), loc)
}

// lastDay is the last day in loc of what ends at a moment.
func lastDay(end time.Time, loc *time.Location) Day {
	return Day{date(end.Add(-time.Microsecond).In(loc))}
}

// liveTokens is how many live tokens a person may have, and whether the policy says so.
func (s *Store) liveTokens(p *TokenPolicy) (limit int, policy bool) {
	if p.MaxLive > 0 && p.MaxLive < s.Limits.LiveTokens {
		return p.MaxLive, true
	}
	return s.Limits.LiveTokens, false
}

// tooLong is the condition in SQL that a token ends later than the policy allows,
// and later than a treatment at from would let it, with so many days of notice. The
// policy counts days where the owner is, SQL periods of 24 hours. Since tokens end at
// midnight, it holds for all that end a day too late or more; and also for some that
// end just in time, which shorten finds out. It does not hold for one that ends only
// hours too late, because its owner has moved to another time zone since.
func (p *TokenPolicy) tooLong(from time.Time, notice int) (sql string, args []any) {
	const slack = 2 * time.Hour // clocks are put forward and back
	days := func(n int) time.Duration { return time.Duration(n+1)*day - slack }
	switch {
	case p.MaxLifetimeDays > 0:
		return endColumn + " > ? AND " + endColumn + " > created_at + ?",
			[]any{from.Add(days(notice)).UnixMicro(), days(p.MaxLifetimeDays).Microseconds()}
	case !p.AllowNever:
		return "expires_at IS NULL", nil
	default:
		return "FALSE", nil
	}
}
