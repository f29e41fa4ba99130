package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// RunRundowns ends what has come to its last day: first the tokens, then the
// account, then the plan. After a crash it goes on where it was. The account of the
// last administrator stays until there is another one; the error says so.
func (s *Store) RunRundowns(ctx context.Context) error {
	var due []int64
	err := s.read(ctx).Model(&Rundown{}).Where("ends_at <= ?", s.Now().UnixMicro()).Order("user_id").Pluck("user_id", &due).Error
	errs := []error{err}
	for _, userID := range due {
		errs = append(errs, s.endRundown(ctx, userID))
	}
	return errors.Join(errs...)
}

func (s *Store) endRundown(ctx context.Context, userID int64) error {
	for _, step := range []func(*Store, *User, *Rundown) error{
		func(tx *Store, u *User, _ *Rundown) error { return tx.endTokensOf(ctx, u) },
		func(tx *Store, u *User, _ *Rundown) error { return tx.SetDisabled(ctx, System, u.ID, true) },
		func(tx *Store, u *User, r *Rundown) error {
			if err := tx.write(ctx).Delete(r).Error; err != nil {
				return err
			}
			return tx.audit(ctx, System, AuditEvent{Kind: AuditRundownEnded, UserID: &u.ID, Label: u.Name})
		},
	} {
		if err := s.ifDue(ctx, userID, step); err != nil {
			return err
		}
	}
	return nil
}

// ifDue runs f in a transaction with a person who is locked, if their run-down is
// still there and due.
func (s *Store) ifDue(ctx context.Context, userID int64, f func(*Store, *User, *Rundown) error) error {
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.holdAdministrators(ctx); err != nil {
			return err
		}
		var u User
		var r Rundown
		if err := tx.lockUser(ctx, userID, &u); err != nil {
			return err
		}
		err := tx.write(ctx).Where("user_id = ? AND ends_at <= ?", userID, tx.Now().UnixMicro()).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return f(tx, &u, &r)
	})
}

// endTokensOf revokes all live tokens of a person, as of the moment that was planned.
func (s *Store) endTokensOf(ctx context.Context, u *User) error {
	var tokens []Token
	if err := s.forUpdate(ctx).Where("user_id = ? AND live_name IS NOT NULL", u.ID).Order("id").Find(&tokens).Error; err != nil {
		return err
	}
	now := s.Now()
	var changes []change
	for i := range tokens {
		t := &tokens[i]
		at := now
		if t.Revoked(now) {
			at = *t.RevokeAt
		} else if !t.Live(now) {
			continue
		}
		t.RevokedAt, t.LiveName = &at, nil
		changes = append(changes, change{t, AuditEvent{Kind: AuditTokenRevoked}})
	}
	return s.saveMany(ctx, System, changes, "revoked_at")
}
