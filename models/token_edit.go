package models

import (
	"context"
)

// TokenEdit is a filled-in edit form. Version is that of the token when the form was shown.
type TokenEdit struct {
	Name, Validity, ExpiresOn string
	Version                   int64
}

// UpdateToken changes a token's name and expiry date, never its secret, id or
// usage. When it was changed or revoked since the form was shown, it returns
// the token as it is now with CodeConflict. Errors: CodeInvalid, ErrNotFound.
func (s *Store) UpdateToken(ctx context.Context, actor Actor, owner *User, publicID string, in TokenEdit) (*Token, error) {
	var t Token
	err := s.Tx(ctx, func(tx *Store) error {
		var lock User
		if err := tx.lockUser(ctx, owner.ID, &lock); err != nil {
			return err
		}
		policy, err := tx.holdPolicy(ctx)
		if err != nil {
			return err
		}
		var v Invalid
		name := checkName(&v, "name", in.Name)
		if err := tx.ownTokenAndNamesake(ctx, owner, publicID, name, len(v) == 0, &t); err != nil {
			return err
		}
		old, now := t, tx.Now()
		if t.Version != in.Version || t.Revoked(now) {
			return ErrConflict
		}
		t.setName(name)
		if in.Validity != ValidityKeep {
			t.ExpiresAt = policy.expiry(&v, in.Validity, in.ExpiresOn, &old, now, owner.Location())
		}
		if len(v) > 0 {
			return v.Err()
		}
		if t.Live(now) {
			if err := tx.checkLive(ctx, &v, &t, policy, now, !old.Live(now)); err != nil {
				return err
			}
		} else {
			t.LiveName = nil
		}
		changes := old.differences(&t)
		if len(changes) == 0 {
			return nil
		}
		t.Version++
		err = tx.write(ctx).Select("name", "name_key", "live_name", "expires_at", "version").Updates(&t).Error
		if err != nil {
			return err
		}
		if err := tx.tokenChanged(ctx, &t); err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditTokenChanged, UserID: &owner.ID, Subject: t.PublicID, Label: t.Name, Changes: changes})
	})
	return &t, err
}

func (t *Token) differences(to *Token) AuditChanges {
	var c AuditChanges
	if t.Name != to.Name {
		c = append(c, AuditChange{Field: "name", Old: t.Name, New: to.Name})
	}
	if stamp(t.ExpiresAt) != stamp(to.ExpiresAt) {
		c = append(c, AuditChange{Field: "expires_at", Old: stamp(t.ExpiresAt), New: stamp(to.ExpiresAt)})
	}
	return c
}

// ownTokenAndNamesake is ownToken, and locks the token that holds the name too:
// all that lock several tokens do so in the order of their ids.
func (s *Store) ownTokenAndNamesake(ctx context.Context, owner *User, publicID, name string, valid bool, t *Token) error {
	if !storable(publicID) {
		return ErrNotFound
	}
	key := ""
	if valid {
		key = fold(name)
	}
	var locked []Token
	err := s.forUpdate(ctx).Where("user_id = ? AND (public_id = ? OR live_name = ?)", owner.ID, publicID, key).Order("id").Find(&locked).Error
	if err != nil {
		return err
	}
	for i := range locked {
		if locked[i].PublicID == publicID {
			*t = locked[i]
			return nil
		}
	}
	return ErrNotFound
}
