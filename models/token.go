package models

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"tessera/models/token"
)

// Token is a personal access token. Of its secret only the hash and the last
// four characters are kept.
type Token struct {
	ID               int64  `gorm:"primaryKey"`
	PublicID         string // 26 base32 characters, random
	UserID           int64
	Name             string
	NameKey          string  // Name folded for comparison
	LiveName         *string // NameKey while live; unique for each person
	Hash             []byte
	LastFour         string
	Nonce            string     // of the form that made it: a second submit makes no second token
	Version          int64      // counts edits, to notice a stale form
	CreatedAt        time.Time  `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt        *time.Time `gorm:"serializer:micros"` // exclusive; nil: never
	RevokedAt        *time.Time `gorm:"serializer:micros"`
	PausedAt         *time.Time `gorm:"serializer:micros"` // since then it is refused, until it is resumed
	RevokeAt         *time.Time `gorm:"serializer:micros"` // from then on it is revoked; nil: not planned
	RefusedAt        *time.Time `gorm:"serializer:micros"` // the last request with it that was refused
	Administration   bool       // it may administer, while its owner may
	FirstUsedAt      *time.Time `gorm:"serializer:micros"`
	FirstUsedAddress string
	FirstUsedClient  string
	LastUsedAt       *time.Time `gorm:"serializer:micros"`
	LastUsedAddress  string
	LastUsedClient   string
}

// Status is a token's standing as a person reads it.
type Status string

// A token is in one of these states. Expiring means active, with 14 days or fewer left.
const (
	StatusActive   Status = "active"
	StatusExpiring Status = "expiring"
	StatusPaused   Status = "paused"
	StatusExpired  Status = "expired"
	StatusRevoked  Status = "revoked"
)

// ExpiringDays is how many calendar days before its end a token counts as expiring.
const ExpiringDays = 14

// Status at now, for a reader in loc.
func (t *Token) Status(now time.Time, loc *time.Location) Status {
	switch {
	case t.Revoked(now):
		return StatusRevoked
	case t.ExpiresAt != nil && !now.Before(*t.ExpiresAt):
		return StatusExpired
	case t.PausedAt != nil:
		return StatusPaused
	case t.ExpiresAt != nil && !t.ExpiresAt.After(expiringUntil(now, loc)):
		return StatusExpiring
	default:
		return StatusActive
	}
}

// expiringUntil is the latest expiry that counts as near: the end of the day ExpiringDays from now.
func expiringUntil(now time.Time, loc *time.Location) time.Time {
	return StartOfDay(date(now.In(loc)).AddDate(0, 0, ExpiringDays+1), loc)
}

// Revoked reports whether the token has been revoked, or was to be by now.
func (t *Token) Revoked(now time.Time) bool {
	return t.RevokedAt != nil || t.RevokeAt != nil && !now.Before(*t.RevokeAt)
}

// Live reports whether the token is neither revoked nor expired at now; it may be paused.
func (t *Token) Live(now time.Time) bool {
	return !t.Revoked(now) && (t.ExpiresAt == nil || now.Before(*t.ExpiresAt))
}

// Planned is the moment from which a live token will be revoked, nil when there is none
// before it expires.
func (t *Token) Planned(now time.Time) *time.Time {
	if !t.Live(now) || t.RevokeAt == nil || t.ExpiresAt != nil && !t.RevokeAt.Before(*t.ExpiresAt) {
		return nil
	}
	return t.RevokeAt
}

// Masked is the secret as it may be shown: its prefix and its last four characters.
func (t *Token) Masked() string { return token.Prefix + "…" + t.LastFour }

// NewToken is a filled-in form for a token. Session is the browser that may see
// the secret, nil for the command line.
type NewToken struct {
	Name, Validity, ExpiresOn, Nonce string
	Administration                   bool // only an administrator may ask for it
	Session                          *Session
}

// maxNonce bounds what a form may send as its nonce.
const maxNonce = 64

// CreateToken makes a token for owner, whose time zone decides when it expires,
// and returns it with its secret. When a token of the same nonce exists already,
// that one is returned, with no secret. Error: CodeInvalid with its fields.
func (s *Store) CreateToken(ctx context.Context, actor Actor, owner *User, in NewToken) (*Token, string, error) {
	if in.Nonce == "" || len(in.Nonce) > maxNonce || !storable(in.Nonce) {
		return nil, "", &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "nonce", Code: "nonce_missing"}}}
	}
	secret := token.New()
	hash := token.Hash(secret)
	var t *Token
	err := s.Tx(ctx, func(tx *Store) error {
		var lock User
		if err := tx.lockUser(ctx, owner.ID, &lock); err != nil {
			return err
		}
		var earlier Token
		err := tx.read(ctx).Where("user_id = ? AND nonce = ?", owner.ID, in.Nonce).Take(&earlier).Error
		if err == nil {
			t, secret = &earlier, ""
			return nil
		}
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		now := tx.Now()
		t = &Token{
			PublicID: strings.ToLower(rand.Text()), UserID: owner.ID, Hash: hash[:], LastFour: token.LastFour(secret),
			Nonce: in.Nonce, Version: 1, CreatedAt: now, Administration: in.Administration,
		}
		var v Invalid
		if in.Administration && !lock.Admin {
			v.Add("administration", "administration_refused")
		}
		t.setName(checkName(&v, "name", in.Name))
		policy, err := tx.holdPolicy(ctx)
		if err != nil {
			return err
		}
		t.ExpiresAt = policy.expiry(&v, in.Validity, in.ExpiresOn, nil, now, owner.Location())
		if err := tx.checkLive(ctx, &v, t, policy, now, true); err != nil {
			return err
		}
		if err := tx.write(ctx).Create(t).Error; err != nil {
			return err
		}
		if in.Session != nil {
			if err := tx.keepReveal(ctx, t, in.Session, secret); err != nil {
				return err
			}
		}
		changes := AuditChanges{{Field: "expires_at", New: stamp(t.ExpiresAt)}}
		if t.Administration {
			changes = append(changes, AuditChange{Field: "administration", New: "true"})
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditTokenCreated, UserID: &owner.ID, Subject: t.PublicID, Label: t.Name, Changes: changes})
	})
	if err != nil {
		return nil, "", err
	}
	return t, secret, nil
}

func (t *Token) setName(name string) {
	t.Name, t.NameKey = name, fold(name)
}

// checkLive sets t.LiveName for a token that is to be live, after freeing that
// name from expired tokens, and adds to v what stands against it; becomes says
// that t was not live before and so counts against the limit.
func (s *Store) checkLive(ctx context.Context, v *Invalid, t *Token, policy *TokenPolicy, now time.Time, becomes bool) error {
	if len(*v) > 0 {
		return v.Err()
	}
	t.LiveName = &t.NameKey
	live := func() *gorm.DB {
		return s.write(ctx).Model(&Token{}).Where("user_id = ? AND revoked_at IS NULL AND id <> ?", t.UserID, t.ID).
			Where("(expires_at IS NULL OR expires_at > ?) AND (revoke_at IS NULL OR revoke_at > ?)", now.UnixMicro(), now.UnixMicro())
	}
	var same, all int64
	if err := live().Where("name_key = ?", t.NameKey).Count(&same).Error; err != nil {
		return err
	}
	if same > 0 {
		v.Add("name", "name_taken", "name", t.Name)
	}
	if becomes {
		if err := live().Count(&all).Error; err != nil {
			return err
		}
		switch limit, byPolicy := s.liveTokens(policy); {
		case all < int64(limit):
		case byPolicy:
			v.Add("name", "policy_live", "max", limit)
		default:
			v.Add("name", "token_limit", "max", limit)
		}
	}
	if err := v.Err(); err != nil {
		return err
	}
	return s.write(ctx).Model(&Token{}).Where("user_id = ? AND live_name = ? AND id <> ?", t.UserID, t.NameKey, t.ID).
		Update("live_name", nil).Error
}

// stamp writes an optional time into an audit event.
func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// RevokeToken ends a token for good; the next request with it is refused. A
// second call changes nothing. Error: ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, actor Actor, owner *User, publicID string) (*Token, error) {
	var t Token
	err := s.Tx(ctx, func(tx *Store) error {
		if err := tx.ownToken(ctx, owner, publicID, &t); err != nil || t.RevokedAt != nil {
			return err
		}
		return tx.endToken(ctx, actor, &t)
	})
	return &t, err
}

func (s *Store) tokenChanged(ctx context.Context, t *Token) error {
	hash := [32]byte(t.Hash)
	return s.standingChanged(ctx, forgetEntry{hash: &hash})
}

// ownToken reads one of owner's tokens for a change. ErrNotFound: none, or somebody else's.
func (s *Store) ownToken(ctx context.Context, owner *User, publicID string, t *Token) error {
	if !storable(publicID) {
		return ErrNotFound
	}
	return found(s.forUpdate(ctx).Where("public_id = ? AND user_id = ?", publicID, owner.ID).Take(t).Error)
}

// Token returns one of owner's tokens. ErrNotFound: none, or somebody else's.
func (s *Store) Token(ctx context.Context, owner *User, publicID string) (*Token, error) {
	if !storable(publicID) {
		return nil, ErrNotFound
	}
	var t Token
	err := s.read(ctx).Where("public_id = ? AND user_id = ?", publicID, owner.ID).Take(&t).Error
	return &t, found(err)
}

// TokenBySecret returns the token of a whole secret and its owner, in whatever
// state they are, without counting a use. ErrNotFound: unknown.
func (s *Store) TokenBySecret(ctx context.Context, secret string) (*Token, *User, error) {
	hash := token.Hash(secret)
	var t Token
	var u User
	if err := s.read(ctx).Where("hash = ?", hash[:]).Take(&t).Error; err != nil {
		return nil, nil, found(err)
	}
	return &t, &u, found(s.read(ctx).Where("id = ?", t.UserID).Take(&u).Error)
}
