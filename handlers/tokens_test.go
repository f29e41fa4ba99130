package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

// token makes one of owner's tokens behind the pages' back: for 90 days, or as change says.
func (s *site) token(t testing.TB, owner *models.User, name string, change ...func(*models.NewToken)) (*models.Token, string) {
	t.Helper()
	in := models.NewToken{Name: name, Validity: models.DefaultValidity, Nonce: rand.Text()}
	for _, f := range change {
		f(&in)
	}
	tok, secret, err := s.store.CreateToken(t.Context(), models.CLI, owner, in)
	if err != nil {
		t.Fatal("create a token:", err)
	}
	return tok, secret
}

func validFor(days string) func(*models.NewToken) {
	return func(in *models.NewToken) { in.Validity = days }
}

// use calls the API with a token.
func (s *site) use(t testing.TB, secret, address, client string) *answer {
	t.Helper()
	return s.newBrowser(t).from(address).with("Authorization", "Bearer "+secret, "User-Agent", client).get("/v1/user")
}

// create fills in the form for a new token and returns the answer.
func (b *browser) create(name, validity string, more ...string) *answer {
	b.t.Helper()
	form := b.get("/settings/tokens/new").want(http.StatusOK)
	fields := []string{"nonce", form.value("input[name=nonce]"), "name", name, "validity", validity}
	return b.post(form.find("form[action='/settings/tokens']").AttrOr("action", ""), append(fields, more...)...)
}

// created makes a token and returns the address of the page that shows its secret.
func (b *browser) created(name, validity string, more ...string) string {
	b.t.Helper()
	return b.create(name, validity, more...).want(http.StatusSeeOther).Header.Get("Location")
}

func TestCreateEachValidity(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store) // in Tokyo, where it is noon of 14 December 2026
		b := s.enter(t, u)
		for _, c := range []struct{ validity, day, want string }{
			{"7", "", "2026-12-21T15:00:00Z"},
			{"30", "", "2027-01-13T15:00:00Z"},
			{"60", "", "2027-02-12T15:00:00Z"},
			{"90", "2026-12-24", "2027-03-14T15:00:00Z"}, // the date counts for custom only
			{"365", "", "2027-12-14T15:00:00Z"},
			{"custom", "2026-12-14", "2026-12-14T15:00:00Z"}, // today
			{"custom", "2027-02-21", "2027-02-21T15:00:00Z"},
			{"custom", "2028-02-29", "2028-02-29T15:00:00Z"},
			{"custom", "2036-12-14", "2036-12-14T15:00:00Z"},
			{"never", "", "never"},
		} {
			name := "ci " + c.validity + c.day
			page := b.get(b.created(name, c.validity, "expires_on", c.day)).want(http.StatusOK)
			secret := page.text("textarea#secret")
			answer := s.use(t, secret, "192.0.2.9", "curl/8").want(http.StatusOK)
			answer.header("Tessera-Token-Expires", c.want)
			if hasLink := page.count("a[href$='/calendar']") == 1; hasLink != (c.want != "never") {
				t.Errorf("%s %s: a calendar link: %v", c.validity, c.day, hasLink)
			}
		}
	})
}

func TestNewTokenForm(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	page := b.get("/settings/tokens/new").want(http.StatusOK)
	var values []string
	page.doc.Find("#validity option").Each(func(_ int, o *goquery.Selection) { values = append(values, o.AttrOr("value", "")) })
	if got := strings.Join(values, " "); got != "7 30 60 90 365 custom never" {
		t.Errorf("validities %s", got)
	}
	if got := page.value("#validity option[selected]"); got != "90" {
		t.Errorf("%q is chosen at first", got)
	}
	if page.find("#expires_on").AttrOr("min", "") != "2026-12-14" || page.find("#expires_on").AttrOr("max", "") != "2036-12-14" {
		t.Error("the range of days is wrong")
	}
	if other := b.get("/settings/tokens/new").value("input[name=nonce]"); other == "" || other == page.value("input[name=nonce]") {
		t.Errorf("the nonce %q is not new", other)
	}
}

