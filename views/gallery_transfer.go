package views

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"tessera/models"
)

func transferStates() []State { return slices.Concat(importStates(), draftStates(), exportStates()) }

func galleryFolders() []models.Folder {
	parent := int64(1)
	return []models.Folder{{ID: 1, Name: "Shipments"}, {ID: 2, Name: longWords, ParentID: &parent}}
}

func importStates() []State {
	state := func(name string, change func(*ImportForm)) State {
		return State{"ImportPage", name, func(p Page) templ.Component {
			f := ImportForm{Source: "file", Limit: "64 MiB", EndpointFolders: galleryFolders(), SchemaFolders: galleryFolders()}
			change(&f)
			m := galleryMeta(p)
			p.Path = m.path("/import")
			return ImportPage(p, m, f)
		}}
	}
	refused := func(field, code string, params map[string]any) Errors {
		return Errors{{Field: field, Code: code, Params: params}}
	}
	return []State{
		state("plain", func(*ImportForm) {}),
		state("no file", func(f *ImportForm) { f.Errors = refused("file", "document_missing_file", nil) }),
		state("too large", func(f *ImportForm) {
			f.Errors = refused("file", "document_too_large", map[string]any{"limit": "64 MiB"})
		}),
		state("no text", func(f *ImportForm) { f.Source, f.Errors = "text", refused("text", "document_missing_text", nil) }),
		state("wrong text", func(f *ImportForm) {
			f.Source, f.Text, f.Place = "text", "openapi: 3.1.0\npaths: [", "Line 2, /paths."
			f.Errors = append(refused("text", "document_empty", nil), models.FieldError{Field: "schemaOverwriteBehavior", Code: "import_behavior"})
		}),
		state("no answer", func(f *ImportForm) {
			f.Source, f.URL, f.Errors = "url", "https://harbor.example/openapi.json", refused("url", "url_failed", nil)
		}),
	}
}

func draftStates() []State {
	state := func(name string, change func(*ImportDraft)) State {
		return State{"ImportDraftPage", name, func(p Page) templ.Component {
			d := ImportDraft{Draft: models.ImportDraft{ID: "7X2KQ", Name: "Shipments 2.yaml", Result: models.ImportResult{Counters: models.NewCounters()}}}
			change(&d)
			m := galleryMeta(p)
			p.Path = m.path("/import/7X2KQ")
			return ImportDraftPage(p, m, d)
		}}
	}
	full := func(d *ImportDraft) {
		c := d.Draft.Result.Counters
		c["endpointCreated"], c["endpointUpdated"], c["endpointDeleted"], c["endpointFailed"], c["schemaIgnored"] = 2, 1, 1, 1, 12
		d.Draft.Result.Changes = []models.ImportChange{
			{Kind: "endpoint", Action: "created", Name: "get /shipments", ID: 1}, {Kind: "endpointFolder", Action: "created", Name: longWords},
			{Kind: "schema", Action: "updated", Name: "Shipment", ID: 2}, {Kind: "endpoint", Action: "deleted", Name: "get /old", ID: 3},
		}
		d.Failed = []string{"The parameters are no list. Line 12, /paths/~1a/get/parameters."}
		d.Warnings = []string{"The reference " + longWords + " leads nowhere; it was kept.", "Another."}
	}
	return []State{
		state("preview", full),
		state("nothing to do", func(*ImportDraft) {}),
		state("done", func(d *ImportDraft) { full(d); d.Draft.Done = true }),
	}
}

func exportStates() []State {
	state := func(name string, meta func(Page) ProjectMeta, change func(*ExportForm)) State {
		return State{"ExportPage", name, func(p Page) templ.Component {
			f := ExportForm{Version: "3.1", Format: "JSON", Scope: "ALL", Folders: galleryFolders(), AllTags: []string{"Shipments", longWords}}
			f.Found = []models.Endpoint{
				{ID: 1, Method: "get", Path: "/shipments", Name: "List shipments"}, {ID: 2, Method: "delete", Path: "/shipments/{shipmentId}", Name: longWords},
			}
			change(&f)
			m := meta(p)
			p.Path = m.path("/export")
			return ExportPage(p, m, f)
		}}
	}
	return []State{
		state("plain", galleryMeta, func(*ExportForm) {}),
		state("folders refused", longMeta, func(f *ExportForm) {
			f.Scope, f.Errors = "SELECTED_FOLDERS", Errors{{Field: "folders", Code: "export_folders_missing"}}
		}),
		state("tags refused", readerMeta, func(f *ExportForm) {
			f.Scope, f.AllTags, f.Errors = "SELECTED_TAGS", nil, Errors{{Field: "tags", Code: "export_tags_missing"}}
		}),
		state("many tags", galleryMeta, func(f *ExportForm) {
			f.Scope, f.Tags, f.ExcludedTags = "SELECTED_TAGS", []string{"Tag 2"}, []string{"Tag 3"}
			for i := range 2 * searchedFrom {
				f.AllTags = append(f.AllTags, "Tag "+strconv.Itoa(i))
			}
		}),
		state("operations", galleryMeta, func(f *ExportForm) {
			f.Scope, f.SelectedEndpoints, f.Chosen, f.Search, f.More = "SELECTED_ENDPOINTS", []string{"2"}, f.Found[1:], "ship", true
		}),
		state("operations refused", galleryMeta, func(f *ExportForm) {
			f.Scope, f.Found, f.Search = "SELECTED_ENDPOINTS", nil, "nothing"
			f.Errors = Errors{
				{Field: "endpoints", Code: "export_endpoints_many", Params: map[string]any{"max": 500}},
				{Field: "environments", Code: "environment_unknown", Params: map[string]any{"id": "9"}},
			}
		}),
		state("no operations", galleryMeta, func(f *ExportForm) {
			f.Scope, f.Errors = "SELECTED_ENDPOINTS", Errors{{Field: "endpoints", Code: "export_endpoints_missing"}}
		}),
		state("losses", galleryMeta, func(f *ExportForm) {
			f.Version = "2.0"
			f.Losses = []ExportLoss{
				{Name: "callbacks", Count: 1, At: []string{"/paths/~1shipments/post/callbacks"}},
				{Name: longWords, Count: 30, At: []string{"/components/schemas/" + longWords}},
			}
		}),
	}
}
