package handlers

import (
	"net/http"
	"strings"
	"testing"

	"tessera/models"
)

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin/policy":  adminPage(200),
		"POST /admin/policy": adminPage(200).with("version=1&unused_action=pause&existing=leave&step=review"),
	})
}

// policyPost is a whole form of the policy with changes.
func policyPost(changes ...string) []string {
	fields := []string{"version", "1", "max_lifetime", "60", "max_extension", "", "max_live", "", "max_unused", "", "unused_action", "pause", "networks", "", "existing", "leave", "notice", "30"}
	for i := 0; i < len(changes); i += 2 {
		for j := 0; j < len(fields); j += 2 {
			if fields[j] == changes[i] {
				fields[j+1] = changes[i+1]
			}
		}
	}
	return fields
}

// values are the fields of a form, as a browser would send them, with the button that was pressed.
func (a *answer) values(css, button string) []string {
	a.t.Helper()
	var fields []string
	for _, e := range a.find(css).Find("input[type=hidden]").EachIter() {
		fields = append(fields, e.AttrOr("name", ""), e.AttrOr("value", ""))
	}
	return append(fields, "step", button)
}

// From the form to the dry run, back, on to applying; nothing changes before that.
func TestPolicy(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		never, _ := s.token(t, w.person, "never", func(in *models.NewToken) { in.Validity = models.ValidityNever })
		b := w.browsers["administrator"]
		form := b.get("/admin/policy").want(http.StatusOK)
		if _, on := form.find("#allow_never").Attr("checked"); !on || form.value("input[name=version]") != "1" {
			t.Error("the form does not hold the policy")
		}
		before := s.rows(t)
		review := b.post("/admin/policy", append(policyPost("existing", "shorten", "notice", "7"), "step", "review")...).want(http.StatusOK)
		if text := review.text("section[aria-labelledby=rule-never]"); !strings.Contains(text, never.Name) || !strings.Contains(text, w.person.Name) {
			t.Errorf("the dry run says %q", text)
		}
		if n := review.count("section[aria-labelledby=changes-title] tbody tr"); n != 2 { // the lifetime, and with it "never"
			t.Errorf("%d rules change", n)
		}
		edit := b.post("/admin/policy", review.values("main form", "edit")...).want(http.StatusOK)
		if _, on := edit.find("input[name=existing][value=shorten]").Attr("checked"); !on || edit.value("#max_lifetime") != "60" || edit.value("#notice") != "7" {
			t.Error("the way back loses what was typed")
		}
		if tables := changed(before, s.rows(t)); len(tables) > 0 {
			t.Fatalf("%v changed by looking", tables)
		}
		for range 2 { // pressed twice
			b.post("/admin/policy", review.values("main form", "apply")...).to("/admin/policy")
			if text := b.get("/admin/policy").text("#flash"); text == "" {
				t.Error("it says nothing")
			}
		}
		if n := s.count(t, "SELECT COUNT(*) FROM audit_events WHERE kind = 'policy.changed'"); n != 1 {
			t.Errorf("changed %d times", n)
		}
		if got := b.get("/admin/policy").value("#max_lifetime"); got != "60" {
			t.Errorf("the longest lifetime is %q", got)
		}
		// Somebody else had the form open.
		stale := b.post("/admin/policy", append(policyPost("max_lifetime", "90"), "step", "apply")...).want(http.StatusConflict)
		if text := stale.text("section[aria-labelledby=changes-title]"); !strings.Contains(text, "60 days") || !strings.Contains(text, "90 days") {
			t.Errorf("the conflict says %q", text)
		}
		b.post("/admin/policy", stale.values("main form", "apply")...).to("/admin/policy")
		same := b.get("/admin/policy").value("input[name=version]")
		b.post("/admin/policy", append(policyPost("version", same, "max_lifetime", "90"), "step", "review")...).want(http.StatusOK).none("button[value=apply]")
		// A rule that does not hold for all tokens yet is told above the form.
		b.get("/admin/policy").none("main .notice-info ul")
		b.post("/admin/policy", append(policyPost("version", same, "networks", "192.0.2.0/24", "existing", "shorten", "notice", "7"), "step", "apply")...).to("/admin/policy")
		if text := b.get("/admin/policy").text("main .notice-info ul"); strings.Count(text, "192.0.2.0/24") != 1 {
			t.Errorf("what holds is told as %q", text)
		}
	})
}

