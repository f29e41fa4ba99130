package openapi

import "slices"

// parameters drops those that 2.0 lacks.
func (r *down30) parameters(c *converter, n *node) {
	list := n.get("parameters")
	if !list.isList() {
		return
	}
	list.kids = slices.DeleteFunc(list.kids, func(p *node) bool {
		if p.empty() {
			return true // a reference that led nowhere
		}
		in := p.get("in").text()
		if target := refTarget(p.get("$ref").text()); target[0] == "parameters" {
			in = text(get(c.components[target], "in"))
		}
		if in == "cookie" {
			c.omit("cookie")
		}
		return in == "cookie"
	})
}

func (r *down30) parameter(c *converter, n *node) {
	if n.get("in").text() == "body" || n.get("in").text() == "formData" {
		return // made by this conversion
	}
	r.simple(c, n)
	if n.get("in").text() == "path" {
		n.set("required", newScalar("true"))
	}
	c.only(n, classParameter)
}

// simple replaces the schema of a parameter or header, which 2.0 has no place for,
// by members of the object itself.
func (r *down30) simple(c *converter, n *node) {
	if content := n.take("content"); content.isObject() {
		c.omit("content")
		n.set("type", newText("string"))
	}
	schema := n.take("schema")
	explode, in := n.take("explode"), n.get("in").text()
	style := n.take("style").text()
	n.rename("example", "x-example")
	n.rename("deprecated", "x-deprecated")
	if examples := n.take("examples"); examples.isObject() && len(examples.kids) > 0 {
		if value := c.resolve(examples.kids[0]).get("value"); value != nil && !n.has("x-example") {
			n.set("x-example", value)
		}
		if len(examples.kids) > 1 {
			c.omit("examples")
		}
	}
	if schema != nil {
		r.flatten(c, schema, n)
	}
	if !n.get("type").isString() {
		n.set("type", newText("string"))
	}
	if style == "deepObject" {
		c.omit("style")
	}
	if n.get("type").text() != "array" {
		return
	}
	query := in == "query"
	switch {
	case query && explode == nil && (style == "" || style == "form"), explode.is("true") && query:
		n.set("collectionFormat", newText("multi"))
	case style == "spaceDelimited":
		n.set("collectionFormat", newText("ssv"))
	case style == "pipeDelimited":
		n.set("collectionFormat", newText("pipes"))
	case style == "" || style == "form" || style == "simple":
	default:
		c.omit("style")
	}
}

// flatten moves what a schema, rewritten already, says about a plain value into n.
func (r *down30) flatten(c *converter, schema, n *node) {
	schema = r.plain(c, schema)
	for i, name := range schema.keys {
		switch {
		case slices.Contains(simpleMembers, name):
			n.set(name, schema.kids[i])
		case isExtension(name), name == "description":
			if !n.has(name) {
				n.set(name, schema.kids[i])
			}
		case name == "example":
			if !n.has("x-example") {
				n.set("x-example", schema.kids[i])
			}
		case name != "title":
			c.omit(name)
		}
	}
	t := n.get("type")
	if t.text() == "object" || !t.isString() {
		if t.text() == "object" {
			c.omit("type")
		}
		n.set("type", newText("string"))
		n.take("items")
	}
	if n.get("type").text() != "array" {
		n.take("items")
		return
	}
	items := newObject()
	if inner := n.get("items"); inner.isObject() {
		r.flatten(c, inner, items)
		for _, name := range []string{"description", "x-example"} {
			items.take(name)
		}
	} else {
		items.set("type", newText("string"))
	}
	n.set("items", items)
}

// plain follows a schema's references, which name places of 2.0 by now, and lays the
// parts of allOf over each other.
func (r *down30) plain(c *converter, schema *node) *node {
	for range maxResolve {
		merged := newObject()
		again := false
		take := func(part *node) {
			if target := refTarget(part.get("$ref").text()); target[0] == "schemas" {
				if part = c.copyOf(c.components[target]); part == nil {
					return
				}
				again = true
			}
			again = again || part.has("allOf")
			for i, name := range part.keys {
				if !merged.has(name) || name == "allOf" {
					merged.set(name, part.kids[i])
				}
			}
		}
		all := schema.take("allOf")
		take(schema)
		if all.isList() {
			for _, part := range all.kids {
				take(part)
			}
		}
		if schema = merged; !again {
			break
		}
	}
	schema.rename("nullable", "x-nullable")
	schema.rename("deprecated", "x-deprecated")
	unique(schema.get("enum")) // 2.0 forbids it
	schema.take("$ref")
	return schema
}