func TestNewTokenRefused(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	s.token(t, u, "CI Deploy")
	b := s.enter(t, u)
	sentences := map[string]string{}
	for _, c := range []struct{ what, name, validity, day, fields string }{
		{"no name", "", "90", "", "name"},
		{"spaces", " \u3000 ", "90", "", "name"},
		{"81 characters", strings.Repeat("あ", 81), "90", "", "name"},
		{"line end", "a\nb", "90", "", "name"},
		{"bidi override", "a\u202Eb", "90", "", "name"},
		{"taken", "ci DEPLOY", "90", "", "name"},
		{"other validity", "a", "91", "", "validity"},
		{"no validity", "a", "", "", "validity"},
		{"keep", "a", "keep", "", "validity"},
		{"no date", "a", "custom", "", "expires_on"},
		{"30 February", "a", "custom", "2027-02-30", "expires_on"},
		{"no day", "a", "custom", "soon", "expires_on"},
		{"yesterday", "a", "custom", "2026-12-13", "expires_on"},
		{"ten years and a day", "a", "custom", "2036-12-15", "expires_on"},
		{"two at once", "", "custom", "2026-12-13", "name expires_on"},
	} {
		t.Run(c.what, func(t *testing.T) {
			b := *b
			b.t = t
			page := b.create(c.name, c.validity, "expires_on", c.day).refused(strings.Fields(c.fields)...)
			if got := page.value("#name"); got != c.name {
				t.Errorf("the name became %q", got)
			}
			if got := page.doc.Find("#validity option[selected]").AttrOr("value", ""); got != c.validity && c.fields != "validity" {
				t.Errorf("the validity became %q", got)
			}
			if got := page.value("#expires_on"); got != c.day {
				t.Errorf("the date became %q", got)
			}
			if page.value("input[name=nonce]") == "" {
				t.Error("the nonce is gone")
			}
			if !strings.Contains(c.fields, " ") {
				sentences[c.what] = page.text("#" + c.fields + "-error")
			}
		})
	}
	seen := map[string]string{"other validity": sentences["no validity"]}
	for what, sentence := range sentences {
		if what == "keep" || what == "no validity" || what == "no day" {
			continue // the same mistake
		}
		if earlier, ok := seen[sentence]; ok {
			t.Errorf("%s and %s have one sentence: %s", what, earlier, sentence)
		}
		seen[sentence] = what
	}
	if n := s.count(t, "SELECT count(*) FROM tokens"); n != 1 {
		t.Errorf("%d tokens", n)
	}

	page := b.post("/settings/tokens", "name", "a", "validity", "90").want(http.StatusUnprocessableEntity)
	page.find(".error-summary li")
	if page.value("input[name=nonce]") == "" {
		t.Error("a form without its nonce gets none")
	}
	s.store.Limits.LiveTokens = 1
	b.create("b", "90").refused("name")
}

func TestNewTokenWithHTMX(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	h := b.htmx("/settings/tokens/new")
	h.post("/settings/tokens", "name", "", "validity", "90", "nonce", "n").refused("name") // the whole page, of which htmx takes #main
	answer := h.post("/settings/tokens", "name", "a", "validity", "90", "nonce", "n").want(http.StatusOK).header("Location", "")
	b.get(answer.Header.Get("HX-Redirect")).want(http.StatusOK).find("#secret")
}

func TestDoubledSubmitMakesOneToken(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		b := s.enter(t, u)
		var mu sync.Mutex
		var all sync.WaitGroup
		places := map[string]int{}
		for range 8 {
			all.Go(func() {
				a := b.post("/settings/tokens", "name", "ci", "validity", "90", "nonce", "the same")
				mu.Lock()
				defer mu.Unlock()
				places[fmt.Sprint(a.StatusCode, a.Header.Get("Location"))]++
			})
		}
		all.Wait()
		if len(places) != 1 || s.count(t, "SELECT count(*) FROM tokens") != 1 {
			t.Fatalf("answers %v", places)
		}
		place := b.post("/settings/tokens", "name", "ci", "validity", "90", "nonce", "the same").want(http.StatusSeeOther).Header.Get("Location")
		if s.use(t, b.get(place).want(http.StatusOK).text("#secret"), "192.0.2.9", "curl/8").StatusCode != http.StatusOK {
			t.Error("the secret shown is not that of the token")
		}
		// A nonce is a person's own.
		other := s.enter(t, modeltest.MustUser(t, s.store))
		if at := other.post("/settings/tokens", "name", "ci", "validity", "90", "nonce", "the same").want(http.StatusSeeOther).Header.Get("Location"); at == place {
			t.Error("somebody else's nonce leads to this token")
		}
	})
}

func TestPreview(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store)).htmx("/settings/tokens/new")
	line := b.get("/settings/tokens/preview?validity=custom&expires_on=2027-02-21").want(http.StatusOK)
	if text := line.text(".preview"); !strings.Contains(text, "Sunday 21 February 2027 at 23:59") || !strings.Contains(text, "Tokyo") {
		t.Errorf("the preview says %q", text)
	}
	if line.find("time").AttrOr("datetime", "") == "" {
		t.Error("the preview has no machine-readable time")
	}
	b.get("/settings/tokens/preview?validity=custom&expires_on=2027-02-30").want(http.StatusOK).find("#expires_on-error")
}
