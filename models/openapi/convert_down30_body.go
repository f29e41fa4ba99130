package openapi

import (
	"slices"
	"strings"
)

func (r *down30) operation(c *converter, n *node) {
	c.security(n, r.gone)
	n.rename("x-schemes", "schemes")
	c.drop(n, "servers", "callbacks")
	externalDocs(c, n)
	r.parameters(c, n)
	produces := r.produces(c, n)
	if body := n.take("requestBody"); body.isObject() {
		name := n.take(bodyName)
		if body.has("$ref") {
			body = c.resolve(body)
			if body == nil {
				c.omit("requestBody")
				body = newObject()
			} else {
				c.walker.walk(body, classRequestBody)
			}
		}
		r.body(c, n, body, name)
	}
	if len(produces) > 0 {
		n.set("produces", newTexts(produces))
	}
	requireResponses(n)
	c.only(n, classOperation)
}

// produces collects the media types of the responses, which have been rewritten
// already unless they are references.
func (r *down30) produces(c *converter, n *node) []string {
	var all []string
	responses := n.get("responses")
	if !responses.isObject() {
		return nil
	}
	for _, status := range slices.Clone(responses.keys) {
		if isExtension(status) {
			continue
		}
		if status != "default" && strings.Trim(status, "0123456789") != "" {
			c.drop(responses, status)
			continue
		}
		response := responses.get(status)
		if target := refTarget(response.get("$ref").text()); target[0] == "responses" {
			for mime := range members(get(c.components[target], "content")) {
				all = append(all, mime)
			}
		}
		all = append(all, r.media[response]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r *down30) response(c *converter, n *node) {
	c.drop(n, "links")
	if !n.has("description") {
		n.set("description", newText(""))
	}
	content := n.take("content")
	if content.isObject() && len(content.keys) > 0 {
		mime := preferred(content.keys)
		media := content.get(mime)
		if schema := media.get("schema"); schema != nil {
			if isBinary(schema) && !strings.Contains(mime, "json") {
				schema = newPair("type", newText("file"))
			}
			n.set("schema", schema)
			r.otherSchemas(c, content, media.get("schema"))
		}
		r.responseExamples(c, n, content)
		r.media[n] = content.keys
	}
	c.only(n, classResponse)
}

func (r *down30) responseExamples(c *converter, n, content *node) {
	examples := newObject()
	for i, mime := range content.keys {
		media := content.kids[i]
		value := media.get("example")
		named := media.get("examples")
		if value == nil && named.isObject() && len(named.kids) > 0 {
			value = c.resolve(named.kids[0]).get("value")
		}
		if named.isObject() && len(named.kids) > 1 {
			c.omit("examples/" + mime)
		}
		if value != nil {
			examples.set(mime, value)
		}
	}
	if len(examples.keys) > 0 {
		n.set("examples", examples)
	}
}

// otherSchemas notes the media types whose schema isn't the one that was taken.
func (r *down30) otherSchemas(c *converter, content, taken *node) {
	want := string(taken.encode())
	for i, mime := range content.keys {
		if schema := content.kids[i].get("schema"); schema != nil && string(schema.encode()) != want {
			c.omit("content/" + mime)
		}
	}
}

// preferred returns the media type whose schema stands for all: JSON where there is
// one.
func preferred(types []string) string {
	for _, test := range []func(string) bool{
		func(s string) bool { return s == jsonType },
		func(s string) bool { return strings.HasPrefix(s, "application/") && strings.Contains(s, "json") },
	} {
		if i := slices.IndexFunc(types, test); i >= 0 {
			return types[i]
		}
	}
	return types[0]
}

// body turns a request body, whose schemas have been rewritten, into a body
// parameter or form parameters.
func (r *down30) body(c *converter, n, body, name *node) {
	content := body.get("content")
	if !content.isObject() || len(content.keys) == 0 {
		return
	}
	params := n.get("parameters")
	if !params.isList() {
		params = newList()
		n.set("parameters", params)
	}
	forms := slices.DeleteFunc(slices.Clone(content.keys), func(mime string) bool { return mime != formType && mime != multipartType })
	if len(forms) == len(content.keys) {
		r.form(c, params, content.get(forms[0]), body.get("required").is("true"))
		n.set("consumes", newTexts(forms))
		return
	}
	mime := preferred(without(without(content.keys, formType), multipartType))
	media := content.get(mime)
	schema := media.get("schema")
	if schema == nil {
		schema = newObject()
	}
	r.otherSchemas(c, content, schema)
	param := newPair("name", newText("body"))
	if name.isString() {
		param.set("name", name)
	}
	param.set("in", newText("body"))
	for _, member := range []string{"description", "required"} {
		body.move(param, member, member)
	}
	if example := media.get("example"); example != nil {
		param.set("x-example", example)
	} else if media.has("examples") {
		c.omit("examples")
	}
	param.set("schema", schema)
	params.add(param)
	n.set("consumes", newTexts(slices.DeleteFunc(slices.Clone(content.keys), func(s string) bool { return slices.Contains(forms, s) })))
}

// form writes each property of a form as a parameter.
func (r *down30) form(c *converter, params, media *node, required bool) {
	schema := r.formSchema(c, media.get("schema"), maxResolve)
	needed := schema.get("required").texts()
	properties := schema.get("properties")
	if !properties.isObject() {
		return
	}
	encoding := media.get("encoding")
	for i, name := range properties.keys {
		p := newPair("name", newText(name))
		p.set("in", newText("formData"))
		if slices.Contains(needed, name) && required {
			p.set("required", newScalar("true"))
		}
		r.flatten(c, properties.kids[i], p)
		if p.get("format").text() == "binary" && p.get("type").text() == "string" {
			p.set("type", newText("file"))
			p.take("format")
		}
		how := encoding.get(name)
		if p.get("type").text() == "array" && !how.get("explode").is("false") {
			p.set("collectionFormat", newText("multi"))
		}
		if how.has("contentType") || how.has("headers") {
			c.omit("encoding/" + name)
		}
		c.only(p, classParameter)
		params.add(p)
	}
}

// formSchema lays the properties of a form's schema and of its parts together.
func (r *down30) formSchema(c *converter, schema *node, depth int) *node {
	if target := refTarget(schema.get("$ref").text()); target[0] == "schemas" {
		if schema = c.copyOf(c.components[target]); schema == nil {
			schema = newObject()
		}
		c.walker.walk(schema, classSchema)
	}
	merged := newObject()
	properties, required := newObject(), schema.get("required").texts()
	if own := schema.get("properties"); own.isObject() {
		properties = own
	}
	if all := schema.get("allOf"); all.isList() && depth > 0 {
		for _, part := range all.kids {
			part = r.formSchema(c, part, depth-1)
			required = append(required, part.get("required").texts()...)
			for i, name := range part.get("properties").keys {
				if !properties.has(name) {
					properties.set(name, part.get("properties").kids[i])
				}
			}
		}
	}
	merged.set("properties", properties)
	merged.set("required", newTexts(required))
	return merged
}
