package views

import (
	"strconv"
	"strings"
	"time"
)

// datePrefix starts the catalogue keys of patterns and names. In a pattern {y} is the year,
// {m} and {mon} and {month} the month as figure, short and long name, {d} the day, {wd} and
// {weekday} the day of the week, {hh} and {mm} the time.
const datePrefix = "date."

// dateFormats are a language's ways to write a date.
type dateFormats struct {
	date, dayMonth, dateTime, dayTime, longDate, long, clock, yesterday datePattern
	months, monthsShort, weekdays, weekdaysShort                        []string
}

func newDateFormats(messages map[string]string) dateFormats {
	pattern := func(key string) datePattern { return parsePattern(messages[datePrefix+key]) }
	names := func(key string) []string { return strings.Fields(messages[datePrefix+key]) }
	return dateFormats{
		date:          pattern("date"),
		dayMonth:      pattern("day_month"),
		dateTime:      pattern("date_time"),
		dayTime:       pattern("day_time"),
		longDate:      pattern("long_date"),
		long:          pattern("long"),
		clock:         pattern("clock"),
		yesterday:     pattern("yesterday_at"),
		months:        names("months"),
		monthsShort:   names("months_short"),
		weekdays:      names("weekdays"),
		weekdaysShort: names("weekdays_short"),
	}
}

// datePattern is literal text and fields in turn, the text first.
type datePattern []string

func parsePattern(s string) datePattern {
	return strings.FieldsFunc(strings.NewReplacer("{", "\x00{", "}", "\x00").Replace(s),
		func(r rune) bool { return r == 0 })
}

func (f *dateFormats) format(pattern datePattern, t time.Time) string {
	var b strings.Builder
	for _, part := range pattern {
		switch part {
		case "{y":
			b.WriteString(strconv.Itoa(t.Year()))
		case "{m":
			b.WriteString(strconv.Itoa(int(t.Month())))
		case "{mon":
			b.WriteString(f.monthsShort[t.Month()-1])
		case "{month":
			b.WriteString(f.months[t.Month()-1])
		case "{d":
			b.WriteString(strconv.Itoa(t.Day()))
		case "{wd":
			b.WriteString(f.weekdaysShort[t.Weekday()])
		case "{weekday":
			b.WriteString(f.weekdays[t.Weekday()])
		case "{hh":
			b.WriteString(t.Format("15"))
		case "{mm":
			b.WriteString(t.Format("04"))
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

func (p Page) format(pattern datePattern, t time.Time) string {
	return p.Locale.dates.format(pattern, t.In(p.Zone))
}

// Date writes the day in the reader's zone: "21 Feb 2027", 2027年2月21日.
func (p Page) Date(t time.Time) string { return p.format(p.Locale.dates.date, t) }

// DateTime writes day and minute: "21 Feb 2027, 23:59", 2027年2月21日 23:59.
func (p Page) DateTime(t time.Time) string { return p.format(p.Locale.dates.dateTime, t) }

// LongDate writes the day with its weekday: "Sunday 21 February 2027".
func (p Page) LongDate(t time.Time) string { return p.format(p.Locale.dates.longDate, t) }

// Long writes day and minute in full: "Sunday 21 February 2027 at 23:59".
func (p Page) Long(t time.Time) string { return p.format(p.Locale.dates.long, t) }

// Clock writes the minute of the day: "18:02".
func (p Page) Clock(t time.Time) string { return p.format(p.Locale.dates.clock, t) }

// Exact is DateTime with the zone's name, for the title of shorter forms.
func (p Page) Exact(t time.Time) string { return p.DateTime(t) + " (" + p.ZoneName() + ")" }

// ZoneName is the IANA name of the reader's zone.
func (p Page) ZoneName() string { return p.Zone.String() }

// LastMinute returns the last whole minute before an expiry, which is exclusive: 23:59 of a
// token's last day. That is what pages show.
func LastMinute(expiresAt time.Time) time.Time {
	return expiresAt.Add(-time.Microsecond).Truncate(time.Minute)
}

// Calendar days after which a distance is told in months, and months after which in years.
const (
	daysAsMonths  = 100
	monthsAsYears = 24
	daysPerMonth  = 365.2425 / 12
)

// Days writes how many calendar days lie between now and t in the reader's zone: "in 69
// days", "tomorrow", "today", "yesterday", "70 days ago"; far ones in months or years.
func (p Page) Days(t time.Time) string {
	n := dayNumber(t.In(p.Zone)) - dayNumber(p.Now.In(p.Zone))
	switch n {
	case 0:
		return p.T("time.today")
	case 1:
		return p.T("time.tomorrow")
	case -1:
		return p.T("time.yesterday")
	}
	key := "time.in_"
	if n < 0 {
		key, n = "time.ago_", -n
	}
	if n < daysAsMonths {
		return p.T(key+"days", "n", n)
	}
	months := int(float64(n)/daysPerMonth + 0.5)
	if months < monthsAsYears {
		return p.T(key+"months", "n", months)
	}
	return p.T(key+"years", "n", (months+6)/12)
}

// dayNumber counts calendar days since 1970; a day of 23 or 25 hours is one day too.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// Ago writes when something happened: "12 seconds ago" up to 24 hours, then "Yesterday,
// 18:02", then the date, with the time of day within this year.
func (p Page) Ago(t time.Time) string {
	now, then := p.Now.In(p.Zone), t.In(p.Zone)
	switch d := p.Now.Sub(t); {
	case d < time.Second:
		return p.T("time.now")
	case d < time.Minute:
		return p.T("time.ago_seconds", "n", int(d/time.Second))
	case d < time.Hour:
		return p.T("time.ago_minutes", "n", int(d/time.Minute))
	case d < 24*time.Hour:
		return p.T("time.ago_hours", "n", int(d/time.Hour))
	}
	switch {
	case dayNumber(then) == dayNumber(now)-1:
		return p.format(p.Locale.dates.yesterday, t)
	case then.Year() == now.Year():
		return p.format(p.Locale.dates.dayTime, t)
	}
	return p.Date(t)
}

// datetime is the machine-readable form for the datetime attribute.
func (p Page) datetime(t time.Time) string { return t.In(p.Zone).Format("2006-01-02T15:04:05Z07:00") }
