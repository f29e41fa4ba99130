package views

import (
	"strconv"
	"strings"

	"tessera/models"
	"tessera/models/openapi"
)

// title is the description's own, or the project's name.
func (t APITree) title(m ProjectMeta) string {
	if t.Title != "" {
		return t.Title
	}
	return m.Project.Name
}

// listTitle names the list that the page shows.
func (t APITree) listTitle(p Page) string {
	switch {
	case t.Search != nil:
		return p.T("api.search_title", "query", t.Search.Query)
	case t.SchemasOpen:
		return p.T("api.schemas")
	case t.Folder != 0 && len(t.around(t.Folder)) > 0:
		around := t.around(t.Folder)
		return around[len(around)-1].Name
	}
	return p.T("api.no_folder")
}

func (t APITree) listCrumbs(p Page, m ProjectMeta) []Crumb {
	crumbs := []Crumb{{p.T("project.nav_api"), m.path("/api")}}
	if around := t.around(t.Folder); t.Search == nil && !t.SchemasOpen && len(around) > 1 {
		for _, f := range around[:len(around)-1] {
			crumbs = append(crumbs, Crumb{f.Name, m.folderURL(f.ID)})
		}
	}
	return append(crumbs, Crumb{Text: t.listTitle(p)})
}

// marks are Markdown's that a heading does without.
var marks = strings.NewReplacer("`", "", "**", "", "__", "")

// leadLine is the beginning of a text that may be Markdown, for a heading.
func leadLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = marks.Replace(line)
	if runes := []rune(line); len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return line
}

func (p Page) exampleTitle(e openapi.ExampleView) string {
	switch {
	case e.Summary != "":
		return p.T("api.example_named", "name", leadLine(e.Summary))
	case e.Name != "":
		return p.T("api.example_named", "name", e.Name)
	}
	return p.T("api.example")
}

func descriptionInput(p Page, f *EndpointForm) Input {
	return Input{Name: "description", Label: p.T("api.description"), Hint: p.T("api.description_hint"), Value: f.Description, Errors: f.Errors}
}

func (d APIDelete) name() string {
	if d.Endpoint != nil {
		return d.Endpoint.Name
	}
	return d.Schema.Name
}

func (d APIDelete) back(m ProjectMeta) string {
	if d.Endpoint != nil {
		return m.endpointPath(d.Endpoint.ID, "")
	}
	return m.schemaPath(d.Schema.ID)
}

// NewEndpointForm is the form of an endpoint as it is stored.
func NewEndpointForm(e *models.Endpoint, o *openapi.OperationView) EndpointForm {
	f := EndpointForm{Name: e.Name, Description: o.Description, Tags: strings.Join(e.Tags, ", "), Status: e.Status, Folder: "0"}
	if e.FolderID != nil {
		f.Folder = strconv.FormatInt(*e.FolderID, 10)
	}
	return f
}
