package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tessera/models/openapi"
)

// FolderKind says what a folder holds.
type FolderKind string

// Endpoints and schemas have trees of folders of their own.
const (
	EndpointFolder FolderKind = "endpoint"
	SchemaFolder   FolderKind = "schema"
)

// Folder groups endpoints or schemas of a project.
type Folder struct {
	ID        int64 `gorm:"primaryKey"`
	ProjectID int64
	Kind      FolderKind
	ParentID  *int64 // nil: at the root
	Name      string
	Position  int64
}

// Endpoint is one operation of a project's API description. Raw is its exact
// Operation Object; the other members repeat what lists and filters need of it.
type Endpoint struct {
	ID         int64 `gorm:"primaryKey"`
	ProjectID  int64
	FolderID   *int64
	Method     string // lower-case
	Path       string
	Name       string
	Status     string
	Maintainer string
	Tags       []string `gorm:"serializer:json"`
	Dialect    openapi.Dialect
	Raw        string
	Position   int64
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt  time.Time `gorm:"serializer:micros;autoUpdateTime:false"`
}

// Schema is a named Schema Object of a project.
type Schema struct {
	ID        int64 `gorm:"primaryKey"`
	ProjectID int64
	FolderID  *int64
	Name      string
	Dialect   openapi.Dialect
	Raw       string
	Position  int64
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt time.Time `gorm:"serializer:micros;autoUpdateTime:false"`
}

// Part is what a description has besides endpoints and schemas.
type Part struct {
	ProjectID int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind      string `gorm:"primaryKey"` // partRoot, partPath, partWebhook, or partComponent and the component's kind
	Name      string `gorm:"primaryKey"`
	Dialect   openapi.Dialect
	Raw       string
	Position  int64
}

const (
	partRoot      = "root"
	partPath      = "path"
	partWebhook   = "webhook"
	partComponent = "component:"
)

const schemasKind = "schemas"

// content is all of a project's description, as rows.
type content struct {
	folders   []Folder
	endpoints []Endpoint
	schemas   []Schema
	parts     []Part
	cases     []EndpointCase
}

// readContent reads a project's description in its order.
func (s *Store) readContent(ctx context.Context, projectID int64) (*content, error) {
	c := &content{}
	mine := func() *gorm.DB { return s.read(ctx).Where("project_id = ?", projectID) }
	for _, err := range []error{
		mine().Order("position, id").Find(&c.folders).Error,
		mine().Order("position, id").Find(&c.endpoints).Error,
		mine().Order("position, id").Find(&c.schemas).Error,
		mine().Order("kind, position, name").Find(&c.parts).Error,
		s.read(ctx).Where("endpoint_id IN (?)", mine().Model(&Endpoint{}).Select("id")).Order("id").Find(&c.cases).Error,
	} {
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// document makes the description of c that package openapi exports, and the
// endpoint ids of its operations, in step.
func (c *content) document(keep func(*Endpoint) bool) (*openapi.Document, []int64) {
	d := &openapi.Document{Dialect: openapi.V31}
	var ids []int64
	paths, cases := folderPaths(c.folders), casesOf(c.cases)
	for i := range c.endpoints {
		e := &c.endpoints[i]
		if keep != nil && !keep(e) {
			continue
		}
		o := e.operation(paths)
		o.Cases = cases[e.ID]
		d.Operations = append(d.Operations, o)
		ids = append(ids, e.ID)
	}
	for _, p := range c.parts {
		member := openapi.Member{Name: p.Name, Dialect: p.Dialect, Raw: openapi.Raw(p.Raw)}
		switch p.Kind {
		case partRoot:
			d.Root = append(d.Root, member)
		case partPath:
			d.Paths = append(d.Paths, openapi.PathItem{Path: p.Name, Dialect: p.Dialect, Raw: openapi.Raw(p.Raw)})
		case partWebhook:
			d.Webhooks = append(d.Webhooks, member)
		default:
			d.Components = append(d.Components, openapi.Component{
				Kind: p.Kind[len(partComponent):], Name: p.Name, Dialect: p.Dialect, Raw: openapi.Raw(p.Raw),
			})
		}
	}
	for _, x := range c.schemas {
		component := openapi.Component{Kind: schemasKind, Name: x.Name, Dialect: x.Dialect, Raw: openapi.Raw(x.Raw)}
		if x.FolderID != nil {
			component.Folder = paths[*x.FolderID]
		}
		d.Components = append(d.Components, component)
	}
	return d, ids
}

func (e *Endpoint) operation(paths map[int64][]string) openapi.Operation {
	o := openapi.Operation{
		Method: e.Method, Path: e.Path, Dialect: e.Dialect, Raw: openapi.Raw(e.Raw), Name: e.Name, Tags: e.Tags,
		Status: e.Status, Maintainer: e.Maintainer,
	}
	if e.FolderID != nil {
		o.Folder = paths[*e.FolderID]
	}
	return o
}

// Label names an endpoint in lists and events.
func (e *Endpoint) Label() string { return e.Method + " " + e.Path }

func equalPointers(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// folderPaths gives each folder's names from the root on.
func folderPaths(folders []Folder) map[int64][]string {
	byID := map[int64]*Folder{}
	for i := range folders {
		byID[folders[i].ID] = &folders[i]
	}
	out := map[int64][]string{}
	var path func(f *Folder, depth int) []string
	path = func(f *Folder, depth int) []string {
		if known, ok := out[f.ID]; ok || depth > maxFolderDepth {
			return known
		}
		var names []string
		if f.ParentID != nil && byID[*f.ParentID] != nil {
			names = slices.Clone(path(byID[*f.ParentID], depth+1))
		}
		out[f.ID] = append(names, f.Name)
		return out[f.ID]
	}
	for i := range folders {
		path(&folders[i], 0)
	}
	return out
}

// maxFolderDepth bounds how deep folders nest.
const maxFolderDepth = 32

// Audit events of a project's content.
const (
	AuditImported         = "project.imported"
	AuditExported         = "project.exported"
	AuditRevisionRestored = "project.revision_restored"
	AuditEndpointChanged  = "endpoint.changed"
	AuditEndpointDeleted  = "endpoint.deleted"
	AuditSchemaDeleted    = "schema.deleted"
)

func (s *Store) auditContent(ctx context.Context, actor Actor, kind string, p *MyProject, label string, changes AuditChanges) error {
	return s.audit(ctx, actor, AuditEvent{Kind: kind, UserID: &actor.User.ID, Subject: ProjectSubject(p.ID), Label: label, Changes: changes})
}

// lockContent keeps others from changing a project's description until the
// transaction ends.
func (s *Store) lockContent(ctx context.Context, projectID int64) error {
	return found(s.forUpdate(ctx).Select("id").Where("id = ?", projectID).Take(&Project{}).Error)
}

// deleteByID deletes rows by id in batches: databases bound how many parameters a statement has.
func deleteByID(db *gorm.DB, model any, ids []int64) error {
	for batch := range slices.Chunk(ids, rowsAtOnce) {
		if err := db.Where("id IN ?", batch).Delete(model).Error; err != nil {
			return err
		}
	}
	return nil
}
