package openapi

import (
	"slices"
	"strings"
)

// Form is what to fill in to send a request to an operation, as far as its
// description tells.
type Form struct {
	Parameters []FormField // path, then query, header and cookie; Authorization among the headers
	Bodies     []FormBody  // one for each media type
	Bearer     bool        // an Authorization header with a bearer token is asked for
}

// FormField is one parameter, or one top-level property of a body.
type FormField struct {
	In          string // "path", "query", "header", "cookie" or "body"
	Name        string
	Description string
	Required    bool
	Deprecated  bool
	Type        string   // "string", "integer", "number", "boolean", "array", "object", "file"; "" when unknown
	Items       string   // type of an array's elements
	Format      string   // as written
	Long        bool     // a string of several lines
	Secret      bool     // a credential
	Enum        []string // texts of the values
	Default     string   // as text
	Example     string   // as text
	Style       string   // form, spaceDelimited, pipeDelimited, deepObject, simple, label, matrix
	Explode     bool
	JSON        bool // the value is a text of JSON (content instead of schema)
}

// FormBody is a request body in one media type. Fields is empty when the body is no object.
type FormBody struct {
	MediaType string
	Required  bool
	Fields    []FormField
	Example   string // a whole body as text; "" when the description has none
}

// Bounds of a form: what is beyond is left to the text of the body.
const (
	maxFormFields = 200
	maxFormDepth  = 8       // of $ref and allOf
	maxFormText   = 400     // bytes of a description
	maxFormWork   = 8 << 20 // bytes of schemas that are looked at: references may branch without end
)

// FormContext is what an operation's description leans on. Component returns a
// named component, false when there is none.
type FormContext struct {
	PathItem  Raw // nil when there is none
	Root      []Member
	Component func(kind, name string) (Component, bool)
}

// FormOf reads what an operation wants. What it can't read it leaves out.
func FormOf(o *Operation, ctx FormContext) Form {
	b := formBuilder{FormContext: ctx, left: maxFormWork}
	b.parameters(get(o.Raw, "parameters"))
	b.parameters(get(ctx.PathItem, "parameters"))
	b.pathNames(o.Path)
	b.security(o.Raw)
	order := []string{"path", "query", "header", "cookie"}
	slices.SortStableFunc(b.form.Parameters, func(x, y FormField) int {
		return slices.Index(order, x.In) - slices.Index(order, y.In)
	})
	if o.Dialect == V20 {
		b.body20(o.Raw)
	} else {
		b.body(b.follow(get(o.Raw, "requestBody")))
	}
	return b.form
}

type formBuilder struct {
	FormContext
	form      Form
	body2     Raw // the body parameter of Swagger 2.0
	formData  []FormField
	multipart bool
	left      int // of maxFormWork
}

// look counts a text that is looked at, and reports whether there may be more.
func (b *formBuilder) look(r Raw) bool {
	const each = 32
	b.left -= len(r) + each
	return b.left > 0
}

// follow resolves references to components.
func (b *formBuilder) follow(r Raw) Raw {
	for range maxFormDepth {
		if !b.look(r) {
			return nil
		}
		ref := text(get(r, "$ref"))
		if ref == "" {
			return r
		}
		names, ok := refNames(ref)
		if !ok {
			return nil
		}
		kind, name := "", ""
		switch {
		case len(names) == 3 && names[0] == "components":
			kind, name = names[1], names[2]
		case len(names) == 2:
			kind, name = kindOf20(names[0]), names[1]
		}
		c, ok := b.Component(kind, name)
		if !ok {
			return nil
		}
		r = c.Raw
	}
	return nil
}

