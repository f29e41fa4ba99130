package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// SetupLink is the one-time link that makes the first administrator.
type SetupLink struct {
	Hash      []byte    `gorm:"primaryKey"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
}

// SetupLinkLife is how long a set-up link can be used.
const SetupLinkLife = time.Hour

// NewSetupLink replaces any earlier link and returns the new one's secret, or
// "" when there is a person already and so nothing to set up.
func (s *Store) NewSetupLink(ctx context.Context) (string, error) {
	secret, hash := newSecret()
	err := s.Tx(ctx, func(tx *Store) error {
		any, err := tx.HasUsers(ctx)
		if err != nil {
			return err
		}
		if err := tx.dropSetupLinks(ctx); err != nil {
			return err
		}
		if any {
			secret = ""
			return nil
		}
		return tx.write(ctx).Create(&SetupLink{Hash: hash, ExpiresAt: tx.Now().Add(SetupLinkLife)}).Error
	})
	return secret, err
}

// SetupLinkOpen reports whether a set-up link can be used. ErrNotFound: it can't.
func (s *Store) SetupLinkOpen(ctx context.Context, secret string) error {
	var l SetupLink
	return found(s.read(ctx).Where("hash = ? AND expires_at > ?", hashOf(secret), s.Now().UnixMicro()).Take(&l).Error)
}

// SetUp uses a set-up link to make the first administrator, and ends it.
// Errors: ErrNotFound (the link was used or is too old), CodeInvalid, CodeBusy.
func (s *Store) SetUp(ctx context.Context, actor Actor, secret string, in NewUser) (*User, error) {
	if err := s.SetupLinkOpen(ctx, secret); err != nil {
		return nil, err
	}
	in.Admin = true
	u, err := s.newUser(in)
	if err != nil {
		return nil, err
	}
	return u, s.Tx(ctx, func(tx *Store) error {
		deleted := tx.write(ctx).Where("hash = ? AND expires_at > ?", hashOf(secret), tx.Now().UnixMicro()).Delete(&SetupLink{})
		if deleted.Error != nil {
			return deleted.Error
		}
		if deleted.RowsAffected == 0 {
			return ErrNotFound
		}
		return tx.insertUser(ctx, actor, u)
	})
}

func (s *Store) dropSetupLinks(ctx context.Context) error {
	return s.write(ctx).Session(&gorm.Session{AllowGlobalUpdate: true}).Delete(&SetupLink{}).Error
}
