package models

import (
	"bytes"
	"context"
	"encoding/json"
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
}

// readContent reads a project's description in its order. Without raw the exact
// texts are left out, which are most of it.
func (s *Store) readContent(ctx context.Context, projectID int64, raw bool) (*content, error) {
	c := &content{}
	find := func(order string, omit bool, out any) error {
		db := s.read(ctx).Where("project_id = ?", projectID).Order(order)
		if omit {
			db = db.Omit("raw")
		}
		return db.Find(out).Error
	}
	for _, err := range []error{
		find("position, id", false, &c.folders),
		find("position, id", !raw, &c.endpoints),
		find("position, id", !raw, &c.schemas),
		find("kind, position, name", !raw, &c.parts),
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
	paths := folderPaths(c.folders)
	for i := range c.endpoints {
		e := &c.endpoints[i]
		if keep != nil && !keep(e) {
			continue
		}
		d.Operations = append(d.Operations, e.operation(paths))
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

// Components returns the named components of one kind, with their texts, of
// those names that exist: what a page needs to follow references.
func (s *Store) Components(ctx context.Context, p *Project, kind string, names []string) ([]openapi.Component, error) {
	var out []openapi.Component
	for batch := range slices.Chunk(names, 500) {
		if kind == schemasKind {
			var rows []Schema
			if err := s.read(ctx).Where("project_id = ? AND name IN ?", p.ID, batch).Find(&rows).Error; err != nil {
				return nil, err
			}
			for _, r := range rows {
				out = append(out, openapi.Component{Kind: kind, Name: r.Name, Dialect: r.Dialect, Raw: openapi.Raw(r.Raw)})
			}
			continue
		}
		var rows []Part
		if err := s.read(ctx).Where("project_id = ? AND kind = ? AND name IN ?", p.ID, partComponent+kind, batch).Find(&rows).Error; err != nil {
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

// EndpointChange holds what to edit in place; nil leaves a member as it is.
type EndpointChange struct {
	Name, Description, Status *string
	FolderID                  *int64 // 0: the root
	Tags                      *[]string
}

// EditEndpoint changes an endpoint in place; only the edited members of its text
// change. Errors: as Project; CodeInvalid.
func (s *Store) EditEndpoint(ctx context.Context, actor Actor, projectID, id int64, change EndpointChange) (*Endpoint, error) {
	var e *Endpoint
	err := s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, EditContent)
		if err != nil {
			return err
		}
		if e, err = tx.Endpoint(ctx, &p.Project, id); err != nil {
			return err
		}
		old := *e
		var v Invalid
		if err := tx.applyEdit(ctx, &v, p, e, change); err != nil {
			return err
		}
		if err := v.Err(); err != nil {
			return err
		}
		changes := old.differences(e)
		if len(changes) == 0 {
			return nil
		}
		e.UpdatedAt = tx.Now()
		err = tx.write(ctx).Select("name", "status", "folder_id", "tags", "raw", "updated_at").Updates(e).Error
		if err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, AuditEndpointChanged, p, e.Label(), changes)
	})
	return e, err
}

// maxText bounds names and tags that people edit.
const maxText = 500

func (s *Store) applyEdit(ctx context.Context, v *Invalid, p *MyProject, e *Endpoint, change EndpointChange) error {
	raw := openapi.Raw(e.Raw)
	text := func(field string, value *string, most int) {
		if len(*value) > most {
			v.Add(field, field+"_too_long", "max", most)
		}
		if !storable(*value) {
			v.Add(field, "text_unusable")
		}
		raw = openapi.SetMember(raw, field, mustJSON(*value))
	}
	if change.Name != nil {
		if *change.Name == "" {
			v.Add("name", "name_required")
		}
		e.Name = *change.Name
		if len(e.Name) > maxText {
			v.Add("name", "name_too_long", "max", maxText)
		}
		if !storable(e.Name) {
			v.Add("name", "text_unusable")
		}
		raw = openapi.SetMember(raw, "summary", mustJSON(e.Name))
	}
	if change.Description != nil {
		text("description", change.Description, 100_000)
	}
	if change.Tags != nil {
		e.Tags = slices.Clone(*change.Tags)
		for _, tag := range e.Tags {
			if tag == "" || len(tag) > maxText || !storable(tag) {
				v.Add("tags", "tag_invalid")
			}
		}
		if len(e.Tags) == 0 {
			raw = openapi.SetMember(raw, "tags", nil)
		} else {
			raw = openapi.SetMember(raw, "tags", mustJSON(e.Tags))
		}
	}
	if change.Status != nil {
		if *change.Status != "" && !slices.Contains(openapi.Statuses, *change.Status) {
			v.Add("status", "status_unknown")
		}
		e.Status = *change.Status
	}
	if change.FolderID != nil {
		e.FolderID = nil
		if *change.FolderID != 0 {
			var f Folder
			err := s.read(ctx).Where("id = ? AND project_id = ? AND kind = ?", *change.FolderID, p.ID, EndpointFolder).Take(&f).Error
			if found(err) == ErrNotFound {
				v.Add("folder", "folder_unknown")
			} else if err != nil {
				return err
			}
			e.FolderID = &f.ID
		}
	}
	e.Raw = string(raw)
	return nil
}

// mustJSON encodes texts and lists of texts, which always can be. <, > and & stay
// as people wrote them.
func mustJSON(v any) openapi.Raw {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Label names an endpoint in lists and events.
func (e *Endpoint) Label() string { return e.Method + " " + e.Path }

func (e *Endpoint) differences(to *Endpoint) AuditChanges {
	var c AuditChanges
	if e.Name != to.Name {
		c = append(c, AuditChange{Field: "name", Old: e.Name, New: to.Name})
	}
	if e.Status != to.Status {
		c = append(c, AuditChange{Field: "status", Old: e.Status, New: to.Status})
	}
	if !equalPointers(e.FolderID, to.FolderID) {
		c = append(c, AuditChange{Field: "folder"})
	}
	if e.Raw != to.Raw && len(c) == 0 {
		c = append(c, AuditChange{Field: "description"})
	}
	return c
}

func equalPointers(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// DeleteEndpoint and DeleteSchema remove one from a project; the revision
// before it can be restored. Errors: as Project, ErrNotFound.
func (s *Store) DeleteEndpoint(ctx context.Context, actor Actor, projectID, id int64) error {
	return s.deleteContent(ctx, actor, projectID, func(tx *Store, p *MyProject) (string, error) {
		e, err := tx.Endpoint(ctx, &p.Project, id)
		if err != nil {
			return "", err
		}
		return e.Label(), tx.write(ctx).Delete(e).Error
	}, AuditEndpointDeleted)
}

// DeleteSchema removes a schema; references to it then lead nowhere, and say so where they are shown.
func (s *Store) DeleteSchema(ctx context.Context, actor Actor, projectID, id int64) error {
	return s.deleteContent(ctx, actor, projectID, func(tx *Store, p *MyProject) (string, error) {
		x, err := tx.Schema(ctx, &p.Project, id)
		if err != nil {
			return "", err
		}
		return x.Name, tx.write(ctx).Delete(x).Error
	}, AuditSchemaDeleted)
}

func (s *Store) deleteContent(ctx context.Context, actor Actor, projectID int64, remove func(*Store, *MyProject) (string, error), kind string) error {
	return s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, EditContent)
		if err != nil {
			return err
		}
		if err := tx.keepRevision(ctx, actor.User, projectID, RevisionEdit, nil); err != nil {
			return err
		}
		label, err := remove(tx, p)
		if err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, kind, p, label, nil)
	})
}

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
	for batch := range slices.Chunk(ids, 500) {
		if err := db.Where("id IN ?", batch).Delete(model).Error; err != nil {
			return err
		}
	}
	return nil
}
