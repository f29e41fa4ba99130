package models

import (
	"context"
	"errors"
	"slices"
	"strconv"

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
	Cases                        Behavior // those of a name that the endpoint has already
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

// Import brings a description into a project, all of it or nothing. Collection is
// the Postman collection that d was made of, else nil. Errors: as Project, and
// CodeInvalid for unknown folders.
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
		im := &importer{tx: tx, ctx: ctx, project: p, doc: d, collection: collection, options: o,
			result: &ImportResult{Counters: NewCounters(), Failed: d.Failed, Warnings: d.Warnings}}
		result = im.result
		if err := im.run(); err != nil {
			return err
		}
		if o.DryRun {
			return errDryRun
		}
		if err := tx.keepContent(ctx, actor.User, projectID, im.reason(), im.result.Counters, im.before); err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, AuditImported, p, p.Name, append(im.result.Counters.Changes(), im.cleared...))
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
