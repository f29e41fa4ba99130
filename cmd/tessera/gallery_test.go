package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"tessera/static"
	"tessera/views"
)

// pagePolicy is the Content-Security-Policy of every page.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

// reader says who looks at a page of the gallery.
type reader struct {
	language string // "en", "ja", or "en-XA", which is made up to be long
	look     look
}

func (r reader) String() string {
	s := fmt.Sprintf("%s, %d px", r.language, r.look.width)
	if r.look.dark {
		s += ", dark"
	}
	if r.look.forced {
		s += ", forced colours"
	}
	return s
}

// everyReader is each language, width and theme. All keep still, so that no colour is judged on its way.
func everyReader(forced bool) []reader {
	var all []reader
	for _, language := range []string{"en", "ja"} {
		for _, width := range []int64{1280, 390} {
			for _, dark := range []bool{false, true} {
				all = append(all, reader{language, look{width: width, dark: dark, still: true}})
			}
			if forced {
				all = append(all, reader{language, look{width: width, forced: true, still: true}})
			}
		}
	}
	return all
}

// TestGalleryAccessibility visits every state of every page once, and each page in
// every language, width and theme; TESSERA_A11Y=full visits every state in all of
// them, and with forced colours.
func TestGalleryAccessibility(t *testing.T) {
	states, address := serveGallery(t)
	full := os.Getenv("TESSERA_A11Y") == "full"
	for i, r := range everyReader(full) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			b := newTab(t, r.look)
			for j, s := range states {
				firstOfPage := j == 0 || states[j-1].Page != s.Page
				if full || firstOfPage || i == 0 {
					where := s.Page + ", " + s.Name
					b.open(address(j, r.language))
					b.axe(where)
					b.overflow(where)
					b.check(where)
					b.shoot(fmt.Sprintf("gallery %s, %s", where, r))
				}
			}
		})
	}
}

// Long words are what breaks a narrow page: the made-up language has the longest.
// 640 px is a 1280 px window at 200 %.
func TestGalleryFitsNarrowWindows(t *testing.T) {
	states, address := serveGallery(t)
	for _, language := range []string{"en-XA", "ja"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, look{})
			for i, s := range states {
				b.open(address(i, language))
				for _, width := range []int64{360, 640} {
					b.set(look{width: width})
					b.overflow(fmt.Sprintf("%s, %s, %d px", s.Page, s.Name, width))
				}
			}
		})
	}
}

func TestGalleryIsValidHTML(t *testing.T) {
	locales := newLocales(t)
	documents := map[string]string{}
	for _, s := range views.Gallery() {
		for _, language := range []string{"en", "ja"} {
			html, err := render(t.Context(), s, locale(locales, language))
			if err != nil {
				t.Fatal(s.Page, s.Name, err)
			}
			documents[fmt.Sprintf("%s, %s (%s)", s.Page, s.Name, language)] = string(html)
		}
	}
	nu(t, documents)
}

// serveGallery serves every state as the product would, and gives its address by index and language.
func serveGallery(t *testing.T) ([]views.State, func(int, string) string) {
	t.Helper()
	states, locales := views.Gallery(), newLocales(t)
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	// What a page asks for by itself, as soon as it is looked at for two seconds.
	mux.HandleFunc("/settings/tokens/{id}/first-use", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/admin/jobs/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/gallery/{language}/{index}", func(w http.ResponseWriter, r *http.Request) {
		i, err := strconv.Atoi(r.PathValue("index"))
		if err != nil || i < 0 || i >= len(states) {
			http.NotFound(w, r)
			return
		}
		html, err := render(r.Context(), states[i], locale(locales, r.PathValue("language")))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", pagePolicy)
		w.Write(html)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return states, func(i int, language string) string { return fmt.Sprintf("%s/gallery/%s/%d", server.URL, language, i) }
}

func newLocales(t *testing.T) *views.Locales {
	t.Helper()
	locales, err := views.NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	return locales
}

func locale(locales *views.Locales, language string) *views.Locale {
	if pseudo := locales.Pseudo(); pseudo.Tag == language {
		return pseudo
	}
	return locales.Match(language)
}

func render(ctx context.Context, s views.State, l *views.Locale) ([]byte, error) {
	var html bytes.Buffer
	err := s.Render(views.GalleryPage(l)).Render(ctx, &html)
	return html.Bytes(), err
}
