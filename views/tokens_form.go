package views

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// previewRequest asks the server what the chosen day means. It undoes what the form around it
// says for its own request.
func (f TokenForm) previewRequest() templ.Attributes {
	address := TokensPath + "/preview"
	if f.TokenID != "" {
		address += "?token=" + f.TokenID
	}
	return templ.Attributes{
		"data-hx-get":     address,
		"data-hx-trigger": "input changed delay:200ms, change",
		"data-hx-include": "#validity",
		"data-hx-target":  "#expires_on-preview",
		"data-hx-select":  "unset",
		"data-hx-swap":    "innerHTML",
		"data-hx-sync":    "this:replace",
		"data-quiet":      true,
	}
}

// errors are the refused fields in the words for tokens: an example helps to find a name, and
// a form without its nonce has no field to point at.
func (f TokenForm) errors() Errors {
	errors := slices.Clone(f.Errors)
	for i, e := range errors {
		switch e.Code {
		case "name_required":
			errors[i] = models.FieldError{Field: e.Field, Code: "token_name_required"}
		case "nonce_missing":
			errors[i].Field = ""
		}
	}
	return errors
}

// preview is what stands under the date: what is wrong with it, or what it means.
func (f TokenForm) preview() *ExpiryPreview {
	if err := f.Errors.For("expires_on"); err != nil {
		return &ExpiryPreview{Error: err}
	}
	return f.Preview
}

// validityOptions are the choices in words, with that of an own date before "never".
// What the policy refuses can't be chosen; what was chosen nevertheless stays.
func (p Page) validityOptions(choices []ValidityChoice, chosen string) []Option {
	options := make([]Option, 0, len(choices)+1)
	for _, c := range choices {
		if c.Value == models.ValidityNever {
			options = append(options, Option{Value: models.ValidityCustom, Text: p.T("tokens.validity_custom")})
		}
		option := Option{Value: c.Value, Text: p.validityWord(c)}
		if c.Refused != nil {
			option.Text, option.Disabled = p.T("tokens.not_allowed", "validity", option.Text), c.Value != chosen
		}
		options = append(options, option)
	}
	return options
}

func (p Page) validityWord(c ValidityChoice) string {
	switch c.Value {
	case models.ValidityNever:
		return p.T("tokens.validity_never")
	case models.ValidityKeep:
		if c.ExpiresAt == nil {
			return p.T("tokens.keep_never")
		}
		last := LastMinute(*c.ExpiresAt)
		return p.T("tokens.keep", "date", last, "when", p.Days(last))
	case models.DefaultValidity:
		return p.T("tokens.validity_default", "n", days(c.Value))
	case "365":
		return p.T("tokens.validity_year")
	}
	return p.T("tokens.validity_days", "n", days(c.Value))
}

func days(validity string) int {
	n, _ := strconv.Atoi(validity)
	return n
}

// expirySentence tells the exact moment at which a token ends, and whose clock that is.
func (p Page) expirySentence(expiresAt time.Time) templ.Component {
	date := TimeLong(p, LastMinute(expiresAt))
	if expiresAt.After(p.Now) {
		return p.Rich("tokens.preview", "date", date, "zone", p.ZoneName())
	}
	return p.Rich("tokens.preview_past", "date", date, "zone", p.ZoneName())
}

// expiryWords is a last day with its minute, or "Never".
func (p Page) expiryWords(expiresAt *time.Time) string {
	if expiresAt == nil {
		return p.T("tokens.never")
	}
	return p.DateTime(LastMinute(*expiresAt))
}

// typedExpiry says what a form would do to the expiry date.
func (p Page) typedExpiry(f TokenForm) string {
	switch {
	case f.Validity == models.ValidityKeep:
		return p.T("tokens.conflict_keep")
	case f.Validity == models.ValidityCustom && f.Preview != nil && f.Preview.Error == nil:
		return p.expiryWords(f.Preview.ExpiresAt)
	}
	for _, c := range f.Choices {
		if c.Value == f.Validity {
			return p.expiryWords(c.ExpiresAt)
		}
	}
	return f.ExpiresOn
}

// rules are what the policy says to whom makes or edits a token, a sentence each.
func (f TokenForm) rules(p Page) []string {
	policy := f.Policy
	if policy == nil {
		return nil
	}
	var rules []string
	rule := func(holds bool, key string, kv ...any) {
		if holds {
			rules = append(rules, p.T(key, kv...))
		}
	}
	editing := f.TokenID != ""
	rule(policy.MaxLifetimeDays > 0, "tokens.rule_lifetime", "n", policy.MaxLifetimeDays)
	rule(policy.MaxLifetimeDays == 0 && !policy.AllowNever, "tokens.rule_never")
	rule(editing && policy.MaxExtensionDays > 0, "tokens.rule_extension", "n", policy.MaxExtensionDays)
	rule(!editing && policy.MaxLive > 0, "tokens.rule_live", "n", policy.MaxLive)
	if !editing && policy.MaxUnusedDays > 0 {
		rule(policy.UnusedAction == models.UnusedPause, "tokens.rule_unused_pause", "n", policy.MaxUnusedDays)
		rule(policy.UnusedAction == models.UnusedRevoke, "tokens.rule_unused_revoke", "n", policy.MaxUnusedDays)
	}
	rule(!editing && len(policy.Networks) > 0, "tokens.rule_networks", "networks", networkList(policy.Networks))
	return rules
}

// networkList writes networks one after another.
func networkList(networks []netip.Prefix) string {
	words := make([]string, len(networks))
	for i, n := range networks {
		words[i] = n.String()
	}
	return strings.Join(words, ", ")
}
