package openapi

import (
	"slices"
	"strings"
)

// down30 turns OpenAPI 3.0 into Swagger 2.0.
type down30 struct {
	gone  map[string]bool    // security schemes that 2.0 lacks
	media map[*node][]string // media types of the responses that were rewritten
}

func (r *down30) prepare(c *converter) {
	r.gone = c.schemesLike(func(s *node) bool {
		switch s.get("type").text() {
		case "apiKey":
			return s.get("in").text() == "cookie"
		case "http":
			scheme := strings.ToLower(s.get("scheme").text())
			return scheme != "basic" && scheme != "bearer"
		case "oauth2":
			return false
		}
		return true
	})
	r.media = map[*node][]string{}
	c.refData = func(n, ref *node) { r.dataRef(c, n, ref) }
	c.doc.Operations = slices.DeleteFunc(slices.Clone(c.doc.Operations), func(o Operation) bool {
		trace := o.Method == "trace" && o.Dialect == V30
		if trace {
			c.walker.at = pointerNames(o.Pointer())
			c.omit("trace", decode(o.Raw))
		}
		return trace
	})
}

func (r *down30) root(c *converter, m Member) Raw {
	switch m.Name {
	case "security":
		return c.rootAs(m, func(n *node) { c.security(n, r.gone) })
	case "components":
		n := decode(m.Raw)
		c.filter(n, func(name string) bool { return slices.Contains(componentKinds, name) })
		return nil
	case "info", "tags", "externalDocs":
		return r.urls(c, m)
	case "paths":
		return m.Raw
	}
	if isExtension(m.Name) {
		return m.Raw
	}
	if m.Name != "openapi" && m.Name != "servers" {
		c.omit(m.Name)
	}
	return nil
}

// component drops the kinds that 2.0 lacks.
func (r *down30) component(c *converter, n *node, part *Component) {
	switch part.Kind {
	case "schemas", "responses":
		return
	case "parameters":
		if n.get("in").text() != "cookie" {
			return
		}
		c.omit("cookie")
	case "securitySchemes":
		if !r.gone[part.Name] {
			r.scheme(c, n)
			return
		}
		c.omit(n.get("type").text(), n)
	case "links", "callbacks":
		c.omit(part.Kind, n)
	}
	part.Kind = ""
}

func (r *down30) visit(c *converter, n *node, class class) {
	if ref := n.get("$ref"); ref.isString() && r.reference(c, n, ref, class) {
		return
	}
	switch class {
	case classSchema:
		r.schema(c, n)
	case classParameter:
		r.parameter(c, n)
	case classHeader:
		r.simple(c, n)
		c.only(n, class)
	case classResponse:
		r.response(c, n)
	case classPathItem:
		n.take("trace")
		r.parameters(c, n)
		c.only(n, class)
	case classOperation:
		r.operation(c, n)
	}
}

// reference rewrites a reference, and reports whether nothing is left to do: it stays
// one in 2.0, or its target stands there, or what the class needs at least.
func (r *down30) reference(c *converter, n, ref *node, class class) bool {
	names, ok := refNames(ref.text())
	if !ok {
		return true // leads to another document
	}
	if len(names) > 2 && names[0] == "components" {
		inPlace := class != classHeader && class != classRequestBody && class != classExample
		if member := kind20(names[1]); inPlace && member != "" && (class == classSchema) == (member == "definitions") {
			ref.raw = Quote("#" + pointer(append([]string{member}, names[2:]...)...))
			c.onlyRef(n)
			return true
		}
	}
	if class == classRequestBody || class == classExample || class == classLink || class == classCallback {
		return true // the operation or response around resolves it
	}
	if c.inline(n, class) {
		return true // the target has been visited
	}
	c.omit("$ref", n)
	*n = *newObject()
	switch class {
	case classResponse:
		n.set("description", newText(""))
	case classHeader:
		n.set("type", newText("string"))
	}
	return true
}

// dataRef rewrites a reference in an example or extension.
func (r *down30) dataRef(c *converter, n, ref *node) {
	names, ok := refNames(ref.text())
	if !ok || len(names) < 3 || names[0] != "components" {
		return
	}
	if member := kind20(names[1]); member != "" && len(names) == 3 && c.components[[2]string{names[1], names[2]}] != nil {
		ref.raw = Quote("#" + pointer(member, names[2]))
		return
	}
	target := c.resolve(n)
	if names[1] == "examples" && len(names) == 3 && target.has("value") {
		target = target.get("value")
	}
	if target == nil || c.resolving >= maxResolve {
		return
	}
	c.resolving++
	c.data(target)
	c.resolving--
	*n = *target
}

func (r *down30) schema(c *converter, n *node) {
	if !n.isObject() {
		return
	}
	n.rename("nullable", "x-nullable")
	n.rename("deprecated", "x-deprecated")
	unique(n.get("enum"))
	downLists(c, n)
	r.required(c, n)
	externalDocs(c, n)
	if d := n.get("discriminator"); d.isObject() {
		if d.has("mapping") {
			c.omit("discriminator/mapping", d.get("mapping"))
		}
		if name := d.get("propertyName"); name.isString() {
			n.set("discriminator", name)
		} else {
			n.take("discriminator")
		}
	}
	for _, name := range []string{"anyOf", "oneOf"} {
		if list := n.get(name); list.isList() && len(list.kids) == 1 && !n.has("allOf") {
			n.rename(name, "allOf")
		}
	}
	c.only(n, classSchema)
}
