package views

import (
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

// folderCrumbs lead to the folders around an endpoint. The heading below names the endpoint itself.
func (t APITree) folderCrumbs(p Page, m ProjectMeta, folder *int64) []Crumb {
	crumbs := []Crumb{{p.T("project.nav_api"), m.path("/api")}}
	if folder != nil {
		for _, f := range t.around(*folder) {
			crumbs = append(crumbs, Crumb{f.Name, m.folderURL(f.ID)})
		}
	}
	return crumbs
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

// maxTree is how many folders stand beside one another in the tree.
const maxTree = 200
