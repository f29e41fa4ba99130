package openapi

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// endpoint collects the requests of one method and path.
type endpoint struct {
	method, path string
	name         string
	description  string
	folder       []string
	security     Raw
	params       []*node // parameters by place and name
	content      node    // media types of the body
	responses    node    // by status
	cases        []Case
	names        map[string]int     // how often each occurs among the cases
	known        map[[2]string]bool // places and names of params
}

// add takes the values of one request as a case.
func (e *endpoint) add(name string, address postmanURL, headers []postmanField, body postmanBody) {
	if e.names == nil {
		e.names, e.known = map[string]int{}, map[[2]string]bool{}
	}
	c := Case{Name: e.freeName(name)}
	c.PathValues = e.values("path", address.params)
	c.Query = e.values("query", address.query)
	var declared string
	for _, h := range headers {
		if strings.EqualFold(h.Key, "Content-Type") {
			declared, _, _ = strings.Cut(h.text(), ";")
		}
	}
	c.Headers = e.values("header", headers)
	e.body(&c, body, strings.TrimSpace(declared))
	e.cases = append(e.cases, c)
}

// freeName makes a name that no case has yet: "a", "a 2", "a 3".
func (e *endpoint) freeName(name string) string {
	free := name
	for e.names[free] > 0 {
		e.names[name]++
		free = name + " " + strconv.Itoa(e.names[name])
	}
	e.names[free]++
	return free
}

// saidElsewhere are headers that OpenAPI describes by other means (3.1.1, 4.8.12.1).
var saidElsewhere = []string{"accept", "content-type", "authorization"}

func (e *endpoint) values(in string, fields []postmanField) []Value {
	var values []Value
	for _, f := range fields {
		v := Value{Name: f.Key, Value: f.text(), Disabled: f.Disabled}
		v.hide()
		values = append(values, v)
		if in == "header" && slices.Contains(saidElsewhere, strings.ToLower(f.Key)) {
			continue
		}
		e.param(in, f, v.Value)
	}
	return values
}

func (e *endpoint) param(in string, f postmanField, value string) {
	if e.known[[2]string{in, f.Key}] {
		return
	}
	e.known[[2]string{in, f.Key}] = true
	p := newPair("name", newText(f.Key))
	p.set("in", newText(in))
	if d := prose(f.Description); d != "" {
		p.set("description", newText(d))
	}
	if in == "path" {
		p.set("required", newScalar("true"))
	}
	p.set("schema", newPair("type", newText("string")))
	if value != "" && !strings.Contains(value, "{{") {
		p.set("example", newText(value))
	}
	e.params = append(e.params, p)
}

var languageTypes = map[string]string{
	"json": jsonType, "xml": "application/xml", "html": "text/html", "text": "text/plain",
	"javascript": "application/javascript",
}

func (e *endpoint) body(c *Case, b postmanBody, declared string) {
	switch b.Mode {
	case "raw":
		if b.Raw == "" {
			return
		}
		c.Body = b.Raw
		c.MediaType = cmp.Or(declared, languageTypes[b.Options.Raw.Language])
		if c.MediaType == "" && json.Valid([]byte(b.Raw)) {
			c.MediaType = jsonType
		}
		c.MediaType = cmp.Or(c.MediaType, "text/plain")
	case "graphql":
		c.MediaType = jsonType
		query := newPair("query", newText(text(b.GraphQL.Query)))
		if variables := exactJSON(text(b.GraphQL.Variables)); variables != nil {
			query.set("variables", decode(variables))
		}
		c.Body = string(query.encode())
	case "urlencoded":
		c.MediaType = formType
		e.form(c, fieldsOf(b.URLEncoded))
		return
	case "formdata":
		c.MediaType = multipartType
		e.form(c, fieldsOf(b.FormData))
		return
	case "file":
		c.MediaType = cmp.Or(declared, binaryType)
		addExample(&e.content, c.MediaType, "", nil)
		return
	default:
		return
	}
	addExample(&e.content, c.MediaType, c.Name, exampleOf(c.MediaType, c.Body))
}

