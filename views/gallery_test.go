package views

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// templs returns the templ functions of this package: the name with its parameters, and the body.
func templs(t *testing.T) map[string]string {
	t.Helper()
	declaration := regexp.MustCompile(`(?ms)^templ (\w+\([^{]*?\)) \{\n(.*?)^\}`)
	found := map[string]string{}
	for name, text := range sources(t) {
		if filepath.Ext(name) == ".templ" {
			for _, m := range declaration.FindAllStringSubmatch(text, -1) {
				found[m[1]] = m[2]
			}
		}
	}
	return found
}

// A page is an exported templ function that takes a Page first, draws a whole document and has
// its own content.
func TestGalleryHasEveryPage(t *testing.T) {
	shown := map[string]bool{}
	for _, s := range Gallery() {
		shown[s.Page] = true
	}
	all := templs(t)
	whole := map[string]bool{"document": true}
	for range all { // a page may reach the document through others
		for signature, body := range all {
			name, _, _ := strings.Cut(signature, "(")
			for other := range whole {
				if strings.Contains(body, "@"+other+"(") {
					whole[name] = true
					break
				}
			}
		}
	}
	pages := 0
	for signature, body := range all {
		name, params, _ := strings.Cut(signature, "(")
		exported := name[0] >= 'A' && name[0] <= 'Z'
		if !exported || !whole[name] || !strings.HasPrefix(params, "p Page") || strings.Contains(body, "{ children... }") {
			continue
		}
		pages++
		if !shown[name] {
			t.Errorf("the page %s is not in the gallery", name)
		}
	}
	if pages < 6 {
		t.Errorf("found only %d pages: does this test still read templ files rightly?", pages)
	}
}

func TestGalleryRendersInEveryLanguage(t *testing.T) {
	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	rawKey := regexp.MustCompile(`>\s*([a-z_]+(?:\.[a-z0-9_]+)+)\s*<`)
	kinds := locales.Match("en").below("audit.kind.")
	paths := map[string]bool{}
	for _, s := range Gallery() {
		if paths[s.Path()] {
			t.Errorf("%s stands twice in the gallery", s.Path())
		}
		paths[s.Path()] = true
		for _, locale := range []*Locale{locales.Match("en"), locales.Match("ja"), locales.Pseudo()} {
			var buf bytes.Buffer
			if err := s.Render(GalleryPage(locale)).Render(context.Background(), &buf); err != nil {
				t.Errorf("%s in %s: %v", s.Path(), locale.Tag, err)
				continue
			}
			html := buf.String()
			if !strings.HasPrefix(html, "<!doctype html><html lang=\""+locale.Tag+"\"") {
				t.Errorf("%s in %s begins with %.60s", s.Path(), locale.Tag, html)
			}
			for _, m := range rawKey.FindAllStringSubmatch(html, -1) {
				if !slices.Contains(kinds, m[1]) { // these are shown as they are
					t.Errorf("%s in %s shows a key instead of words: %s", s.Path(), locale.Tag, m[1])
				}
			}
			if strings.Contains(html, " style=") || strings.Contains(html, "<script>") || strings.Contains(html, " onclick=") {
				t.Errorf("%s has inline style or script, which the content security policy refuses", s.Path())
			}
		}
	}
}

// The picture of a token is the same each time, has one gold tile, and differs from others'.
func TestMosaic(t *testing.T) {
	seen := map[[9]mosaicTile]bool{}
	for _, id := range []string{"", "a", "b", "k7q2m4x9p3w8z5n6t1rv", "k7q2m4x9p3w8z5n6t1rw"} {
		tiles := mosaicTiles(id)
		if tiles != mosaicTiles(id) {
			t.Errorf("%q: drawn differently the second time", id)
		}
		gold := 0
		for _, tile := range tiles {
			if tile.Class == "mg" {
				gold++
			}
		}
		if gold != 1 {
			t.Errorf("%q: %d gold tiles", id, gold)
		}
		if seen[tiles] {
			t.Errorf("%q looks like another", id)
		}
		seen[tiles] = true
	}
}

// The filter of the audit log names each sort of thing that events are about.
func TestEveryFamilyOfEventsHasAName(t *testing.T) {
	p := galleryPage(t)
	for _, g := range p.kindGroups() {
		if key := "admin_audit.family." + g.family; p.T(key) == key {
			t.Errorf("%s has no words", key)
		}
	}
}
