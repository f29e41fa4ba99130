package models

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"tessera/models/openapi"
)

// Behavior says what an import does with what is there already.
type Behavior string

// The behaviours of Apidog's public API.
const (
	OverwriteExisting Behavior = "OVERWRITE_EXISTING"
	AutoMerge         Behavior = "AUTO_MERGE"
	KeepExisting      Behavior = "KEEP_EXISTING"
	CreateNew         Behavior = "CREATE_NEW"
)

// ImportOptions are the choices of an import. Behaviours are required.
type ImportOptions struct {
	Endpoints, Schemas           Behavior
	Cases                        Behavior // of a Postman collection
	EndpointFolder, SchemaFolder int64    // where to put what is new; 0: the root
	MoveFolders                  bool     // a matched endpoint follows its folder in the document
	PrependBasePath              bool
	DeleteEndpoints              bool // those that are not in the document, below EndpointFolder
	DeleteSchemas                bool // likewise below SchemaFolder
	ServersAsEnvironments        bool
	DryRun                       bool // tell what would change, and change nothing
}

// Counters count what an import did, by Apidog's names such as "endpointCreated".
type Counters map[string]int

// NewCounters has all the counters that clients expect, at zero.
func NewCounters() Counters {
	c := Counters{"endpointDeleted": 0, "schemaDeleted": 0}
	for _, kind := range []string{"endpoint", "schema", "endpointFolder", "schemaFolder", "securityScheme", "environment"} {
		for _, what := range []string{"Created", "Updated", "Failed", "Ignored"} {
			c[kind+what] = 0
		}
	}
	return c
}

// ImportChange is one thing that an import creates, updates, deletes or ignores.
type ImportChange struct {
	Kind   string `json:"kind"`   // endpoint, schema, endpointFolder, schemaFolder, environment
	Action string `json:"action"` // created, updated, deleted, ignored
	ID     int64  `json:"id,omitempty"`
	Name   string `json:"name"`
}

// ImportResult tells what an import did.
type ImportResult struct {
	Counters Counters
	Changes  []ImportChange
	Failed   []openapi.Issue
	Warnings []openapi.Issue
}

// errDryRun rolls the transaction of a dry run back.
var errDryRun = errors.New("dry run")

// Import brings a description into a project, all of it or nothing. Collection
// may be nil; it adds the cases and variables of a Postman collection. Errors: as
// Project, and CodeInvalid for unknown folders.
func (s *Store) Import(ctx context.Context, actor Actor, projectID int64, d *openapi.Document, collection *openapi.Collection, o ImportOptions) (*ImportResult, error) {
	if o.PrependBasePath {
		d.PrependBasePath()
	}
	if err := prepareImport(d); err != nil {
		return nil, err
	}
	var result *ImportResult
	err := s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, EditContent)
		if err != nil {
			return err
		}
		if err := tx.lockContent(ctx, projectID); err != nil {
			return err
		}
		im := &importer{tx: tx, ctx: ctx, project: p, doc: d, options: o,
			result: &ImportResult{Counters: NewCounters(), Failed: d.Failed, Warnings: d.Warnings}}
		result = im.result
		if err := im.run(collection); err != nil {
			return err
		}
		if o.DryRun {
			return errDryRun
		}
		if err := tx.keepContent(ctx, actor.User, projectID, im.reason(collection), im.result.Counters, im.before); err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, AuditImported, p, p.Name, im.result.Counters.Changes())
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return result, err
}

