package views

import (
	"net/url"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// PolicyPath is the address of the token policy.
const PolicyPath = AdminPath + "/policy"

// PolicyForm is the policy as it was filled in, with what it means for the tokens that are there.
type PolicyForm struct {
	Typed     url.Values // as ParseTokenPolicy and ParsePolicyTreatment read them
	Current   models.TokenPolicy
	LiveLimit int // how many live tokens the server lets a person have, whatever the policy says
	Errors    Errors
}

// policyFields are the fields of the form in their order.
var policyFields = []string{
	"version", "max_lifetime", "allow_never", "max_extension", "max_unused", "unused_action", "max_live", "networks", "existing", "notice",
}

func (f PolicyForm) get(field string) string { return f.Typed.Get(field) }

// number is a field for a limit, which is typed as figures but may be anything.
func (f PolicyForm) number(name, label, hint string) Input {
	return Input{
		Name: name, Label: label, Hint: hint, Value: f.get(name), Errors: f.Errors,
		Attrs: templ.Attributes{"inputmode": "numeric", "autocomplete": "off"},
	}
}

// policyStep makes htmx send a form as Enhance does, and shows what comes, another page, from its top.
func policyStep() templ.Attributes {
	attrs := Enhance(PolicyPath)
	attrs["data-hx-swap"] = "outerHTML show:window:top"
	return attrs
}

// inForce says what of the current policy holds only for some tokens, or from some moment on.
func (f PolicyForm) inForce(p Page) []string {
	var lines []string
	for i, r := range f.Current.NetworkRules {
		networks := p.networkRule(models.TokenPolicy{Networks: r.Networks})
		switch {
		case r.All != nil && !p.Now.Before(*r.All):
			if i > 0 { // alone it says what the form says
				lines = append(lines, p.T("policy.now_all", "networks", networks))
			}
		case r.All != nil:
			lines = append(lines, p.T("policy.now_until", "since", p.DateTime(r.Since), "networks", networks, "all", p.DateTime(*r.All)))
		default:
			lines = append(lines, p.T("policy.now_since", "since", p.DateTime(r.Since), "networks", networks))
		}
	}
	if from := f.Current.UnusedFrom; from != nil && p.Now.Before(*from) {
		lines = append(lines, p.T("policy.now_unused", "from", p.DateTime(*from)))
	}
	return lines
}

// PolicyReview shows what a policy would mean before it holds.
type PolicyReview struct {
	Form      PolicyForm
	Old, New  models.TokenPolicy
	Treatment models.PolicyTreatment
	Impact    models.PolicyImpact
	Conflict  bool // the policy was changed elsewhere meanwhile; Old is how it is now
}

// policyChange is a rule before and after.
type policyChange struct{ rule, old, new string }

func (r PolicyReview) changes(p Page) []policyChange {
	var all []policyChange
	add := func(key, old, new string) {
		if old != new {
			all = append(all, policyChange{p.T("policy." + key), old, new})
		}
	}
	add("max_lifetime", p.limit(r.Old.MaxLifetimeDays), p.limit(r.New.MaxLifetimeDays))
	add("allow_never", p.yesNo(r.Old.NeverAllowed()), p.yesNo(r.New.NeverAllowed()))
	add("max_extension", p.limit(r.Old.MaxExtensionDays), p.limit(r.New.MaxExtensionDays))
	add("max_unused", p.unusedRule(r.Old), p.unusedRule(r.New))
	add("max_live", p.liveRule(r.Old, r.Form.LiveLimit), p.liveRule(r.New, r.Form.LiveLimit))
	add("networks", p.networkRule(r.Old), p.networkRule(r.New))
	return all
}

// pointless reports whether applying would change nothing.
func (r PolicyReview) pointless(p Page) bool { return !r.Treatment.Shorten && len(r.changes(p)) == 0 }

// reached are the rules that some tokens are at odds with, or may be.
func (r PolicyReview) reached() []models.RuleImpact {
	var rules []models.RuleImpact
	for _, rule := range r.Impact.Rules {
		if rule.Tokens > 0 || rule.About {
			rules = append(rules, rule)
		}
	}
	return rules
}

// ruleURL is the list of the tokens that a rule reaches, where there is such a list.
func (r PolicyReview) ruleURL(rule models.RuleImpact) string {
	switch rule.Rule {
	case models.RuleNever:
		return AdminTokensURL(models.AdminQuery{AdminFilter: models.AdminFilter{Never: true}})
	case models.RuleUnused:
		return AdminTokensURL(models.AdminQuery{AdminFilter: models.AdminFilter{Unused: r.New.MaxUnusedDays}})
	}
	return ""
}

func (p Page) limit(days int) string {
	if days == 0 {
		return p.T("policy.no_limit")
	}
	return p.T("policy.days", "n", days)
}

func (p Page) yesNo(yes bool) string {
	if yes {
		return p.T("policy.allowed")
	}
	return p.T("policy.not_allowed")
}

func (p Page) unusedRule(t models.TokenPolicy) string {
	switch {
	case t.MaxUnusedDays == 0:
		return p.T("policy.no_limit")
	case t.UnusedAction == models.UnusedRevoke:
		return p.T("policy.then_revoked", "n", t.MaxUnusedDays)
	}
	return p.T("policy.then_paused", "n", t.MaxUnusedDays)
}

func (p Page) liveRule(t models.TokenPolicy, limit int) string {
	if t.MaxLive > 0 {
		limit = t.MaxLive
	}
	return Number(int64(limit))
}

func (p Page) networkRule(t models.TokenPolicy) string {
	if len(t.Networks) == 0 {
		return p.T("policy.anywhere")
	}
	return networkList(t.Networks)
}

// treatmentText says what happens to the tokens that are there.
func (p Page) treatmentText(t models.PolicyTreatment) string {
	switch {
	case !t.Shorten:
		return p.T("policy.leaves")
	case t.Notice == 0:
		return p.T("policy.shortens_now")
	}
	return p.T("policy.shortens", "n", t.Notice)
}

// ruleTitle says how many tokens are not as a rule asks.
func (p Page) ruleTitle(r models.RuleImpact) string {
	switch {
	case r.About && r.Tokens == 0:
		return p.T("policy.none_so_far_" + r.Rule)
	case r.About:
		return p.T("policy.reaches_many_"+r.Rule, "n", r.Tokens)
	}
	return p.T("policy.reaches_"+r.Rule, "n", r.Tokens)
}

// ruleText says whose they are, and what the rule means for them.
func (p Page) ruleText(r models.RuleImpact) string {
	whose := "policy.of_people"
	switch {
	case r.Tokens == 0:
		return ""
	case r.About:
		whose = "policy.of_people_at_least"
	}
	return p.T(whose, "n", r.Owners) + " " + p.T("policy.text_"+r.Rule)
}

// moreText says how many tokens there are besides the first ones; nothing when there are none.
func (p Page) moreText(r models.RuleImpact) string {
	switch rest := r.Tokens - int64(len(r.First)); {
	case rest <= 0:
		return ""
	case r.About:
		return p.T("policy.more_at_least", "n", rest)
	default:
		return p.T("policy.more", "n", rest)
	}
}

// reachedAt says when a rule reaches a token.
func (p Page) reachedAt(at time.Time) string {
	switch {
	case at.IsZero():
		return p.T("policy.left")
	case !at.After(p.Now):
		return p.T("policy.at_once")
	}
	return p.DateTime(LastMinute(at))
}
