package models

import (
	"context"
	"strings"
)

// KeepDeleted is how long a deleted project can be restored.
const KeepDeleted = 30 * day

// DeletedProject is Project for one that can still be restored.
func (s *Store) DeletedProject(ctx context.Context, u *User, id int64) (*MyProject, error) {
	return s.project(s.mine(ctx, u).Where("projects.deleted_at > ?", s.Now().Add(-KeepDeleted).UnixMicro()), id, ManageProject)
}

// DeleteProject hides a project; RestoreProject brings it back within
// KeepDeleted. typed must be its name. Errors: as Project; CodeInvalid with "name_differs".
func (s *Store) DeleteProject(ctx context.Context, actor Actor, id int64, typed string) (*Project, error) {
	var p *Project
	err := s.Tx(ctx, func(tx *Store) error {
		mine, err := tx.Project(ctx, actor.User, id, ManageProject)
		if err != nil {
			return err
		}
		p = &mine.Project
		if strings.TrimSpace(typed) != p.Name {
			return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "typed", Code: "name_differs"}}}
		}
		now := tx.Now()
		p.DeletedAt = &now
		if err := tx.write(ctx).Select("deleted_at").Updates(p).Error; err != nil {
			return err
		}
		return tx.auditProject(ctx, actor, AuditProjectDeleted, p, nil)
	})
	return p, err
}

// RestoreProject brings a deleted project back. Errors: as DeletedProject.
func (s *Store) RestoreProject(ctx context.Context, actor Actor, id int64) (*Project, error) {
	var p *Project
	err := s.Tx(ctx, func(tx *Store) error {
		mine, err := tx.DeletedProject(ctx, actor.User, id)
		if err != nil {
			return err
		}
		p = &mine.Project
		p.DeletedAt = nil
		if err := tx.write(ctx).Select("deleted_at").Updates(p).Error; err != nil {
			return err
		}
		return tx.auditProject(ctx, actor, AuditProjectRestored, p, nil)
	})
	return p, err
}
