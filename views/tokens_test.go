package views

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"tessera/models"
)

func render(t testing.TB, c templ.Component) (string, *goquery.Document) {
	t.Helper()
	var buf bytes.Buffer
	if err := c.Render(context.Background(), &buf); err != nil {
		t.Fatal(err)
	}
	html := buf.String()
	doc, err := goquery.NewDocumentFromReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return html, doc
}

func galleryPage(t testing.TB) Page {
	t.Helper()
	locales, err := NewLocales()
	if err != nil {
		t.Fatal(err)
	}
	return GalleryPage(locales.Match("en"))
}

func TestTokenListAddresses(t *testing.T) {
	plain := TokenList{Newer: "n", Older: "o"}
	busy := TokenList{Older: "o+/=", Query: models.TokenQuery{Filter: "active", Search: "a&b c", Sort: "name", Asc: true, Before: "x"}}
	for _, c := range []struct{ got, want string }{
		{plain.filterURL("all"), "/settings/tokens"},
		{plain.filterURL("expired"), "/settings/tokens?show=expired"},
		{plain.sortURL("created"), "/settings/tokens?dir=asc"},
		{plain.sortURL("used"), "/settings/tokens?sort=used"},
		{plain.sortURL("name"), "/settings/tokens?sort=name&dir=asc"},
		{plain.newerURL(), "/settings/tokens?before=n"},
		{plain.olderURL(), "/settings/tokens?after=o"},
		{busy.filterURL("all"), "/settings/tokens?q=a%26b+c&sort=name&dir=asc"},
		{busy.sortURL("name"), "/settings/tokens?show=active&q=a%26b+c&sort=name"},
		{busy.olderURL(), "/settings/tokens?show=active&q=a%26b+c&sort=name&dir=asc&after=o%2B%2F%3D"},
		{busy.newerURL(), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestTokenListTellsLargeCountsRoundly(t *testing.T) {
	l := TokenList{Counts: map[string]int{"all": models.MaxCount + 1, "active": models.MaxCount}}
	if l.count("all") != "1,000+" || l.count("active") != "1,000" || l.count("revoked") != "0" {
		t.Errorf("got %s, %s, %s", l.count("all"), l.count("active"), l.count("revoked"))
	}
}

// What may be done with a token is what its row offers.
func TestTokenRowOffersWhatItsStatusAllows(t *testing.T) {
	p := galleryPage(t)
	_, doc := render(t, TokensPage(p, TokenList{Tokens: galleryTokens(p), Counts: galleryCounts()}))
	for i, want := range []string{"edit revoke", "edit revoke", "edit revoke", "edit revoke", "edit revoke", "edit", "", "edit revoke", "edit revoke"} {
		var got []string
		doc.Find("#token-rows tbody tr").Eq(i).Find(".cell-actions a").Each(func(_ int, a *goquery.Selection) {
			href := a.AttrOr("href", "")
			got = append(got, href[strings.LastIndex(href, "/")+1:])
		})
		if strings.Join(got, " ") != want {
			t.Errorf("row %d offers %q, want %q", i, got, want)
		}
	}
}

func TestTokenListFragmentIsTheListAlone(t *testing.T) {
	p := galleryPage(t)
	p.HTMX = true
	var buf bytes.Buffer
	page := TokensPage(p, TokenList{Tokens: galleryTokens(p), Counts: galleryCounts(), Query: models.TokenQuery{After: "x"}})
	if err := templ.RenderFragments(context.Background(), &buf, page, "token-list"); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Find("#token-list #token-rows[autofocus]").Length() != 1 || doc.Find("main").Length() != 0 {
		t.Error("the fragment is not the list alone, with focus on its rows")
	}
	if got := doc.Find("#live[data-hx-swap-oob]").Text(); got != "9 tokens shown" {
		t.Errorf("announces %q", got)
	}
}

func TestTokenFormOffersItsPeriodsInOrder(t *testing.T) {
	p := galleryPage(t)
	var got []string
	for _, o := range p.validityOptions(galleryEdit(p, expiredToken).Form.Choices, "") {
		got = append(got, o.Value+": "+o.Text)
	}
	want := "keep: Keep 14 Sep 2026, 70 days ago|7: 7 days|30: 30 days|60: 60 days|90: 90 days (recommended)|" +
		"365: 1 year|custom: Choose a date…|never: No expiry"
	if strings.Join(got, "|") != want {
		t.Errorf("got %s", strings.Join(got, "|"))
	}
}

// A field's error stands next to it and, word for word, in the summary that links to it.
func TestTokenFormErrors(t *testing.T) {
	p := galleryPage(t)
	for _, e := range tokenErrors() {
		f := galleryForm(p)
		f.Validity, f.Errors = models.ValidityCustom, Errors{e}
		_, doc := render(t, NewTokenPage(p, f))
		link := doc.Find(".error-summary li").Text()
		if e.Field == "nonce" {
			if doc.Find(".error-summary a").Length() != 0 {
				t.Error("a summary links to a hidden field")
			}
			continue
		}
		href := doc.Find(".error-summary a").AttrOr("href", "")
		field := doc.Find("#" + e.Field)
		described := strings.Fields(field.AttrOr("aria-describedby", ""))
		own := doc.Find("#" + e.Field + "-error").Text()
		if href != "#"+e.Field || own != link || field.AttrOr("aria-invalid", "") != "true" || described[len(described)-1] != e.Field+"-error" {
			t.Errorf("%s: link %s %q, field says %q, described by %v", e.Code, href, link, own, described)
		}
	}
}

// A calendar day is the same in every zone.
func TestDaysHaveNoZone(t *testing.T) {
	p := galleryPage(t)
	for _, zone := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"} {
		p.Zone, _ = time.LoadLocation(zone)
		day := models.Day{Time: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
		got := p.ErrorText(models.FieldError{Code: "expires_on_past", Params: map[string]any{"first": day, "given": day}})
		if got != "Choose a day from 1 Mar 2026 on. 1 Mar 2026 has passed." {
			t.Errorf("%s: %s", zone, got)
		}
	}
}

// The secret stands in its field and in the two snippets that are ready to paste; in no link, and not in the title.
func TestCreatedPageShowsTheSecretOnce(t *testing.T) {
	p := galleryPage(t)
	html, doc := render(t, CreatedTokenPage(p, CreatedToken{Token: galleryToken(p, unusedToken), Secret: gallerySecret, WaitUntil: p.Now.Add(time.Minute)}))
	if n := strings.Count(html, gallerySecret); n != 3 || doc.Find("textarea#secret[readonly]").Text() != gallerySecret {
		t.Errorf("the secret is there %d times", n)
	}
	if !strings.Contains(doc.Find("#example-curl").Text(), "curl "+p.BaseURL+"/v1/user \\\n  -H \"Authorization: Bearer "+gallerySecret+"\"") {
		t.Errorf("curl example: %s", doc.Find("#example-curl").Text())
	}
}

func TestFirstUseLineAsksOnlyWhileThereIsSomethingToLearn(t *testing.T) {
	p := galleryPage(t)
	justNow := func(_ Page, token *models.Token) { token.FirstUsedAt = ago(p, 2*time.Second) }
	for _, c := range []struct {
		use   FirstUse
		polls bool
		words string
	}{
		{FirstUse{galleryToken(p, unusedToken), true}, true, "Waiting for its first use…"},
		{FirstUse{galleryToken(p, unusedToken), false}, false, "Not used yet."},
		{FirstUse{galleryToken(p, justNow), true}, false, "First used just now from 192.0.2.45 with curl 8.7.1"},
	} {
		_, doc := render(t, FirstUseLine(p, c.use))
		line := doc.Find("#first-use")
		_, polls := line.Attr("data-hx-trigger")
		if text := strings.Join(strings.Fields(line.Text()), " "); polls != c.polls || !strings.HasPrefix(text, c.words) {
			t.Errorf("polls %v, says %q; want %v, %q", polls, text, c.polls, c.words)
		}
	}
}

func BenchmarkTokensPage(b *testing.B) {
	p := galleryPage(b)
	for _, n := range []int{10, 50} {
		l := TokenList{Counts: galleryCounts()}
		for i := range n {
			l.Tokens = append(l.Tokens, galleryTokens(p)[i%7])
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			var buf bytes.Buffer
			for b.Loop() {
				buf.Reset()
				if err := TokensPage(p, l).Render(context.Background(), &buf); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(buf.Len()))
		})
	}
}
