package views

import (
	"slices"

	"github.com/a-h/templ"

	"tessera/models"
)

func apiStates() []State {
	return slices.Concat(apiOverviewStates(), apiEndpointStates(), apiSchemaStates())
}

func apiOverviewStates() []State {
	state := func(name string, meta func(Page) ProjectMeta, change func(*APIOverview)) State {
		return State{"APIOverviewPage", name, func(p Page) templ.Component {
			m := meta(p)
			o := APIOverview{Tree: galleryTree(), Description: "Book shipments, follow them, **print labels**.\n\n- One\n- Two"}
			o.Tree.Endpoints = galleryEndpoints()
			change(&o)
			p.Path = m.path("/api")
			return APIOverviewPage(p, m, o)
		}}
	}
	return []State{
		state("plain", galleryMeta, func(*APIOverview) {}),
		state("nothing yet", galleryMeta, func(o *APIOverview) { o.Tree.Outline = &models.Outline{} }),
		state("nothing yet, reader", readerMeta, func(o *APIOverview) { o.Tree.Outline = &models.Outline{} }),
		state("a folder", galleryMeta, func(o *APIOverview) { o.Listed, o.Tree.Folder, o.Tree.More = true, 1, true }),
		state("schemas", longMeta, func(o *APIOverview) {
			o.Listed, o.Tree.Folder, o.Tree.SchemasOpen, o.Tree.Schemas, o.Tree.MoreSchemas = true, -1, true, gallerySchemas(), true
		}),
		state("found", galleryMeta, func(o *APIOverview) {
			o.Tree.Search = &APISearch{Query: "ship", Endpoints: galleryEndpoints(), Schemas: gallerySchemas()[:1], More: true}
		}),
		state("nothing found", readerMeta, func(o *APIOverview) { o.Tree.Search = &APISearch{Query: "submarine <b>"} }),
	}
}

func apiEndpointStates() []State {
	state := func(name string, meta func(Page) ProjectMeta, change func(Page, *APIEndpoint)) State {
		return State{"APIEndpointPage", name, func(p Page) templ.Component {
			m := meta(p)
			view, ids := galleryView()
			e := APIEndpoint{Tree: galleryTree(), Endpoint: galleryEndpoints()[1], Operation: view.Operation(), SchemaIDs: ids}
			e.Tree.Folder, e.Tree.Endpoints, e.Tree.EndpointID = 1, galleryEndpoints(), 2
			e.Variables = []models.MyVariable{
				{Variable: models.Variable{Name: models.TokenVariable, Secret: true}}, {Variable: models.Variable{Name: "shipmentId", Shared: "shp_09"}},
			}
			change(p, &e)
			p.Path = m.endpointPath(2, "")
			return APIEndpointPage(p, m, e)
		}}
	}
	edit := func(e *APIEndpoint, errors ...models.FieldError) {
		f := NewEndpointForm(&e.Endpoint, e.Operation)
		f.Errors = errors
		e.Edit = &f
	}
	return []State{
		state("plain", galleryMeta, func(p Page, e *APIEndpoint) { e.Console = Console(p, galleryRequest(p)) }),
		state("reader, long names", readerMeta, func(_ Page, e *APIEndpoint) {
			e.Endpoint = galleryEndpoints()[2]
			e.Tree.EndpointID = 3
		}),
		state("edit", galleryMeta, func(_ Page, e *APIEndpoint) { edit(e) }),
		state("edit refused", longMeta, func(_ Page, e *APIEndpoint) {
			edit(e, models.FieldError{Field: "name", Code: "name_required"}, models.FieldError{Field: "tags", Code: "tag_invalid"},
				models.FieldError{Field: "folder", Code: "folder_unknown"}, models.FieldError{Field: "status", Code: "status_unknown"})
		}),
		{"APIDeletePage", "operation", func(p Page) templ.Component {
			return APIDeletePage(p, galleryMeta(p), APIDelete{Tree: galleryTree(), Endpoint: &galleryEndpoints()[1]})
		}},
		{"APIDeletePage", "schema", func(p Page) templ.Component {
			return APIDeletePage(p, galleryMeta(p), APIDelete{Tree: galleryTree(), Schema: &gallerySchemas()[3]})
		}},
	}
}

func apiSchemaStates() []State {
	state := func(name string, meta func(Page) ProjectMeta, schema int) State {
		return State{"APISchemaPage", name, func(p Page) templ.Component {
			m := meta(p)
			view, ids := galleryView()
			s := APISchema{Tree: galleryTree(), Schema: gallerySchemas()[schema], SchemaIDs: ids}
			s.View = view.Schema(s.Schema.Name)
			s.Tree.Folder, s.Tree.SchemasOpen, s.Tree.Schemas, s.Tree.SchemaID = -1, true, gallerySchemas(), s.Schema.ID
			p.Path = m.schemaPath(s.Schema.ID)
			return APISchemaPage(p, m, s)
		}}
	}
	return []State{state("plain", galleryMeta, 0), state("combined", readerMeta, 1), state("gone, long name", longMeta, 3)}
}
