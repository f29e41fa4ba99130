package openapi

import (
	"slices"
	"strings"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
	jsonType      = "application/json"
	binaryType    = "application/octet-stream"
	bodyName      = "x-codegen-request-body-name" // of the body parameter, where it isn't "body"
)

// dropPayload takes body and form parameters from a path item: its operations have
// got them.
func (r *up20) dropPayload(c *converter, n *node) {
	params := n.get("parameters")
	if !params.isList() {
		return
	}
	params.kids = slices.DeleteFunc(params.kids, func(p *node) bool {
		return isPayload(p) || strings.HasPrefix(p.get("$ref").text(), "#/components/requestBodies/") || r.isFormRef(p)
	})
	if len(params.kids) == 0 {
		n.take("parameters")
	}
	c.only(n, classPathItem)
}

// isFormRef reports whether a reference, rewritten already, leads to a form
// parameter.
func (r *up20) isFormRef(p *node) bool {
	target := refTarget(p.get("$ref").text())
	return target[0] == "parameters" && r.forms[target[1]] != nil
}

func (r *up20) operation(c *converter, n *node) {
	consumes, produces := r.consumes, r.produces
	if own := n.take("consumes"); own.isList() {
		consumes = own.texts()
	}
	if own := n.take("produces"); own.isList() {
		produces = own.texts()
	}
	n.rename("schemes", "x-schemes")
	r.payload(c, n, consumes)
	if responses := n.get("responses"); responses.isObject() {
		for i, name := range responses.keys {
			if !isExtension(name) && responses.kids[i].isObject() {
				r.response(c, responses.kids[i], produces)
			}
		}
	}
	requireResponses(n)
	c.only(n, classOperation)
}

// payload turns body and form parameters, own and inherited, into a request body.
func (r *up20) payload(c *converter, n *node, consumes []string) {
	var kept, forms []*node
	var body *node
	params := n.get("parameters")
	if params.isList() {
		for _, p := range params.kids {
			switch {
			case strings.HasPrefix(p.get("$ref").text(), "#/components/requestBodies/"):
				body = p
			case p.get("in").text() == "body":
				body = r.body(c, p, consumes)
			case p.get("in").text() == "formData":
				forms = append(forms, p)
			case r.isFormRef(p):
				forms = append(forms, decode(r.forms[refTarget(p.get("$ref").text())[1]]))
			default:
				kept = append(kept, p)
			}
		}
		params.kids = kept
	}
	if len(c.walker.at) > 1 && body == nil {
		for _, p := range r.inherited[c.walker.at[1]] {
			p = p.clone()
			switch target := c.resolve(p); {
			case target.get("in").text() == "formData":
				if !slices.ContainsFunc(forms, func(f *node) bool { return f.get("name").text() == target.get("name").text() }) {
					forms = append(forms, target.clone())
				}
			case len(forms) == 0:
				c.walker.walk(target, classParameter)
				body = r.body(c, target.clone(), consumes)
			}
		}
	}
	if body == nil && len(forms) > 0 {
		body = r.form(c, forms, consumes)
	}
	if body != nil {
		n.set("requestBody", body)
		if name := body.take(bodyName); name != nil {
			n.set(bodyName, name)
		}
	}
	if params.isList() && len(params.kids) == 0 {
		n.take("parameters")
	}
}

// body turns a body parameter, whose schema has been rewritten, into a request body.
func (r *up20) body(c *converter, p *node, consumes []string) *node {
	if len(consumes) == 0 {
		consumes = []string{jsonType}
	}
	schema := p.take("schema")
	if schema == nil {
		schema = newObject()
	}
	example := p.take("x-example")
	p.take("in")
	if name := p.take("name").text(); name != "body" && name != "" {
		p.set(bodyName, newText(name))
	}
	content := newObject()
	for _, mime := range consumes {
		media := newPair("schema", c.clone(schema))
		if example != nil {
			media.set("example", c.clone(example))
		}
		content.set(mime, media)
	}
	p.set("content", content)
	return p
}

// form turns form parameters into a request body with one object.
func (r *up20) form(c *converter, params []*node, consumes []string) *node {
	schema := newPair("type", newText("object"))
	properties, required, encoding := newObject(), newList(), newObject()
	file := false
	for _, p := range params {
		name := p.take("name").text()
		p.take("in")
		file = file || p.get("type").text() == "file"
		if p.take("required").is("true") {
			required.add(newText(name))
		}
		format := p.take("collectionFormat").text()
		p.take("allowEmptyValue")
		property := takeSimple(p)
		if property.get("type").text() == "array" && format != "multi" {
			encoding.set(name, &node{keys: []string{"style", "explode"}, kids: []*node{newText("form"), newScalar("false")}})
		}
		for i, rest := range p.keys { // description, extensions
			property.set(rest, p.kids[i])
		}
		properties.set(name, property)
	}
	schema.set("properties", properties)
	if len(required.kids) > 0 {
		schema.set("required", required)
	}
	content := newObject()
	for _, mime := range formTypes(consumes, file) {
		media := newPair("schema", c.clone(schema))
		if len(encoding.keys) > 0 {
			media.set("encoding", c.clone(encoding))
		}
		content.set(mime, media)
	}
	body := newPair("content", content)
	if len(required.kids) > 0 {
		body.set("required", newScalar("true"))
	}
	return body
}

func formTypes(consumes []string, file bool) []string {
	types := slices.DeleteFunc(slices.Clone(consumes), func(mime string) bool {
		return mime != multipartType && (mime != formType || file)
	})
	switch {
	case len(types) > 0:
		return types
	case file:
		return []string{multipartType}
	}
	return []string{formType}
}

// response moves the schema and the examples of a response into its content.
func (r *up20) response(c *converter, n *node, produces []string) {
	if n.has("$ref") {
		return
	}
	schema, examples := n.take("schema"), n.take("examples")
	if schema != nil && len(produces) == 0 {
		produces = []string{jsonType}
		if isBinary(schema) {
			produces = []string{binaryType}
		}
	}
	content := newObject()
	if schema != nil {
		for _, mime := range produces {
			content.set(mime, newPair("schema", c.clone(schema)))
		}
	}
	if examples.isObject() {
		for i, mime := range examples.keys {
			if !content.has(mime) {
				content.set(mime, newObject())
			}
			content.get(mime).set("example", examples.kids[i])
		}
	}
	if len(content.keys) > 0 {
		n.set("content", content)
	}
	if !n.has("description") {
		n.set("description", newText(""))
	}
}

func isBinary(schema *node) bool {
	return schema.get("type").text() == "string" && schema.get("format").text() == "binary"
}

var flows20 = map[string]string{
	"implicit": "implicit", "password": "password", "application": "clientCredentials",
	"accessCode": "authorizationCode",
}

// scheme rewrites a security scheme.
func (r *up20) scheme(c *converter, n *node) {
	switch n.get("type").text() {
	case "basic":
		n.set("type", newText("http"))
		n.set("scheme", newText("basic"))
	case "oauth2":
		name := flows20[n.take("flow").text()]
		flow := newObject()
		for _, member := range []string{"authorizationUrl", "tokenUrl", "scopes"} {
			n.move(flow, member, member)
		}
		if !flow.has("scopes") {
			flow.set("scopes", newObject())
		}
		if name == "" {
			c.omit("flow")
			return
		}
		n.set("flows", newPair(name, flow))
	}
}
