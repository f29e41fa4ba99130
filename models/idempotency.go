package models

import (
	"bytes"
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// IdempotentAnswer is what a call answered that its caller gave a name, for
// repeating it when the same call comes again.
type IdempotentAnswer struct {
	ProjectID int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID    int64  `gorm:"primaryKey;autoIncrement:false"`
	Name      string `gorm:"primaryKey"`
	BodyHash  []byte // SHA-256
	Status    int64
	Answer    []byte
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// KeepAnswers is how long an answer is repeated.
const KeepAnswers = 24 * time.Hour

// MaxIdempotencyName bounds the name of a call, in characters.
const MaxIdempotencyName = 255

// Once runs f in a transaction, unless u made a call of this name in the project
// within KeepAnswers: then it returns that call's answer. Error: ErrConflict when
// that call had another body.
func (s *Store) Once(ctx context.Context, u *User, projectID int64, name string, bodyHash []byte, f func(*Store) ([]byte, error)) (answer []byte, replayed bool, err error) {
	err = s.Tx(ctx, func(tx *Store) error {
		if err := tx.lockContent(ctx, projectID); err != nil { // two of the same name wait for each other
			return err
		}
		row := IdempotentAnswer{}
		err := tx.read(ctx).Where("project_id = ? AND user_id = ? AND name = ? AND created_at > ?",
			projectID, u.ID, name, tx.Now().Add(-KeepAnswers).UnixMicro()).Take(&row).Error
		switch {
		case err == nil && !bytes.Equal(row.BodyHash, bodyHash):
			return ErrConflict
		case err == nil:
			answer, replayed = row.Answer, true
			return nil
		case !errors.Is(err, gorm.ErrRecordNotFound):
			return err
		}
		if answer, err = f(tx); err != nil {
			return err
		}
		row = IdempotentAnswer{ProjectID: projectID, UserID: u.ID, Name: name, BodyHash: bodyHash, Status: 200, Answer: answer, CreatedAt: tx.Now()}
		return tx.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error // one that is too old makes way
	})
	return answer, replayed, err
}
