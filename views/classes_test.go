package views

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Classes that stand on one side alone.
var (
	hookClasses = []string{"bare", "cell-created"} // of pages: tests look for them
	stateRules  = []string{"js", "is-on"}          // of the style sheet: app.js and htmx set them
)

// Each class that a page has means something to the style sheet, and each rule has a page.
func TestClassesHaveRules(t *testing.T) {
	files, err := filepath.Glob("../static/css/*.css")
	if err != nil || len(files) == 0 {
		t.Fatal("no style sheet", err)
	}
	var css []byte
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		css = append(css, b...)
	}
	css = regexp.MustCompile(`(?s)/\*.*?\*/|"[^"]*"|url\([^)]*\)`).ReplaceAll(css, nil)
	var rules []string
	for _, m := range regexp.MustCompile(`\.([A-Za-z][\w-]*)`).FindAllSubmatch(css, -1) {
		rules = append(rules, string(m[1]))
	}

	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	attribute := regexp.MustCompile(` class="([^"]*)"`)
	for _, s := range Gallery() {
		var html bytes.Buffer
		if err := s.Render(GalleryPage(locales.Match("en"))).Render(t.Context(), &html); err != nil {
			t.Fatal(s.Path(), err)
		}
		for _, m := range attribute.FindAllStringSubmatch(html.String(), -1) {
			for _, class := range strings.Fields(m[1]) {
				seen[class] = s.Path()
			}
		}
	}
	for class, where := range seen {
		if !slices.Contains(rules, class) && !slices.Contains(hookClasses, class) {
			t.Errorf("%s: no rule speaks of the class %q", where, class)
		}
	}
	for _, class := range slices.Compact(slices.Sorted(slices.Values(rules))) {
		if seen[class] == "" && !slices.Contains(stateRules, class) {
			t.Errorf("no page in the gallery has the class %q", class)
		}
	}
}
