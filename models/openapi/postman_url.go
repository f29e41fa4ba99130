package openapi

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// postmanURL is the address of a request: its path as OpenAPI writes it, and values.
type postmanURL struct {
	path   string
	params []postmanField // of the path, in order
	query  []postmanField
}

func readURL(r Raw) postmanURL {
	var parts struct {
		Raw      string
		Path     Raw
		Query    Raw
		Variable Raw
	}
	if isString(r) {
		parts.Raw = text(r)
	} else if json.Unmarshal(r, &parts) != nil {
		return postmanURL{}
	}
	address, query, hasQuery := strings.Cut(strings.TrimSpace(parts.Raw), "?")
	address, _, _ = strings.Cut(address, "#")
	path := withoutOrigin(address)
	if parts.Raw == "" {
		path = joinPath(parts.Path)
	}
	u := postmanURL{query: fieldsOf(parts.Query)}
	if parts.Query == nil && hasQuery {
		u.query = queryFields(query)
	}
	known := map[string]postmanField{}
	for _, f := range fieldsOf(parts.Variable) {
		known[f.Key] = f
	}
	used := map[string]int{}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = u.segment(segment, known, used)
	}
	u.path = "/" + strings.TrimPrefix(strings.Join(segments, "/"), "/")
	return u
}

// withoutOrigin returns the path of an address without scheme, host and the
// variable that stands for them.
func withoutOrigin(address string) string {
	rest, absolute := address, false
	if _, after, ok := strings.Cut(address, "://"); ok {
		rest, absolute = after, true
	}
	first, path, found := strings.Cut(rest, "/")
	isHost := absolute || strings.HasPrefix(first, "{{") || strings.ContainsAny(first, ".:") && !strings.HasPrefix(first, ":") || first == "localhost"
	switch {
	case first == "" || !isHost:
		return rest
	case found:
		return path
	}
	return ""
}

func joinPath(r Raw) string {
	if isString(r) {
		return text(r)
	}
	var segments []string
	for e := range elements(r) {
		if isObject(e) {
			e = get(e, "value")
		}
		segments = append(segments, text(e))
	}
	return strings.Join(segments, "/")
}

func queryFields(query string) []postmanField {
	var fields []postmanField
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if name != "" {
			fields = append(fields, postmanField{Key: name, Value: Quote(value)})
		}
	}
	return fields
}

// segment turns ":id" and "{{id}}" into "{id}", and notes the parameter.
func (u *postmanURL) segment(s string, known map[string]postmanField, used map[string]int) string {
	if name, ok := strings.CutPrefix(s, ":"); ok && name != "" {
		return "{" + u.param(postmanField{Key: name}, known, used) + "}"
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			out.WriteString(s)
			return out.String()
		}
		name = strings.TrimSpace(name)
		field := postmanField{Key: name, Value: Quote("{{" + name + "}}")}
		out.WriteString(before + "{" + u.param(field, nil, used) + "}")
		s = after
	}
}

// param adds a path parameter under a name that is free, and returns the name.
func (u *postmanURL) param(f postmanField, known map[string]postmanField, used map[string]int) string {
	if k, ok := known[f.Key]; ok {
		f.Value, f.Description = k.Value, k.Description
	}
	f.Key = strings.NewReplacer("{", "", "}", "", "/", "").Replace(f.Key)
	used[f.Key]++
	if n := used[f.Key]; n > 1 {
		f.Key += strconv.Itoa(n)
	}
	u.params = append(u.params, f)
	return f.Key
}
