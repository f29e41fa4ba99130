package handlers

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tessera/models"
)

type policyAnswer struct {
	Version          int64               `json:"version"`
	MaxLifetimeDays  int                 `json:"maxLifetimeDays"`
	AllowNever       bool                `json:"allowNever"`
	MaxExtensionDays int                 `json:"maxExtensionDays"`
	MaxLive          int                 `json:"maxLive"`
	MaxUnusedDays    int                 `json:"maxUnusedDays"`
	UnusedAction     string              `json:"unusedAction"`
	Networks         []string            `json:"networks"`
	UnusedFrom       *time.Time          `json:"unusedFrom"`
	NetworkRules     []networkRuleAnswer `json:"networkRules"`
}

// networkRuleAnswer says for which tokens networks hold, as models.NetworkRule does.
type networkRuleAnswer struct {
	Networks []string   `json:"networks"`
	Since    time.Time  `json:"since"`
	All      *time.Time `json:"all"`
}

func newPolicyAnswer(p *models.TokenPolicy) policyAnswer {
	a := policyAnswer{
		p.Version, p.MaxLifetimeDays, p.AllowNever, p.MaxExtensionDays, p.MaxLive, p.MaxUnusedDays, p.UnusedAction,
		networkWords(p.Networks), p.UnusedFrom, []networkRuleAnswer{},
	}
	for _, r := range p.NetworkRules {
		a.NetworkRules = append(a.NetworkRules, networkRuleAnswer{networkWords(r.Networks), r.Since, r.All})
	}
	return a
}

func networkWords(networks []netip.Prefix) []string {
	words := make([]string, len(networks))
	for i, n := range networks {
		words[i] = n.String()
	}
	return words
}

// showPolicy is GET /v1/admin/policy.
func (s *Server) showPolicy(c *serviceCall) error {
	p, err := s.store.CurrentPolicy(c.ctx())
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, newPolicyAnswer(p))
}

// policyFields are the members of a policy and its treatment, by the names that
// models knows them by.
var policyFields = map[string]string{
	"version": "version", "max_lifetime": "maxLifetimeDays", "allow_never": "allowNever", "max_extension": "maxExtensionDays", "max_live": "maxLive",
	"max_unused": "maxUnusedDays", "unused_action": "unusedAction", "networks": "networks", "existing": "existing", "notice": "noticeDays",
}

type ruleAnswer struct {
	Rule   string          `json:"rule"`
	Tokens int64           `json:"tokens"`
	Owners int64           `json:"owners"`
	About  bool            `json:"about"`
	First  []affectedToken `json:"first"`
	People []personAnswer  `json:"people"` // of the rule "live"
}

// affectedToken is a token with the moment at which a rule reaches it, null where
// it is left as it is.
type affectedToken struct {
	Token adminExport `json:"token"`
	At    *time.Time  `json:"at"`
}

// setPolicyByAPI is PUT /v1/admin/policy. The whole policy is sent: what is left
// out would otherwise be a limit that is taken away.
func (s *Server) setPolicyByAPI(c *serviceCall) error {
	f, wrong, err := c.patch(append(policyMembers, "unusedFrom", "networkRules")...) // as GET answers
	if err != nil {
		return err
	}
	dry := c.dryRun(wrong)
	p, t := f.policy()
	if err := wrong.Err(); err != nil {
		return err
	}
	if dry {
		return s.showPolicyImpact(c, p, t)
	}
	set, err := s.store.SetPolicy(c.ctx(), c.actor(), p, t)
	if errors.Is(err, models.ErrConflict) {
		return &refusal{status: http.StatusConflict, code: "conflict"}
	}
	if err != nil {
		return renamed(err, policyFields)
	}
	return c.data(http.StatusOK, newPolicyAnswer(set))
}

// policyMembers in their order in the description.
var policyMembers = []string{"version", "maxLifetimeDays", "allowNever", "maxExtensionDays", "maxLive", "maxUnusedDays", "unusedAction", "networks", "existing", "noticeDays"}

// policy reads the members as the forms have them.
func (f fields) policy() (models.TokenPolicy, models.PolicyTreatment) {
	existing := f.text("existing")
	for _, name := range policyMembers {
		if !f.has(name) && (name != "noticeDays" || existing == "shorten") {
			f.wrong.Add(name, "value_required")
		}
	}
	networks, _ := f.texts("networks")
	values := map[string]string{"unused_action": f.text("unusedAction"), "networks": strings.Join(networks, "\n"), "existing": existing}
	if f.bool("allowNever") {
		values["allow_never"] = "1"
	}
	for _, name := range []string{"version", "max_lifetime", "max_extension", "max_live", "max_unused", "notice"} {
		values[name] = decimal(f.id(policyFields[name]))
	}
	get := func(name string) string { return values[name] }
	p, err := models.ParseTokenPolicy(get)
	t, treatmentErr := models.ParsePolicyTreatment(get)
	for _, err := range []error{err, treatmentErr} {
		fields, _ := fieldsOf(renamed(err, policyFields))
		for _, refused := range fields {
			if !slices.ContainsFunc(*f.wrong, func(w models.FieldError) bool { return w.Field == refused.Field }) {
				*f.wrong = append(*f.wrong, refused)
			}
		}
	}
	return p, t
}

func (s *Server) showPolicyImpact(c *serviceCall, p models.TokenPolicy, t models.PolicyTreatment) error {
	i, err := s.store.PolicyDryRun(c.ctx(), p, t)
	if err != nil {
		return renamed(err, policyFields)
	}
	now := s.store.Now()
	return c.data(http.StatusOK, map[string]any{"rules": each(i.Rules, func(r *models.RuleImpact) ruleAnswer {
		return ruleAnswer{r.Rule, r.Tokens, r.Owners, r.About, each(r.First, func(a *models.AffectedToken) affectedToken {
			token := affectedToken{Token: newAdminExport(&a.AdminToken, now)}
			if !a.At.IsZero() {
				token.At = &a.At
			}
			return token
		}), each(r.People, newPersonAnswer)}
	})})
}
