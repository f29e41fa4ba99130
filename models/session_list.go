package models

import (
	"context"
	"encoding/hex"
)

// AuditSessionEnded is the kind of event of a session that somebody else ended.
const AuditSessionEnded = "session.ended"

// maxSessions is how many sessions are shown.
const maxSessions = 100

// Key names a session where its hash need not be shown. It opens nothing.
func (s *Session) Key() string { return hex.EncodeToString(s.Hash[:8]) }

// Sessions returns a person's sessions that are still good, the latest used first.
func (s *Store) Sessions(ctx context.Context, u *User) ([]Session, error) {
	now := s.Now()
	idle, longest := s.sessionLimits(u)
	var out []Session
	err := s.read(ctx).Where("user_id = ? AND seen_at > ? AND created_at > ?", u.ID, now.Add(-idle).UnixMicro(), now.Add(-longest).UnixMicro()).
		Order("seen_at DESC").Limit(maxSessions).Find(&out).Error
	return out, err
}

// EndSession ends one session of a person, named by its key. It is no failure when
// it has ended already. Error: ErrNotFound for nobody.
func (s *Store) EndSession(ctx context.Context, actor Actor, userID int64, key string) error {
	_, err := s.endThose(ctx, actor, userID, func(session *Session) bool { return session.Key() == key })
	return err
}

// EndSessions ends all sessions of a person and returns how many there were.
// Error: ErrNotFound for nobody.
func (s *Store) EndSessions(ctx context.Context, actor Actor, userID int64) (int, error) {
	return s.endThose(ctx, actor, userID, func(*Session) bool { return true })
}

func (s *Store) endThose(ctx context.Context, actor Actor, userID int64, those func(*Session) bool) (n int, err error) {
	err = s.Tx(ctx, func(tx *Store) error {
		var u User
		if err := tx.lockUser(ctx, userID, &u); err != nil {
			return err
		}
		var all []Session
		if err := tx.read(ctx).Where("user_id = ?", userID).Find(&all).Error; err != nil {
			return err
		}
		var events []AuditEvent
		for i := range all {
			if !those(&all[i]) {
				continue
			}
			if _, err := tx.dropSession(ctx, &all[i]); err != nil {
				return err
			}
			events = append(events, AuditEvent{Kind: AuditSessionEnded, UserID: &userID, Label: u.Name,
				Changes: AuditChanges{{Field: "client", Old: all[i].Client}, {Field: "address", Old: all[i].Address}}})
		}
		n = len(events)
		return tx.auditMany(ctx, actor, events)
	})
	return n, err
}
