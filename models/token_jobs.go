package models

import (
	"context"
	"slices"
)

// ExpireTokens takes tokens that have expired out of those that count as live.
// Until then they are refused all the same.
func (s *Store) ExpireTokens(ctx context.Context) error {
	return s.inBatches(ctx, "live_name IS NOT NULL AND expires_at <= ?", "expires_at", func(tx *Store, tokens []Token) error {
		ids := make([]int64, len(tokens))
		for i, t := range tokens {
			ids[i] = t.ID
		}
		return tx.write(ctx).Model(&Token{}).Where("id IN ?", ids).Update("live_name", nil).Error
	})
}

// RevokeDue revokes the tokens whose revocation was planned for a moment that has
// passed, as of that moment. From then on they are refused all the same.
func (s *Store) RevokeDue(ctx context.Context) error {
	return s.inBatches(ctx, "revoked_at IS NULL AND revoke_at <= ?", "revoke_at", func(tx *Store, tokens []Token) error {
		changes := make([]change, len(tokens))
		for i := range tokens {
			t := &tokens[i]
			t.RevokedAt, t.LiveName = t.RevokeAt, nil
			changes[i] = change{t, AuditEvent{Kind: AuditTokenRevoked}}
		}
		return tx.saveMany(ctx, System, changes, "revoked_at")
	})
}

// inBatches calls f with the tokens whose time, in column, has come, locked in
// the order of their ids, a transaction for each batch, and pauses in between.
func (s *Store) inBatches(ctx context.Context, due, column string, f func(*Store, []Token) error) error {
	now := s.Now().UnixMicro()
	for {
		began := s.Now()
		var ids []int64
		err := s.read(ctx).Model(&Token{}).Where(due, now).Order(column+", id").Limit(jobTokens).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		slices.Sort(ids)
		err = s.Tx(ctx, func(tx *Store) error {
			var tokens []Token // one may have got another date meanwhile
			if err := tx.forUpdate(ctx).Where("id IN ? AND "+due, ids, now).Order("id").Find(&tokens).Error; err != nil || len(tokens) == 0 {
				return err
			}
			return f(tx, tokens)
		})
		if err != nil {
			return err
		}
		if err := s.pauseSince(ctx, began); err != nil {
			return err
		}
	}
}
