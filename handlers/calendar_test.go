package handlers

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"tessera/models"
	"tessera/models/modeltest"
)

// unfold reads content lines as RFC 5545, 3.1 says.
func unfold(t testing.TB, file string) []string {
	t.Helper()
	rest, ok := strings.CutSuffix(file, "\r\n")
	if !ok {
		t.Errorf("the last line does not end: %q", file)
	}
	for _, line := range strings.Split(rest, "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	return strings.Split(strings.ReplaceAll(rest, "\r\n ", ""), "\r\n")
}

func TestCalendar(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, _ := s.token(t, u, `a;b,c\d "e" BEGIN:VEVENT 予定表のための長い名前はここで折り返される`)
	b := s.enter(t, u)
	path := tokenPath(tok.PublicID) + "/calendar"
	file := b.get(path).want(http.StatusOK).header("Content-Type", "text/calendar; charset=utf-8")
	file.header("Content-Disposition", `attachment; filename="tessera-token.ics"`)
	lines := unfold(t, file.body)
	for _, want := range []string{
		"VERSION:2.0", "UID:" + tok.PublicID + "@tokens.example", "DTSTAMP:20261214T030000Z",
		"DTSTART;VALUE=DATE:20270314", "DTEND;VALUE=DATE:20270315", // the last day in Tokyo
		"URL:https://tokens.example" + tokenPath(tok.PublicID), "TRIGGER:-P7D",
		`SUMMARY:API token “a\;b\,c\\d "e" BEGIN:VEVENT 予定表のための長い名前はここで折り返される” expires`,
	} {
		if n := strings.Count("\n"+strings.Join(lines, "\n")+"\n", "\n"+want+"\n"); n != 1 {
			t.Errorf("%d lines %q in\n%s", n, want, strings.Join(lines, "\n"))
		}
	}
	var open []string
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		switch {
		case !ok:
			t.Errorf("no content line: %q", line)
		case name == "BEGIN":
			open = append(open, value)
		case name == "END":
			if len(open) == 0 || open[len(open)-1] != value {
				t.Fatalf("%s ends within %q", value, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 || lines[0] != "BEGIN:VCALENDAR" {
		t.Errorf("%q do not end", open)
	}

	b.post("/preferences", "language", ja).want(http.StatusSeeOther)
	if unfold(t, b.get(path).body)[8] == lines[8] {
		t.Error("the summary is not in Japanese")
	}
	never, _ := s.token(t, u, "for ever", validFor(models.ValidityNever))
	b.get(tokenPath(never.PublicID) + "/calendar").want(http.StatusNotFound)
}

// A text can't begin a line of its own.
func TestCalendarTextIsOneLine(t *testing.T) {
	if got := icsText("a\r\nBEGIN:VEVENT\nb\rc"); got != `a\nBEGIN:VEVENT\nbc` {
		t.Errorf("%q", got)
	}
}

func FuzzFold(f *testing.F) {
	for _, text := range []string{"", "a", strings.Repeat("a", 75), strings.Repeat("a", 76), strings.Repeat("あ", 25), "a" + strings.Repeat("あ", 60), strings.Repeat("👩‍💻", 30), "\xff\xfe"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		fold(&b, "SUMMARY:"+icsText(text))
		lines := unfold(t, b.String())
		if want := "SUMMARY:" + strings.ToValidUTF8(icsText(text), "\uFFFD"); len(lines) != 1 || utf8.ValidString(text) && lines[0] != want {
			t.Errorf("%q became %q", text, lines)
		}
	})
}
