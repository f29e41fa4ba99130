package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/views"
)

// readConsole reads what an endpoint's console needs, for console, and what the
// endpoint's description says.
func (s *Server) readConsole(ctx context.Context, u *models.User, m views.ProjectMeta, e *models.Endpoint) (views.ConsoleForm, map[string]models.Value, *models.Excerpt, error) {
	var f views.ConsoleForm
	root, err := s.store.RootMembers(ctx, &m.Project.Project)
	if err != nil {
		return f, nil, nil, err
	}
	x, err := s.store.EndpointExcerpt(ctx, &m.Project.Project, root, e)
	if err != nil {
		return f, nil, nil, err
	}
	variables, err := s.variables(ctx, u, m)
	if err != nil {
		return f, nil, nil, err
	}
	f, values, err := s.console(ctx, u, m, e, x, variables)
	return f, values, x, err
}

// variables reads those of the current environment, if there is one.
func (s *Server) variables(ctx context.Context, u *models.User, m views.ProjectMeta) ([]models.MyVariable, error) {
	if m.Current == nil {
		return nil, nil
	}
	return s.store.Variables(ctx, u, m.Current)
}

// console is an empty form of an endpoint's request, prefilled from its
// description and the current environment, and the names that have values there.
func (s *Server) console(ctx context.Context, u *models.User, m views.ProjectMeta, e *models.Endpoint, x *models.Excerpt, variables []models.MyVariable) (views.ConsoleForm, map[string]models.Value, error) {
	f := views.ConsoleForm{Project: m.Project.ID, Endpoint: e.ID, Method: e.Method, Path: e.Path, Title: e.Name, Environment: m.Current}
	if f.Title == "" {
		f.Title = e.Label()
	}
	values, err := s.store.Values(u, variables)
	if err != nil {
		return f, nil, err
	}
	var names []string
	for _, v := range variables {
		names = append(names, v.Name)
	}
	described := describeForm(x)
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

// describeForm is what an endpoint wants, as its excerpt tells.
func describeForm(x *models.Excerpt) openapi.Form {
	d := x.Document
	in := openapi.FormContext{Root: d.Root, Component: func(kind, name string) (openapi.Component, bool) {
		for _, c := range d.Components {
			if c.Kind == kind && c.Name == name {
				return c, true
			}
		}
		return openapi.Component{}, false
	}}
	if len(d.Paths) > 0 {
		in.PathItem = d.Paths[0].Raw
	}
	return openapi.FormOf(&d.Operations[0], in)
}

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
