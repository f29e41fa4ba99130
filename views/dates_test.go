package views

import (
	"testing"
	"time"
)

// page returns a Page at noon of 23 November 2026 in Tokyo.
func page(t testing.TB, lang, zone string, now time.Time) Page {
	t.Helper()
	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return Page{Locale: locales.Match(lang), Zone: loc, Now: now, Theme: "system", Path: "/", Version: "1.0.0"}
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

func TestAbsoluteDates(t *testing.T) {
	when := at(t, "2027-02-21T14:59:00Z") // 23:59 in Tokyo
	for _, c := range []struct {
		lang, zone, date, dateTime, long string
	}{
		{"en", "Asia/Tokyo", "21 Feb 2027", "21 Feb 2027, 23:59", "Sunday 21 February 2027 at 23:59"},
		{"ja", "Asia/Tokyo", "2027年2月21日", "2027年2月21日 23:59", "2027年2月21日（日）23:59"},
		{"en", "America/Los_Angeles", "21 Feb 2027", "21 Feb 2027, 06:59", "Sunday 21 February 2027 at 06:59"},
		{"en", "Pacific/Kiritimati", "22 Feb 2027", "22 Feb 2027, 04:59", "Monday 22 February 2027 at 04:59"},
	} {
		p := page(t, c.lang, c.zone, when)
		if got := p.Date(when); got != c.date {
			t.Errorf("%s %s: Date %q, want %q", c.lang, c.zone, got, c.date)
		}
		if got := p.DateTime(when); got != c.dateTime {
			t.Errorf("%s %s: DateTime %q, want %q", c.lang, c.zone, got, c.dateTime)
		}
		if got := p.Long(when); got != c.long {
			t.Errorf("%s %s: Long %q, want %q", c.lang, c.zone, got, c.long)
		}
	}
}

func TestDaysAreCalendarDays(t *testing.T) {
	now := at(t, "2026-11-23T11:35:00Z") // 20:35 in Tokyo
	for _, c := range []struct{ zone, then, en, ja string }{
		{"Asia/Tokyo", "2026-11-23T14:59:00Z", "today", "今日"},
		{"Asia/Tokyo", "2026-11-23T15:00:00Z", "tomorrow", "明日"},
		{"Asia/Tokyo", "2026-11-22T14:59:00Z", "yesterday", "昨日"},
		{"Asia/Tokyo", "2026-11-29T14:59:00Z", "in 6 days", "あと6日"},
		{"Asia/Tokyo", "2027-01-31T14:59:00Z", "in 69 days", "あと69日"},
		{"Asia/Tokyo", "2027-02-21T14:59:00Z", "in 90 days", "あと90日"},
		{"Asia/Tokyo", "2027-11-18T14:59:00Z", "in 12 months", "あと12か月"},
		{"Asia/Tokyo", "2031-11-18T14:59:00Z", "in 5 years", "あと5年"},
		{"Asia/Tokyo", "2026-09-14T14:59:00Z", "70 days ago", "70日前"},
		// The clocks go back in Berlin on 25 October: that day has 25 hours.
		{"Europe/Berlin", "2026-11-25T22:59:00Z", "in 2 days", "あと2日"},
		{"Europe/Berlin", "2026-10-24T21:59:00Z", "30 days ago", "30日前"},
	} {
		for lang, want := range map[string]string{"en": c.en, "ja": c.ja} {
			if got := page(t, lang, c.zone, now).Days(at(t, c.then)); got != want {
				t.Errorf("%s in %s: %q, want %q", c.then, c.zone, got, want)
			}
		}
	}
	// A day of 23 hours (New York, 8 March 2026) is one day too.
	p := page(t, "en", "America/New_York", at(t, "2026-03-08T05:30:00Z"))
	if got := p.Days(at(t, "2026-03-09T04:10:00Z")); got != "tomorrow" {
		t.Errorf("across the change to summer time: %q, want tomorrow", got)
	}
}

func TestAgo(t *testing.T) {
	now := at(t, "2026-11-23T11:35:00Z")
	for _, c := range []struct{ then, en, ja string }{
		{"2026-11-23T11:35:10Z", "just now", "たった今"}, // a clock that runs ahead
		{"2026-11-23T11:34:48Z", "12 seconds ago", "12秒前"},
		{"2026-11-23T11:34:00Z", "1 minute ago", "1分前"},
		{"2026-11-23T06:30:00Z", "5 hours ago", "5時間前"},
		{"2026-11-22T11:36:00Z", "23 hours ago", "23時間前"},
		{"2026-11-22T09:02:00Z", "Yesterday, 18:02", "昨日 18:02"},
		{"2026-11-15T18:00:00Z", "16 Nov, 03:00", "11月16日 03:00"},
		{"2025-09-14T00:40:00Z", "14 Sep 2025", "2025年9月14日"},
	} {
		for lang, want := range map[string]string{"en": c.en, "ja": c.ja} {
			if got := page(t, lang, "Asia/Tokyo", now).Ago(at(t, c.then)); got != want {
				t.Errorf("%s: %q, want %q", c.then, got, want)
			}
		}
	}
}

func TestLastMinuteIsBeforeTheExclusiveExpiry(t *testing.T) {
	p := page(t, "en", "Asia/Tokyo", at(t, "2026-11-23T11:35:00Z"))
	if got := p.Long(LastMinute(at(t, "2027-02-21T15:00:00Z"))); got != "Sunday 21 February 2027 at 23:59" {
		t.Errorf("last minute: %q", got)
	}
}

func TestZonesExist(t *testing.T) {
	zones := Zones()
	if len(zones) < 400 {
		t.Fatalf("only %d zones", len(zones))
	}
	for _, zone := range zones {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
	}
}
