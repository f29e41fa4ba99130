package models

import (
	"context"
	"errors"
	"maps"
	"slices"

	"tessera/models/openapi"
)

// Excerpt is what a page about one endpoint or schema needs of a description: the
// thing itself and what it refers to, so far as a page shows it.
type Excerpt struct {
	Document  *openapi.Document
	SchemaIDs map[string]int64 // of all schemas that are referred to, by name
}

// Bounds of an excerpt. What is beyond them is shown as a link.
const (
	excerptDepth = 4 // references of references; pages open fewer schemas within one another
	excerptParts = 80
	excerptBytes = 256 << 10
)

// EndpointExcerpt gathers what the page of an endpoint shows. root is what
// RootMembers returns.
func (s *Store) EndpointExcerpt(ctx context.Context, p *Project, root []openapi.Member, e *Endpoint) (*Excerpt, error) {
	x := &excerpt{Excerpt: newExcerpt(), store: s, ctx: ctx, project: p}
	d := x.Document
	d.Operations = []openapi.Operation{{Method: e.Method, Path: e.Path, Dialect: e.Dialect, Raw: openapi.Raw(e.Raw), Name: e.Name, Tags: e.Tags}}
	var refs []openapi.Reference // those of the request first: its form needs them
	item, err := s.PathItem(ctx, p, e.Path)
	if err == nil {
		d.Paths = []openapi.PathItem{*item}
		refs = openapi.References(item.Raw)
	} else if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	refs = append(refs, openapi.References(d.Operations[0].Raw)...)
	for _, m := range root {
		switch m.Name {
		case "security":
			refs = append(refs, openapi.SecuritySchemes(m.Raw)...)
		case "consumes", "produces":
		default:
			continue
		}
		d.Root = append(d.Root, m)
	}
	return &x.Excerpt, x.follow(refs)
}

// SchemaExcerpt gathers what the page of a schema shows.
func (s *Store) SchemaExcerpt(ctx context.Context, p *Project, schema *Schema) (*Excerpt, error) {
	x := &excerpt{Excerpt: newExcerpt(), store: s, ctx: ctx, project: p}
	return &x.Excerpt, x.follow([]openapi.Reference{{Kind: schemasKind, Name: schema.Name}})
}

func newExcerpt() Excerpt {
	return Excerpt{Document: &openapi.Document{Dialect: openapi.V31}, SchemaIDs: map[string]int64{}}
}

type excerpt struct {
	Excerpt
	store   *Store
	ctx     context.Context
	project *Project
	bytes   int
}

// follow reads the components that are referred to, then those that they refer to.
func (x *excerpt) follow(refs []openapi.Reference) error {
	seen := map[openapi.Reference]bool{}
	for depth := 0; len(refs) > 0; depth++ {
		byKind := map[string][]string{}
		for _, r := range refs {
			if !seen[r] {
				seen[r] = true
				byKind[r.Kind] = append(byKind[r.Kind], r.Name)
			}
		}
		refs = nil
		kinds := slices.Sorted(maps.Keys(byKind))
		if i := slices.Index(kinds, schemasKind); i >= 0 { // they are many: they come last
			kinds = append(slices.Delete(kinds, i, i+1), schemasKind)
		}
		for _, kind := range kinds {
			names := byKind[kind]
			if kind == schemasKind {
				if err := x.schemaIDs(names); err != nil {
					return err
				}
			}
			if depth > excerptDepth || x.full() {
				continue
			}
			names = names[:min(len(names), excerptParts-len(x.Document.Components))]
			components, err := x.store.Components(x.ctx, x.project, kind, names)
			if err != nil {
				return err
			}
			for _, c := range components {
				if x.full() {
					break
				}
				x.bytes += len(c.Raw)
				x.Document.Components = append(x.Document.Components, c)
				refs = append(refs, openapi.References(c.Raw)...)
			}
		}
	}
	return nil
}

func (x *excerpt) full() bool {
	return x.bytes > excerptBytes || len(x.Document.Components) >= excerptParts
}

func (x *excerpt) schemaIDs(names []string) error {
	for batch := range slices.Chunk(names, rowsAtOnce) {
		var rows []Schema
		err := x.store.read(x.ctx).Select("id", "name").Where("project_id = ? AND name IN ?", x.project.ID, batch).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			x.SchemaIDs[r.Name] = r.ID
		}
	}
	return nil
}
