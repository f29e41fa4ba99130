package models

import (
	"context"
	"slices"
	"strconv"

	"tessera/models/openapi"
)

// Scope chooses what an export holds.
type Scope struct {
	Endpoints    []int64  // these; nil: no choice by id
	Tags         []string // those with one of these tags
	Folders      []int64  // those in these folders or below
	Selected     bool     // only what one of the three lists names; else everything
	ExcludedTags []string // wins over all
}

// ExportOptions are the choices of an export.
type ExportOptions struct {
	Scope        Scope
	Format       openapi.ExportOptions
	Environments []int64                               // whose base URLs become servers
	RunURL       func(id int64) string                 // the address of an endpoint's page; nil: none is written
	Accept       func(omitted []openapi.Omission) bool // whether to export although this is lost; nil: yes
}

// Export writes a project's description and what the chosen version can't say; no
// document when o.Accept does not want it so. The caller has found p by
// Store.Project. Error: CodeInvalid for environments or folders that there are not.
func (s *Store) Export(ctx context.Context, actor Actor, p *MyProject, o ExportOptions) ([]byte, []openapi.Omission, error) {
	c, err := s.readContent(ctx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	keep, err := o.Scope.filter(c)
	if err != nil {
		return nil, nil, err
	}
	d, ids := c.document(keep)
	if o.RunURL != nil {
		for i, id := range ids {
			d.Operations[i].RunURL = o.RunURL(id)
		}
	}
	if len(d.Root) == 0 {
		d.Root = emptyRoot(&p.Project)
	}
	format := o.Format
	format.UsedOnly = o.Scope.Selected
	if format.Servers, err = s.servers(ctx, p, o.Environments); err != nil {
		return nil, nil, err
	}
	out, omitted, err := openapi.Export(d, format)
	if err != nil {
		return nil, nil, err
	}
	if o.Accept != nil && !o.Accept(omitted) {
		return nil, omitted, nil
	}
	return out, omitted, s.Tx(ctx, func(tx *Store) error {
		return tx.auditContent(ctx, actor, AuditExported, p, p.Name, AuditChanges{{Field: "version", New: string(format.Version)}})
	})
}

// emptyRoot is what a document needs when nothing was imported yet.
func emptyRoot(p *Project) []openapi.Member {
	info := openapi.SetMember(openapi.Raw("{}"), "title", openapi.Quote(p.Name))
	if p.Description != "" {
		info = openapi.SetMember(info, "description", openapi.Quote(p.Description))
	}
	info = openapi.SetMember(info, "version", openapi.Quote("1.0.0"))
	return []openapi.Member{{Name: "info", Dialect: openapi.V31, Raw: info}}
}

func (s *Store) servers(ctx context.Context, p *MyProject, ids []int64) ([]openapi.Server, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.Environments(ctx, &p.Project)
	if err != nil {
		return nil, err
	}
	var out []openapi.Server
	for _, id := range ids {
		i := slices.IndexFunc(all, func(e Environment) bool { return e.ID == id })
		if i < 0 {
			return nil, unknown("environmentIds", "environment_unknown", id)
		}
		out = append(out, openapi.Server{URL: all[i].BaseURL, Description: all[i].Name})
	}
	return out, nil
}

func unknown(field, code string, id int64) error {
	return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: field, Code: code, Params: map[string]any{"id": strconv.FormatInt(id, 10)}}}}
}

func tagged(e *Endpoint, tags []string) bool {
	return slices.ContainsFunc(e.Tags, func(t string) bool { return slices.Contains(tags, t) })
}

// filter returns which endpoints of c the scope holds; nil is all of them.
func (sc *Scope) filter(c *content) (func(*Endpoint) bool, error) {
	if !sc.Selected && len(sc.ExcludedTags) == 0 {
		return nil, nil
	}
	ids, folders := map[int64]bool{}, map[int64]bool{}
	for _, id := range sc.Endpoints {
		ids[id] = true
	}
	for _, id := range sc.Folders {
		if id == 0 { // the root: whatever there is, also outside of folders
			return func(e *Endpoint) bool { return !tagged(e, sc.ExcludedTags) }, nil
		}
		if !slices.ContainsFunc(c.folders, func(f Folder) bool { return f.ID == id && f.Kind == EndpointFolder }) {
			return nil, unknown("scope.selectedFolderIds", "folder_unknown", id)
		}
		folders[id] = true
	}
	for _, f := range c.folders { // parents come before their children
		if f.ParentID != nil && folders[*f.ParentID] {
			folders[f.ID] = true
		}
	}
	return func(e *Endpoint) bool {
		if tagged(e, sc.ExcludedTags) {
			return false
		}
		return !sc.Selected || ids[e.ID] || e.FolderID != nil && folders[*e.FolderID] || tagged(e, sc.Tags)
	}, nil
}
