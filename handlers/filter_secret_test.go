package handlers

import (
	"net/http"
	"strings"
	"testing"
)

// A secret in a filter is refused, and stands neither on the page nor in the log;
// with htmx not even in the address.
func TestFiltersRefuseSecrets(t *testing.T) {
	w := newAdminWorld(t, newSite(t))
	b := w.browsers["administrator"]
	silent := func(a *answer) {
		t.Helper()
		if strings.Contains(a.body+a.Header.Get("Location"), w.secret[8:]) {
			t.Errorf("%s shows the secret", a.name)
		}
	}
	for path, fields := range map[string][]string{
		"/admin/tokens": {"q", "owner", "address", "unused"},
		"/admin/people": {"q"},
		"/admin/audit":  {"actor", "subject", "address", "from"},
	} {
		for _, field := range fields {
			a := b.get(path + "?after=&" + field + "=+" + w.secret).refused(field)
			if a.value("#"+field) != "" {
				t.Errorf("%s: %s is not empty", path, field)
			}
			silent(a)
		}
	}
	own := w.browsers["person"].get("/settings/tokens?show=active&q=" + w.secret).want(http.StatusUnprocessableEntity)
	if own.value("#q") != "" {
		t.Error("the owner's search is not empty")
	}
	silent(own)
	a := b.get("/admin/tokens?q=" + w.secret)
	if to := a.find(".field-error + .hint a").AttrOr("href", ""); to != "/admin/tokens/find" {
		t.Errorf("the error leads to %q", to)
	}
	if got := b.htmx("/admin/tokens").get("/admin/tokens?q=" + w.secret).Header.Get("HX-Push-Url"); got != "false" {
		t.Errorf("htmx pushes %q", got)
	}
	for _, path := range []string{"/admin/tokens.csv?q=", "/admin/tokens.json?owner=", "/admin/audit.csv?subject="} {
		silent(b.get(path + w.secret).want(http.StatusBadRequest))
	}
	silent(b.post("/admin/tokens/act", "kind", "revoke", "all", "1", "filter", "q="+w.secret).want(http.StatusBadRequest))
	silent(w.browsers["nobody"].get("/admin/tokens?q=" + w.secret))
	if strings.Contains(w.site.logs.String(), w.secret[8:]) {
		t.Error("the log has the secret")
	}
}
