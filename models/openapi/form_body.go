package openapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// body reads a Request Body Object of OpenAPI 3.
func (b *formBuilder) body(r Raw) {
	required := string(get(r, "required")) == "true"
	for mediaType, media := range members(get(r, "content")) {
		body := FormBody{MediaType: mediaType, Required: required, Example: b.example(media)}
		schema := b.follow(get(media, "schema"))
		if body.Example == "" {
			body.Example = b.example(schema)
		}
		if b.isForm(mediaType) {
			body.Fields = b.properties(schema)
		}
		b.form.Bodies = append(b.form.Bodies, body)
	}
}

// body20 makes bodies of the parameters of Swagger 2.0.
func (b *formBuilder) body20(operation Raw) {
	consumes := texts(get(operation, "consumes"))
	if consumes == nil {
		consumes = texts(rootMember(b.Root, "consumes"))
	}
	if b.body2 != nil {
		if len(consumes) == 0 {
			consumes = []string{jsonType}
		}
		for _, mediaType := range consumes {
			body := FormBody{MediaType: mediaType, Required: string(get(b.body2, "required")) == "true"}
			schema := b.follow(get(b.body2, "schema"))
			body.Example = b.example(schema)
			if b.isForm(mediaType) {
				body.Fields = b.properties(schema)
			}
			b.form.Bodies = append(b.form.Bodies, body)
		}
		return
	}
	if len(b.formData) > 0 {
		mediaType := formType
		if b.multipart || slices.Contains(consumes, multipartType) {
			mediaType = multipartType
		}
		b.form.Bodies = []FormBody{{MediaType: mediaType, Fields: b.formData, Required: true}}
	}
}

// isForm reports whether a body of this type can be made of fields.
func (b *formBuilder) isForm(mediaType string) bool {
	return IsJSONType(mediaType) || strings.HasPrefix(mediaType, formType) || strings.HasPrefix(mediaType, multipartType)
}

// IsJSONType reports whether a media type is JSON or one of its kin (RFC 6839).
func IsJSONType(mediaType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	kind = strings.TrimSpace(kind)
	return kind == jsonType || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// properties lists the members of an object's schema, those of allOf among them.
func (b *formBuilder) properties(schema Raw) []FormField {
	var out []FormField
	required := map[string]bool{}
	b.collect(schema, &out, required, 0)
	for i := range out {
		out[i].Required = required[out[i].Name]
	}
	return out
}

func (b *formBuilder) collect(schema Raw, out *[]FormField, required map[string]bool, depth int) {
	if schema = b.follow(schema); schema == nil || depth > maxFormDepth {
		return
	}
	for _, name := range texts(get(schema, "required")) {
		required[name] = true
	}
	for name, s := range members(get(schema, "properties")) {
		f := FormField{In: "body", Name: name}
		resolved := b.follow(s)
		if len(*out) >= maxFormFields || string(get(resolved, "readOnly")) == "true" || hasField(*out, f) {
			continue
		}
		b.describe(&f, s, s)
		*out = append(*out, f)
	}
	for part := range elements(get(schema, "allOf")) {
		b.collect(part, out, required, depth+1)
	}
	if len(*out) == 0 { // one of several: the first that has properties
		for _, key := range []string{"oneOf", "anyOf"} {
			for part := range elements(get(schema, key)) {
				if b.collect(part, out, required, depth+1); len(*out) > 0 {
					return
				}
			}
		}
	}
}

// describe reads what a field's control needs: holder has description and
// example, schema the type.
func (b *formBuilder) describe(f *FormField, holder, schema Raw) {
	f.Description = formText(holder)
	f.Deprecated = string(get(holder, "deprecated")) == "true"
	s := b.follow(schema)
	if f.Description == "" {
		f.Description = formText(s)
	}
	f.Type, f.Format = b.typeOf(s, 0), text(get(s, "format"))
	f.Secret = f.Secret || f.Format == "password"
	if f.Type == "string" && (f.Format == "binary" || get(s, "contentMediaType") != nil && get(s, "contentEncoding") == nil && f.In == "body" && b.multipart) {
		f.Type = "file"
	}
	f.Long = f.Type == "string" && f.In == "body" && b.long(f, s)
	items := b.follow(get(s, "items"))
	f.Items = b.typeOf(items, 0)
	if f.Items == "string" && text(get(items, "format")) == "binary" {
		f.Type, f.Items = "file", ""
	}
	for e := range elements(get(s, "enum")) {
		if len(f.Enum) < maxFormFields && !isNull(e) {
			f.Enum = append(f.Enum, plain(e))
		}
	}
	if c := get(s, "const"); c != nil {
		f.Enum = []string{plain(c)}
	}
	if d := get(s, "default"); d != nil {
		f.Default = plain(d)
	}
	if f.Example = b.example(holder); f.Example == "" {
		f.Example = b.example(s)
	}
}

// long tells strings that people write in several lines.
func (b *formBuilder) long(f *FormField, s Raw) bool {
	if f.Format != "" || get(s, "enum") != nil || get(s, "const") != nil {
		return false
	}
	switch strings.ToLower(f.Name) {
	case "input", "data", "body", "content", "text", "description", "message", "comment", "document":
		return true
	}
	most := string(get(s, "maxLength"))
	return get(s, "type") == nil || get(s, "contentMediaType") != nil || len(most) > 3
}

// typeOf is the type of a schema. Of several, a string goes first, since any
// text is one, and null does not count.
func (b *formBuilder) typeOf(s Raw, depth int) string {
	if s == nil || depth > maxFormDepth || !b.look(s) {
		return ""
	}
	types := texts(get(s, "type"))
	if t := text(get(s, "type")); t != "" {
		types = []string{t}
	}
	for _, key := range []string{"oneOf", "anyOf", "allOf"} {
		if len(types) > 0 {
			break
		}
		for part := range elements(get(s, key)) {
			if t := b.typeOf(b.follow(part), depth+1); t != "" {
				types = append(types, t)
			}
		}
	}
	types = slices.DeleteFunc(types, func(t string) bool { return t == "null" })
	switch {
	case slices.Contains(types, "string"):
		return "string"
	case len(types) > 0:
		return types[0]
	case get(s, "properties") != nil:
		return "object"
	case get(s, "items") != nil:
		return "array"
	}
	if first := firstElement(get(s, "enum")); isString(first) {
		return "string"
	}
	return ""
}

func firstElement(r Raw) Raw {
	for e := range elements(r) {
		return e
	}
	return nil
}

// example returns the text of an example of a parameter, media type or schema.
func (b *formBuilder) example(r Raw) string {
	if e := get(r, "example"); e != nil {
		return plain(e)
	}
	examples := get(r, "examples")
	if isArray(examples) { // of a schema
		if e := firstElement(examples); e != nil {
			return plain(e)
		}
	}
	for _, e := range members(examples) {
		if v := get(b.follow(e), "value"); v != nil {
			return plain(v)
		}
		break
	}
	return ""
}

// plain is a value as people write it into a field: strings without quotes, the rest as JSON.
func plain(r Raw) string {
	if isString(r) {
		return unquote(r)
	}
	if isObject(r) || isArray(r) {
		var b bytes.Buffer
		if json.Indent(&b, r, "", "  ") == nil {
			return b.String()
		}
	}
	return string(r)
}
