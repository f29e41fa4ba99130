package openapi

import "slices"

// rulesOf are the keywords that RuleView shows.
var rulesOf = []string{
	"minLength", "maxLength", "pattern", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf",
	"minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties",
}

// spot is how deep a schema stands.
type spot struct {
	depth int
	open  []string // references that are open around it
}

func (p spot) deeper() spot { p.depth++; return p }

// schema describes n, nil when it is nil.
func (v *View) schema(n *node, at spot) *SchemaView {
	if n == nil {
		return nil
	}
	s := &SchemaView{}
	v.describe(s, n, at)
	return s
}

// folds reports whether what stands in a schema is not described any more: behind a
// reference earlier than in the part itself.
func (v *View) folds(at spot) bool {
	return v.left <= 0 && (len(at.open) > 1 || v.left <= -maxInline)
}

func (v *View) describe(s *SchemaView, n *node, at spot) {
	v.left--
	if !n.isObject() {
		s.Never = n.is("false")
		return
	}
	if ref := n.get("$ref"); ref.isString() {
		at = v.follow(s, ref.text(), at)
	}
	v.words(s, n)
	if v.folds(at) || at.depth > maxInPlace {
		s.Folded = s.Folded || hasKids(n)
		return
	}
	v.properties(s, n, at.deeper())
	v.combined(s, n, at.deeper())
}

// follow describes what a reference leads to, unless it is open already, too deep or
// elsewhere; then there is only its name.
func (v *View) follow(s *SchemaView, ref string, at spot) spot {
	names, ok := refNames(ref)
	if !ok || len(names) < 3 || names[0] != "components" || names[1] != "schemas" {
		s.Unresolved = ref
		return at
	}
	name := names[2]
	if len(names) == 3 {
		s.Ref = name
		if was := v.stored[name]; was != "" {
			s.Ref = was
		}
	}
	target := v.target(ref)
	if target == nil {
		// Not in the view: either not fetched, or there is none. Who shows it knows.
		s.Folded = s.Ref != ""
		if s.Ref == "" {
			s.Unresolved = ref
		}
		return at
	}
	if len(at.open) >= maxRefDepth || slices.Contains(at.open, name) || v.left <= 0 {
		s.Folded = true
		v.words(s, target)
		return at
	}
	v.describe(s, target, spot{depth: at.depth, open: append(slices.Clone(at.open), name)})
	return at
}

// words describes a schema itself, without the schemas in it. What stands beside a
// reference wins over what stands behind it.
func (v *View) words(s *SchemaView, n *node) {
	if !n.isObject() {
		return
	}
	if v.bytes <= 0 {
		s.Folded = true
		return
	}
	set := func(to *string, name string) {
		if value := n.get(name).text(); value != "" {
			*to = value
			v.bytes -= len(value)
		}
	}
	set(&s.Title, "title")
	set(&s.Description, "description")
	set(&s.Format, "format")
	set(&s.ContentType, "contentMediaType")
	set(&s.ContentCoded, "contentEncoding")
	v.types(s, n.get("type"))
	if d := n.get("default"); d != nil {
		s.Default = v.short(d)
	}
	if c := n.get("const"); c != nil {
		s.Const = v.short(c)
	}
	if enum := n.get("enum"); enum.isList() {
		s.Enum, s.MoreEnum = nil, max(0, len(enum.kids)-maxValues)
		for _, e := range enum.kids[:min(len(enum.kids), maxValues)] {
			if value := v.short(e); value != nil {
				s.Enum = append(s.Enum, value)
			}
		}
	}
	if examples := n.get("examples"); examples.isList() {
		s.Examples = nil
		for _, e := range examples.kids[:min(len(examples.kids), 10)] {
			if value := v.short(e); value != nil {
				s.Examples = append(s.Examples, value)
			}
		}
	}
	for _, name := range rulesOf {
		if value := n.get(name); value != nil && value.raw != nil && len(value.raw) < 2000 {
			s.Rules = append(s.Rules, RuleView{name, value.raw})
		}
	}
	s.Deprecated = s.Deprecated || n.get("deprecated").is("true")
	s.ReadOnly = s.ReadOnly || n.get("readOnly").is("true")
	s.WriteOnly = s.WriteOnly || n.get("writeOnly").is("true")
	if d := n.get("discriminator"); d != nil {
		set(&s.Discriminator, "discriminator")
		if name := d.get("propertyName").text(); name != "" {
			s.Discriminator = name
		}
	}
	if link := docs(n); link != nil {
		s.Docs = link
	}
}

