package handlers

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/models/token"
	"tessera/views"
)

// mask stands for a secret wherever a person reads what was sent.
const mask = "****"

// consoleValues puts variables into a request. One that masks makes the same
// request as people may read it.
type consoleValues struct {
	values  map[string]models.Value
	mask    bool
	used    []string // names of secrets that went in
	errors  views.Errors
	flagged map[string]bool // fields with an error
}

// expand puts values in place of {{names}}. escape makes a value fit into its surroundings.
func (x *consoleValues) expand(field, text string, escape func(string) string) string {
	out, missing := models.Expand(text, func(name string) (string, bool) {
		v, ok := x.values[name]
		if !ok {
			return "", false
		}
		if v.Secret && !slices.Contains(x.used, name) {
			x.used = append(x.used, name)
		}
		value := v.Text
		if v.Secret && x.mask {
			value = maskOf(value)
		}
		if escape != nil {
			value = escape(value)
		}
		return value, true
	})
	for _, name := range missing {
		x.refuse(field, "variable_missing", "name", name)
	}
	return out
}

func (x *consoleValues) refuse(field, code string, params ...any) {
	if x.flagged[field] {
		return // one sentence a field
	}
	if x.flagged == nil {
		x.flagged = map[string]bool{}
	}
	x.flagged[field] = true
	var v models.Invalid
	v.Add(field, code, params...)
	x.errors = append(x.errors, v[0])
}

// maskOf keeps the last characters of a long secret, by which its owner knows it.
func maskOf(secret string) string {
	if len(secret) < 12 {
		return mask
	}
	return mask + secret[len(secret)-4:]
}

// value is what a field's text stands for; a secret that was typed in is masked
// like one of the environment.
func (x *consoleValues) value(f views.ConsoleField) string {
	text := f.Value
	if x.mask && secretField(f.FormField) {
		text = maskTyped(text)
	}
	return x.expand(f.Key, text, nil)
}

// secretField tells fields that hold credentials.
func secretField(f openapi.FormField) bool {
	return f.Secret || f.In == "body" && f.Type == "string" && openapi.IsSecretName(f.Name)
}

// maskTyped masks all of a credential but its scheme, unless it comes from a variable.
func maskTyped(text string) string {
	if text == "" || onlyVariable.MatchString(text) {
		return text
	}
	scheme, _, has := strings.Cut(text, " ")
	if has && authScheme.MatchString(scheme) {
		return scheme + " " + mask
	}
	return mask
}

var (
	onlyVariable = regexp.MustCompile(`^(?:[A-Za-z]+\s+)?\{\{\s*[A-Za-z0-9_.-]+\s*\}\}$`)
	authScheme   = regexp.MustCompile(`^[A-Za-z]+$`)
	ourToken     = regexp.MustCompile(token.Pattern)
	secretMember = regexp.MustCompile(`("[^"]*` + openapi.SecretWords + `[^"]*"\s*:\s*)"((?:[^"\\]|\\.)*)"`)
)

// minSecret is the length from which a secret is searched for in other texts:
// shorter ones are found by chance.
const minSecret = 6

// hide takes secrets out of a text that is kept or shown: those of the
// environment, typed in anywhere, become to(name), and tokens of ours go.
func hide(text string, values map[string]models.Value, to func(name, secret string) string) string {
	// The longest first: one may be a part of another.
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return cmp.Compare(len(values[b].Text), len(values[a].Text)) })
	for _, name := range names {
		v := values[name]
		if !v.Secret || len(v.Text) < minSecret {
			continue
		}
		for _, form := range []string{v.Text, url.QueryEscape(v.Text), url.PathEscape(v.Text), jsonEscape(v.Text)} {
			text = strings.ReplaceAll(text, form, to(name, v.Text))
		}
	}
	return ourToken.ReplaceAllStringFunc(text, func(string) string { return token.Prefix + mask })
}

func toMask(_, secret string) string   { return maskOf(secret) }
func toVariable(name, _ string) string { return "{{" + name + "}}" }

// hideMembers masks the values of JSON members that are named like credentials.
func hideMembers(text, with string) string {
	return secretMember.ReplaceAllStringFunc(text, func(m string) string {
		parts := secretMember.FindStringSubmatch(m)
		if parts[2] == "" || onlyVariable.MatchString(parts[2]) {
			return m
		}
		return parts[1] + `"` + with + `"`
	})
}
