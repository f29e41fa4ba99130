package views

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
	"tessera/models/openapi"
)

// APITree is the navigation of an API reference: folders, of which those around the
// current page are open, or what a search found.
type APITree struct {
	Title, Version string // of the description
	Outline        *models.Outline
	Folder         int64 // whose endpoints are listed; 0: those outside of all folders
	Endpoints      []models.Endpoint
	More           bool // there are more than those
	SchemasOpen    bool
	Schemas        []models.Schema
	MoreSchemas    bool
	EndpointID     int64 // the current page, if it is one of these
	SchemaID       int64
	Search         *APISearch
}

// APISearch is what a search in the reference found.
type APISearch struct {
	Query     string
	Endpoints []models.Endpoint
	Schemas   []models.Schema
	More      bool
}

// APIOverview is the first page of the reference, or the list of one folder.
type APIOverview struct {
	Tree        APITree
	Description string
	Listed      bool // one folder's endpoints, or the schemas
}

// APIEndpoint is the page of one operation.
type APIEndpoint struct {
	Tree      APITree
	Endpoint  models.Endpoint
	Operation *openapi.OperationView
	SchemaIDs map[string]int64
	Variables []models.MyVariable // of the chosen environment
	Edit      *EndpointForm       // the form is open
	Console   templ.Component     // nil: none
}

// EndpointForm is what can be edited in place.
type EndpointForm struct {
	Name, Description, Tags, Status string
	Folder                          string // an id; "0" is outside of all folders
	Errors                          Errors
}

// APISchema is the page of one schema.
type APISchema struct {
	Tree      APITree
	Schema    models.Schema
	View      *openapi.SchemaView
	SchemaIDs map[string]int64
}

// apiScope is what the parts of a page need to make links.
type apiScope struct {
	page Page
	meta ProjectMeta
	ids  map[string]int64
}

func (x apiScope) schemaURL(name string) string {
	if id, ok := x.ids[name]; ok {
		return x.meta.schemaPath(id)
	}
	return ""
}

func (m ProjectMeta) endpointPath(id int64, below string) string {
	return m.path("/api/endpoints/" + strconv.FormatInt(id, 10) + below)
}

func (m ProjectMeta) schemaPath(id int64) string {
	return m.path("/api/schemas/" + strconv.FormatInt(id, 10))
}

func (m ProjectMeta) folderURL(id int64) string {
	return m.path("/api?folder=" + strconv.FormatInt(id, 10))
}

func (m ProjectMeta) searchURL(query string) string {
	return m.path("/api?q=" + url.QueryEscape(query))
}

// below lists the folders in a folder; 0 is the root.
func (t APITree) below(parent int64) []models.OutlineFolder {
	var out []models.OutlineFolder
	for _, f := range t.Outline.Folders {
		if f.ParentID == nil && parent == 0 || f.ParentID != nil && *f.ParentID == parent {
			out = append(out, f)
		}
	}
	return out
}

// open reports whether a folder is the listed one or around it.
func (t APITree) open(id int64) bool {
	return slices.ContainsFunc(t.around(t.Folder), func(f models.OutlineFolder) bool { return f.ID == id })
}

// around is a folder with those that it is in, the outermost first.
func (t APITree) around(id int64) []models.OutlineFolder {
	var out []models.OutlineFolder
	for len(out) < 64 && id != 0 {
		i := slices.IndexFunc(t.Outline.Folders, func(f models.OutlineFolder) bool { return f.ID == id })
		if i < 0 {
			break
		}
		out = append(out, t.Outline.Folders[i])
		id = 0
		if parent := out[len(out)-1].ParentID; parent != nil {
			id = *parent
		}
	}
	slices.Reverse(out)
	return out
}

// total counts the endpoints in a folder and below.
func (t APITree) total(id int64) int {
	n := 0
	for _, f := range t.Outline.Folders {
		if f.ID == id {
			n += f.Count
		} else if f.ParentID != nil && *f.ParentID == id {
			n += t.total(f.ID)
		}
	}
	return n
}

// folderCrumbs lead to the folders around an endpoint.
func (t APITree) folderCrumbs(p Page, m ProjectMeta, folder *int64, last string) []Crumb {
	crumbs := []Crumb{{p.T("project.nav_api"), m.path("/api")}}
	if folder != nil {
		for _, f := range t.around(*folder) {
			crumbs = append(crumbs, Crumb{f.Name, m.folderURL(f.ID)})
		}
	}
	return append(crumbs, Crumb{Text: last})
}

// folderOptions are the places where an endpoint can be.
func (t APITree) folderOptions(p Page) []Option {
	options := []Option{{Value: "0", Text: p.T("api.no_folder")}}
	for _, f := range t.Outline.Folders {
		var names []string
		for _, around := range t.around(f.ID) {
			names = append(names, around.Name)
		}
		options = append(options, Option{Value: strconv.FormatInt(f.ID, 10), Text: strings.Join(names, " / ")})
	}
	return options
}

func (p Page) statusOptions() []Option {
	options := []Option{{Value: "", Text: p.T("api.no_status")}}
	for _, s := range openapi.Statuses {
		options = append(options, Option{Value: s, Text: p.endpointStatus(s)})
	}
	return options
}