func (v *View) types(s *SchemaView, t *node) {
	names := t.texts()
	if t.isString() {
		names = []string{t.text()}
	}
	if len(names) > 0 {
		s.Types = nil
	}
	for _, name := range names[:min(len(names), 10)] {
		if name == "null" {
			s.Nullable = true
		} else {
			s.Types = append(s.Types, name)
		}
	}
	if s.Nullable && len(names) == 1 { // null alone
		s.Types = []string{"null"}
		s.Nullable = false
	}
}

// hasKids reports whether a schema has schemas in it.
func hasKids(n *node) bool {
	return slices.ContainsFunc(n.keys, func(name string) bool { return places[classSchema][name].class == classSchema })
}

func (v *View) properties(s *SchemaView, n *node, at spot) {
	required := map[string]bool{}
	for _, name := range n.get("required").texts() {
		required[name] = true
	}
	for _, member := range []string{"properties", "patternProperties"} {
		all := n.get(member)
		if !all.isObject() {
			continue
		}
		for i, name := range all.keys {
			if len(s.Properties) >= maxProperties || v.folds(at) {
				s.MoreProperties += len(all.keys) - i
				break
			}
			s.Properties = append(s.Properties, PropertyView{
				Name: name, Required: required[name], Pattern: member == "patternProperties", Schema: v.schema(all.kids[i], at),
			})
		}
	}
	// "required" may name what stands behind the reference or in another part.
	for i := range s.Properties {
		s.Properties[i].Required = s.Properties[i].Required || required[s.Properties[i].Name]
	}
	for _, name := range []string{"additionalProperties", "unevaluatedProperties"} {
		switch extra := n.get(name); {
		case extra.is("false"):
			s.Closed = true
		case extra.isObject() && s.Additional == nil:
			s.Additional = v.schema(extra, at)
		}
	}
}

func (v *View) combined(s *SchemaView, n *node, at spot) {
	list := func(out *[]SchemaView, name string) {
		all := n.get(name)
		if !all.isList() {
			return
		}
		for _, kid := range all.kids[:min(len(all.kids), maxListed)] {
			if v.left <= 0 {
				s.Folded = true
				return
			}
			*out = append(*out, *v.schema(kid, at))
		}
	}
	list(&s.AllOf, "allOf")
	list(&s.AnyOf, "anyOf")
	list(&s.OneOf, "oneOf")
	list(&s.Prefix, "prefixItems")
	one := func(out **SchemaView, name string) {
		if kid := n.get(name); kid.isObject() {
			*out = v.schema(kid, at)
		}
	}
	one(&s.Items, "items")
	one(&s.Not, "not")
	one(&s.Contains, "contains")
	one(&s.If, "if")
	one(&s.Then, "then")
	one(&s.Else, "else")
	v.foldNull(s)
}

// foldNull says "or null" where that is one of the alternatives, as 3.1 writes what
// 3.0 calls nullable.
func (v *View) foldNull(s *SchemaView) {
	for _, list := range []*[]SchemaView{&s.AnyOf, &s.OneOf} {
		before := len(*list)
		*list = slices.DeleteFunc(*list, func(x SchemaView) bool { return len(x.Types) == 1 && x.Types[0] == "null" && x.Title == "" })
		if len(*list) < before {
			s.Nullable = true
		}
	}
}
