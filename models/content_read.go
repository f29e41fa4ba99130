package models

import (
	"context"
	"database/sql"
	"slices"

	"tessera/models/openapi"
)

// Endpoints lists a project's endpoints in order, without their exact texts.
func (s *Store) Endpoints(ctx context.Context, p *Project) ([]Endpoint, error) {
	var out []Endpoint
	return out, s.read(ctx).Omit("raw").Where("project_id = ?", p.ID).Order("position, id").Find(&out).Error
}

// Schemas lists a project's schemas in order, without their exact texts.
func (s *Store) Schemas(ctx context.Context, p *Project) ([]Schema, error) {
	var out []Schema
	return out, s.read(ctx).Omit("raw").Where("project_id = ?", p.ID).Order("position, id").Find(&out).Error
}

// Folders lists a project's folders of one kind in order.
func (s *Store) Folders(ctx context.Context, p *Project, kind FolderKind) ([]Folder, error) {
	var out []Folder
	return out, s.read(ctx).Where("project_id = ? AND kind = ?", p.ID, kind).Order("position, id").Find(&out).Error
}

// Endpoint returns one endpoint of a project. Error: ErrNotFound.
func (s *Store) Endpoint(ctx context.Context, p *Project, id int64) (*Endpoint, error) {
	var e Endpoint
	return &e, found(s.read(ctx).Where("id = ? AND project_id = ?", id, p.ID).Take(&e).Error)
}

// Schema returns one schema of a project. Error: ErrNotFound.
func (s *Store) Schema(ctx context.Context, p *Project, id int64) (*Schema, error) {
	var x Schema
	return &x, found(s.read(ctx).Where("id = ? AND project_id = ?", id, p.ID).Take(&x).Error)
}

// Cases lists the cases of an endpoint in order.
func (s *Store) Cases(ctx context.Context, e *Endpoint) ([]openapi.Case, error) {
	var rows []EndpointCase
	err := s.read(ctx).Where("endpoint_id = ?", e.ID).Order("id").Find(&rows).Error
	return casesOf(rows)[e.ID], err
}

// ContentSize is the length of a description's exact texts together, in bytes.
func (s *Store) ContentSize(ctx context.Context, p *Project) (size int64, err error) {
	err = s.read(ctx).Raw(`SELECT (SELECT COALESCE(SUM(OCTET_LENGTH(raw)), 0) FROM endpoints WHERE project_id = @id)
		+ (SELECT COALESCE(SUM(OCTET_LENGTH(raw)), 0) FROM schemas WHERE project_id = @id)
		+ (SELECT COALESCE(SUM(OCTET_LENGTH(raw)), 0) FROM parts WHERE project_id = @id)`, sql.Named("id", p.ID)).Scan(&size).Error
	return size, err
}

// Components returns the named components of one kind, with their texts, of
// those names that exist: what a page needs to follow references.
func (s *Store) Components(ctx context.Context, p *Project, kind string, names []string) ([]openapi.Component, error) {
	var out []openapi.Component
	for batch := range slices.Chunk(names, rowsAtOnce) {
		db := s.read(ctx).Where("project_id = ? AND name IN ?", p.ID, batch)
		if kind == schemasKind {
			db = db.Model(&Schema{})
		} else {
			db = db.Model(&Part{}).Where("kind = ?", partComponent+kind)
		}
		var rows []Part // of schemas, what they have in common with parts
		if err := db.Select("name", "dialect", "raw").Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			out = append(out, openapi.Component{Kind: kind, Name: r.Name, Dialect: r.Dialect, Raw: openapi.Raw(r.Raw)})
		}
	}
	return out, nil
}

// PathItem returns what applies to all operations of a path. Error: ErrNotFound.
func (s *Store) PathItem(ctx context.Context, p *Project, path string) (*openapi.PathItem, error) {
	var row Part
	err := s.read(ctx).Where("project_id = ? AND kind = ? AND name = ?", p.ID, partPath, path).Take(&row).Error
	return &openapi.PathItem{Path: row.Name, Dialect: row.Dialect, Raw: openapi.Raw(row.Raw)}, found(err)
}

// RootMembers returns the members of the description's root, in order.
func (s *Store) RootMembers(ctx context.Context, p *Project) ([]openapi.Member, error) {
	var rows []Part
	err := s.read(ctx).Where("project_id = ? AND kind = ?", p.ID, partRoot).Order("position").Find(&rows).Error
	var out []openapi.Member
	for _, r := range rows {
		out = append(out, openapi.Member{Name: r.Name, Dialect: r.Dialect, Raw: openapi.Raw(r.Raw)})
	}
	return out, err
}
