package openapi

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Collection is a Postman collection as a description of its API. Requests of one
// method and path are one operation; each of them is a case of it.
type Collection struct {
	Document  *Document  // of OpenAPI 3.1
	Variables []Variable // of the collection, for an environment
}

// Variable is a variable of a collection. The value of a secret is left out.
type Variable struct {
	Name, Value string
	Secret      bool
}

// The parts of a collection, versions 2.0 and 2.1
// (https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html).
// Members that differ between the versions, or may be one of several types, are raw.
type postmanItem struct {
	Name        string
	Description Raw
	Item        []postmanItem
	Request     Raw
	Response    []postmanResponse
	Auth        Raw
	Event       []struct{ Script struct{ Exec Raw } }
}

type postmanRequest struct {
	Method      string
	URL         Raw
	Header      Raw
	Body        postmanBody
	Auth        Raw
	Description Raw
}

type postmanBody struct {
	Mode       string
	Raw        string
	URLEncoded Raw
	FormData   Raw
	GraphQL    struct{ Query, Variables Raw }
	Options    struct{ Raw struct{ Language string } }
}

type postmanResponse struct {
	Name     string
	Status   string
	Code     int
	Header   Raw
	Body     string
	Language string `json:"_postman_previewlanguage"`
}

type postmanField struct {
	Key, Name   string
	Value       Raw
	Type        string
	Description Raw
	Disabled    bool
}

// ParsePostman reads a Postman collection of version 2.0 or 2.1. A document that
// can't be read is a *SyntaxError; a request that can't be used is listed in the
// document's Failed and left out.
func ParsePostman(data []byte) (*Collection, error) {
	src, err := read(data)
	if err != nil {
		return nil, err
	}
	schema := text(lookup(src.json, []string{"info", "schema"}))
	if !isArray(get(src.json, "item")) || schema != "" && !strings.Contains(schema, "/v2.") {
		return nil, src.fail(CodeNotPostman, cut(schema))
	}
	p := &postmanParser{
		parser: parser{src: src, doc: &Document{Dialect: V31}},
		byKey:  map[[2]string]*endpoint{}, schemes: map[string]string{},
	}
	p.root()
	return &Collection{Document: p.doc, Variables: variables(get(src.json, "variable"))}, nil
}

type postmanParser struct {
	parser
	endpoints []*endpoint
	byKey     map[[2]string]*endpoint
	schemes   map[string]string // names of the security schemes by their text
}

func (p *postmanParser) root() {
	auth, _ := p.security(get(p.src.json, "auth"))
	i := 0
	for item := range elements(get(p.src.json, "item")) {
		p.item(item, nil, nil, "item", strconv.Itoa(i))
		i++
	}
	info := newPair("title", newText(text(lookup(p.src.json, []string{"info", "name"}))))
	info.set("version", newText("1.0.0"))
	if d := prose(lookup(p.src.json, []string{"info", "description"})); d != "" {
		info.set("description", newText(d))
	}
	p.doc.Root = []Member{
		{"openapi", V31, Quote(fullVersions[V31])},
		{"info", V31, info.encode()},
		{"paths", V31, null},
		{"components", V31, Raw(`{"schemas":null,"securitySchemes":null}`)},
	}
	if auth != nil {
		p.doc.Root = append(p.doc.Root, Member{"security", V31, auth})
	}
	for _, e := range p.endpoints {
		p.doc.Operations = append(p.doc.Operations, e.operation())
	}
}

// item reads a group or a request. Auth is that of the groups around it, nil when
// only the collection has one.
func (p *postmanParser) item(raw Raw, folder []string, auth Raw, at ...string) {
	var item postmanItem
	if err := json.Unmarshal(raw, &item); err != nil {
		p.fail(IssueNotObject, "", at...)
		return
	}
	if item.Auth != nil && !isNull(item.Auth) {
		auth, _ = p.security(item.Auth)
	}
	for _, e := range item.Event {
		if len(texts(e.Script.Exec)) > 0 || text(e.Script.Exec) != "" {
			p.warn(IssueScript, item.Name, at...)
		}
	}
	if list := get(raw, "item"); isArray(list) {
		folder = append(slices.Clip(folder), item.Name)
		i := 0
		for kid := range elements(list) {
			p.item(kid, folder, auth, append(slices.Clip(at), "item", strconv.Itoa(i))...)
			i++
		}
		return
	}
	p.request(item, folder, auth, at)
}

func (p *postmanParser) request(item postmanItem, folder []string, auth Raw, at []string) {
	request := postmanRequest{Method: "GET"}
	if isString(item.Request) {
		request.URL = item.Request
	} else if json.Unmarshal(item.Request, &request) != nil {
		p.fail(IssueNotObject, item.Name, at...)
		return
	}
	method := strings.ToLower(request.Method)
	if !slices.Contains(methods, method) {
		p.fail(IssueMethod, request.Method, at...)
		return
	}
	address := readURL(request.URL)
	if !isUsablePath(address.path) {
		p.fail(IssuePath, address.path, at...)
		return
	}
	if request.Auth != nil && !isNull(request.Auth) {
		auth, _ = p.security(request.Auth)
	}
	e := p.byKey[[2]string{method, address.path}]
	if e == nil {
		e = &endpoint{method: method, path: address.path, name: item.Name, folder: folder, security: auth}
		p.byKey[[2]string{method, address.path}] = e
		p.endpoints = append(p.endpoints, e)
	}
	if e.description == "" {
		e.description = prose(request.Description)
	}
	if e.description == "" {
		e.description = prose(item.Description)
	}
	e.add(item.Name, address, fieldsOf(request.Header), request.Body)
	for _, response := range item.Response {
		e.response(response)
	}
}

// prose returns a description, which is a string or an object with content.
func prose(r Raw) string {
	if isObject(r) {
		r = get(r, "content")
	}
	return text(r)
}

// fieldsOf reads a list of headers, query parameters or form fields. Headers may
// be lines of a text too.
func fieldsOf(r Raw) []postmanField {
	var fields []postmanField
	if isString(r) {
		for line := range strings.Lines(text(r)) {
			if name, value, ok := strings.Cut(line, ":"); ok {
				fields = append(fields, postmanField{Key: strings.TrimSpace(name), Value: Quote(strings.TrimSpace(value))})
			}
		}
		return fields
	}
	for e := range elements(r) {
		var f postmanField
		if json.Unmarshal(e, &f) == nil && f.Key != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

func (f *postmanField) text() string {
	if isString(f.Value) {
		return text(f.Value)
	}
	if f.Value == nil || isNull(f.Value) {
		return ""
	}
	return string(f.Value)
}

func variables(r Raw) []Variable {
	var all []Variable
	for e := range elements(r) {
		var f postmanField
		if json.Unmarshal(e, &f) != nil {
			continue
		}
		name := f.Key
		if name == "" {
			name = text(get(e, "id"))
		}
		if name == "" {
			continue
		}
		v := Variable{Name: name, Value: f.text(), Secret: f.Type == "secret" || IsSecretName(name)}
		if v.Secret {
			v.Value = ""
		}
		all = append(all, v)
	}
	return all
}

// SecretWords is a regular expression of what the names of secrets have within them.
const SecretWords = `(?i:pass[_ -]*w|secret|token|api[_ -]*key|authorization|credential|private[_ -]*key|cookie)`

var secretName = regexp.MustCompile(SecretWords)

// IsSecretName reports whether a value of this name had better not be kept or shown.
func IsSecretName(name string) bool { return secretName.MatchString(name) }
