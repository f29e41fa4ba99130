package models

import (
	"sort"
	"strconv"
	"time"
)

// How long a token lives, as chosen in a form. The numbers are days.
const (
	ValidityKeep   = "keep"   // when editing: leave the date as it is
	ValidityCustom = "custom" // until the end of a chosen day
	ValidityNever  = "never"
)

// ValidityDays are the offered periods in days; DefaultValidity is chosen at first.
var ValidityDays = []int{7, 30, 60, 90, 365}

// DefaultValidity of a new token.
const DefaultValidity = "90"

// maxYears is how far ahead an expiry date may lie.
const maxYears = 10

// Expiry returns the first moment at which a token of this validity is no
// longer good: the start of the day after its last day in loc. Nil means never.
// expiresOn is the last day as YYYY-MM-DD and counts for ValidityCustom only.
// Refusals are noted in v under "validity" and "expires_on".
func Expiry(v *Invalid, validity, expiresOn string, now time.Time, loc *time.Location) *time.Time {
	today := now.In(loc)
	var last time.Time // its date counts, in UTC, where each day has 24 hours
	switch validity {
	case ValidityNever:
		return nil
	case ValidityCustom:
		last = customDay(v, expiresOn, today)
		if last.IsZero() {
			return nil
		}
	default:
		days := 0
		for _, d := range ValidityDays {
			if validity == strconv.Itoa(d) {
				days = d
			}
		}
		if days == 0 {
			v.Add("validity", "validity_unknown")
			return nil
		}
		last = date(today).AddDate(0, 0, days)
	}
	end := StartOfDay(last.AddDate(0, 0, 1), loc)
	return &end
}

func customDay(v *Invalid, expiresOn string, today time.Time) time.Time {
	if expiresOn == "" {
		v.Add("expires_on", "expires_on_required")
		return time.Time{}
	}
	last, err := time.Parse(time.DateOnly, expiresOn)
	first, furthest := ExpiryDays(today, today.Location())
	switch {
	case err != nil:
		v.Add("expires_on", "expires_on_invalid")
	case last.Before(first):
		v.Add("expires_on", "expires_on_past", "first", Day{first}, "given", Day{last})
	case last.After(furthest):
		v.Add("expires_on", "expires_on_too_far", "last", Day{furthest})
	default:
		return last
	}
	return time.Time{}
}

// ExpiryDays returns the first and the last day that can be chosen in loc, as midnight UTC.
func ExpiryDays(now time.Time, loc *time.Location) (first, last time.Time) {
	first = date(now.In(loc))
	return first, first.AddDate(maxYears, 0, 0)
}

// Day is a calendar day without a time zone, held as midnight UTC.
type Day struct{ time.Time }

// date is t's calendar day as midnight UTC.
func date(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// StartOfDay returns the first moment of day's date in loc, as UTC. It is not
// always 00:00: where clocks are put forward at midnight, the day starts at 01:00.
func StartOfDay(day time.Time, loc *time.Location) time.Time {
	y, m, d := day.Date()
	day = date(day)
	before := time.Date(y, m, d, 12, 0, 0, 0, loc).Add(-26 * time.Hour)
	seconds := sort.Search(int(26*time.Hour/time.Second), func(s int) bool {
		return !date(before.Add(time.Duration(s) * time.Second)).Before(day)
	})
	return before.Add(time.Duration(seconds) * time.Second).UTC()
}
