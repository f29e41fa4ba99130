package views

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	"tessera/models"
)

// sources returns the text of the Go and templ files that may use messages, without tests and
// generated code.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, dir := range []string{".", "../handlers", "../models", "../models/openapi", "../cmd/tessera"} {
		for _, ext := range []string{"*.go", "*.templ"} {
			names, err := filepath.Glob(filepath.Join(dir, ext))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				if strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") {
					continue
				}
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				files[name] = string(text)
			}
		}
	}
	return files
}

func catalogue(t *testing.T, lang string) map[string]*i18n.Message {
	t.Helper()
	messages, err := readCatalogue(lang)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*i18n.Message{}
	for _, m := range messages {
		byID[m.ID] = m
	}
	return byID
}

var (
	// A key that is looked up: T("a.b") is one whole, T("a." + x) is the start of a family.
	lookUp = regexp.MustCompile(`\b(?:T|Rich|tMap|ErrorSummary)\((?:p, )?"([a-z0-9_.]+)"( ?\+)?`)
	// Any text that could be a key, for those that are handed on: Flash{Key: "flash.saved"}.
	dotted = regexp.MustCompile(`"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"`)
	// A key that is put together from a known start: key := "time.in_"; key + "days".
	stem = regexp.MustCompile(`"([a-z_]+\.(?:[a-z_.]*[._])?)"`)
	// A code of a field error, in models and handlers.
	errorCode = regexp.MustCompile(`(?:(?:\.Add|invalidField|unknown)\([^,]+, |\bCode:\s+)"([a-z_]+)"`)
	// The codes of package openapi: those of errors, and of what is odd in a document.
	openAPICode  = regexp.MustCompile(`\bCode\w+\s+= "([a-z0-9_]+)"`)
	openAPIIssue = regexp.MustCompile(`\b[iI]ssue\w+\s+= "([a-z0-9_]+)"`)
	auditKind    = regexp.MustCompile(`(?m)^\t?(?:const )?Audit\w+\s+= "([a-z_.]+)"`)
	auditField   = regexp.MustCompile(`AuditChange\{Field: "([a-z_]+)"`)
	placeholder  = regexp.MustCompile(`{{\.(\w+)}}`)
)

// required returns every key that the sources look up, and the starts of composed ones.
func required(t *testing.T) (keys, stems map[string]string) {
	t.Helper()
	keys, stems = map[string]string{}, map[string]string{}
	for name, text := range sources(t) {
		for _, m := range lookUp.FindAllStringSubmatch(text, -1) {
			if m[2] == "" {
				keys[m[1]] = name
			}
		}
		for _, m := range stem.FindAllStringSubmatch(text, -1) {
			stems[m[1]] = name
		}
		for _, m := range openAPIIssue.FindAllStringSubmatch(text, -1) {
			keys["issue."+m[1]] = name
		}
		if strings.Contains(name, "openapi") {
			for _, m := range openAPICode.FindAllStringSubmatch(text, -1) {
				keys["error."+m[1]] = name
			}
		}
		inModels := strings.Contains(name, "models")
		for _, m := range errorCode.FindAllStringSubmatch(text, -1) {
			if !strings.HasSuffix(name, filepath.Join("models", "errors.go")) {
				keys["error."+m[1]] = name
			}
		}
		if inModels {
			for _, m := range auditKind.FindAllStringSubmatch(text, -1) {
				keys["audit.kind."+m[1]] = name
			}
			for _, m := range auditField.FindAllStringSubmatch(text, -1) {
				keys["audit.field."+m[1]] = name
			}
		}
	}
	return keys, stems
}

func TestEveryKeyThatIsUsedExists(t *testing.T) {
	keys, _ := required(t)
	for _, lang := range models.Languages {
		messages := catalogue(t, lang)
		for key, file := range keys {
			if messages[key] == nil {
				t.Errorf("%s: %q of %s is missing", lang, key, file)
			}
		}
	}
}

