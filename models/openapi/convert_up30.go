package openapi

import "strings"

// up30 turns OpenAPI 3.0 into 3.1, which says the same in JSON Schema's words.
type up30 struct{}

func (up30) prepare(c *converter) {
	c.refData = func(_, ref *node) {
		if to, ok := strings.CutSuffix(ref.text(), "/example"); ok && strings.HasPrefix(to, "#/components/schemas/") {
			ref.raw = Quote(to + "/examples/0")
		}
	}
}

func (up30) component(*converter, *node, *Component) {}
func (up30) root(_ *converter, m Member) Raw         { return versionless(m) }

// versionless leaves the version to the exporter.
func versionless(m Member) Raw {
	if m.Name == "openapi" || m.Name == "swagger" {
		return nil
	}
	return m.Raw
}

func (up30) visit(_ *converter, n *node, class class) {
	if class == classOperation && n.has("responses") {
		requireResponses(n)
	}
	if class != classSchema || !n.isObject() {
		return
	}
	upExclusive(n, "minimum", "exclusiveMinimum")
	upExclusive(n, "maximum", "exclusiveMaximum")
	if nullable := n.take("nullable"); nullable.is("true") {
		addNull(n)
	}
	if example := n.get("example"); example != nil && !n.has("examples") {
		n.set("example", newList(example))
		n.rename("example", "examples")
	}
	if n.get("type").text() == "string" {
		switch n.get("format").text() {
		case "byte":
			n.set("format", newText("base64"))
			n.rename("format", "contentEncoding")
		case "binary":
			n.set("format", newText("application/octet-stream"))
			n.rename("format", "contentMediaType")
		}
	}
}

// upExclusive turns a flag beside a limit into a limit of its own.
func upExclusive(n *node, limit, exclusive string) {
	flag := n.take(exclusive)
	if flag.is("true") {
		n.rename(limit, exclusive)
	} else if flag != nil && !flag.is("false") {
		n.set(exclusive, flag) // a number already
	}
}

// addNull lets a schema of 3.1 accept null too. Without a type, 3.0's nullable
// means null only beside alternatives.
func addNull(n *node) {
	null := newPair("type", newText("null"))
	switch t := n.get("type"); {
	case t.isString():
		n.set("type", newList(t, newText("null")))
	case n.get("anyOf").isList():
		n.get("anyOf").add(null)
	case n.get("oneOf").isList():
		n.get("oneOf").add(null)
	case n.has("$ref"):
		ref := n.take("$ref")
		n.set("anyOf", newList(newPair("$ref", ref), null))
	case n.get("allOf").isList():
		all := n.get("allOf")
		if len(all.kids) == 1 {
			n.set("allOf", newList(all.kids[0], null))
		} else {
			n.set("allOf", newList(newPair("allOf", all), null))
		}
		n.rename("allOf", "anyOf")
	}
}
