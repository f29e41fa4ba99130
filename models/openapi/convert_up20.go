package openapi

import (
	"strconv"
	"strings"
)

// up20 turns Swagger 2.0 into OpenAPI 3.0.
type up20 struct {
	consumes, produces []string             // of the root
	inherited          map[string][]*node   // body and form parameters of each path
	names              map[[2]string]string // new names of components, by kind and name
	forms              map[string]Raw       // form parameters among the components, by new name
}

func (r *up20) prepare(c *converter) {
	for _, m := range c.doc.Root {
		if m.Dialect == V20 && m.Name == "consumes" {
			r.consumes = texts(m.Raw)
		}
		if m.Dialect == V20 && m.Name == "produces" {
			r.produces = texts(m.Raw)
		}
	}
	r.inherited = map[string][]*node{}
	for _, p := range c.doc.Paths {
		if p.Dialect != V20 {
			continue
		}
		for param := range elements(get(p.Raw, "parameters")) {
			if n := decode(param); isPayload(c.resolve(n)) {
				r.inherited[p.Path] = append(r.inherited[p.Path], n)
			}
		}
	}
	c.refData = func(_, ref *node) { ref.raw = Quote(r.ref(c, ref.text())) }
	r.names = validNames(c.doc.Components)
	r.forms = map[string]Raw{}
	for key, raw := range c.components {
		if key[0] == "parameters" && text(get(raw, "in")) == "formData" {
			name := key[1]
			if valid := r.names[key]; valid != "" {
				name = valid
			}
			r.forms[name] = raw
		}
	}
}

// validNames returns the new names of those components of Swagger 2.0 whose names
// have characters that OpenAPI 3 doesn't allow.
func validNames(all []Component) map[[2]string]string {
	taken := map[[2]string]bool{}
	for _, p := range all {
		taken[[2]string{p.Kind, p.Name}] = true
	}
	names := map[[2]string]string{}
	tried := map[string]int{}
	for _, p := range all {
		valid := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
				return r
			}
			return '_'
		}, p.Name)
		if valid == p.Name || p.Dialect != V20 {
			continue
		}
		base := valid
		for taken[[2]string{p.Kind, valid}] {
			tried[base]++
			valid = base + "_" + strconv.Itoa(tried[base]+1)
		}
		taken[[2]string{p.Kind, valid}] = true
		names[[2]string{p.Kind, p.Name}] = valid
	}
	return names
}

// isPayload reports whether a parameter of Swagger 2.0 is part of the body.
func isPayload(param *node) bool {
	in := param.get("in").text()
	return in == "body" || in == "formData"
}

func (r *up20) root(c *converter, m Member) Raw {
	if kindOf20(m.Name) != "" || m.Name == "consumes" || m.Name == "produces" || isServerMember(m.Name, V20) {
		return nil
	}
	return versionless(m)
}

func (r *up20) component(c *converter, n *node, part *Component) {
	if name := r.names[[2]string{part.Kind, part.Name}]; name != "" {
		part.Name = name
	}
	switch part.Kind {
	case "responses":
		r.response(c, n, r.produces)
	case "parameters":
		switch n.get("in").text() {
		case "body":
			part.Kind = "requestBodies"
			*n = *r.body(c, n, r.consumes)
		case "formData":
			part.Kind = "" // stands where it was referred to
		}
	case "securitySchemes":
		r.scheme(c, n)
	}
}

func (r *up20) visit(c *converter, n *node, class class) {
	if ref := n.get("$ref"); ref.isString() {
		ref.raw = Quote(r.ref(c, ref.text()))
		return
	}
	switch class {
	case classSchema:
		r.schema(c, n)
	case classParameter:
		if !isPayload(n) {
			simpleToSchema(c, n)
		}
	case classHeader:
		simpleToSchema(c, n)
	case classPathItem:
		r.dropPayload(c, n)
	case classOperation:
		r.operation(c, n)
	}
}

// ref returns a reference to a place of Swagger 2.0 as one of OpenAPI 3.0.
func (r *up20) ref(c *converter, ref string) string {
	names, ok := refNames(ref)
	if !ok || len(names) < 2 || kindOf20(names[0]) == "" {
		return ref
	}
	kind := kindOf20(names[0])
	name := names[1]
	if valid := r.names[[2]string{kind, name}]; valid != "" {
		name = valid
	}
	if kind == "parameters" && text(get(c.components[[2]string{kind, names[1]}], "in")) == "body" {
		kind = "requestBodies"
	}
	return "#" + pointer(append([]string{"components", kind, name}, names[2:]...)...)
}

func (r *up20) schema(c *converter, n *node) {
	if !n.isObject() {
		return
	}
	if d := n.get("discriminator"); d.isString() {
		n.set("discriminator", newPair("propertyName", d))
	}
	n.rename("x-nullable", "nullable")
	if n.get("type").text() == "file" {
		n.set("type", newText("string"))
		n.set("format", newText("binary"))
	}
	(&down31{}).types(n)
	if n.get("type").text() == "array" && !n.has("items") {
		n.set("items", newObject())
	}
	if items := n.get("items"); items.isList() { // a tuple, which neither dialect has
		c.omit("items")
		n.set("items", newPair("anyOf", newList(items.kids...)))
	}
	c.drop(n, "collectionFormat")
	c.only(n, classSchema)
}

// simpleToSchema moves what describes the value of a parameter or header into a
// schema, which has been rewritten as far as it is an items object.
func simpleToSchema(c *converter, n *node) {
	if n.has("schema") || n.has("content") {
		return
	}
	format := n.take("collectionFormat").text()
	schema := takeSimple(n)
	n.set("schema", schema)
	n.rename("x-example", "example")
	if schema.get("type").text() == "array" {
		style(c, n, format)
	}
	if n.get("in").text() == "path" {
		n.set("required", newScalar("true"))
	}
	if n.has("in") {
		c.only(n, classParameter)
	} else {
		c.only(n, classHeader)
	}
}

// takeSimple takes the members of a value's description out of n.
func takeSimple(n *node) *node {
	schema := newObject()
	for _, name := range simpleMembers {
		n.move(schema, name, name)
	}
	n.move(schema, "x-nullable", "nullable")
	if schema.get("type").text() == "file" {
		schema.set("type", newText("string"))
		schema.set("format", newText("binary"))
	}
	if schema.get("type").text() == "array" && !schema.has("items") {
		schema.set("items", newObject())
	}
	return schema
}

// style says how a list is written in one string. Swagger's default is commas,
// OpenAPI's for query parameters is repetition.
func style(c *converter, n *node, format string) {
	in := n.get("in").text()
	switch format {
	case "multi":
		if in != "query" {
			c.omit("collectionFormat")
		}
	case "", "csv":
		if in == "query" {
			n.set("explode", newScalar("false"))
		}
	case "ssv", "pipes":
		if in != "query" {
			c.omit("collectionFormat")
			return
		}
		n.set("style", newText(map[string]string{"ssv": "spaceDelimited", "pipes": "pipeDelimited"}[format]))
		n.set("explode", newScalar("false"))
	default:
		c.omit("collectionFormat")
	}
}
