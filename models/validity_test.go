package models_test

import (
	"testing"
	"time"

	"tessera/models"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	return must(time.LoadLocation(name))(t)
}

func TestExpiry(t *testing.T) {
	for _, c := range []struct {
		name, zone, now, validity, on, want, refused string
	}{
		{"7 days", "UTC", "2026-12-14T03:00:00Z", "7", "", "2026-12-22T00:00:00Z", ""},
		{"30 days", "UTC", "2026-12-14T03:00:00Z", "30", "", "2027-01-14T00:00:00Z", ""},
		{"60 days", "UTC", "2026-12-14T03:00:00Z", "60", "", "2027-02-13T00:00:00Z", ""},
		{"90 days", "UTC", "2026-12-14T03:00:00Z", "90", "", "2027-03-15T00:00:00Z", ""},
		{"365 days", "UTC", "2026-12-14T03:00:00Z", "365", "", "2027-12-15T00:00:00Z", ""},
		{"never", "UTC", "2026-12-14T03:00:00Z", "never", "2026-01-01", "", ""},
		{"custom", "UTC", "2026-12-14T03:00:00Z", "custom", "2027-02-21", "2027-02-22T00:00:00Z", ""},
		{"date without custom", "UTC", "2026-12-14T03:00:00Z", "7", "2027-02-21", "2026-12-22T00:00:00Z", ""},

		{"Tokyo", "Asia/Tokyo", "2026-12-14T03:00:00Z", "custom", "2027-02-21", "2027-02-21T15:00:00Z", ""},
		{"Tokyo is a day ahead", "Asia/Tokyo", "2026-12-13T15:00:00Z", "7", "", "2026-12-21T15:00:00Z", ""},
		{"Tokyo is not yet ahead", "Asia/Tokyo", "2026-12-13T14:59:59Z", "7", "", "2026-12-20T15:00:00Z", ""},
		{"Kiritimati", "Pacific/Kiritimati", "2026-12-14T03:00:00Z", "7", "", "2026-12-21T10:00:00Z", ""},
		{"Nepal", "Asia/Kathmandu", "2026-12-14T03:00:00Z", "7", "", "2026-12-21T18:15:00Z", ""},
		{"into summer time", "America/New_York", "2026-12-14T03:00:00Z", "90", "", "2027-03-14T05:00:00Z", ""},
		{"the day of the change", "America/New_York", "2026-12-14T03:00:00Z", "custom", "2027-03-14", "2027-03-15T04:00:00Z", ""},
		{"a day of 25 hours", "Europe/Berlin", "2026-10-20T12:00:00Z", "custom", "2026-10-25", "2026-10-25T23:00:00Z", ""},
		// Clocks go from 23:59 to 01:00: the next day starts at 01:00.
		{"no midnight in Santiago", "America/Santiago", "2026-08-01T12:00:00Z", "custom", "2026-09-05", "2026-09-06T04:00:00Z", ""},
		{"no midnight in Cairo", "Africa/Cairo", "2027-04-01T12:00:00Z", "custom", "2027-04-29", "2027-04-29T22:00:00Z", ""},
		{"two midnights in Cairo", "Africa/Cairo", "2026-10-01T12:00:00Z", "custom", "2026-10-29", "2026-10-29T22:00:00Z", ""},

		{"leap day", "UTC", "2027-12-14T03:00:00Z", "custom", "2028-02-29", "2028-03-01T00:00:00Z", ""},
		{"no leap day", "UTC", "2026-12-14T03:00:00Z", "custom", "2027-02-29", "", "expires_on:expires_on_invalid"},
		{"30 February", "UTC", "2026-12-14T03:00:00Z", "custom", "2027-02-30", "", "expires_on:expires_on_invalid"},
		{"31 April", "UTC", "2026-12-14T03:00:00Z", "custom", "2027-04-31", "", "expires_on:expires_on_invalid"},
		{"today", "Asia/Tokyo", "2026-12-14T14:59:59Z", "custom", "2026-12-14", "2026-12-14T15:00:00Z", ""},
		{"yesterday", "Asia/Tokyo", "2026-12-14T15:00:00Z", "custom", "2026-12-14", "", "expires_on:expires_on_past"},
		{"year 0", "UTC", "2026-12-14T03:00:00Z", "custom", "0000-01-01", "", "expires_on:expires_on_past"},
		{"ten years", "Asia/Tokyo", "2026-12-14T03:00:00Z", "custom", "2036-12-14", "2036-12-14T15:00:00Z", ""},
		{"ten years and a day", "Asia/Tokyo", "2026-12-14T03:00:00Z", "custom", "2036-12-15", "", "expires_on:expires_on_too_far"},
		{"ten years from a leap day", "UTC", "2028-02-29T03:00:00Z", "custom", "2038-03-01", "2038-03-02T00:00:00Z", ""},
		{"year 9999", "UTC", "2026-12-14T03:00:00Z", "custom", "9999-12-31", "", "expires_on:expires_on_too_far"},

		{"no date", "UTC", "2026-12-14T03:00:00Z", "custom", "", "", "expires_on:expires_on_required"},
		{"no date at all", "UTC", "2026-12-14T03:00:00Z", "custom", "tomorrow", "", "expires_on:expires_on_invalid"},
		{"other order", "UTC", "2026-12-14T03:00:00Z", "custom", "21-02-2027", "", "expires_on:expires_on_invalid"},
		{"with a time", "UTC", "2026-12-14T03:00:00Z", "custom", "2027-02-21T00:00", "", "expires_on:expires_on_invalid"},
		{"NUL", "UTC", "2026-12-14T03:00:00Z", "custom", "2027-02-21\x00", "", "expires_on:expires_on_invalid"},
		{"no validity", "UTC", "2026-12-14T03:00:00Z", "", "", "", "validity:validity_unknown"},
		{"8 days", "UTC", "2026-12-14T03:00:00Z", "8", "", "", "validity:validity_unknown"},
		{"007 days", "UTC", "2026-12-14T03:00:00Z", "007", "", "", "validity:validity_unknown"},
		{"+7 days", "UTC", "2026-12-14T03:00:00Z", "+7", "", "", "validity:validity_unknown"},
		{"0 days", "UTC", "2026-12-14T03:00:00Z", "0", "", "", "validity:validity_unknown"},
		{"keep", "UTC", "2026-12-14T03:00:00Z", "keep", "", "", "validity:validity_unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := must(time.Parse(time.RFC3339, c.now))(t)
			var v models.Invalid
			got := ""
			if end := models.Expiry(&v, c.validity, c.on, now, zone(t, c.zone)); end != nil {
				got = end.Format(time.RFC3339Nano)
			}
			if got != c.want || refusals(t, v.Err()) != c.refused {
				t.Errorf("%s, %q, not %s, %q", got, refusals(t, v.Err()), c.want, c.refused)
			}
		})
	}
}

// In each zone each day begins where the one before ends, with no moment between.
func TestStartOfDay(t *testing.T) {
	for _, name := range []string{
		"UTC", "Asia/Tokyo", "America/Santiago", "Africa/Cairo", "America/Havana", "America/Asuncion", "Asia/Beirut",
		"Asia/Gaza", "Africa/Casablanca", "Atlantic/Azores", "America/Nuuk", "Australia/Lord_Howe", "Asia/Kolkata",
		"Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "Antarctica/Troll",
	} {
		loc := zone(t, name)
		for i := range 3 * 366 {
			day := time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
			start := models.StartOfDay(day, loc)
			first, before := start.In(loc), start.Add(-time.Microsecond).In(loc)
			if start.Location() != time.UTC || first.Format(time.DateOnly) != day.Format(time.DateOnly) ||
				before.Format(time.DateOnly) >= day.Format(time.DateOnly) {
				t.Errorf("%s: %s starts at %v, after %v", name, day.Format(time.DateOnly), first, before)
			}
		}
	}
}