// parameters adds those of a list that are not there yet: an operation's own go before its path's.
func (b *formBuilder) parameters(list Raw) {
	for p := range elements(list) {
		p = b.follow(p)
		f := FormField{In: text(get(p, "in")), Name: text(get(p, "name")), Required: string(get(p, "required")) == "true"}
		if f.Name == "" || len(b.form.Parameters) >= maxFormFields {
			continue
		}
		schema := get(p, "schema")
		switch f.In {
		case "body":
			if b.body2 == nil {
				b.body2 = p
			}
			continue
		case "formData":
			f.In = "body"
			b.describe(&f, p, p)
			b.multipart = b.multipart || f.Type == "file"
			if !hasField(b.formData, f) {
				b.formData = append(b.formData, f)
			}
			continue
		case "path", "query", "header", "cookie":
		default:
			continue
		}
		if f.In == "header" && slices.Contains([]string{"accept", "content-type"}, strings.ToLower(f.Name)) {
			continue // the console's own
		}
		for _, media := range members(get(p, "content")) {
			f.JSON, schema = true, get(media, "schema")
			break
		}
		if schema == nil && get(p, "type") != nil { // Swagger 2.0
			schema = p
		}
		f.Secret = f.In == "cookie" || f.In == "header" && IsSecretName(f.Name)
		b.describe(&f, p, schema)
		b.style(&f, p)
		if !hasField(b.form.Parameters, f) {
			b.form.Parameters = append(b.form.Parameters, f)
		}
	}
}

func hasField(fields []FormField, f FormField) bool {
	return slices.ContainsFunc(fields, func(o FormField) bool {
		return o.In == f.In && (o.Name == f.Name || f.In == "header" && strings.EqualFold(o.Name, f.Name))
	})
}

func (b *formBuilder) style(f *FormField, p Raw) {
	f.Style = text(get(p, "style"))
	if f.Style == "" {
		f.Style = map[string]string{"query": "form", "cookie": "form"}[f.In]
	}
	if f.Style == "" {
		f.Style = "simple"
	}
	f.Explode = f.Style == "form" || f.Style == "deepObject"
	if e := get(p, "explode"); e != nil {
		f.Explode = string(e) == "true"
	}
	if get(p, "type") != nil { // Swagger 2.0
		format := text(get(p, "collectionFormat"))
		f.Explode = format == "multi"
		f.Style = map[string]string{"ssv": "spaceDelimited", "pipes": "pipeDelimited", "multi": "form"}[format]
	}
}

// pathNames adds the placeholders of a path that are described nowhere.
func (b *formBuilder) pathNames(path string) {
	for rest := path; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return
		}
		name, end, ok := strings.Cut(after, "}")
		if !ok {
			return
		}
		f := FormField{In: "path", Name: name, Type: "string", Required: true, Style: "simple"}
		if name != "" && !hasField(b.form.Parameters, f) {
			b.form.Parameters = append(b.form.Parameters, f)
		}
		rest = end
	}
}

// security adds the header or parameter of the first way to authorise that has one.
func (b *formBuilder) security(operation Raw) {
	all := get(operation, "security")
	if all == nil {
		all = rootMember(b.Root, "security")
	}
	for requirement := range elements(all) {
		for name := range members(requirement) {
			scheme, ok := b.Component("securitySchemes", name)
			if !ok {
				continue
			}
			raw := b.follow(scheme.Raw)
			f := FormField{In: "header", Name: "Authorization", Type: "string", Secret: true, Style: "simple", Description: formText(raw)}
			switch text(get(raw, "type")) {
			case "oauth2", "openIdConnect":
				b.form.Bearer = true
			case "http":
				b.form.Bearer = strings.EqualFold(text(get(raw, "scheme")), "bearer")
			case "apiKey":
				f.In, f.Name = text(get(raw, "in")), text(get(raw, "name"))
				if f.In == "query" {
					f.Style = "form"
				}
			case "basic":
			default:
				continue
			}
			if f.Name != "" && !hasField(b.form.Parameters, f) {
				b.form.Parameters = append(b.form.Parameters, f)
			}
		}
		if b.form.Bearer {
			return
		}
	}
}

// formText is the first paragraph of a description on one line, of a long one whole
// sentences or at least whole words.
func formText(r Raw) string {
	paragraph, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text(get(r, "description"))), "\r\n", "\n"), "\n\n")
	line := strings.Join(strings.Fields(paragraph), " ")
	if len(line) <= maxFormText {
		return line
	}
	line = strings.ToValidUTF8(line[:maxFormText], "")
	for _, end := range []string{". ", "。", " "} {
		if i := strings.LastIndex(line, end); i > 0 {
			line = strings.TrimSpace(line[:i+len(end)])
			break
		}
	}
	if strings.HasSuffix(line, ".") || strings.HasSuffix(line, "。") {
		return line
	}
	return line + "…"
}
