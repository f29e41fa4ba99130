package handlers

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"tessera/models/openapi"
	"tessera/models/outbound"
	"tessera/views"
)

func (x *consoleValues) body(r *outbound.Request, b *views.ConsoleBody, files map[string]upload) {
	mediaType := b.MediaType
	file, hasFile := files["bodyfile"]
	switch {
	case b.File && hasFile:
		r.Body = file.content
	case b.AsText || b.FieldsFor != b.MediaType:
		r.Body = []byte(x.text(b))
	case openapi.IsJSONType(mediaType):
		r.Body = x.jsonBody(b)
	case strings.HasPrefix(mediaType, "multipart/"):
		r.Body, mediaType = x.multipart(b, files)
	default:
		var pairs []string
		for _, field := range b.Fields {
			x.pairs(field, func(name, value string) {
				pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
			})
		}
		r.Body = []byte(strings.Join(pairs, "&"))
	}
	if len(r.Body) == 0 && b.Required && len(x.errors) == 0 {
		x.refuse("text", "field_required")
	}
	if len(r.Body) > 0 {
		r.Header.Set("Content-Type", mediaType)
	}
}

// text is the whole body as it was written. In JSON a value is escaped as a string is.
func (x *consoleValues) text(b *views.ConsoleBody) string {
	text := b.Text
	if !openapi.IsJSONType(b.MediaType) {
		return x.expand("text", text, nil)
	}
	if x.mask {
		text = hideMembers(text, mask)
	}
	text = x.expand("text", text, jsonEscape)
	if text != "" && !x.mask && !json.Valid([]byte(text)) {
		x.refuse("text", "json_wanted")
	}
	return text
}

// jsonEscape is s as it stands within the quotes of a JSON string.
func jsonEscape(s string) string {
	b := openapi.Quote(s)
	return string(b[1 : len(b)-1])
}

// jsonBody makes an object of the fields that are filled in.
func (x *consoleValues) jsonBody(b *views.ConsoleBody) []byte {
	var out bytes.Buffer
	for _, field := range b.Fields {
		value := x.value(field)
		if value == "" {
			if field.Required && b.Required {
				x.refuse(field.Key, "field_required")
			}
			continue
		}
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.Write(openapi.Quote(field.Name))
		out.WriteByte(':')
		out.Write(x.jsonValue(field, value))
	}
	if out.Len() == 0 && !b.Required {
		return nil
	}
	return []byte("{" + out.String() + "}")
}

func (x *consoleValues) jsonValue(field views.ConsoleField, value string) []byte {
	raw := strings.TrimSpace(value)
	switch field.Type {
	case "string", "file":
		return openapi.Quote(value)
	case "integer", "number":
		x.checkType(field, raw)
		return []byte(raw)
	case "boolean":
		if raw == "true" || raw == "false" {
			return []byte(raw)
		}
		return openapi.Quote(value)
	case "array":
		if views.ArrayOfLines(field.FormField) && !strings.HasPrefix(raw, "[") {
			return x.jsonList(field, raw)
		}
	case "":
		if !json.Valid([]byte(raw)) { // of any type: a text without quotes is a string
			return openapi.Quote(value)
		}
		return []byte(raw)
	}
	x.wantJSON(field, raw)
	return []byte(raw)
}

func (x *consoleValues) jsonList(field views.ConsoleField, value string) []byte {
	out := []byte{'['}
	for i, e := range x.list(field, value) {
		if i > 0 {
			out = append(out, ',')
		}
		element := openapi.Quote(e)
		if field.Items != "string" && json.Valid([]byte(e)) {
			element = []byte(e)
		}
		out = append(out, element...)
	}
	return append(out, ']')
}

func (x *consoleValues) multipart(b *views.ConsoleBody, files map[string]upload) ([]byte, string) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, field := range b.Fields {
		if field.Type != "file" {
			x.pairs(field, func(name, value string) { _ = w.WriteField(name, value) }) // a buffer takes all
			continue
		}
		file, ok := files[field.Key]
		if !ok {
			if field.Required {
				x.refuse(field.Key, "field_required")
			}
			continue
		}
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", `form-data; name=`+strconv.Quote(field.Name)+`; filename=`+strconv.Quote(file.name))
		header.Set("Content-Type", file.mediaType)
		if part, err := w.CreatePart(header); err == nil {
			_, _ = part.Write(file.content)
		}
	}
	_ = w.Close()
	return out.Bytes(), w.FormDataContentType()
}
