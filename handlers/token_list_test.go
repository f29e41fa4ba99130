package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

// names are those of the tokens on a page of the list, in their order.
func (a *answer) names() []string {
	var names []string
	a.doc.Find("#token-list tbody .name").Each(func(_ int, e *goquery.Selection) { names = append(names, e.Text()) })
	return names
}

// follow walks the links css to the last page and returns all names on the way.
func (b *browser) follow(page *answer, css string) []string {
	b.t.Helper()
	names := page.names()
	for pages := 1; page.count(css) == 1; pages++ {
		if pages > 10 {
			b.t.Fatal("the pages do not end")
		}
		page = b.get(page.find(css).AttrOr("href", "")).want(http.StatusOK)
		names = append(names, page.names()...)
	}
	return names
}

func TestTokenListPages(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.store.Limits.LiveTokens = 200
		u := modeltest.MustUser(t, s.store)
		s.token(t, modeltest.MustUser(t, s.store), "somebody else's")
		var all []string
		for i := range 120 {
			name := fmt.Sprintf("token %03d", i)
			s.token(t, u, name)
			all = append(all, name)
			if i%3 > 0 { // so that many are equal in what is sorted by
				s.clock.Advance(time.Second)
			}
		}
		b := s.enter(t, u)
		for _, query := range []string{"", "?sort=name&dir=asc", "?sort=expires", "?sort=used&dir=asc&q=TOKEN&show=active"} {
			first := b.get("/settings/tokens" + query).want(http.StatusOK)
			if n := len(first.names()); n != 50 {
				t.Fatalf("%q: %d on the first page", query, n)
			}
			forward := b.follow(first, "a[rel=next]")
			if sorted := slices.Sorted(slices.Values(forward)); !slices.Equal(sorted, all) {
				t.Errorf("%q: walking forward shows %d names, not each of 120 once", query, len(forward))
			}
			if query == "?sort=name&dir=asc" && !slices.IsSorted(forward) {
				t.Errorf("%q: not in order", query)
			}
			second := b.get(first.find("a[rel=next]").AttrOr("href", ""))
			third := b.get(second.find("a[rel=next]").AttrOr("href", ""))
			third.none("a[rel=next]")
			back := b.get(third.find("a[rel=prev]").AttrOr("href", ""))
			if !slices.Equal(back.names(), second.names()) {
				t.Errorf("%q: back from the third page leads elsewhere", query)
			}
			if start := b.get(back.find("a[rel=prev]").AttrOr("href", "")); !slices.Equal(start.names(), first.names()) {
				t.Errorf("%q: back from the second page leads elsewhere", query)
			}
		}
	})
}

func TestTokenListFilters(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		s.token(t, u, "ended", validFor("7"))
		s.clock.Advance(8 * 24 * time.Hour)
		s.token(t, u, "soon", validFor("7"))
		s.token(t, u, "later", validFor("90"))
		s.token(t, u, "for ever", validFor("never"))
		gone, _ := s.token(t, u, "gone")
		if _, err := s.store.RevokeToken(t.Context(), models.CLI, u, gone.PublicID); err != nil {
			t.Fatal(err)
		}
		s.token(t, u, "100 % _sure_")
		b := s.enter(t, u)
		page := b.get("/settings/tokens").want(http.StatusOK)
		for filter, want := range map[string]string{
			"all":      "100 % _sure_, ended, for ever, gone, later, soon",
			"active":   "100 % _sure_, for ever, later, soon",
			"expiring": "soon", "expired": "ended", "revoked": "gone",
		} {
			tab := page.find("#show-" + filter)
			names := b.get(tab.AttrOr("href", "")).want(http.StatusOK).names()
			slices.Sort(names)
			if got := strings.Join(names, ", "); got != want {
				t.Errorf("%s shows %s", filter, got)
			}
			if n := tab.Find(".n").Text(); n != fmt.Sprint(len(names)) {
				t.Errorf("%s says %s", filter, n)
			}
		}
		page.none("#show-paused")
		b.get("/settings/tokens?show=paused").want(http.StatusOK).find("#show-paused[aria-current]")
		page = b.get("/settings/tokens?q=" + url.QueryEscape("% _S") + "&show=active&sort=name").want(http.StatusOK)
		if got := page.names(); len(got) != 1 || page.value("#q") != "% _S" {
			t.Errorf("the search finds %q and keeps %q", got, page.value("#q"))
		}
		for css, want := range map[string]string{"#show-revoked": "show=revoked", "#sort-expires": "show=active"} {
			if href := page.find(css).AttrOr("href", ""); !strings.Contains(href, "q=%25+_S") || !strings.Contains(href, want) {
				t.Errorf("%s leads to %s", css, href)
			}
		}
		if sort := page.find("#token-list th[aria-sort]"); sort.AttrOr("aria-sort", "") != "descending" {
			t.Error("the sorted column does not say so")
		}
		if n := page.text("#show-all .n"); n != "1" {
			t.Errorf("the counts leave the search out: %s", n)
		}
		page = b.get("/settings/tokens?q=nothing+like+it").want(http.StatusOK)
		page.find("#token-list .empty a[href='/settings/tokens']")
		for _, query := range []string{"show=x", "sort=x", "after=x", "before=x", "q=a&q=b", "after=MSB4", "q=%ff", "%zz"} {
			b.get("/settings/tokens?" + query).want(http.StatusBadRequest)
		}
	})
}

func TestTokenListOfNothing(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	b.get("/settings/tokens").want(http.StatusOK).find(".empty a[href='/settings/tokens/new']")
}

func TestTokenListPart(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	s.token(t, u, "ci")
	b := s.enter(t, u)
	part := b.htmx("/settings/tokens").get("/settings/tokens?q=c").want(http.StatusOK)
	part.none("main, title, nav.sidenav").find("#token-list")
	whole := b.get("/settings/tokens?q=c").want(http.StatusOK)
	for _, a := range []*answer{part, whole} {
		if !slices.Contains(a.Header.Values("Vary"), "HX-Request") {
			t.Errorf("Vary: %q", a.Header.Values("Vary"))
		}
	}
	b.with("HX-Request", "true", "HX-Boosted", "true").get("/settings/tokens").find("main")
	b.with("HX-Request", "true", "HX-History-Restore-Request", "true").get("/settings/tokens").find("main")
}
