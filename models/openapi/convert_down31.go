package openapi

import (
	"slices"
	"strings"
)

// down31 turns OpenAPI 3.1 into 3.0.
type down31 struct {
	gone map[string]bool // security schemes that 3.0 lacks
}

func (r *down31) prepare(c *converter) {
	r.gone = c.schemesLike(func(s *node) bool { return s.get("type").text() == "mutualTLS" })
	for i := range c.doc.Paths {
		r.inlinePath(c, &c.doc.Paths[i])
	}
	for _, m := range c.doc.Webhooks {
		c.walker.at = []string{"webhooks", m.Name}
		c.omit("webhooks", decode(m.Raw))
	}
	c.doc.Webhooks = nil
}

// inlinePath replaces a path's reference to components/pathItems, which 3.0 lacks,
// by what it leads to.
func (r *down31) inlinePath(c *converter, p *PathItem) {
	if p.Dialect != c.from || !strings.HasPrefix(text(get(p.Raw, "$ref")), "#/components/pathItems/") {
		return
	}
	target := c.resolve(decode(p.Raw))
	if target == nil {
		return
	}
	for i, name := range target.keys {
		if slices.Contains(methods, name) {
			o := Operation{Method: name, Path: p.Path, Dialect: c.from, Raw: target.kids[i].encode()}
			o.read()
			c.doc.Operations = append(c.doc.Operations, o)
			target.kids[i] = newScalar("null")
		}
	}
	p.Raw = target.encode()
}

func (r *down31) root(c *converter, m Member) Raw {
	switch m.Name {
	case "jsonSchemaDialect":
		c.omit(m.Name)
		return nil
	case "webhooks":
		return nil
	case "security":
		return c.rootAs(m, func(n *node) { c.security(n, r.gone) })
	case "info":
		n := decode(m.Raw)
		c.drop(n, "summary")
		c.drop(n.get("license"), "identifier")
		return n.encode()
	case "components":
		return SetMember(m.Raw, "pathItems", nil)
	}
	return versionless(m)
}

func (r *down31) component(c *converter, n *node, part *Component) {
	if part.Kind == "securitySchemes" && r.gone[part.Name] {
		c.omit("mutualTLS", n)
		part.Kind = ""
	}
}

func (r *down31) visit(c *converter, n *node, class class) {
	if class == classSchema {
		r.schema(c, n)
		return
	}
	if n.has("$ref") {
		if class == classPathItem && c.inline(n, class) {
			return
		}
		if class != classPathItem {
			c.onlyRef(n)
		}
		return
	}
	if class == classOperation {
		c.security(n, r.gone)
		requireResponses(n)
	}
	c.only(n, class)
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == name })
}

// requireResponses gives an operation the responses that it must have before 3.1.
func requireResponses(n *node) {
	if n.get("responses").empty() {
		n.set("responses", newPair("default", newPair("description", newText(""))))
	}
}

func (r *down31) schema(c *converter, n *node) {
	if !n.isObject() {
		if isFlag(c.walker.at) {
			return
		}
		always := n.is("true")
		*n = *newObject()
		if !always {
			n.set("not", newObject())
		}
		return
	}
	downConst(n)
	downLists(c, n)
	r.types(n)
	downNullAlternative(n, "anyOf")
	downNullAlternative(n, "oneOf")
	downExclusive(n, "minimum", "exclusiveMinimum")
	downExclusive(n, "maximum", "exclusiveMaximum")
	r.examples(c, n)
	r.content(n)
	r.tuple(c, n)
	r.patterns(c, n)
	if n.get("type").text() == "array" && !n.has("items") {
		n.set("items", newObject())
	}
	for _, name := range []string{"$comment", "$schema"} {
		n.take(name) // say nothing about values
	}
	if n.has("$ref") && len(n.keys) > 1 {
		ref := newPair("$ref", n.take("$ref"))
		if all := n.get("allOf"); all.isList() {
			all.kids = slices.Insert(all.kids, 0, ref)
		} else {
			n.setFirst("allOf", newList(ref))
		}
	}
	c.only(n, classSchema)
}
