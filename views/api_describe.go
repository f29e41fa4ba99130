package views

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"tessera/models/openapi"
)

func methodWord(method string) string {
	if method == "delete" {
		return "DEL"
	}
	if method == "options" {
		return "OPT"
	}
	return strings.ToUpper(method)
}

// pathParts are the pieces of a path; those in braces are variables.
func pathParts(path string) []string {
	var out []string
	for {
		start := strings.IndexByte(path, '{')
		if start < 0 {
			break
		}
		end := strings.IndexByte(path[start:], '}')
		if end < 0 {
			break
		}
		out = append(out, path[:start], path[start:start+end+1])
		path = path[start+end+1:]
	}
	return append(out, path)
}

func (e APIEndpoint) parameters(in string) []openapi.ParameterView {
	var out []openapi.ParameterView
	for _, p := range e.Operation.Parameters {
		if p.In == in {
			out = append(out, p)
		}
	}
	return out
}

// statusKind colours the status of a response.
func statusKind(status string) string {
	switch status[:1] {
	case "2":
		return "ok"
	case "3":
		return "off"
	case "4", "5":
		return "danger"
	}
	return "off"
}

// indented is JSON to read; what is none stays as it is.
func indented(raw openapi.Raw) string {
	if pretty, err := json.MarshalIndent(raw, "", "  "); err == nil {
		return string(pretty)
	}
	return string(raw)
}

// literal is a value as it reads in a sentence: texts without their quotes.
func literal(raw openapi.Raw) string {
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		if s == "" {
			return `""`
		}
		return s
	}
	return string(raw)
}

// typeWords names a schema's own types, with its format.
func typeWords(s *openapi.SchemaView) string {
	types := slices.Clone(s.Types)
	if len(types) == 0 && s.Type() != "" {
		types = []string{s.Type()}
	}
	text := strings.Join(types, " | ")
	if s.Format != "" {
		text = strings.TrimSpace(text + " " + s.Format)
	}
	if s.IsFile() {
		text = strings.TrimSpace(text + " binary")
		if s.Format == "binary" {
			text = strings.Join(types, " | ") + " binary"
		}
	}
	return text
}

// nested reports whether a schema has more than its own line says.
func nested(s *openapi.SchemaView) bool {
	if s == nil {
		return false
	}
	return len(s.Properties)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.Prefix) > 0 || s.MoreProperties > 0 ||
		s.Not != nil || s.Contains != nil || s.If != nil || s.Additional != nil || nested(s.Items)
}

// ruleWords say a constraint; what it is measured in follows from its keyword.
func (p Page) ruleWords(r openapi.RuleView) string {
	if r.Name == "uniqueItems" && string(r.Value) != "true" {
		return ""
	}
	return p.T("api.rule_"+strings.ToLower(r.Name), "value", literal(r.Value))
}

// alternatives are the lists of alternatives of a schema with their heading.
func (p Page) alternatives(s *openapi.SchemaView) []alternativeList {
	var out []alternativeList
	for _, a := range []alternativeList{
		{p.T("api.one_of"), s.OneOf}, {p.T("api.any_of"), s.AnyOf},
	} {
		if len(a.schemas) > 0 {
			out = append(out, a)
		}
	}
	return out
}

type alternativeList struct {
	heading string
	schemas []openapi.SchemaView
}

// parts are the single schemas that stand in another one, with their heading.
func (p Page) parts(s *openapi.SchemaView) []schemaPart {
	var out []schemaPart
	for _, x := range []schemaPart{
		{p.T("api.not"), s.Not}, {p.T("api.contains"), s.Contains}, {p.T("api.if"), s.If}, {p.T("api.then"), s.Then}, {p.T("api.else"), s.Else},
	} {
		if x.schema != nil {
			out = append(out, x)
		}
	}
	for i := range s.Prefix {
		out = append(out, schemaPart{p.T("api.item_number", "number", strconv.Itoa(i+1)), &s.Prefix[i]})
	}
	return out
}

type schemaPart struct {
	heading string
	schema  *openapi.SchemaView
}

// alternativeName names one of several schemas.
func (p Page) alternativeName(s *openapi.SchemaView, i int) string {
	switch {
	case s.Title != "":
		return s.Title
	case s.Ref != "":
		return s.Ref
	case typeWords(s) != "":
		return typeWords(s)
	}
	return p.T("api.alternative", "number", strconv.Itoa(i+1))
}

// securityName names a scheme as people know it.
func (p Page) securityName(s openapi.SchemeView) string {
	switch {
	case s.Type == "http" && s.Scheme == "bearer":
		return p.T("api.auth_bearer")
	case s.Type == "http" && s.Scheme == "basic":
		return p.T("api.auth_basic")
	case s.Type == "apiKey":
		return p.T("api.auth_key", "name", s.Param)
	case s.Type == "oauth2" || s.Type == "openIdConnect":
		return p.T("api.auth_oauth")
	}
	return s.Name
}
