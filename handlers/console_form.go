package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// console is an empty form of an endpoint's request, prefilled from its
// description and the current environment, and the names that have values there.
func (s *Server) console(ctx context.Context, u *models.User, m views.ProjectMeta, e *models.Endpoint) (views.ConsoleForm, map[string]models.Value, error) {
	f := views.ConsoleForm{Project: m.Project.ID, Endpoint: e.ID, Method: e.Method, Path: e.Path, Title: e.Name, Environment: m.Current}
	if f.Title == "" {
		f.Title = e.Label()
	}
	described, err := s.describeForm(ctx, &m.Project.Project, e)
	if err != nil {
		return f, nil, err
	}
	var values map[string]models.Value
	var names []string
	if m.Current != nil {
		if values, err = s.store.Values(ctx, u, m.Current); err != nil {
			return f, nil, err
		}
		variables, err := s.store.Variables(ctx, u, m.Current)
		if err != nil {
			return f, nil, err
		}
		for _, v := range variables {
			names = append(names, v.Name)
		}
	}
	for i, field := range described.Parameters {
		f.Fields = append(f.Fields, views.ConsoleField{FormField: field, Key: "p" + strconv.Itoa(i), Value: prefill(field, names, described.Bearer)})
	}
	f.Body = consoleBody(described.Bodies, names)
	if f.History, err = s.store.ConsoleHistory(ctx, u, &m.Project.Project, e.ID, recentRequests); err != nil {
		return f, nil, err
	}
	f.Missing = missing(f, values)
	return f, values, nil
}

// describeForm reads what an endpoint wants, with the components that it refers to.
func (s *Server) describeForm(ctx context.Context, p *models.Project, e *models.Endpoint) (openapi.Form, error) {
	var failed error
	note := func(err error) {
		if err != nil && failed == nil {
			failed = err
		}
	}
	item, err := s.store.PathItem(ctx, p, e.Path)
	if errors.Is(err, models.ErrNotFound) {
		item, err = &openapi.PathItem{}, nil
	}
	note(err)
	root, err := s.store.RootMembers(ctx, p)
	note(err)
	if failed != nil {
		return openapi.Form{}, failed
	}
	type name struct{ kind, name string }
	known := map[name]openapi.Component{}
	component := func(kind, of string) (openapi.Component, bool) {
		if c, ok := known[name{kind, of}]; ok || len(known) >= maxComponents {
			return c, c.Raw != nil
		}
		found, err := s.store.Components(ctx, p, kind, []string{of})
		note(err)
		var c openapi.Component
		if len(found) > 0 {
			c = found[0]
		}
		known[name{kind, of}] = c
		return c, c.Raw != nil
	}
	operation := openapi.Operation{Method: e.Method, Path: e.Path, Dialect: e.Dialect, Raw: openapi.Raw(e.Raw)}
	return openapi.FormOf(&operation, openapi.FormContext{PathItem: item.Raw, Root: root, Component: component}), failed
}

// maxComponents bounds how many components one form asks for.
const maxComponents = 300

// prefill is what stands in a field at first: the variable of its name, a token
// where one is asked for, and where something must stand, the description's example.
func prefill(f openapi.FormField, names []string, bearer bool) string {
	switch {
	case slices.Contains(names, f.Name):
		return "{{" + f.Name + "}}"
	case bearer && f.In == "header" && strings.EqualFold(f.Name, "Authorization"):
		return "Bearer {{" + models.TokenVariable + "}}"
	case !f.Required || f.Type == "file":
		return ""
	case f.Default != "":
		return f.Default
	case f.Example != "":
		return f.Example
	case len(f.Enum) == 1:
		return f.Enum[0]
	}
	return ""
}

func consoleBody(bodies []openapi.FormBody, names []string) *views.ConsoleBody {
	if len(bodies) == 0 {
		return nil
	}
	b := &views.ConsoleBody{MediaType: bodies[0].MediaType, Required: bodies[0].Required}
	for _, body := range bodies {
		b.MediaTypes = append(b.MediaTypes, body.MediaType)
		if len(body.Fields) > 0 && b.FieldsFor == "" {
			b.FieldsFor, b.MediaType = body.MediaType, body.MediaType
			for i, field := range body.Fields {
				b.Fields = append(b.Fields, views.ConsoleField{FormField: field, Key: "f" + strconv.Itoa(i), Value: prefill(field, names, false)})
			}
		}
		if b.Text == "" {
			b.Text = body.Example
		}
	}
	if b.Text == "" && openapi.IsJSONType(b.MediaType) && len(b.Fields) > 0 {
		b.Text = skeleton(b.Fields)
	}
	b.AsText = len(b.Fields) == 0
	b.File = b.AsText && !openapi.IsJSONType(b.MediaType) && !strings.HasPrefix(b.MediaType, "text/")
	return b
}

// skeleton is a JSON body of what has to be filled in.
func skeleton(fields []views.ConsoleField) string {
	empty := map[string]string{"integer": "0", "number": "0", "boolean": "false", "array": "[]", "object": "{}"}
	var lines []string
	for _, f := range fields {
		if !f.Required {
			continue
		}
		value := string(openapi.Quote(f.Value))
		if e := empty[f.Type]; e != "" {
			if value = e; f.Value != "" {
				value = f.Value
			}
		}
		lines = append(lines, "  "+string(openapi.Quote(f.Name))+": "+value)
	}
	if len(lines) == 0 {
		return ""
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

// eachText goes through all texts of a form.
func eachText(f *views.ConsoleForm, do func(key string, field *openapi.FormField, text *string)) {
	for i := range f.Fields {
		do(f.Fields[i].Key, &f.Fields[i].FormField, &f.Fields[i].Value)
	}
	if f.Body != nil {
		for i := range f.Body.Fields {
			do(f.Body.Fields[i].Key, &f.Body.Fields[i].FormField, &f.Body.Fields[i].Value)
		}
		do("text", nil, &f.Body.Text)
	}
}

// missing lists the names in a form that have no value.
func missing(f views.ConsoleForm, values map[string]models.Value) []string {
	var out []string
	note := func(text string) {
		for _, name := range models.Names(text) {
			if _, ok := values[name]; !ok && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if f.Environment != nil {
		note(f.Environment.BaseURL)
	}
	eachText(&f, func(key string, field *openapi.FormField, text *string) {
		if key != "text" || f.Body.AsText {
			note(*text)
		}
	})
	return out
}