// endpointStatus is the word for an x-apidog-status; one that is not known stays as it is.
func (p Page) endpointStatus(status string) string {
	if !slices.Contains(openapi.Statuses, status) {
		return status
	}
	return p.T("api.status_" + strings.ReplaceAll(status, " ", "_"))
}

func methodWord(method string) string {
	if method == "delete" {
		return "DEL"
	}
	if method == "options" {
		return "OPT"
	}
	return strings.ToUpper(method)
}

// pathParts are the pieces of a path; those in braces are variables.
func pathParts(path string) []string {
	var out []string
	for {
		start := strings.IndexByte(path, '{')
		if start < 0 {
			break
		}
		end := strings.IndexByte(path[start:], '}')
		if end < 0 {
			break
		}
		out = append(out, path[:start], path[start:start+end+1])
		path = path[start+end+1:]
	}
	return append(out, path)
}

func (e APIEndpoint) parameters(in string) []openapi.ParameterView {
	var out []openapi.ParameterView
	for _, p := range e.Operation.Parameters {
		if p.In == in {
			out = append(out, p)
		}
	}
	return out
}

// statusKind colours the status of a response.
func statusKind(status string) string {
	switch status[:1] {
	case "2":
		return "ok"
	case "3":
		return "off"
	case "4", "5":
		return "danger"
	}
	return "off"
}

// indented is JSON to read; what is none stays as it is.
func indented(raw openapi.Raw) string {
	if pretty, err := json.MarshalIndent(raw, "", "  "); err == nil {
		return string(pretty)
	}
	return string(raw)
}

// literal is a value as it reads in a sentence: texts without their quotes.
func literal(raw openapi.Raw) string {
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		if s == "" {
			return `""`
		}
		return s
	}
	return string(raw)
}

// typeWords names a schema's own types, with its format.
func typeWords(s *openapi.SchemaView) string {
	types := slices.Clone(s.Types)
	if len(types) == 0 && s.Type() != "" {
		types = []string{s.Type()}
	}
	text := strings.Join(types, " | ")
	if s.Format != "" {
		text = strings.TrimSpace(text + " " + s.Format)
	}
	if s.IsFile() {
		text = strings.TrimSpace(text + " binary")
		if s.Format == "binary" {
			text = strings.Join(types, " | ") + " binary"
		}
	}
	return text
}

// nested reports whether a schema has more than its own line says.
func nested(s *openapi.SchemaView) bool {
	if s == nil {
		return false
	}
	return len(s.Properties)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.Prefix) > 0 || s.MoreProperties > 0 ||
		s.Not != nil || s.Contains != nil || s.If != nil || s.Additional != nil || nested(s.Items)
}

// ruleWords say a constraint; what it is measured in follows from its keyword.
func (p Page) ruleWords(r openapi.RuleView) string {
	if r.Name == "uniqueItems" && string(r.Value) != "true" {
		return ""
	}
	return p.T("api.rule_"+strings.ToLower(r.Name), "value", literal(r.Value))
}

// alternatives are the lists of alternatives of a schema with their heading.
func (p Page) alternatives(s *openapi.SchemaView) []alternativeList {
	var out []alternativeList
	for _, a := range []alternativeList{
		{p.T("api.one_of"), s.OneOf}, {p.T("api.any_of"), s.AnyOf},
	} {
		if len(a.schemas) > 0 {
			out = append(out, a)
		}
	}
	return out
}

type alternativeList struct {
	heading string
	schemas []openapi.SchemaView
}

// parts are the single schemas that stand in another one, with their heading.
func (p Page) parts(s *openapi.SchemaView) []schemaPart {
	var out []schemaPart
	for _, x := range []schemaPart{
		{p.T("api.not"), s.Not}, {p.T("api.contains"), s.Contains}, {p.T("api.if"), s.If}, {p.T("api.then"), s.Then}, {p.T("api.else"), s.Else},
	} {
		if x.schema != nil {
			out = append(out, x)
		}
	}
	for i := range s.Prefix {
		out = append(out, schemaPart{p.T("api.item_number", "number", strconv.Itoa(i+1)), &s.Prefix[i]})
	}
	return out
}

type schemaPart struct {
	heading string
	schema  *openapi.SchemaView
}

// alternativeName names one of several schemas.
func (p Page) alternativeName(s *openapi.SchemaView, i int) string {
	switch {
	case s.Title != "":
		return s.Title
	case s.Ref != "":
		return s.Ref
	case typeWords(s) != "":
		return typeWords(s)
	}
	return p.T("api.alternative", "number", strconv.Itoa(i+1))
}

// securityName names a scheme as people know it.
func (p Page) securityName(s openapi.SchemeView) string {
	switch {
	case s.Type == "http" && s.Scheme == "bearer":
		return p.T("api.auth_bearer")
	case s.Type == "http" && s.Scheme == "basic":
		return p.T("api.auth_basic")
	case s.Type == "apiKey":
		return p.T("api.auth_key", "name", s.Param)
	case s.Type == "oauth2" || s.Type == "openIdConnect":
		return p.T("api.auth_oauth")
	}
	return s.Name
}

// maxTree is how many folders stand beside one another in the tree.
const maxTree = 200
