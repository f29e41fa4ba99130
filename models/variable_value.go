package models

import (
	"cmp"
	"context"

	"gorm.io/gorm/clause"
)

// SetPersonal gives the acting person a value of their own for a variable; empty
// takes it away. A secret is pinned to origin, the one that the person was shown.
// Errors: as Project (any member may), ErrNotFound, CodeInvalid; ErrConflict when
// the environment's base URL doesn't lead a secret there.
func (s *Store) SetPersonal(ctx context.Context, actor Actor, projectID, environmentID, variableID int64, value, origin string) error {
	if len(value) > maxValue {
		return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "value", Code: "value_too_long", Params: map[string]any{"max": maxValue}}}}
	}
	return s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, ViewProject)
		if err != nil {
			return err
		}
		e, err := tx.Environment(ctx, &p.Project, environmentID)
		if err != nil {
			return err
		}
		var v Variable
		if err := tx.read(ctx).Where("id = ? AND environment_id = ?", variableID, e.ID).Take(&v).Error; err != nil {
			return found(err)
		}
		db := tx.write(ctx)
		kind := AuditSecretSet
		if value == "" {
			kind = AuditSecretCleared
			err = db.Where("variable_id = ? AND user_id = ?", v.ID, actor.User.ID).Delete(&PersonalValue{}).Error
		} else {
			row := PersonalValue{VariableID: v.ID, UserID: actor.User.ID, Value: value, UpdatedAt: tx.Now()}
			if v.Secret {
				row.Value, row.LastFour, row.Origin = "", lastFour(value), origin
				if now, err := tx.EnvironmentOrigin(ctx, actor.User, e); err != nil || now != origin {
					return cmp.Or(err, error(ErrConflict))
				}
				if row.Sealed, err = tx.seal(personalContext(v.ID, actor.User.ID), value); err != nil {
					return err
				}
			}
			err = db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
		}
		if err != nil || !v.Secret {
			return err
		}
		return tx.auditContent(ctx, actor, kind, p, v.Name, AuditChanges{{Field: "environment", New: e.Name}})
	})
}

// EnvironmentOrigin is the origin that an environment's base URL leads u to. Variables
// may stand in it, but for secret ones: an origin is shown.
func (s *Store) EnvironmentOrigin(ctx context.Context, u *User, e *Environment) (string, error) {
	variables, err := s.Variables(ctx, u, e)
	if err != nil {
		return "", err
	}
	values, err := s.Values(u, variables)
	if err != nil {
		return "", err
	}
	base, _ := Expand(e.BaseURL, func(name string) (string, bool) { v, ok := values[name]; return v.Text, ok && !v.Secret })
	return OriginOf(base), nil
}

// RepinPersonal lets the acting person's secrets of an environment be sent to
// origin, if that is where its base URL leads now. Errors: as Project,
// ErrNotFound; ErrConflict when it leads elsewhere.
func (s *Store) RepinPersonal(ctx context.Context, actor Actor, projectID, environmentID int64, origin string) error {
	return s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, ViewProject)
		if err != nil {
			return err
		}
		e, err := tx.Environment(ctx, &p.Project, environmentID)
		if err != nil {
			return err
		}
		if now, err := tx.EnvironmentOrigin(ctx, actor.User, e); err != nil || now != origin || now == "" {
			return cmp.Or(err, error(ErrConflict))
		}
		changes, err := tx.repin(ctx, actor.User, e, origin)
		if err != nil || len(changes) == 0 {
			return err
		}
		return tx.auditContent(ctx, actor, AuditSecretsMoved, p, e.Name, changes)
	})
}

// repin pins u's secrets of an environment to origin, and returns where each was
// pinned to before that was not pinned there.
func (s *Store) repin(ctx context.Context, u *User, e *Environment, origin string) (AuditChanges, error) {
	variables, err := s.Variables(ctx, u, e)
	if err != nil {
		return nil, err
	}
	var moved []int64
	var changes AuditChanges
	for _, v := range variables {
		if v.Secret && v.Personal != nil && v.Personal.Origin != origin {
			moved = append(moved, v.ID)
			changes = append(changes, AuditChange{Field: "origin", Old: v.Name + ": " + v.Personal.Origin, New: origin})
		}
	}
	if len(moved) == 0 {
		return nil, nil
	}
	return changes, s.write(ctx).Model(&PersonalValue{}).Where("user_id = ? AND variable_id IN ?", u.ID, moved).Update("origin", origin).Error
}

// Value is what a variable stands for in a request of one person.
type Value struct {
	Text     string
	Secret   bool
	Personal bool   // the person's own
	Origin   string // the only one that a personal secret may be sent to
}

// Values resolves variables as u sees them. Those without a value are left out.
func (s *Store) Values(u *User, variables []MyVariable) (map[string]Value, error) {
	out := map[string]Value{}
	for _, v := range variables {
		var err error
		value := Value{Text: v.Shared, Secret: v.Secret, Personal: v.Personal != nil}
		switch {
		case v.Personal != nil && v.Secret:
			value.Origin = v.Personal.Origin
			value.Text, err = s.unseal(personalContext(v.ID, u.ID), v.Personal.Sealed)
		case v.Personal != nil:
			value.Text = v.Personal.Value
		case v.Secret && v.Sealed != nil:
			value.Text, err = s.unseal(sharedContext(v.EnvironmentID), v.Sealed)
		}
		if err != nil {
			return nil, err
		}
		if value.Text != "" {
			out[v.Name] = value
		}
	}
	return out, nil
}
