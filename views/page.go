package views

import (
	"strconv"
	"time"

	"tessera/models"
)

// Page is what every page needs around its content.
type Page struct {
	Locale    *Locale // language, words, dates
	Theme     string  // "system", "light", "dark"
	Now       time.Time
	Zone      *time.Location // the reader's
	Path      string         // of the request; the preference forms come back to it
	Version   string         // of the product
	RequestID string
	User      *models.User // nil when signed out
	Flash     *Flash       // shown once, after a post
	BaseURL   string       // without a slash at its end, for snippets
	HTMX      bool         // the answer will be swapped into a page that stands already
	Notices   []models.Notice
	Leaving   *RundownView // when and how the reader leaves; nil: they stay
}

// Flash is a message that the next page shows once. It can be encoded as JSON.
type Flash struct {
	Kind   string         // "ok", "info", "warn" or "danger"
	Key    string         // of a message in the catalogues
	Params map[string]any // for its placeholders
}

// T returns the message for key in the reader's language. After the key come the names and
// values of its placeholders in turn; the one named "n" also chooses the plural form. Times
// become dates in the reader's zone, durations and numbers are written out.
func (p Page) T(key string, kv ...any) string {
	if len(kv) == 0 {
		return p.Locale.text(key, nil, nil)
	}
	params := make(map[string]string, len(kv)/2)
	var n any
	for i := 0; i+1 < len(kv); i += 2 {
		name, _ := kv[i].(string)
		params[name] = p.param(kv[i+1])
		if name == "n" {
			n = count(kv[i+1])
		}
	}
	return p.Locale.text(key, params, n)
}

// tMap is T for parameters that are in a map, as those of errors and flashes are.
func (p Page) tMap(key string, params map[string]any) string {
	kv := make([]any, 0, 2*len(params))
	for name, value := range params {
		kv = append(kv, name, value)
	}
	return p.T(key, kv...)
}

// param writes the value of a placeholder for the reader.
func (p Page) param(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Time:
		return p.Date(v)
	case models.Day:
		return p.Locale.dates.format(p.Locale.dates.date, v.Time)
	case time.Duration:
		return p.Duration(v)
	case int:
		return Number(int64(v))
	case int64:
		return Number(v)
	case float64: // what JSON makes of a number in a Flash
		return Number(int64(v))
	}
	return ""
}

// count turns a value into one that plural rules take.
func count(v any) any {
	if f, ok := v.(float64); ok {
		return int64(f)
	}
	return v
}

// Number writes n with a comma after each group of three digits, as English and Japanese do.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Duration writes how long something takes, rounded up to seconds, minutes or hours: "40
// seconds", "5 minutes". Waiting a moment too long is better than being sent away twice.
func (p Page) Duration(d time.Duration) string {
	switch {
	case d <= time.Minute:
		return p.T("duration.seconds", "n", ceil(d, time.Second))
	case d <= time.Hour:
		return p.T("duration.minutes", "n", ceil(d, time.Minute))
	}
	return p.T("duration.hours", "n", ceil(d, time.Hour))
}

func ceil(d, unit time.Duration) int { return int((d + unit - 1) / unit) }

// Errors are the refused fields of a form.
type Errors []models.FieldError

// For returns the first error of a field, or nil.
func (e Errors) For(field string) *models.FieldError {
	for i := range e {
		if e[i].Field == field {
			return &e[i]
		}
	}
	return nil
}

// ErrorText returns the sentence for a field error.
func (p Page) ErrorText(e models.FieldError) string { return p.tMap("error."+e.Code, e.Params) }
