package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"gorm.io/gorm/clause"
)

// Session is one browser's signed-in state. The cookie holds Secret; the row
// is found by its SHA-256, so a copy of the database opens no session.
type Session struct {
	Hash      []byte `gorm:"primaryKey"`
	UserID    int64
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	SeenAt    time.Time `gorm:"serializer:micros"`
	Address   string
	Client    string
	Data      []byte // of the handlers, opaque here

	Secret    string `gorm:"-"` // the cookie's value: 256 bits, base64url
	HasReveal bool   `gorm:"-"` // a new token's secret can still be seen
	HasNews   bool   `gorm:"-"` // there are notices for the person, or they are to leave
}

// seenEvery is how exactly SeenAt is kept: a write for each page would be a waste.
const seenEvery = 5 * time.Minute

// newSecret returns 256 random bits in base64url, and their hash.
func newSecret() (string, []byte) {
	b := make([]byte, 32)
	rand.Read(b)
	s := base64.RawURLEncoding.EncodeToString(b)
	return s, hashOf(s)
}

func hashOf(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// SignIn starts a session for u with a new secret and deletes the browser's
// old one, if any, so that a planted cookie gains nothing. When u was disabled or
// got another password since Authenticate, it fails as that does.
func (s *Store) SignIn(ctx context.Context, u *User, old *Session, address, client string) (*Session, error) {
	now := s.Now()
	session := &Session{UserID: u.ID, CreatedAt: now, SeenAt: now, Address: address, Client: client, Data: []byte{}}
	session.Secret, session.Hash = newSecret()
	return session, s.Tx(ctx, func(tx *Store) error {
		var now User
		if err := tx.lockUser(ctx, u.ID, &now); err != nil {
			return err
		}
		if now.Disabled() || now.PasswordHash != u.PasswordHash {
			return errSignIn
		}
		if _, err := tx.dropSession(ctx, old); err != nil {
			return err
		}
		if err := tx.write(ctx).Create(session).Error; err != nil {
			return err
		}
		actor := Actor{Kind: "user", User: u, Address: address, Client: client}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditSignedIn, UserID: &u.ID, Label: u.Name})
	})
}

// SessionBySecret returns the live session of a cookie's value and its person.
// ErrNotFound: unknown, too old, idle too long, or the person is disabled.
func (s *Store) SessionBySecret(ctx context.Context, secret string) (*Session, *User, error) {
	var row struct {
		Session `gorm:"embedded"`
		Reveals bool
		News    bool
	}
	now, db := s.Now(), s.read(ctx)
	err := db.Table("sessions").
		Select(`*, EXISTS (SELECT 1 FROM reveals WHERE session_hash = hash AND expires_at > ?) AS reveals,
			EXISTS (SELECT 1 FROM notices WHERE notices.user_id = sessions.user_id)
			OR EXISTS (SELECT 1 FROM rundowns WHERE rundowns.user_id = sessions.user_id) AS news`, now.UnixMicro()).
		Where("hash = ?", hashOf(secret)).Take(&row).Error
	if err != nil {
		return nil, nil, found(err)
	}
	session := &row.Session
	session.Secret, session.HasReveal, session.HasNews = secret, row.Reveals, row.News
	var u User
	if err := db.Where("id = ? AND disabled_at IS NULL", session.UserID).Take(&u).Error; err != nil {
		return nil, nil, found(err)
	}
	idle, longest := s.sessionLimits(&u)
	if now.Sub(session.SeenAt) >= idle || now.Sub(session.CreatedAt) >= longest {
		return nil, nil, ErrNotFound
	}
	if now.Sub(session.SeenAt) >= seenEvery {
		session.SeenAt = now
		return session, &u, s.write(ctx).Model(session).Select("seen_at").Updates(session).Error
	}
	return session, &u, nil
}

// sessionLimits are how long a session of u may rest, and how long it may last.
func (s *Store) sessionLimits(u *User) (idle, longest time.Duration) {
	if u.Admin {
		return s.Limits.AdminSessionIdle, s.Limits.AdminSessionMax
	}
	return s.Limits.SessionIdle, s.Limits.SessionMax
}

// SaveSessionData stores the handlers' part of a session.
func (s *Store) SaveSessionData(ctx context.Context, session *Session) error {
	return s.write(ctx).Model(session).Select("data").Updates(session).Error
}

// RenewSession gives a session a new secret; the old one opens nothing from then
// on. ErrNotFound: it has been ended meanwhile.
func (s *Store) RenewSession(ctx context.Context, old *Session) (*Session, error) {
	session := *old
	session.Secret, session.Hash = newSecret()
	session.HasReveal = false
	return &session, s.Tx(ctx, func(tx *Store) error {
		if there, err := tx.dropSession(ctx, old); err != nil {
			return err
		} else if !there {
			return ErrNotFound
		}
		return tx.write(ctx).Create(&session).Error
	})
}

// SignOut ends a session.
func (s *Store) SignOut(ctx context.Context, actor Actor, session *Session) error {
	return s.Tx(ctx, func(tx *Store) error {
		if _, err := tx.dropSession(ctx, session); err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditSignedOut, UserID: &session.UserID, Label: actor.User.Name})
	})
}

// dropSession deletes session, if it is one, and reports whether it was there.
func (s *Store) dropSession(ctx context.Context, session *Session) (bool, error) {
	if session == nil {
		return false, nil
	}
	deleted := s.write(ctx).Where("hash = ?", session.Hash).Delete(&Session{})
	return deleted.RowsAffected > 0, deleted.Error
}

// endSessions ends all sessions of a person except keep, which may be nil.
func (s *Store) endSessions(ctx context.Context, userID int64, keep *Session) error {
	db := s.write(ctx).Where("user_id = ?", userID)
	if keep != nil {
		db = db.Where("hash <> ?", keep.Hash)
	}
	return db.Delete(&Session{}).Error
}

// Device is a browser in which a person has signed in before.
type Device struct {
	Hash   []byte    `gorm:"primaryKey"`
	UserID int64     `gorm:"primaryKey;autoIncrement:false"`
	UsedAt time.Time `gorm:"serializer:micros"`
}

// RememberDevice notes that u signed in from the browser with this cookie
// value; an empty one gets a new value, which is returned.
func (s *Store) RememberDevice(ctx context.Context, u *User, secret string) (string, error) {
	if secret == "" {
		secret, _ = newSecret()
	}
	d := Device{Hash: hashOf(secret), UserID: u.ID, UsedAt: s.Now()}
	return secret, s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&d).Error
}

// KnownDevice reports whether the person with this address signed in from this browser before.
func (s *Store) KnownDevice(ctx context.Context, email, secret string) (bool, error) {
	if secret == "" {
		return false, nil
	}
	var n int64
	err := s.read(ctx).Model(&Device{}).Joins("JOIN users ON users.id = devices.user_id").
		Where("devices.hash = ? AND users.email_key = ?", hashOf(secret), EmailKey(email)).Count(&n).Error
	return n > 0, err
}