// Changes are the counters that are not zero, by name, as the audit log tells them.
func (c Counters) Changes() AuditChanges {
	var names []string
	for name, n := range c {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := AuditChanges{}
	for _, name := range names {
		out = append(out, AuditChange{Field: name, New: strconv.Itoa(c[name])})
	}
	return out
}

// importer is one import on its way.
type importer struct {
	tx      *Store
	ctx     context.Context
	project *MyProject
	doc     *openapi.Document
	options ImportOptions
	result  *ImportResult

	before    *content
	folders   map[FolderKind]*folderTree
	endpoints map[string]*Endpoint // by method and path, the newest
	schemas   map[string]*Schema
	next      int64           // position of what is added
	named     map[string]bool // operations and schemas of the document, the unusable ones too
	newRows   content
	changed   content
}

func (im *importer) reason(collection *openapi.Collection) string {
	if collection != nil {
		return RevisionPostman
	}
	return RevisionImport
}

func (im *importer) run(collection *openapi.Collection) error {
	var err error
	if im.before, err = im.tx.readContent(im.ctx, im.project.ID, true); err != nil {
		return err
	}
	im.index()
	for kind, target := range map[FolderKind]int64{EndpointFolder: im.options.EndpointFolder, SchemaFolder: im.options.SchemaFolder} {
		if target != 0 && im.folders[kind].byID[target] == nil {
			field := "targetEndpointFolderId"
			if kind == SchemaFolder {
				field = "targetSchemaFolderId"
			}
			return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: field, Code: "folder_unknown"}}}
		}
	}
	im.result.Counters["endpointFailed"] = len(im.doc.Failed)
	for _, step := range []func() error{
		im.importSchemas, im.importOperations, im.importParts, im.deleteUnmatched, im.save,
		func() error { return im.importCases(collection) },
		func() error { return im.importEnvironments(collection) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) index() {
	im.named = namesOf(im.doc)
	im.endpoints, im.schemas = map[string]*Endpoint{}, map[string]*Schema{}
	for i := range im.before.endpoints {
		e := &im.before.endpoints[i]
		im.endpoints[e.Label()] = e // the newest of several wins: it comes last
		im.next = max(im.next, e.Position)
	}
	for i := range im.before.schemas {
		x := &im.before.schemas[i]
		im.schemas[x.Name] = x
		im.next = max(im.next, x.Position)
	}
	for _, p := range im.before.parts {
		im.next = max(im.next, p.Position)
	}
	im.folders = map[FolderKind]*folderTree{}
	for _, kind := range []FolderKind{EndpointFolder, SchemaFolder} {
		im.folders[kind] = newFolderTree(im, kind)
	}
}

func (im *importer) position() int64 { im.next++; return im.next }

func (im *importer) note(kind, action, name string, id int64) {
	im.result.Counters[kind+strings.ToUpper(action[:1])+action[1:]]++
	im.result.Changes = append(im.result.Changes, ImportChange{Kind: kind, Action: action, Name: name, ID: id})
}

// importSchemas comes first: CREATE_NEW gives a schema another name, which the
// operations of the document must follow.
func (im *importer) importSchemas() error {
	if im.options.Schemas == CreateNew {
		im.doc.RenameSchemas(im.newNames())
	}
	now := im.tx.Now()
	for i := range im.doc.Components {
		c := &im.doc.Components[i]
		if c.Kind != schemasKind {
			continue
		}
		old := im.schemas[c.Name]
		if old == nil {
			folder, err := im.folders[SchemaFolder].place(im.options.SchemaFolder, c.Folder)
			if err != nil {
				return err
			}
			im.newRows.schemas = append(im.newRows.schemas, Schema{ProjectID: im.project.ID, FolderID: folder, Name: c.Name,
				Dialect: c.Dialect, Raw: string(c.Raw), Position: im.position(), CreatedAt: now, UpdatedAt: now})
			im.note("schema", "created", c.Name, 0)
			continue
		}
		if im.options.Schemas == KeepExisting {
			im.note("schema", "ignored", c.Name, old.ID)
			continue
		}
		incoming := *c
		if im.options.Schemas == AutoMerge {
			incoming = openapi.MergeComponent(openapi.Component{Kind: schemasKind, Name: old.Name, Dialect: old.Dialect, Raw: openapi.Raw(old.Raw)}, *c)
		}
		if string(incoming.Raw) == old.Raw && incoming.Dialect == old.Dialect {
			im.note("schema", "ignored", c.Name, old.ID)
			continue
		}
		changed := *old
		changed.Raw, changed.Dialect, changed.UpdatedAt = string(incoming.Raw), incoming.Dialect, now
		im.changed.schemas = append(im.changed.schemas, changed)
		im.note("schema", "updated", c.Name, old.ID)
	}
	return nil
}

// newNames finds a free name for each schema of the document whose name is taken.
func (im *importer) newNames() map[string]string {
	taken := map[string]bool{}
	for name := range im.schemas {
		taken[name] = true
	}
	for _, c := range im.doc.Components {
		if c.Kind == schemasKind && im.schemas[c.Name] == nil {
			taken[c.Name] = true
		}
	}
	names := map[string]string{}
	for _, c := range im.doc.Components {
		if c.Kind != schemasKind || im.schemas[c.Name] == nil {
			continue
		}
		for n := 2; ; n++ {
			name := c.Name + "_" + strconv.Itoa(n)
			if !taken[name] {
				names[c.Name], taken[name] = name, true
				break
			}
		}
	}
	return names
}

func (im *importer) importOperations() error {
	now := im.tx.Now()
	if !im.standsForAll() {
		im.doc.Rebase(im.storedRoot())
	}
	for i := range im.doc.Operations {
		op := &im.doc.Operations[i]
		old := im.endpoints[op.Method+" "+op.Path]
		if im.options.Endpoints == CreateNew {
			old = nil
		}
		if old == nil {
			folder, err := im.folders[EndpointFolder].place(im.options.EndpointFolder, op.Folder)
			if err != nil {
				return err
			}
			e := Endpoint{ProjectID: im.project.ID, FolderID: folder, Position: im.position(), CreatedAt: now}
			e.take(op)
			e.UpdatedAt = now
			im.newRows.endpoints = append(im.newRows.endpoints, e)
			im.note("endpoint", "created", e.Label(), 0)
			continue
		}
		if im.options.Endpoints == KeepExisting {
			im.note("endpoint", "ignored", old.Label(), old.ID)
			continue
		}
		action, err := im.update(old, op)
		if err != nil {
			return err
		}
		im.note("endpoint", action, old.Label(), old.ID)
	}
	return nil
}

// update brings an operation into the endpoint that it matches. One that is what
// is stored already counts as ignored.
func (im *importer) update(old *Endpoint, op *openapi.Operation) (action string, err error) {
	incoming := *op
	if im.options.Endpoints == AutoMerge {
		incoming = openapi.MergeOperation(old.operation(nil), *op)
	}
	changed := *old
	changed.take(&incoming)
	if im.options.MoveFolders {
		folder, err := im.folders[EndpointFolder].place(im.options.EndpointFolder, op.Folder)
		if err != nil {
			return "", err
		}
		changed.FolderID = folder
	}
	if changed.Raw == old.Raw && changed.Dialect == old.Dialect && changed.Status == old.Status && changed.Maintainer == old.Maintainer &&
		equalPointers(changed.FolderID, old.FolderID) {
		return "ignored", nil
	}
	changed.UpdatedAt = im.tx.Now()
	im.changed.endpoints = append(im.changed.endpoints, changed)
	return "updated", nil
}

// take copies what an operation says; a status and maintainer that it does not set stay.
func (e *Endpoint) take(op *openapi.Operation) {
	e.Method, e.Path, e.Dialect, e.Raw, e.Name = op.Method, op.Path, op.Dialect, string(op.Raw), op.Name
	e.Tags = op.Tags
	if e.Tags == nil {
		e.Tags = []string{}
	}
	if op.Status != "" {
		e.Status = op.Status
	}
	if op.Maintainer != "" {
		e.Maintainer = op.Maintainer
	}
}

// save writes the rows that are new and those that changed.
func (im *importer) save() error {
	db := im.tx.write(im.ctx)
	for _, e := range im.changed.endpoints {
		err := db.Select("folder_id", "name", "status", "maintainer", "tags", "dialect", "raw", "updated_at").Updates(&e).Error
		if err != nil {
			return err
		}
	}
	for _, x := range im.changed.schemas {
		if err := db.Select("dialect", "raw", "updated_at").Updates(&x).Error; err != nil {
			return err
		}
	}
	for _, p := range im.changed.parts {
		if err := db.Select("dialect", "raw").Updates(&p).Error; err != nil {
			return err
		}
	}
	if err := im.tx.insertContent(im.ctx, &im.newRows); err != nil {
		return err
	}
	ids := map[string]int64{}
	for _, e := range im.newRows.endpoints {
		ids["endpoint "+e.Label()] = e.ID
	}
	for _, x := range im.newRows.schemas {
		ids["schema "+x.Name] = x.ID
	}
	for i := range im.result.Changes {
		if c := &im.result.Changes[i]; c.ID == 0 {
			c.ID = ids[c.Kind+" "+c.Name]
		}
	}
	return nil
}
