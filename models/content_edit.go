package models

import (
	"context"
	"errors"
	"slices"

	"tessera/models/openapi"
)

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
		if err := tx.lockContent(ctx, projectID); err != nil {
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

// Bounds of what people edit, in bytes.
const (
	maxText  = 500 // of names and tags
	maxProse = 100_000
)

func checkText(v *Invalid, field, text string, most int) {
	if len(text) > most {
		v.Add(field, field+"_too_long", "max", most)
	}
	if !storable(text) {
		v.Add(field, "text_unusable")
	}
}

func (s *Store) applyEdit(ctx context.Context, v *Invalid, p *MyProject, e *Endpoint, change EndpointChange) error {
	op := e.operation(nil)
	e.Raw = string(openapi.Edit{Name: change.Name, Description: change.Description, Tags: change.Tags}.Apply(&op))
	if change.Name != nil {
		if e.Name = *change.Name; e.Name == "" {
			v.Add("name", "name_required")
		}
		checkText(v, "name", e.Name, maxText)
	}
	if change.Description != nil {
		checkText(v, "description", *change.Description, maxProse)
	}
	if change.Tags != nil {
		e.Tags = slices.Clone(*change.Tags)
		for _, tag := range e.Tags {
			if tag == "" || len(tag) > maxText || !storable(tag) {
				v.Add("tags", "tag_invalid")
			}
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
			if errors.Is(found(err), ErrNotFound) {
				v.Add("folder", "folder_unknown")
			} else if err != nil {
				return err
			}
			e.FolderID = &f.ID
		}
	}
	return nil
}

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

// DeleteEndpoint removes an endpoint; the revision before it can be restored.
// Errors: as Project, ErrNotFound.
func (s *Store) DeleteEndpoint(ctx context.Context, actor Actor, projectID, id int64) error {
	return s.deleteContent(ctx, actor, projectID, func(tx *Store, p *MyProject) (string, error) {
		e, err := tx.Endpoint(ctx, &p.Project, id)
		if err != nil {
			return "", err
		}
		return e.Label(), tx.write(ctx).Delete(e).Error
	}, AuditEndpointDeleted)
}

// DeleteSchema does the same for a schema; references to it then lead nowhere, and
// say so where they are shown.
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
