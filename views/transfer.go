package views

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"tessera/models"
)

// ImportForm is the choice of a document and how to import it. Its fields have the
// names of the API's options.
type ImportForm struct {
	Source                         string // "file", "text" or "url"
	Text, URL, User, Password      string
	Endpoints, Schemas, Cases      string // behaviours
	EndpointFolder, SchemaFolder   string // ids
	MoveFolders, PrependBasePath   bool
	DeleteUnmatched, Servers       bool
	EndpointFolders, SchemaFolders []models.Folder
	Limit                          string // of a document
	Place                          string // where the document is wrong
	Errors                         Errors
}

// SourceField is the control that the document came from.
func (f *ImportForm) SourceField() string {
	if f.Source == "text" || f.Source == "url" {
		return f.Source
	}
	return "file"
}

var importBehaviors = []models.Behavior{models.OverwriteExisting, models.AutoMerge, models.KeepExisting, models.CreateNew}

// Options are the choices as the model takes them; what can't be used is added to wrong.
func (f *ImportForm) Options(wrong *models.Invalid) models.ImportOptions {
	behavior := func(field, value string) models.Behavior {
		if value == "" {
			return models.OverwriteExisting
		}
		if !slices.Contains(importBehaviors, models.Behavior(value)) {
			wrong.Add(field, "import_behavior")
		}
		return models.Behavior(value)
	}
	folder := func(field, value string) int64 {
		id, err := strconv.ParseInt(value, 10, 64)
		if value != "" && (err != nil || id < 0) {
			wrong.Add(field, "folder_unknown")
		}
		return id
	}
	return models.ImportOptions{
		Endpoints:             behavior("endpointOverwriteBehavior", f.Endpoints),
		Schemas:               behavior("schemaOverwriteBehavior", f.Schemas),
		Cases:                 behavior("endpointCaseOverwriteBehavior", f.Cases),
		EndpointFolder:        folder("targetEndpointFolderId", f.EndpointFolder),
		SchemaFolder:          folder("targetSchemaFolderId", f.SchemaFolder),
		MoveFolders:           f.MoveFolders,
		PrependBasePath:       f.PrependBasePath,
		DeleteEndpoints:       f.DeleteUnmatched,
		DeleteSchemas:         f.DeleteUnmatched,
		ServersAsEnvironments: f.Servers,
	}
}

func (p Page) behaviorOptions() []Option {
	var out []Option
	for _, b := range importBehaviors {
		out = append(out, Option{Value: string(b), Text: p.T("import.behavior_" + strings.ToLower(string(b)))})
	}
	return out
}

func (p Page) folderChoices(folders []models.Folder) []Option {
	tree := APITree{Outline: &models.Outline{}}
	for _, f := range folders {
		tree.Outline.Folders = append(tree.Outline.Folders, models.OutlineFolder{Folder: f})
	}
	options := tree.folderOptions(p)
	options[0].Text = p.T("import.root")
	return options
}

// ImportDraft is a preview, or what an import did.
type ImportDraft struct {
	Draft            models.ImportDraft
	Failed, Warnings []string // one sentence each
}

// importRow is a line of the table of counters.
type importRow struct {
	kind                                       string
	created, updated, deleted, ignored, failed int
}

var importKinds = []string{"endpoint", "schema", "endpointFolder", "schemaFolder", "environment", "securityScheme", "endpointCase"}

func (d ImportDraft) rows() []importRow {
	c := d.Draft.Result.Counters
	var out []importRow
	for i, kind := range importKinds {
		r := importRow{kind, c[kind+"Created"], c[kind+"Updated"], c[kind+"Deleted"], c[kind+"Ignored"], c[kind+"Failed"]}
		if i < 2 || r.created+r.updated+r.deleted+r.ignored+r.failed > 0 {
			out = append(out, r)
		}
	}
	return out
}

// changes reports whether the import does anything.
func (d ImportDraft) changes() bool {
	for _, r := range d.rows() {
		if r.created+r.updated+r.deleted > 0 {
			return true
		}
	}
	return false
}

func (p Page) importKind(kind string) string { return p.T("import.kind_" + strings.ToLower(kind)) }

// importGroup are the changes of one kind of action.
type importGroup struct {
	title   string
	changes []models.ImportChange
}

// groups lists what is created, updated and deleted; what stays is only counted.
func (d ImportDraft) groups(p Page) []importGroup {
	var out []importGroup
	for _, action := range []string{"created", "updated", "deleted"} {
		g := importGroup{}
		for _, c := range d.Draft.Result.Changes {
			if c.Action == action {
				g.changes = append(g.changes, c)
			}
		}
		if len(g.changes) > 0 {
			key := "import.will_be_" + action
			if d.Draft.Done {
				key = "import.was_" + action
			}
			g.title = p.T(key, "n", len(g.changes))
			out = append(out, g)
		}
	}
	return out
}

// maxImportListed is how many changes or issues stand in one list.
const maxImportListed = 300

// changeURL is the page of what was changed, if it has one.
func (m ProjectMeta) changeURL(c models.ImportChange) string {
	switch {
	case c.ID == 0 || c.Action == "deleted":
	case c.Kind == "endpoint":
		return m.endpointPath(c.ID, "")
	case c.Kind == "schema":
		return m.schemaPath(c.ID)
	}
	return ""
}

// ExportForm is what to export and how.
type ExportForm struct {
	Version, Format, Scope        string
	Tags, ExcludedTags, Endpoints string   // separated by commas
	SelectedFolders, Environments []string // ids
	Extensions, FoldersToTags     bool
	Folders                       []models.Folder
	AllTags                       []string
	Errors                        Errors
}

// tagHint names the tags that there are, so far as they fit a line.
func (f ExportForm) tagHint(p Page) string {
	if len(f.AllTags) == 0 {
		return p.T("export.no_tags")
	}
	shown := f.AllTags[:min(len(f.AllTags), 30)]
	hint := p.T("export.tags_hint", "tags", strings.Join(shown, ", "))
	if len(shown) < len(f.AllTags) {
		hint += " …"
	}
	return hint
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
	s := scope{Type: f.Scope, Excluded: list(f.ExcludedTags)}
	switch f.Scope {
	case "SELECTED_ENDPOINTS":
		s.Endpoints = list(f.Endpoints)
	case "SELECTED_TAGS":
		s.Tags = list(f.Tags)
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

func list(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
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

func fileInput(p Page, f ImportForm) Input {
	return Input{Name: "file", Label: p.T("import.file_label"), Hint: p.T("import.file_hint", "limit", f.Limit), Errors: f.Errors}
}

func textInput(p Page, f ImportForm) Input {
	return Input{Name: "text", Label: p.T("import.text_label"), Hint: p.T("import.text_hint"), Errors: f.Errors}
}

func (d ImportDraft) title(p Page) string {
	if d.Draft.Done {
		return p.T("import.result_title")
	}
	return p.T("import.preview_title")
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
