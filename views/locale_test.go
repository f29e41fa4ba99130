package views

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

func TestMatch(t *testing.T) {
	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		preferred []string
		want      string
	}{
		{nil, "en"},
		{[]string{"ja"}, "ja"},
		{[]string{"", "", "ja-JP,ja;q=0.9,en;q=0.8"}, "ja"},
		{[]string{"en", "ja", ""}, "en"},
		{[]string{"", "fr,ja;q=0.5"}, "ja"},
		{[]string{"", "de-CH, fr;q=0.9"}, "en"},
		{[]string{"xx-not a tag", "ja"}, "ja"},
		{[]string{"", strings.Repeat("ja,", 100_000)}, "en"}, // longer than any honest one
		{[]string{"en-XA"}, "en"},                            // the pseudo-locale is no one's language
	} {
		if got := locales.Match(c.preferred...).Tag; got != c.want {
			t.Errorf("Match(%.60q) = %s, want %s", c.preferred, got, c.want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	locales, err := NewLocales()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "ja", "en-GB,en;q=0.5", "*", "ja;q=", "a-b-c-d-e-f-g", "_-_-_-_-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if locales.Match(header) == nil {
			t.Fatal("no locale")
		}
	})
}

func TestT(t *testing.T) {
	en := page(t, "en", "Asia/Tokyo", time.Time{})
	ja := page(t, "ja", "Asia/Tokyo", time.Time{})
	for _, c := range []struct{ got, want string }{
		{en.T("nav.profile"), "Profile"},
		{en.T("time.in_days", "n", 1), "in 1 day"},
		{en.T("time.in_days", "n", 1200), "in 1,200 days"},
		{en.T("time.in_days", "n", float64(3)), "in 3 days"}, // a Flash that was JSON
		{ja.T("time.in_days", "n", int64(1)), "あと1日"},
		{en.T("menu.label", "name", "{{.x}} <b>"), "{{.x}} <b>, your account"},
		{en.T("no.such.key"), "no.such.key"},
		{en.Duration(61 * time.Second), "2 minutes"},
		{en.Duration(400 * time.Millisecond), "1 second"},
		{Number(-1234567), "-1,234,567"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestPseudoLocaleIsLongerAndKeepsPlaceholders(t *testing.T) {
	p := page(t, "en", "Asia/Tokyo", time.Time{})
	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	plain := p.T("menu.label", "name", "Mika")
	p.Locale = locales.Pseudo()
	got := p.T("menu.label", "name", "Mika")
	if !strings.HasPrefix(got, "[Mika") || len(got) < len(plain)*14/10 {
		t.Errorf("pseudo-locale gives %q", got)
	}
	if got := p.T("time.in_days", "n", 1); !strings.Contains(got, "1 đáý") || strings.Contains(got, "đáýš") {
		t.Errorf("pseudo-locale's singular is %q", got)
	}
}

func TestRichEscapesValuesAndNotItsOwnMarks(t *testing.T) {
	p := page(t, "en", "Asia/Tokyo", time.Time{})
	p.Locale.dynamic["test.rich"] = false
	p.Locale.static["test.rich"] = "a **b** `c` <d>"
	var buf bytes.Buffer
	if err := p.Rich("test.rich").Render(context.Background(), &buf); err != nil {
		t.Fatal(err)
	}
	if got, want := buf.String(), "a <strong>b</strong> <code>c</code> &lt;d&gt;"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	buf.Reset()
	err := p.Rich("menu.label", "name", "**<i>** `x`").Render(context.Background(), &buf)
	if err != nil || buf.String() != "**&lt;i&gt;** `x`, your account" {
		t.Errorf("value became markup: %s %v", buf.String(), err)
	}
	buf.Reset()
	err = p.Rich("menu.label", "name", templ.Raw("<a>x</a>")).Render(context.Background(), &buf)
	if err != nil || buf.String() != "<a>x</a>, your account" {
		t.Errorf("component: %s %v", buf.String(), err)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Mika Sato": "MS", "Jean Luc van Damme": "JD", "admin": "A", "佐藤 美香": "佐", "": "?", "élise": "É",
	} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func BenchmarkT(b *testing.B) {
	p := page(b, "en", "Asia/Tokyo", time.Time{})
	for name, f := range map[string]func(){
		"static": func() { p.T("nav.profile") },
		"params": func() { p.T("menu.label", "name", "Mika Sato") },
		"plural": func() { p.T("time.in_days", "n", 12) },
		"date":   func() { p.Date(p.Now) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

// A key that stands twice would silently have the second text.
func TestTextsStandOnce(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		seen := map[string]string{}
		files, err := fs.Glob(localeFiles, "locales/"+lang+"/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			data, err := localeFiles.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := json.NewDecoder(bytes.NewReader(data))
			if _, err := d.Token(); err != nil {
				t.Fatal(err)
			}
			for d.More() {
				key, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				var text json.RawMessage
				if err := d.Decode(&text); err != nil {
					t.Fatal(err)
				}
				if first := seen[key.(string)]; first != "" {
					t.Errorf("%s stands in %s and in %s", key, first, file)
				}
				seen[key.(string)] = file
			}
		}
	}
}
