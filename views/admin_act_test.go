package views

import (
	"strings"
	"testing"

	"tessera/models"
)

// A review that did not look at all says so of each of its figures.
func TestReviewSaysWhatItDidNotLookAt(t *testing.T) {
	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	for language, words := range map[string][4]string{
		"en": {"at least 41,000", "at least 52", "at least 81,340", "Pause at least 41,000 tokens"},
		"ja": {"少なくとも41,000", "少なくとも52", "少なくとも81,340", "少なくとも41,000件を一時停止する"},
	} {
		p := GalleryPage(locales.Match(language))
		for _, cut := range []bool{true, false} {
			i := models.Impact{Tokens: models.Count{N: 41_000, AtLeast: cut}, Looked: 41_000, Owners: 52, Requests7: 81_340}
			_, doc := render(t, AdminActPage(p, AdminAct{Kind: models.JobPause, Selection: models.Selection{Filter: &models.AdminFilter{Age: 7}}, Impact: &i}))
			text := doc.Find("section[aria-labelledby=impact-title]").Text()
			for _, w := range words {
				if strings.Contains(text, w) != cut {
					t.Errorf("cut %v: %q is said or not: %q", cut, w, text)
				}
			}
		}
		for c, want := range map[models.Count]string{
			{N: 300}: "300", {N: 300, More: true}: map[string]string{"en": "more than 300", "ja": "300超"}[language],
		} {
			if got := p.count(c); got != want {
				t.Errorf("%+v is %q, not %q", c, got, want)
			}
		}
	}
}