func (e *endpoint) form(c *Case, fields []postmanField) {
	media := e.content.get(c.MediaType)
	if media == nil {
		schema := newPair("type", newText("object"))
		schema.set("properties", newObject())
		media = newPair("schema", schema)
		e.content.set(c.MediaType, media)
	}
	properties := media.get("schema").get("properties")
	for _, f := range fields {
		v := Value{Name: f.Key, Value: f.text(), Disabled: f.Disabled, File: f.Type == "file"}
		v.hide()
		c.Form = append(c.Form, v)
		if properties.has(f.Key) {
			continue
		}
		property := newPair("type", newText("string"))
		if v.File {
			property.set("contentMediaType", newText(binaryType))
		}
		if d := prose(f.Description); d != "" {
			property.set("description", newText(d))
		}
		if v.Value != "" && !strings.Contains(v.Value, "{{") {
			property.set("examples", newList(newText(v.Value)))
		}
		properties.set(f.Key, property)
	}
}

func (e *endpoint) response(r postmanResponse) {
	status := strconv.Itoa(r.Code)
	if r.Code < 100 || r.Code > 599 {
		status = "default"
	}
	response := e.responses.get(status)
	if response == nil {
		response = newPair("description", newText(cmp.Or(r.Status, r.Name)))
		e.responses.set(status, response)
	}
	if r.Body == "" {
		return
	}
	mime := ""
	for _, h := range fieldsOf(r.Header) {
		if strings.EqualFold(h.Key, "Content-Type") {
			mime, _, _ = strings.Cut(h.text(), ";")
		}
	}
	mime = cmp.Or(strings.TrimSpace(mime), languageTypes[r.Language], "text/plain")
	content := response.get("content")
	if content == nil {
		content = newObject()
		response.set("content", content)
	}
	addExample(content, mime, cmp.Or(r.Name, status), exampleOf(mime, r.Body))
}

// exampleOf returns a body as a value: JSON as it is, anything else as a text.
func exampleOf(mime, body string) *node {
	if strings.Contains(mime, "json") {
		if value := exactJSON(body); value != nil {
			return decode(value)
		}
	}
	return newText(body)
}

// exampleDepth is how deep an example stands in an exported document, at most.
const exampleDepth = 16

// exactJSON returns a text as compact JSON, nil when it is none that a document may
// contain.
func exactJSON(s string) Raw {
	value := compact(Raw(s))
	c := checker{data: value}
	if value == nil {
		return nil
	}
	if _, err := c.value(0, exampleDepth); err != nil {
		return nil
	}
	return value
}

// addExample adds a named example to a media type, whose schema is taken from the
// first one.
func addExample(content *node, mime, name string, value *node) {
	media := content.get(mime)
	if media == nil {
		media = newPair("schema", inferSchema(value, 0))
		content.set(mime, media)
	}
	if value == nil {
		return
	}
	examples := media.get("examples")
	if examples == nil {
		examples = newObject()
		media.set("examples", examples)
	}
	free := name
	for n := len(examples.keys) + 1; examples.has(free); n++ {
		free = name + " " + strconv.Itoa(n)
	}
	examples.set(free, newPair("value", value))
}

func (e *endpoint) operation() Operation {
	n := newPair("summary", newText(e.name))
	if e.description != "" {
		n.set("description", newText(e.description))
	}
	if len(e.params) > 0 {
		n.set("parameters", newList(e.params...))
	}
	if len(e.content.keys) > 0 {
		n.set("requestBody", newPair("content", &e.content))
	}
	if len(e.responses.keys) == 0 {
		e.responses.set("200", newPair("description", newText("")))
	}
	n.set("responses", &e.responses)
	if e.security != nil {
		n.set("security", decode(e.security))
	}
	o := Operation{Method: e.method, Path: e.path, Dialect: V31, Raw: n.encode()}
	o.read()
	o.Folder, o.Cases = e.folder, e.cases
	return o
}