func TestPolicyRefused(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	b := w.browsers["administrator"]
	before := s.rows(t)
	for _, step := range []string{"review", "apply", ""} {
		refused := b.post("/admin/policy", append(policyPost("max_lifetime", "a year", "max_live", "1000", "networks", "10.0.0.0/8 <office>", "existing", "shorten", "notice", "soon"), "step", step)...).
			refused("max_lifetime", "networks", "notice")
		if refused.value("#max_lifetime") != "a year" || refused.text("#networks") != "10.0.0.0/8 <office>" || refused.value("#notice") != "soon" {
			t.Error("what was typed is gone")
		}
	}
	b.post("/admin/policy", policyPost("max_lifetime", "5000", "max_live", "1000")...).refused("max_lifetime", "max_live")
	b.post("/admin/policy", policyPost("existing", "odd", "unused_action", "odd")...).want(http.StatusUnprocessableEntity)
	if tables := changed(before, s.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
}

// Owners see the policy where they choose how long a token lives, and why a choice is refused.
func TestPolicyOfOwners(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		b := w.browsers["person"]
		b.get("/settings/tokens/new").want(http.StatusOK).none("option[disabled]")
		policy := models.TokenPolicy{Version: 1, MaxLifetimeDays: 45, MaxExtensionDays: 10, MaxLive: 50, UnusedAction: models.UnusedPause}
		if _, err := s.store.SetPolicy(t.Context(), models.Actor{Kind: "user", User: w.admin}, policy, models.PolicyTreatment{}); err != nil {
			t.Fatal(err)
		}
		page := b.get("/settings/tokens/new").want(http.StatusOK)
		if got := page.value("#validity option[selected]"); got != "30" {
			t.Errorf("%q is chosen", got)
		}
		for _, value := range []string{"60", "90", "365", "never"} {
			page.find("#validity option[disabled][value='" + value + "']")
		}
		if last := page.find("#expires_on").AttrOr("max", ""); last != "2027-01-28" {
			t.Errorf("the last day that can be chosen is %s", last)
		}
		if rules := page.count(".expiry .notice li"); rules != 2 {
			t.Errorf("%d rules: %s", rules, page.text(".expiry .notice"))
		}
		b.post("/settings/tokens", "name", "x", "validity", "90", "nonce", "n").refused("validity")
		b.post("/settings/tokens", "name", "x", "validity", "never", "nonce", "n").refused("validity")
		b.post("/settings/tokens", "name", "x", "validity", "custom", "expires_on", "2027-01-29", "nonce", "n").refused("expires_on")
		preview := b.htmx("/settings/tokens/new").get("/settings/tokens/preview?validity=custom&expires_on=2027-01-29").want(http.StatusOK)
		preview.find("#expires_on-error")
		b.post("/settings/tokens", "name", "x", "validity", "custom", "expires_on", "2027-01-28", "nonce", "n").want(http.StatusSeeOther)

		edit := b.get(tokenPath(w.token.PublicID) + "/edit").want(http.StatusOK) // made before, for 90 days
		edit.find("#validity option[selected][value=keep]")
		edit.find("#validity option[disabled][value='365']")
		b.htmx("/").get("/settings/tokens/preview?token=" + w.token.PublicID + "&expires_on=2027-01-28").want(http.StatusOK).none("#expires_on-error")
		b.get("/settings/tokens/preview?token=none&expires_on=2027-01-28").want(http.StatusNotFound)
		b.post(tokenPath(w.token.PublicID)+"/edit", "name", "x", "validity", "365", "version", "1").refused("validity")
	})
}
