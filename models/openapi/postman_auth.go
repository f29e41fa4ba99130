package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
)

// security turns Postman's auth into security requirements, whose schemes it
// notes. Nil means that nothing is said; tokens and passwords are never read.
func (p *postmanParser) security(auth Raw) (requirements Raw, ok bool) {
	switch kind := text(get(auth, "type")); kind {
	case "":
		return nil, false
	case "noauth":
		return Raw("[]"), true
	case "bearer", "oauth2", "jwt":
		return p.scheme("bearer", Raw(`{"type":"http","scheme":"bearer"}`)), true
	case "apikey":
		name := cmp.Or(authValue(auth, "apikey", "key"), "X-API-Key")
		in := cmp.Or(authValue(auth, "apikey", "in"), "header")
		n := newPair("type", newText("apiKey"))
		n.set("name", newText(name))
		n.set("in", newText(in))
		return p.scheme("apiKey", n.encode()), true
	default: // basic, digest, hawk, awsv4, …
		n := newPair("type", newText("http"))
		n.set("scheme", newText(kind))
		return p.scheme(kind, n.encode()), true
	}
}

// scheme notes a security scheme and returns the requirement for it. All but the
// first get a number.
func (p *postmanParser) scheme(name string, scheme Raw) Raw {
	base := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	known := p.schemes[string(scheme)]
	if known == "" {
		known = base
		if n := len(p.schemes); n > 0 {
			known += strconv.Itoa(n + 1)
		}
		p.schemes[string(scheme)] = known
		p.doc.Components = append(p.doc.Components, Component{Kind: "securitySchemes", Name: known, Dialect: V31, Raw: scheme})
	}
	return newList(newPair(known, newList())).encode()
}

// authValue returns an attribute of auth: a member in version 2.0, an element of a
// list in 2.1.
func authValue(auth Raw, kind, key string) string {
	attributes := get(auth, kind)
	for _, f := range fieldsOf(attributes) {
		if f.Key == key {
			return f.text()
		}
	}
	return text(get(attributes, key))
}

// maxInferDepth bounds how deep a schema follows its example.
const maxInferDepth = 16

// inferSchema returns the plainest schema that an example fits.
func inferSchema(n *node, depth int) *node {
	switch {
	case n == nil || depth > maxInferDepth || n.is("null"):
		return newObject()
	case n.isList():
		schema := newPair("type", newText("array"))
		items := newObject()
		if len(n.kids) > 0 {
			items = inferSchema(n.kids[0], depth+1)
		}
		schema.set("items", items)
		return schema
	case n.isObject():
		schema := newPair("type", newText("object"))
		properties := newObject()
		for i, name := range n.keys {
			properties.set(name, inferSchema(n.kids[i], depth+1))
		}
		if len(properties.keys) > 0 {
			schema.set("properties", properties)
		}
		return schema
	case n.isString():
		return newPair("type", newText("string"))
	case n.is("true") || n.is("false"):
		return newPair("type", newText("boolean"))
	case bytes.ContainsAny(n.raw, ".eE"):
		return newPair("type", newText("number"))
	}
	return newPair("type", newText("integer"))
}

// compact returns JSON without white space, nil when r is no JSON.
func compact(r Raw) Raw {
	var out bytes.Buffer
	if json.Compact(&out, r) != nil {
		return nil
	}
	return out.Bytes()
}
