package models

import (
	"context"
	"errors"
	"time"

	"tessera/models/token"
)

// AnyToken returns anybody's token by its public id. Error: ErrNotFound.
func (s *Store) AnyToken(ctx context.Context, publicID string) (*Token, error) {
	if !storable(publicID) {
		return nil, ErrNotFound
	}
	var t Token
	return &t, found(s.read(ctx).Where("public_id = ?", publicID).Take(&t).Error)
}

// AdminRevoke is RevokeToken for anybody's token. Error: ErrNotFound.
func (s *Store) AdminRevoke(ctx context.Context, actor Actor, publicID string) (*Token, error) {
	return s.lockToken(ctx, publicID, func(tx *Store, t *Token) error {
		if t.RevokedAt != nil {
			return nil
		}
		return tx.endToken(ctx, actor, t)
	})
}

// PauseToken makes a live token be refused until it is resumed. A second call
// changes nothing. Errors: ErrNotFound; ErrConflict with the token, which is dead.
func (s *Store) PauseToken(ctx context.Context, actor Actor, publicID string) (*Token, error) {
	return s.lockToken(ctx, publicID, func(tx *Store, t *Token) error {
		now := tx.Now()
		if !t.Live(now) {
			return ErrConflict
		}
		if t.PausedAt != nil {
			return nil
		}
		t.PausedAt = &now
		return tx.saveMany(ctx, actor, []change{{t, AuditEvent{Kind: AuditTokenPaused}}}, "paused_at")
	})
}

// ResumeToken ends a pause. A token that is not paused stays as it is. Errors:
// ErrNotFound; ErrConflict with the token, which died while it was paused.
func (s *Store) ResumeToken(ctx context.Context, actor Actor, publicID string) (*Token, error) {
	return s.lockToken(ctx, publicID, func(tx *Store, t *Token) error {
		if t.PausedAt == nil {
			return nil
		}
		if !t.Live(tx.Now()) {
			return ErrConflict
		}
		t.PausedAt, t.RefusedAt = nil, nil // it is not dead any more
		return tx.saveMany(ctx, actor, []change{{t, AuditEvent{Kind: AuditTokenResumed}}}, "paused_at", "refused_at")
	})
}

// ScheduleRevocation plans the moment from which a live token is revoked, or
// cancels the plan when at is nil. A second call changes nothing. It lies before the
// token expires, and while its owner leaves, not after its day in their run-down. Errors:
// CodeInvalid with the field "at"; ErrNotFound; ErrConflict with the token, which is dead.
func (s *Store) ScheduleRevocation(ctx context.Context, actor Actor, publicID string, at *time.Time) (*Token, error) {
	at, err := s.checkRevokeAt(at)
	if err != nil {
		return nil, err
	}
	return s.lockToken(ctx, publicID, func(tx *Store, t *Token) error {
		if !t.Live(tx.Now()) {
			return ErrConflict
		}
		if stamp(t.RevokeAt) == stamp(at) {
			return nil
		}
		ends, err := tx.rundownEnds(ctx, []Token{*t})
		if err != nil {
			return err
		}
		if err := planRefusal(t, at, ends, actor.zone()); err != nil {
			return err
		}
		kind := AuditTokenScheduled
		if at == nil {
			kind = AuditTokenUnscheduled
		}
		return tx.saveMany(ctx, actor, []change{planChange(t, kind, at)}, "revoke_at")
	})
}

// planRefusal says why the revocation of a token can't be planned for a moment, or at
// nil not be cancelled; ends are those of rundownEnds. Error: CodeInvalid with the field "at".
func planRefusal(t *Token, at *time.Time, ends map[int64]time.Time, zone *time.Location) error {
	var v Invalid
	if end, leaves := ends[t.ID]; leaves && later(at, &end) {
		v.Add("at", "revoke_at_rundown", "last", lastDay(end, zone))
	} else if at != nil && t.ExpiresAt != nil && !at.Before(*t.ExpiresAt) {
		v.Add("at", "revoke_at_expired", "last", lastDay(*t.ExpiresAt, zone))
	}
	return v.Err()
}

