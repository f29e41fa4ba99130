package views

import (
	"strings"
	"testing"

	"tessera/models"
)

// What was not looked at to the end says so, also when nothing was found; who has
// too many tokens is named.
func TestPolicyReviewSaysHowSureItIs(t *testing.T) {
	p := galleryPage(t)
	r := PolicyReview{Impact: models.PolicyImpact{Rules: []models.RuleImpact{
		{Rule: models.RuleUnused, Tokens: 12, Owners: 3, About: true, Looked: models.PolicyScan, First: make([]models.AffectedToken, 10)},
		{Rule: models.RuleNever, About: true, Looked: 500},
		{Rule: models.RuleLifetime},
		{Rule: models.RuleLive, Tokens: 9, Owners: 2, People: []models.Person{{User: models.User{ID: 7, Name: "Mika <Sato>"}, LiveTokens: 25}}},
	}}}
	_, doc := render(t, PolicyReviewPage(p, r))
	text := func(rule string) string {
		return strings.Join(strings.Fields(doc.Find("section[aria-labelledby=rule-"+rule+"]").Text()), " ")
	}
	for rule, wants := range map[string][]string{
		"unused": {"At least 12 tokens", "Of at least 3 people.", "only 20,000 tokens were looked at", "and at least 2 more"},
		"never":  {"found so far", "only 500 tokens were looked at"},
		"live":   {"9 tokens more", "Of 2 people.", "Mika <Sato>", "25", "and 1 more"},
	} {
		for _, want := range wants {
			if !strings.Contains(text(rule), want) {
				t.Errorf("%s: %q does not say %q", rule, text(rule), want)
			}
		}
	}
	if text("lifetime") != "" || strings.Contains(doc.Text(), p.T("policy.reaches_none")) {
		t.Error("the page speaks of a rule that reaches nothing, or of no rule at all")
	}
}
