package models

import (
	"context"
	"time"
)

// forgetEntry names whose cached standing is no longer right: a token by its
// hash, or all tokens of a person. Neither: all of them.
type forgetEntry struct {
	hash   *[32]byte
	userID int64
}

// StandingChange is the row by which other processes learn of a forgetEntry.
type StandingChange struct {
	Seq    int64     `gorm:"primaryKey;autoIncrement:false"`
	At     time.Time `gorm:"serializer:micros"`
	Hash   []byte
	UserID *int64
}

// keepChanges is how many rows the log of changes keeps at least. A process that
// missed more forgets everything.
const keepChanges = 10_000

// standingChanged records, within a transaction, that tokens or people have
// become good, bad or different. This process forgets what it cached as soon as
// the transaction commits; others when they poll. Counting in one row keeps the
// numbers in the order of the commits.
func (s *Store) standingChanged(ctx context.Context, entries ...forgetEntry) error {
	if len(entries) == 0 {
		return nil
	}
	var newest int64
	err := s.write(ctx).Raw("UPDATE standing SET seq = seq + ? WHERE id = 1 RETURNING seq", len(entries)).Scan(&newest).Error
	if err != nil {
		return err
	}
	rows := make([]StandingChange, len(entries))
	for i, e := range entries {
		rows[i] = StandingChange{Seq: newest - int64(len(entries)-1-i), At: s.Now()}
		if e.hash != nil {
			rows[i].Hash = e.hash[:]
		}
		if e.userID != 0 {
			rows[i].UserID = &e.userID
		}
	}
	*s.after = append(*s.after, func() {
		for _, e := range entries {
			s.forget(e)
		}
	})
	return s.write(ctx).CreateInBatches(rows, rowsAtOnce).Error
}

// changesSince returns the changes after seq and the newest number. complete is
// false when seq is unseen, or some of the changes are no longer in the log.
func (s *Store) changesSince(ctx context.Context, seq int64) (changes []StandingChange, newest int64, complete bool, err error) {
	if err = s.read(ctx).Raw("SELECT seq FROM standing WHERE id = 1").Scan(&newest).Error; err != nil || newest == seq {
		return nil, newest, true, err
	}
	if seq == unseen || newest-seq > keepChanges {
		return nil, newest, false, nil
	}
	err = s.read(ctx).Where("seq > ? AND seq <= ?", seq, newest).Order("seq").Find(&changes).Error
	return changes, newest, int64(len(changes)) == newest-seq, err
}

func (s *Store) trimChanges(ctx context.Context) error {
	return s.write(ctx).Where("seq <= (SELECT seq FROM standing WHERE id = 1) - ?", keepChanges).
		Delete(&StandingChange{}).Error
}
