package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// Notice is what a person is told in the app until they dismiss it.
type Notice struct {
	ID        int64 `gorm:"primaryKey"`
	UserID    int64 // who is told
	Kind      string
	Subject   string // what it is about; one notice of a kind for each
	Label     string // its name
	Detail    string
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// What a notice tells.
const (
	NoticeLeaked      = "token.leaked"       // your token; detail: who reported it
	NoticeOtherLeaked = "token.other_leaked" // to administrators; detail: the owner's e-mail address
	NoticeManyLeaked  = "token.many_leaked"  // to administrators; detail: how many
	NoticeShortened   = "policy.shortened"   // tokens of yours end earlier; subject: the policy's version
	NoticeUnused      = "policy.unused"      // tokens of yours were not used; detail: UnusedPause or UnusedRevoke
)

// maxNotices is how many are shown at a time.
const maxNotices = 50

// Notices returns what a person is to be told, the newest first.
func (s *Store) Notices(ctx context.Context, userID int64) ([]Notice, error) {
	var out []Notice
	err := s.read(ctx).Where("user_id = ?", userID).Order("id DESC").Limit(maxNotices).Find(&out).Error
	return out, err
}

// DismissNotice forgets one of a person's notices. Error: ErrNotFound.
func (s *Store) DismissNotice(ctx context.Context, u *User, id int64) error {
	removed := s.write(ctx).Where("id = ? AND user_id = ?", id, u.ID).Delete(&Notice{})
	if removed.Error == nil && removed.RowsAffected == 0 {
		return ErrNotFound
	}
	return removed.Error
}

// tell keeps notices for those whom they concern, except those that they have already.
func (s *Store) tell(ctx context.Context, notices []Notice) error {
	now := s.Now()
	for i := range notices {
		notices[i].CreatedAt = now
	}
	return s.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(notices, rowsAtOnce).Error
}

// keepOwners keeps the owners of tokens from being changed. A notice does so too,
// and whoever locks a person and their tokens locks the person first.
func (s *Store) keepOwners(ctx context.Context, tokenIDs []int64) error {
	if !s.postgres {
		return nil
	}
	return s.write(ctx).Exec("SELECT id FROM users WHERE id IN (SELECT user_id FROM tokens WHERE id IN ?) ORDER BY id FOR KEY SHARE", tokenIDs).Error
}

// tellOwners tells each owner of changed tokens once.
func (s *Store) tellOwners(ctx context.Context, changes []change, n Notice) error {
	var notices []Notice
	told := map[int64]bool{}
	for _, c := range changes {
		if owner := c.token.UserID; !told[owner] {
			told[owner] = true
			n.UserID = owner
			notices = append(notices, n)
		}
	}
	return s.tell(ctx, notices)
}
