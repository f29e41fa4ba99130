package handlers

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// tokenCalendar is a calendar file for the last day of a token, with a reminder
// a week before (RFC 5545).
func (s *Server) tokenCalendar(c echo.Context) error {
	p, v, t, err := s.ownToken(c)
	if err != nil {
		return err
	}
	if t.ExpiresAt == nil {
		return models.ErrNotFound
	}
	last := views.LastMinute(*t.ExpiresAt).In(v.user.Location())
	const day, stamp = "20060102", "20060102T150405Z"
	link := s.cfg.BaseURL.String() + tokenPath(t.PublicID)
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tessera//Tokens//EN", "BEGIN:VEVENT",
		"UID:" + t.PublicID + "@" + s.cfg.BaseURL.Hostname(),
		"DTSTAMP:" + s.store.Now().Format(stamp),
		"DTSTART;VALUE=DATE:" + last.Format(day),
		"DTEND;VALUE=DATE:" + last.AddDate(0, 0, 1).Format(day),
		"SUMMARY:" + icsText(p.T("calendar.summary", "name", t.Name)),
		"DESCRIPTION:" + icsText(p.T("calendar.description", "url", link)),
		"URL:" + link,
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P7D", "DESCRIPTION:" + icsText(p.T("calendar.summary", "name", t.Name)), "END:VALARM",
		"END:VEVENT", "END:VCALENDAR",
	}
	var b strings.Builder
	for _, line := range lines {
		fold(&b, line)
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="tessera-token.ics"`)
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(b.String()))
}

// icsEscaper escapes a text value (RFC 5545, 3.3.11).
var icsEscaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`)

func icsText(s string) string { return icsEscaper.Replace(s) }

// fold ends a content line, after cutting it to pieces of at most 75 octets
// between characters (RFC 5545, 3.1).
func fold(b *strings.Builder, line string) {
	const most = 75
	room := most
	for _, r := range line {
		if n := utf8.RuneLen(r); n > room {
			b.WriteString("\r\n ")
			room = most - 1 - n
		} else {
			room -= n
		}
		b.WriteRune(r)
	}
	b.WriteString("\r\n")
}
