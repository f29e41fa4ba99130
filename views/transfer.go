package views

import (
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

// importGroup are the changes of one kind of action, of which the first are listed.
type importGroup struct {
	title   string
	total   int
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
		for _, kind := range importKinds {
			g.total += d.Draft.Result.Counters[kind+strings.ToUpper(action[:1])+action[1:]]
		}
		if len(g.changes) > 0 {
			g.total = max(g.total, len(g.changes))
			g.changes = g.changes[:min(len(g.changes), maxImportListed)]
			key := "import.will_be_" + action
			if d.Draft.Done {
				key = "import.was_" + action
			}
			g.title = p.T(key, "n", g.total)
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

func (d ImportDraft) countsTitle(p Page) string {
	if d.Draft.Done {
		return p.T("import.counted")
	}
	return p.T("import.counts")
}
