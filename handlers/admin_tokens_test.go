package handlers

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin/tokens":      adminPage(200),
		"GET /admin/tokens.csv":  adminPage(200),
		"GET /admin/tokens.json": adminPage(200),
	})
}

// Filters combine, stand in the address, and a form's empty fields do not.
func TestAdminTokenFilters(t *testing.T) {
	w := newAdminWorld(t, newSite(t))
	b := w.browsers["administrator"]
	for i := range 3 {
		w.site.token(t, w.person, "deploy "+strconv.Itoa(i), func(in *models.NewToken) { in.Validity = models.ValidityNever })
	}
	filter := "owner=" + url.QueryEscape(w.person.Email) + "&q=deploy&never=1"
	page := b.get("/admin/tokens?" + filter).want(http.StatusOK)
	if n := page.count("tbody tr"); n != 3 {
		t.Errorf("%d tokens, not 3", n)
	}
	if n := page.count(".chip-x"); n != 3 {
		t.Errorf("%d chips, not 3", n)
	}
	without := page.doc.Find(".chip-x").First().AttrOr("href", "")
	if n := b.get(without).want(http.StatusOK).count(".chip-x"); n != 2 {
		t.Errorf("%s has %d chips, not 2", without, n)
	}
	if to := b.get("/admin/tokens?owner=&q=deploy&status=&unused=").want(http.StatusSeeOther).Header.Get("Location"); to != "/admin/tokens?q=deploy" {
		t.Errorf("a form leads to %s", to)
	}
	if to := b.htmx("/admin/tokens").get("/admin/tokens?owner=&q=deploy").want(http.StatusOK).Header.Get("HX-Push-Url"); to != "/admin/tokens?q=deploy" {
		t.Errorf("htmx pushes %q", to)
	}
	if text := b.get("/admin/tokens?q=nothing").want(http.StatusOK).text(".empty h2"); text != "No token matches" {
		t.Errorf("without a match: %q", text)
	}
	refused := b.get("/admin/tokens?unused=soon&never=perhaps").refused("unused", "never")
	if refused.value("#unused") != "soon" {
		t.Error("what was typed is gone")
	}
	for _, path := range []string{"?sort=odd", "?sort=unused", "?after=odd", "?before=odd&sort=name"} {
		b.get("/admin/tokens" + path).want(http.StatusUnprocessableEntity).find(".error-summary li")
	}
	if text := b.get("/admin/tokens?stauts=revoked").want(http.StatusUnprocessableEntity).text(".error-summary li"); text != "There is no filter “stauts”." {
		t.Errorf("a misspelt filter: %q", text)
	}
	b.get("/admin/tokens?address=notanip").refused("address")
	b.get("/admin/tokens.csv?stauts=revoked").want(http.StatusBadRequest)
}

// Whatever zone an administrator is in, what the filter calls expiring is shown as such.
func TestAdminStatusIsThatOfTheFilter(t *testing.T) {
	w := newAdminWorld(t, newSite(t))
	owner := modeltest.MustUser(t, w.site.store, func(in *models.NewUser) { in.TimeZone = "UTC" })
	w.site.token(t, owner, "edge", func(in *models.NewToken) { in.Validity, in.ExpiresOn = models.ValidityCustom, "2026-12-28" })
	tokyo := modeltest.MustUser(t, w.site.store, func(in *models.NewUser) { in.Admin, in.TimeZone = true, "Asia/Tokyo" })
	rows := w.site.enter(t, tokyo).get("/admin/tokens?status=expiring").want(http.StatusOK).find("tbody tr")
	if text := rows.Text(); rows.Length() != 1 || !strings.Contains(text, "edge") || !strings.Contains(text, "Expiring") {
		t.Errorf("%d rows, %q", rows.Length(), text)
	}
}

// Pages follow each other in both directions, to the last and the first.
func TestAdminTokenPages(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		for i := range 2*tokensPerPage + 5 {
			s.token(t, w.person, "n "+strconv.Itoa(i))
			if i == tokensPerPage {
				w.person = modeltest.MustUser(t, s.store)
			}
		}
		b := w.browsers["administrator"]
		follow := func(from *answer, text string) *answer {
			t.Helper()
			return b.get(from.find(".pager a[href]:contains('"+text+"')").AttrOr("href", "")).want(http.StatusOK)
		}
		names := func(a *answer) string { return a.doc.Find("tbody th .name").Text() }
		one := b.get("/admin/tokens")
		two := follow(one, "Older")
		three := follow(two, "Older")
		if last := follow(one, "Last"); !strings.HasSuffix(names(last), names(three)) {
			t.Error("the last page ends otherwise than the third")
		}
		if names(follow(three, "Newer")) != names(two) || names(follow(two, "First")) != names(one) {
			t.Error("the way back leads elsewhere")
		}
		if n := three.count("tbody tr") + 2*tokensPerPage; n != s.count(t, "SELECT count(*) FROM tokens") {
			t.Errorf("the pages have %d tokens", n)
		}
	})
}

// An export has every token that the filter chooses, once, as inert text.
func TestAdminTokenExport(t *testing.T) {
	w := newAdminWorld(t, newSite(t))
	w.site.token(t, w.person, `=HYPERLINK("http://evil.test")`)
	b := w.browsers["administrator"]
	a := b.get("/admin/tokens.csv?owner=" + url.QueryEscape(w.person.Email) + "&sort=name&dir=asc").want(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) != 3 || strings.Join(rows[0], " ") != strings.Join(adminExportHead, " ") {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[1][1] != `'=HYPERLINK("http://evil.test")` || rows[2][0] != w.token.PublicID || rows[2][slices.Index(rows[0], "ownerEmail")] != w.person.Email {
		t.Errorf("rows %q", rows[1:])
	}
	var all []adminExport
	if err := json.Unmarshal([]byte(b.get("/admin/tokens.json").want(http.StatusOK).body), &all); err != nil || len(all) != 3 {
		t.Errorf("%d tokens in JSON, %v", len(all), err)
	}
	if strings.Contains(a.body, w.secret) {
		t.Error("an export holds a secret")
	}
	b.get("/admin/tokens.csv?unused=soon").want(http.StatusBadRequest)
	b.get("/admin/tokens.json?sort=odd").want(http.StatusBadRequest)
}