func TestNoKeyIsUnused(t *testing.T) {
	keys, stems := required(t)
	for _, text := range sources(t) {
		for _, m := range dotted.FindAllStringSubmatch(text, -1) {
			keys[m[1]] = ""
		}
	}
	// Dates take their patterns from the catalogue without the prefix.
	for _, m := range regexp.MustCompile(`(?:pattern|names)\("(\w+)"\)`).FindAllStringSubmatch(sources(t)["dates.go"], -1) {
		keys[datePrefix+m[1]] = ""
	}
	delete(stems, datePrefix)
	delete(stems, "error.") // each code is looked for above
	delete(stems, "audit.kind.")
	for key := range catalogue(t, "en") {
		_, used := keys[key]
		for s := range stems {
			used = used || strings.HasPrefix(key, s)
		}
		if !used {
			t.Errorf("%q is not used", key)
		}
	}
}

func TestLanguagesSayTheSameThings(t *testing.T) {
	en, ja := catalogue(t, "en"), catalogue(t, "ja")
	names := func(m *i18n.Message) []string {
		var all []string
		for _, p := range placeholder.FindAllStringSubmatch(m.Other, -1) {
			all = append(all, p[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	for id, m := range en {
		other := ja[id]
		if other == nil {
			t.Errorf("%q is not in Japanese", id)
			continue
		}
		if !slices.Equal(names(m), names(other)) {
			t.Errorf("%q: placeholders %v in English, %v in Japanese", id, names(m), names(other))
		}
		if m.Other == other.Other && !slices.Contains(sameInBoth, id) {
			t.Errorf("%q is the same in both languages: %q", id, m.Other)
		}
		if strings.Count(m.Other, "**")%2 != 0 || strings.Count(other.Other, "**")%2 != 0 {
			t.Errorf("%q: ** without its partner", id)
		}
		if m.Other == "" || other.Other == "" {
			t.Errorf("%q is empty", id)
		}
	}
	for id := range ja {
		if en[id] == nil {
			t.Errorf("%q is only in Japanese", id)
		}
	}
	for _, id := range sameInBoth {
		if en[id] == nil || en[id].Other != ja[id].Other {
			t.Errorf("%q need not be listed as the same in both languages", id)
		}
	}
}

// sameInBoth are the messages that are rightly equal in English and Japanese.
var sameInBoth = []string{"date.clock", "openapi_project.name"}

// Words that design.md rules out, because they blame, beg or boast.
func TestWordsKeepTheHouseStyle(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\b(please|oops|successful(ly)?|invalid|sorry)\b|!|！`)
	for _, lang := range models.Languages {
		for id, m := range catalogue(t, lang) {
			if strings.HasPrefix(id, "api.") {
				continue // read by programs, in the words of the contract
			}
			for _, s := range []string{m.One, m.Other} {
				if word := banned.FindString(s); word != "" {
					t.Errorf("%s: %q says %q: %s", lang, id, word, s)
				}
				if strings.ContainsAny(s, `'"`) {
					t.Errorf("%s: %q has a typewriter quote: %s", lang, id, s)
				}
			}
		}
	}
}

// A file or icon that does not exist shows only as a gap, so it is looked for here.
func TestStaticFilesAndIconsExist(t *testing.T) {
	sprite, err := os.ReadFile("../static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	file := regexp.MustCompile(`static\.URL\("([^"]+)"\)`)
	icon := regexp.MustCompile(`\bIcon\("([^"]+)"\)`)
	for name, text := range sources(t) {
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat("../static/" + m[1]); err != nil && m[1] != "app.css" {
				t.Errorf("%s: no static file %s", name, m[1])
			}
		}
		for _, m := range icon.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(sprite), `id="`+m[1]+`"`) {
				t.Errorf("%s: no icon %s", name, m[1])
			}
		}
	}
	for _, name := range eventIcons {
		if !strings.Contains(string(sprite), `id="`+name+`"`) {
			t.Errorf("no icon %s for events", name)
		}
	}
}
