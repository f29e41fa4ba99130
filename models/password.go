package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Length of a password in characters (NIST SP 800-63B-4, 3.1.1.2: 15 where it is the only factor).
const (
	MinPassword = 15
	MaxPassword = 256
)

// argonCost is what a hash costs: memory in KiB, passes over it, and lanes.
type argonCost struct {
	memory, passes uint32
	lanes          uint8
}

// presentCost is that of new hashes (OWASP Password Storage Cheat Sheet): 19 MiB, two passes,
// one lane. A hash with another cost is still read, and replaced at the next sign-in.
var presentCost = argonCost{memory: 19456, passes: 2, lanes: 1}

// maxCost bounds what a damaged hash can make a sign-in cost.
var maxCost = argonCost{memory: 1 << 20, passes: 100}

const (
	argonSalt = 16
	argonKey  = 32
)

// Hashing takes memory and a core, so only so many run at once; the others
// queue for a bounded time, and beyond a bounded queue they are turned away.
var (
	hashing  = make(chan struct{}, 2*runtime.NumCPU())
	queueing = make(chan struct{}, 2*runtime.NumCPU()+64)
)

const hashPatience = 5 * time.Second

func argon(password string, salt []byte, cost argonCost) ([]byte, error) {
	busy := &Error{Code: CodeBusy, RetryAfter: hashPatience}
	select {
	case queueing <- struct{}{}:
		defer func() { <-queueing }()
	default:
		return nil, busy
	}
	patience := time.NewTimer(hashPatience)
	defer patience.Stop()
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-patience.C:
		return nil, busy
	}
	return argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.lanes, argonKey), nil
}

// prefix is how the PHC string of a hash with this cost begins.
func (c argonCost) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.memory, c.passes, c.lanes)
}

// costOf reads the cost out of a PHC string, and returns what follows it.
func costOf(phc string) (cost argonCost, rest string, ok bool) {
	version := 0
	n, err := fmt.Sscanf(phc, "$argon2id$v=%d$m=%d,t=%d,p=%d$", &version, &cost.memory, &cost.passes, &cost.lanes)
	if err != nil || n != 4 || cost.passes == 0 || cost.lanes == 0 || cost.memory > maxCost.memory || cost.passes > maxCost.passes {
		return argonCost{}, "", false
	}
	rest, ok = strings.CutPrefix(phc, cost.prefix())
	return cost, rest, ok
}

// hashPassword returns the PHC string of password. Error: CodeBusy.
func hashPassword(password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := argon(password, salt, presentCost)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return presentCost.prefix() + enc.EncodeToString(salt) + "$" + enc.EncodeToString(key), nil
}

// passwordMatches compares in constant time. Error: CodeBusy.
func passwordMatches(phc, password string) (bool, error) {
	cost, rest, ok := costOf(phc)
	salt64, key64, both := strings.Cut(rest, "$")
	salt, saltErr := base64.RawStdEncoding.DecodeString(salt64)
	want, keyErr := base64.RawStdEncoding.DecodeString(key64)
	if !ok || !both || saltErr != nil || keyErr != nil {
		return false, errors.New("unreadable password hash")
	}
	got, err := argon(password, salt, cost)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// dummyHash is compared with when there is no such person, so that the answer
// takes as long. It is of the right form, and nobody knows a password for it.
var dummyHash = presentCost.prefix() + strings.Repeat("A", base64.RawStdEncoding.EncodedLen(argonSalt)) +
	"$" + strings.Repeat("A", base64.RawStdEncoding.EncodedLen(argonKey))

// errSignIn is the one answer to a failed sign-in, whatever the reason.
var errSignIn = &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "email", Code: "sign_in_failed"}}}

// Authenticate finds the person with this e-mail address and password. Unknown
// address, wrong password and disabled account are one error, CodeInvalid with
// "sign_in_failed", after the same work. Other error: CodeBusy.
func (s *Store) Authenticate(ctx context.Context, email, password string) (*User, error) {
	if utf8.RuneCountInString(password) > MaxPassword {
		return nil, errSignIn
	}
	u, err := s.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	known := err == nil
	phc := u.PasswordHash
	if !known {
		phc = dummyHash
	}
	match, err := passwordMatches(phc, password)
	if err != nil {
		return nil, err
	}
	if !match || !known || u.Disabled() {
		return nil, errSignIn
	}
	return u, s.renewHash(ctx, u, password)
}

// renewHash replaces a hash whose cost is no longer that of new ones. The
// password stays, so sessions do too.
func (s *Store) renewHash(ctx context.Context, u *User, password string) error {
	if strings.HasPrefix(u.PasswordHash, presentCost.prefix()) {
		return nil
	}
	hash, err := hashPassword(password)
	if err != nil {
		return err
	}
	// Not over a password that was changed meanwhile.
	renewed := s.write(ctx).Model(u).Where("password_hash = ?", u.PasswordHash).Update("password_hash", hash)
	return renewed.Error
}

// ChangePassword sets a new password after checking the current one, and ends
// the person's sessions except keep. Errors: CodeInvalid, CodeBusy.
func (s *Store) ChangePassword(ctx context.Context, actor Actor, u *User, current, next string, keep *Session) error {
	var v Invalid
	if current == "" {
		v.Add("current_password", "password_required")
	} else if match, err := passwordMatches(u.PasswordHash, current); err != nil {
		return err
	} else if !match {
		v.Add("current_password", "password_wrong")
	}
	checkPassword(&v, "new_password", next, u.Name, u.Email)
	if len(v) == 0 && next == current {
		v.Add("new_password", "password_same")
	}
	if err := v.Err(); err != nil {
		return err
	}
	return s.setPassword(ctx, actor, u, next, keep, u.PasswordHash)
}

// SetPassword replaces a person's password without asking for the current one,
// and ends all their sessions. Errors: CodeInvalid, CodeBusy.
func (s *Store) SetPassword(ctx context.Context, actor Actor, u *User, next string) error {
	var v Invalid
	checkPassword(&v, "password", next, u.Name, u.Email)
	if err := v.Err(); err != nil {
		return err
	}
	return s.setPassword(ctx, actor, u, next, nil, "")
}

// setPassword refuses when expected is given and no longer the person's hash:
// who knew the old password must not win over who has just replaced it.
func (s *Store) setPassword(ctx context.Context, actor Actor, u *User, next string, keep *Session, expected string) error {
	hash, err := hashPassword(next)
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.lockUser(ctx, u.ID, u); err != nil {
			return err
		}
		if expected != "" && (u.PasswordHash != expected || u.Disabled()) {
			return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "current_password", Code: "password_wrong"}}}
		}
		u.PasswordHash, u.UpdatedAt = hash, tx.Now()
		if err := tx.write(ctx).Select("password_hash", "updated_at").Updates(u).Error; err != nil {
			return err
		}
		if err := tx.endSessions(ctx, u.ID, keep); err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditPasswordChanged, UserID: &u.ID, Label: u.Name})
	})
}

func checkPassword(v *Invalid, field, password, name, email string) {
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		v.Add(field, "password_required")
	case n < MinPassword:
		v.Add(field, "password_too_short", "min", MinPassword)
	case n > MaxPassword:
		v.Add(field, "password_too_long", "max", MaxPassword)
	case aboutYou(password, name, email):
		v.Add(field, "password_contains_you")
	case guessable(password):
		v.Add(field, "password_common")
	}
}
