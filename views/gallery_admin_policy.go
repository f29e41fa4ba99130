package views

import (
	"maps"
	"net/netip"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminPolicyStates() []State {
	form := func(name string, change func(Page, *PolicyForm)) State {
		return adminState("AdminPolicyPage", name, func(p Page) templ.Component {
			policy := models.TokenPolicy{Version: 3, AllowNever: true, UnusedAction: models.UnusedPause}
			f := PolicyForm{Typed: policy.Query(), LiveLimit: 100}
			change(p, &f)
			return AdminPolicyPage(p, f)
		})
	}
	review := func(name string, change func(Page, *PolicyReview)) State {
		return adminState("PolicyReviewPage", name, func(p Page) templ.Component {
			r := galleryReview(p)
			change(p, &r)
			return PolicyReviewPage(p, r)
		})
	}
	strict := galleryPolicy()
	return []State{
		form("plain", func(Page, *PolicyForm) {}),
		form("saved", func(p Page, f *PolicyForm) { f.Typed = strict.Query() }),
		form("not for all yet", func(p Page, f *PolicyForm) {
			f.Typed, f.Current = strict.Query(), strict
			all, made := p.Now.AddDate(0, 0, 14), p.Now.AddDate(0, -2, 0)
			f.Current.UnusedFrom = &all
			f.Current.NetworkRules = []models.NetworkRule{{Networks: strict.Networks, Since: p.Now, All: &all}, {Since: made}, {Networks: strict.Networks[:1], Since: made, All: &made}}
		}),
		form("refused", func(_ Page, f *PolicyForm) {
			f.Typed = strict.Query()
			maps.Copy(f.Typed, map[string][]string{"max_lifetime": {"a year"}, "max_live": {"1000"}, "networks": {"10.0.0.0/8\nthe office"}, "existing": {"shorten"}, "notice": {"soon"}})
			f.Errors = Errors{
				{Field: "max_lifetime", Code: "policy_whole"},
				{Field: "max_live", Code: "policy_live_max", Params: map[string]any{"max": 100}},
				{Field: "networks", Code: "policy_network", Params: map[string]any{"given": "the"}},
				{Field: "notice", Code: "policy_notice", Params: map[string]any{"max": 365}},
			}
		}),
		form("every error", func(_ Page, f *PolicyForm) {
			f.Errors = Errors{
				{Field: "unused_action", Code: "policy_action"}, {Field: "networks", Code: "policy_networks", Params: map[string]any{"max": 100}},
				{Field: "existing", Code: "policy_existing"},
			}
		}),
		review("plain", func(Page, *PolicyReview) {}),
		review("existing ones too", func(p Page, r *PolicyReview) {
			r.Treatment = models.PolicyTreatment{Shorten: true, Notice: 30}
			for i := range r.Impact.Rules {
				for j := range r.Impact.Rules[i].First {
					r.Impact.Rules[i].First[j].At = *endOf(p, 30)
				}
			}
		}),
		review("nobody reached", func(_ Page, r *PolicyReview) { r.Impact = models.PolicyImpact{} }),
		review("nothing to apply", func(_ Page, r *PolicyReview) { r.Old, r.Impact = r.New, models.PolicyImpact{} }),
		review("many", func(_ Page, r *PolicyReview) {
			r.Treatment = models.PolicyTreatment{Shorten: true}
			for i := range r.Impact.Rules {
				rule := &r.Impact.Rules[i]
				rule.Tokens, rule.Owners, rule.About, rule.Looked = 18_412, 11_200, rule.Rule != models.RuleLive, models.PolicyScan
			}
		}),
		review("cut short, none so far", func(_ Page, r *PolicyReview) {
			for i := range r.Impact.Rules {
				r.Impact.Rules[i] = models.RuleImpact{Rule: r.Impact.Rules[i].Rule, About: r.Impact.Rules[i].Rule != models.RuleLive, Looked: models.PolicyScan}
			}
		}),
		review("conflict, long names", func(_ Page, r *PolicyReview) {
			r.Conflict = true
			t := &r.Impact.Rules[0].First[0]
			t.Name, t.OwnerName, t.OwnerEmail = longWords, wideWords, longEmail
		}),
	}
}

func galleryPolicy() models.TokenPolicy {
	return models.TokenPolicy{
		Version: 3, MaxLifetimeDays: 180, MaxExtensionDays: 90, MaxLive: 20, MaxUnusedDays: 60, UnusedAction: models.UnusedRevoke,
		Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:85a3::/48")},
	}
}

// galleryReview is a policy that reaches some tokens by each rule.
func galleryReview(p Page) PolicyReview {
	policy := galleryPolicy()
	r := PolicyReview{
		New: policy, Old: models.TokenPolicy{Version: 3, AllowNever: true, UnusedAction: models.UnusedPause},
		Form: PolicyForm{Typed: policy.Query(), LiveLimit: 100},
	}
	tokens := galleryAdminTokens(p)
	for i, rule := range []string{models.RuleLifetime, models.RuleNever, models.RuleUnused, models.RuleNetworks, models.RuleLive} {
		impact := models.RuleImpact{Rule: rule, Tokens: int64(3 * (i + 1)), Owners: int64(i + 1)}
		for j := range 2 {
			t := models.AffectedToken{AdminToken: tokens[i+j]}
			if rule == models.RuleUnused {
				t.At = p.Now.Add(60 * 24 * time.Hour)
			}
			if rule != models.RuleLive {
				impact.First = append(impact.First, t)
			} else {
				u := galleryPeople(p)[j]
				u.LiveTokens = int64(40 - j)
				impact.People = append(impact.People, u)
			}
		}
		r.Impact.Rules = append(r.Impact.Rules, impact)
	}
	return r
}
