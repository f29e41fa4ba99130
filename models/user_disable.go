package models

import "context"

// SetDisabled stops or restores a person's sign-in and tokens, and ends all
// sessions when it stops them. A second call changes nothing. Nobody can stop
// themselves, nor, but from the command line, the last administrator who stays.
// Errors: CodeInvalid, ErrNotFound.
func (s *Store) SetDisabled(ctx context.Context, actor Actor, id int64, disabled bool) error {
	if disabled && actor.User != nil && actor.User.ID == id {
		return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "user", Code: "disable_self"}}}
	}
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.holdAdministrators(ctx); err != nil {
			return err
		}
		var u User
		if err := tx.lockUser(ctx, id, &u); err != nil || u.Disabled() == disabled {
			return err
		}
		kind := AuditUserEnabled
		u.DisabledAt, u.UpdatedAt = nil, tx.Now()
		if disabled {
			if last, err := tx.lastAdministrator(ctx, &u); err != nil {
				return err
			} else if last && actor.Kind != CLI.Kind {
				return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "user", Code: "disable_last"}}}
			}
			kind, u.DisabledAt = AuditUserDisabled, &u.UpdatedAt
			if err := tx.endSessions(ctx, id, nil); err != nil {
				return err
			}
		}
		if err := tx.write(ctx).Select("disabled_at", "updated_at").Updates(&u).Error; err != nil {
			return err
		}
		if err := tx.standingChanged(ctx, forgetEntry{userID: id}); err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: kind, UserID: &id, Label: u.Name})
	})
}

// administratorsLock is the key of PostgreSQL's advisory lock on who may go.
const administratorsLock = 0x7465737365726103

// holdAdministrators keeps others from disabling people and planning how they leave
// until the transaction ends. It comes before any lock on a person.
func (s *Store) holdAdministrators(ctx context.Context) error {
	if !s.postgres {
		return nil
	}
	return s.write(ctx).Exec("SELECT pg_advisory_xact_lock(?)", int64(administratorsLock)).Error
}

// lastAdministrator reports whether nobody would administer the installation without
// u: all others are disabled or about to leave. holdAdministrators keeps it so.
func (s *Store) lastAdministrator(ctx context.Context, u *User) (bool, error) {
	if !u.Admin {
		return false, nil
	}
	var others []int64
	err := s.write(ctx).Model(&User{}).Where("admin AND disabled_at IS NULL AND id <> ?", u.ID).
		Where("NOT EXISTS (SELECT 1 FROM rundowns r WHERE r.user_id = users.id)").Limit(1).Pluck("id", &others).Error
	return len(others) == 0, err
}