// checkRevokeAt returns at as it is stored.
func (s *Store) checkRevokeAt(at *time.Time) (*time.Time, error) {
	if at == nil {
		return nil, nil
	}
	var v Invalid
	now, stored := s.Now(), at.UTC().Truncate(time.Microsecond)
	switch {
	case !stored.After(now):
		v.Add("at", "revoke_at_past")
	case stored.After(now.AddDate(maxYears, 0, 0)):
		v.Add("at", "revoke_at_too_far", "last", Day{date(now.AddDate(maxYears, 0, 0))})
	}
	return &stored, v.Err()
}

// lockToken locks anybody's token and lets f change it. The token is returned with ErrConflict too.
func (s *Store) lockToken(ctx context.Context, publicID string, f func(tx *Store, t *Token) error) (*Token, error) {
	if !storable(publicID) {
		return nil, ErrNotFound
	}
	var t Token
	err := s.Tx(ctx, func(tx *Store) error {
		if err := found(tx.forUpdate(ctx).Where("public_id = ?", publicID).Take(&t).Error); err != nil {
			return err
		}
		return f(tx, &t)
	})
	return &t, err
}

// endToken revokes a token, which is locked.
func (s *Store) endToken(ctx context.Context, actor Actor, t *Token) error {
	now := s.Now()
	t.RevokedAt, t.LiveName = &now, nil
	return s.saveMany(ctx, actor, []change{{t, AuditEvent{Kind: AuditTokenRevoked}}}, "revoked_at")
}

// FindBySecret returns the token of the first secret in a text that is known, whatever
// stands around it, without counting a use. Error: ErrNotFound.
func (s *Store) FindBySecret(ctx context.Context, text string) (*AdminToken, error) {
	for _, secret := range token.Find(text) {
		hash := token.Hash(secret)
		if t, err := s.oneAdminToken(ctx, "hash = ?", hash[:]); !errors.Is(err, ErrNotFound) {
			return t, err
		}
	}
	return nil, ErrNotFound
}

// maxFound is how many tokens FindByLastFour returns at most: of a million tokens
// hardly two end alike.
const maxFound = 50

// FindByLastFour returns the tokens whose secret ends with four characters, those
// that were made last first.
func (s *Store) FindByLastFour(ctx context.Context, four string) ([]AdminToken, error) {
	if len(four) != 4 || !storable(four) {
		return nil, nil
	}
	var ids []int64
	err := s.read(ctx).Model(&Token{}).Where("last_four = ?", four).Order("id DESC").Limit(maxFound).Pluck("id", &ids).Error
	if err != nil {
		return nil, err
	}
	return s.adminTokens(ctx, ids)
}

// Acts are the events by which a token came to be paused and scheduled, as far as it is.
type Acts struct{ Paused, Scheduled *AuditEvent }

// Acts tells who paused a token, and who scheduled its revocation, and when.
func (s *Store) Acts(ctx context.Context, t *Token) (Acts, error) {
	var a Acts
	var err error
	if t.PausedAt != nil {
		if a.Paused, err = s.newestEvent(ctx, t.PublicID, AuditTokenPaused); err != nil {
			return a, err
		}
	}
	if t.RevokeAt != nil {
		a.Scheduled, err = s.newestEvent(ctx, t.PublicID, AuditTokenScheduled)
	}
	return a, err
}

// newestEvent is the newest event of a kind about a subject, nil when there is none.
func (s *Store) newestEvent(ctx context.Context, subject, kind string) (*AuditEvent, error) {
	var events []AuditEvent
	err := s.read(ctx).Where("subject = ? AND kind = ?", subject, kind).Order("seq DESC").Limit(1).Find(&events).Error
	if len(events) == 0 {
		return nil, err
	}
	return &events[0], err
}
