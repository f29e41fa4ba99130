package models

import (
	"context"
	"errors"
	"strconv"
	"time"

	"gorm.io/gorm"
)

// errPolicyChanged ends a run that goes by a policy which is no longer the current one.
var errPolicyChanged = errors.New("the policy has changed")

// EnforceUnused pauses or revokes, as the policy says, what has not been used for
// too long, until the policy changes. A token that somebody resumed since has its
// time from then on.
func (s *Store) EnforceUnused(ctx context.Context) error {
	policy, err := s.CurrentPolicy(ctx)
	if err != nil || policy.MaxUnusedDays == 0 || policy.UnusedFrom.After(s.Now()) {
		return err
	}
	since := s.Now().AddDate(0, 0, -policy.MaxUnusedDays).UnixMicro()
	var after tokenPlace
	for {
		began := s.Now()
		var next []tokenPlace
		err := s.read(ctx).Raw("SELECT id, "+unusedColumn+" AS number FROM tokens WHERE live_name IS NOT NULL AND "+unusedColumn+" <= ? AND ("+
			unusedColumn+", id) > (?, ?) ORDER BY "+unusedColumn+", id LIMIT ?", since, after.Number, after.ID, jobTokens).Scan(&next).Error
		if err != nil || len(next) == 0 {
			return err
		}
		after = next[len(next)-1]
		changed, err := s.endUnused(ctx, policy, next, since)
		if errors.Is(err, errPolicyChanged) {
			return nil // the next run goes by the new one
		}
		if err != nil {
			return err
		}
		if changed > 0 { // others get their turn
			if err := s.pauseSince(ctx, began); err != nil {
				return err
			}
		}
	}
}

// endUnused does what the policy says to those of some tokens that it concerns.
func (s *Store) endUnused(ctx context.Context, policy *TokenPolicy, some []tokenPlace, since int64) (changed int, err error) {
	ids := make([]int64, len(some))
	for i, p := range some {
		ids[i] = p.ID
	}
	idle := func(db *gorm.DB, ids []int64) *gorm.DB {
		if policy.UnusedAction == UnusedPause {
			db = db.Where("paused_at IS NULL")
		}
		return db.Where("id IN ? AND live_name IS NOT NULL AND "+unusedColumn+" <= ?", ids, since).
			Where("NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.subject = tokens.public_id AND e.kind = ? AND e.at > ?)", AuditTokenResumed, since)
	}
	var there []int64
	if err := idle(s.read(ctx).Model(&Token{}), ids).Pluck("id", &there).Error; err != nil || len(there) == 0 {
		return 0, err
	}
	return len(there), s.Tx(ctx, func(tx *Store) error {
		if err := tx.keepOwners(ctx, there); err != nil {
			return err
		}
		held, err := tx.holdPolicy(ctx)
		if err != nil {
			return err
		}
		if held.Version != policy.Version {
			return errPolicyChanged
		}
		now := tx.Now()
		var tokens []Token
		if err := idle(tx.forUpdate(ctx), there).Order("id").Find(&tokens).Error; err != nil {
			return err
		}
		var changes []change
		for i := range tokens {
			if t := &tokens[i]; t.Live(now) {
				changes = append(changes, policy.unusedChange(t, now))
			}
		}
		if err := tx.tellOwners(ctx, changes, Notice{Kind: NoticeUnused, Detail: policy.UnusedAction}); err != nil {
			return err
		}
		column := "paused_at"
		if policy.UnusedAction == UnusedRevoke {
			column = "revoked_at"
		}
		return tx.saveMany(ctx, System, changes, column)
	})
}

// unusedChange is what becomes of a token that was not used for too long.
func (p *TokenPolicy) unusedChange(t *Token, now time.Time) change {
	e := AuditEvent{Kind: AuditTokenPaused, Changes: AuditChanges{{Field: "max_unused", New: strconv.Itoa(p.MaxUnusedDays)}}}
	if p.UnusedAction == UnusedRevoke {
		e.Kind, t.RevokedAt, t.LiveName = AuditTokenRevoked, &now, nil
	} else {
		t.PausedAt = &now
	}
	return change{t, e}
}
