package handlers

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"tessera/models/outbound"
	"tessera/views"
)

// upload is a file of a form.
type upload struct {
	name, mediaType string
	content         []byte
}

// buildRequest makes the request of a filled-in form. What is wrong with it is in x.errors.
func buildRequest(x *consoleValues, f views.ConsoleForm, files map[string]upload) outbound.Request {
	r := outbound.Request{Method: strings.ToUpper(f.Method), Header: http.Header{"Accept": {"*/*"}}}
	address := x.base(f) + x.path(f)
	if query := x.query(f); query != "" {
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		address += separator + query
	}
	r.URL = address
	var cookies []string
	for _, field := range f.Fields {
		if field.In != "header" && field.In != "cookie" {
			continue
		}
		value := x.plainValue(field)
		if value == "" {
			continue
		}
		switch {
		case field.In == "cookie":
			cookies = append(cookies, field.Name+"="+value)
		case outbound.ForbiddenHeader(field.Name), !httpguts.ValidHeaderFieldName(field.Name):
			x.refuse(field.Key, "header_forbidden", "name", field.Name)
			continue
		default:
			r.Header.Set(field.Name, value)
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			x.refuse(field.Key, "header_value")
		}
	}
	if len(cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(cookies, "; "))
	}
	if f.Body != nil {
		x.body(&r, f.Body, files)
	}
	return r
}

// base is where requests go. No secret may stand in it: an address is shown.
func (x *consoleValues) base(f views.ConsoleForm) string {
	if f.Environment == nil || f.Environment.BaseURL == "" {
		x.refuse("environment", "base_url_missing")
		return ""
	}
	before := len(x.used)
	base := strings.TrimRight(x.expand("environment", f.Environment.BaseURL, nil), "/")
	u, err := url.Parse(base)
	if len(x.used) > before || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		x.refuse("environment", "base_url_invalid")
	}
	return base
}

func (x *consoleValues) path(f views.ConsoleForm) string {
	path := f.Path
	for _, field := range f.Fields {
		if field.In != "path" {
			continue
		}
		value := x.plainValue(field)
		if value == "" {
			x.refuse(field.Key, "field_required")
		}
		if value == "." || value == ".." { // would be taken for steps
			x.refuse(field.Key, "path_dots")
		}
		path = strings.ReplaceAll(path, "{"+field.Name+"}", url.PathEscape(value))
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path
}

// plainValue is the text of a parameter: lists are put together as style says.
func (x *consoleValues) plainValue(field views.ConsoleField) string {
	value := x.value(field)
	if value == "" {
		if field.Required {
			x.refuse(field.Key, "field_required")
		}
		return ""
	}
	if field.JSON || field.Type == "object" {
		x.wantJSON(field, value)
		return oneLineJSON(value)
	}
	if field.Type == "array" {
		return strings.Join(x.list(field, value), ",")
	}
	x.checkType(field, value)
	return value
}

func (x *consoleValues) checkType(field views.ConsoleField, value string) {
	if x.mask {
		return
	}
	switch field.Type {
	case "integer", "number":
		n := json.Number(value)
		_, err := n.Float64()
		if err != nil || !json.Valid([]byte(value)) || field.Type == "integer" && strings.ContainsAny(value, ".eE") {
			x.refuse(field.Key, field.Type+"_wanted")
		}
	}
}

func (x *consoleValues) wantJSON(field views.ConsoleField, value string) {
	if !x.mask && !json.Valid([]byte(value)) {
		x.refuse(field.Key, "json_wanted")
	}
}

func oneLineJSON(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

// list is an array as its values: a JSON list, else one a line.
func (x *consoleValues) list(field views.ConsoleField, value string) []string {
	var elements []json.RawMessage
	if strings.HasPrefix(strings.TrimSpace(value), "[") && json.Unmarshal([]byte(value), &elements) == nil {
		var out []string
		for _, e := range elements {
			var s string
			if json.Unmarshal(e, &s) != nil {
				s = string(e)
			}
			out = append(out, s)
		}
		return out
	}
	var out []string
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (x *consoleValues) query(f views.ConsoleForm) string {
	var pairs []string
	add := func(name, value string) {
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	for _, field := range f.Fields {
		if field.In == "query" {
			x.pairs(field, add)
		}
	}
	return strings.Join(pairs, "&")
}

// pairs writes a field of a query or form in its style.
func (x *consoleValues) pairs(field views.ConsoleField, add func(name, value string)) {
	value := x.value(field)
	switch {
	case value == "" && field.Required:
		x.refuse(field.Key, "field_required")
	case value == "":
	case field.Type == "array" && !field.JSON:
		elements := x.list(field, value)
		if field.Explode || field.In == "body" {
			for _, e := range elements {
				add(field.Name, e)
			}
			return
		}
		separator := map[string]string{"spaceDelimited": " ", "pipeDelimited": "|"}[field.Style]
		if separator == "" {
			separator = ","
		}
		add(field.Name, strings.Join(elements, separator))
	case field.Type == "object" && !field.JSON && field.In == "query":
		members := map[string]json.RawMessage{}
		if json.Unmarshal([]byte(value), &members) != nil {
			x.refuse(field.Key, "json_wanted")
			return
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			text := oneLineJSON(string(members[name]))
			var s string
			if json.Unmarshal(members[name], &s) == nil {
				text = s
			}
			if field.Style == "deepObject" {
				name = field.Name + "[" + name + "]"
			}
			add(name, text)
		}
	default:
		if field.JSON || field.Type == "object" {
			x.wantJSON(field, value)
			value = oneLineJSON(value)
		} else {
			x.checkType(field, value)
		}
		add(field.Name, value)
	}
}
