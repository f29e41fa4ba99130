package views

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"tessera/models"
	"tessera/models/openapi"

	"github.com/a-h/templ"
)

// ExportForm is what to export and how.
type ExportForm struct {
	Version, Format, Scope        string
	Tags, ExcludedTags            []string
	SelectedFolders, Environments []string // ids
	SelectedEndpoints             []string // ids
	Extensions, FoldersToTags     bool
	Folders                       []models.Folder
	AllTags                       []string
	Search                        string            // among the operations
	Finding                       bool              // the search has just been made
	Chosen, Found                 []models.Endpoint // the selected operations, and what the search found
	More                          bool              // the search found others too
	Losses                        []ExportLoss      // what the version can't say; not empty: the reader is asked first
	Errors                        Errors
}

// ExportLoss is one kind of thing that an exported version can't say.
type ExportLoss struct {
	Name  string // of the member, as it is written in the description
	Count int
	At    []string // the first places, as JSON pointers
}

const maxLossPlaces = 20 // of one kind

// Losses sorts what an export leaves out by its kind.
func Losses(omitted []openapi.Omission) []ExportLoss {
	var out []ExportLoss
	index := map[string]int{}
	for _, o := range omitted {
		i, known := index[o.Reason]
		if !known {
			i = len(out)
			index[o.Reason] = i
			out = append(out, ExportLoss{Name: o.Reason})
		}
		out[i].Count++
		if len(out[i].At) < maxLossPlaces {
			out[i].At = append(out[i].At, o.Pointer)
		}
	}
	return out
}

func (f ExportForm) lost() int {
	n := 0
	for _, l := range f.Losses {
		n += l.Count
	}
	return n
}

// exportVersions are the versions by the names that people know.
var exportVersions = []Option{{Value: "3.1", Text: "OpenAPI 3.1"}, {Value: "3.0", Text: "OpenAPI 3.0"}, {Value: "2.0", Text: "Swagger 2.0"}}

func (f ExportForm) versionName() string {
	for _, v := range exportVersions {
		if v.Value == f.Version {
			return v.Text
		}
	}
	return f.Version
}

// others are the operations that were found and are not selected already.
func (f ExportForm) others() []models.Endpoint {
	var out []models.Endpoint
	for _, e := range f.Found {
		if !slices.Contains(f.SelectedEndpoints, idText(e.ID)) {
			out = append(out, e)
		}
	}
	return out
}

// body is the same export as the API takes it.
func (f ExportForm) body() string {
	type scope struct {
		Type      string   `json:"type"`
		Endpoints []string `json:"selectedEndpointIds,omitempty"`
		Tags      []string `json:"selectedTags,omitempty"`
		Folders   []string `json:"selectedFolderIds,omitempty"`
		Excluded  []string `json:"excludedByTags,omitempty"`
	}
	type options struct {
		Extensions bool `json:"includeApidogExtensionProperties"`
		Folders    bool `json:"addFoldersToTags"`
	}
	s := scope{Type: f.Scope, Excluded: f.ExcludedTags}
	switch f.Scope {
	case "SELECTED_ENDPOINTS":
		s.Endpoints = f.SelectedEndpoints
	case "SELECTED_TAGS":
		s.Tags = f.Tags
	case "SELECTED_FOLDERS":
		s.Folders = f.SelectedFolders
	}
	out, err := json.MarshalIndent(struct {
		Scope        scope    `json:"scope"`
		Options      options  `json:"options"`
		Version      string   `json:"oasVersion"`
		Format       string   `json:"exportFormat"`
		Environments []string `json:"environmentIds,omitempty"`
	}{s, options{f.Extensions, f.FoldersToTags}, f.Version, f.Format, f.Environments}, "", "  ")
	if err != nil {
		return "{}" // texts can be encoded
	}
	return string(out)
}

// curl is the export as a line to run.
func (f ExportForm) curl(p Page, m ProjectMeta) string {
	ending := "json"
	if f.Format == "YAML" {
		ending = "yaml"
	}
	return `curl -X POST "` + p.BaseURL + "/v1" + m.path("/export-openapi") + `" \
  -H "Authorization: Bearer $` + secretVariable + `" \
  -H "X-Apidog-Api-Version: 2024-03-28" \
  -H "Content-Type: application/json" \
  -o openapi.` + ending + ` \
  --data '` + strings.ReplaceAll(f.body(), "'", `'\''`) + `'`
}

func (p Page) scopes() []Option {
	return []Option{
		{Value: "ALL", Text: p.T("export.scope_all")}, {Value: "SELECTED_TAGS", Text: p.T("export.scope_tags")},
		{Value: "SELECTED_FOLDERS", Text: p.T("export.scope_folders")}, {Value: "SELECTED_ENDPOINTS", Text: p.T("export.scope_endpoints")},
	}
}

func (m ProjectMeta) environmentOptions() []Option {
	var out []Option
	for _, e := range m.Environments {
		out = append(out, Option{Value: strconv.FormatInt(e.ID, 10), Text: e.Name})
	}
	return out
}

// Bounds of lists to choose from.
const (
	searchedFrom = 12  // entries, from which on a list can be searched
	maxChoices   = 500 // entries of a list
)

// liveExport lets htmx post the form for one part of the page: what do asks for.
func liveExport(m ProjectMeta, do, part, trigger string) templ.Attributes {
	return templ.Attributes{
		"data-hx-post": m.path("/export"), "data-hx-vals": `{"do":"` + do + `"}`, "data-hx-trigger": trigger,
		"data-hx-target": "#" + part, "data-hx-select": "#" + part, "data-hx-swap": "outerHTML show:none", "data-hx-sync": "this:replace",
	}
}

// emptyHint says why there is nothing to choose.
func emptyHint(n int, hint string) string {
	if n == 0 {
		return hint
	}
	return ""
}
