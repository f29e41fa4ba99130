package models

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// Reveal keeps a new token's secret for the one page that shows it, encrypted
// with a key made from the session cookie's value, which is stored nowhere.
type Reveal struct {
	TokenID     int64 `gorm:"primaryKey;autoIncrement:false"`
	SessionHash []byte
	Sealed      []byte    // nonce, then AES-256-GCM of the secret
	ExpiresAt   time.Time `gorm:"serializer:micros"`
}

// RevealLife is how long the page can be reloaded.
const RevealLife = 10 * time.Minute

// keepReveal seals secret for session, within the transaction that makes t.
func (s *Store) keepReveal(ctx context.Context, t *Token, session *Session, secret string) error {
	aead, err := revealCipher(session, t.PublicID)
	if err != nil {
		return err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	r := &Reveal{TokenID: t.ID, SessionHash: session.Hash, ExpiresAt: s.Now().Add(RevealLife)}
	r.Sealed = aead.Seal(nonce, nonce, []byte(secret), []byte(t.PublicID))
	return s.write(ctx).Create(r).Error
}

// RevealedSecret returns the secret of t to the session that made it, while it
// may still be seen. ErrNotFound: it can't be shown (again).
func (s *Store) RevealedSecret(ctx context.Context, t *Token, session *Session) (string, error) {
	var r Reveal
	err := s.read(ctx).Where("token_id = ? AND session_hash = ? AND expires_at > ?", t.ID, session.Hash, s.Now().UnixMicro()).Take(&r).Error
	if err != nil {
		return "", found(err)
	}
	aead, err := revealCipher(session, t.PublicID)
	if err != nil {
		return "", err
	}
	n := aead.NonceSize()
	if len(r.Sealed) < n {
		return "", ErrNotFound
	}
	secret, err := aead.Open(nil, r.Sealed[:n], r.Sealed[n:], []byte(t.PublicID))
	if err != nil {
		return "", ErrNotFound // sealed for another cookie
	}
	return string(secret), nil
}

// EndReveals forgets the secrets that session could still see, except that of the token keepID.
func (s *Store) EndReveals(ctx context.Context, session *Session, keepID int64) error {
	return s.write(ctx).Where("session_hash = ? AND token_id <> ?", session.Hash, keepID).Delete(&Reveal{}).Error
}

func revealCipher(session *Session, publicID string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(session.Secret), []byte(publicID), "tessera reveal v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
