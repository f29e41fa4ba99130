package models

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// User is a person who can sign in and own tokens.
type User struct {
	ID           int64 `gorm:"primaryKey"`
	Email        string
	EmailKey     string // Email folded for comparison; unique
	Name         string
	NameKey      string // Name folded for comparison; empty: written before it was kept, see fillNameKeys
	PasswordHash string
	TimeZone     string // IANA name
	Language     string // "en", "ja"; empty follows the browser
	Theme        string // "system", "light", "dark"
	Admin        bool
	DisabledAt   *time.Time `gorm:"serializer:micros"`
	CreatedAt    time.Time  `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt    time.Time  `gorm:"serializer:micros;autoUpdateTime:false"`
}

// Themes and Languages a person can choose. An empty language follows the browser.
var (
	Themes    = []string{"system", "light", "dark"}
	Languages = []string{"en", "ja"}
)

// Location returns the person's time zone; UTC when the stored name is unknown here.
func (u *User) Location() *time.Location {
	if loc, ok := zones.Load(u.TimeZone); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(u.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(u.TimeZone, loc)
	return loc
}

// zones keeps the time zones that people have chosen: the standard library reads
// a file for each look-up. There are only so many.
var zones sync.Map

// Disabled reports whether the person may no longer sign in or use tokens.
func (u *User) Disabled() bool { return u.DisabledAt != nil }

// EmailKey folds an address for comparison: without regard to case, in one
// Unicode form, without surrounding space.
func EmailKey(email string) string { return fold(email) }

// NewUser is what it takes to make an account.
type NewUser struct {
	Email, Name, Password, TimeZone, Language string
	Admin                                     bool
}

// CreateUser makes an account. Errors: CodeInvalid with its fields.
func (s *Store) CreateUser(ctx context.Context, actor Actor, in NewUser) (*User, error) {
	u, err := s.newUser(in)
	if err != nil {
		return nil, err
	}
	return u, s.Tx(ctx, func(tx *Store) error { return tx.insertUser(ctx, actor, u) })
}

// newUser checks in and hashes the password, which is slow and so comes before any transaction.
func (s *Store) newUser(in NewUser) (*User, error) {
	var v Invalid
	email := norm.NFC.String(strings.TrimSpace(in.Email))
	u := &User{Email: email, EmailKey: EmailKey(email), TimeZone: in.TimeZone, Language: in.Language, Theme: "system", Admin: in.Admin}
	u.setName(checkName(&v, "name", in.Name))
	checkEmail(&v, email)
	if u.TimeZone == "" {
		u.TimeZone = "UTC"
	}
	checkPreferences(&v, u)
	checkPassword(&v, "password", in.Password, in.Name, email)
	if err := v.Err(); err != nil {
		return nil, err
	}
	hash, err := hashPassword(in.Password)
	u.PasswordHash = hash
	u.CreatedAt = s.Now()
	u.UpdatedAt = u.CreatedAt
	return u, err
}

func (u *User) setName(name string) { u.Name, u.NameKey = name, fold(name) }

func (s *Store) insertUser(ctx context.Context, actor Actor, u *User) error {
	if err := s.write(ctx).Create(u).Error; err != nil {
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "email", Code: "email_taken"}}}
		}
		return err
	}
	if err := s.createPersonalTeam(ctx, u); err != nil {
		return err
	}
	if actor.Kind == "user" && actor.User == nil {
		actor.User = u // the first administrator makes their own account
	}
	if err := s.dropSetupLinks(ctx); err != nil { // there is nothing left to set up
		return err
	}
	return s.audit(ctx, actor, AuditEvent{Kind: AuditUserCreated, UserID: &u.ID, Label: u.Name})
}

func checkEmail(v *Invalid, email string) {
	if email == "" {
		v.Add("email", "email_required")
		return
	}
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || strings.ContainsFunc(email, bidiControl) {
		v.Add("email", "email_invalid")
	}
}

func checkPreferences(v *Invalid, u *User) {
	if u.TimeZone == "Local" || u.TimeZone == "" {
		v.Add("time_zone", "time_zone_unknown")
	} else if _, err := time.LoadLocation(u.TimeZone); err != nil {
		v.Add("time_zone", "time_zone_unknown")
	}
	if u.Language != "" && !slices.Contains(Languages, u.Language) {
		v.Add("language", "language_unknown")
	}
	if !slices.Contains(Themes, u.Theme) {
		v.Add("theme", "theme_unknown")
	}
}

// UserByEmail finds a person by e-mail address, without regard to case. Error: ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (*User, error) {
	var u User
	err := s.read(ctx).Where("email_key = ?", EmailKey(email)).Take(&u).Error
	return &u, found(err)
}

// Users lists everyone by e-mail address.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	var out []User
	err := s.read(ctx).Order("email_key").Find(&out).Error
	return out, err
}

// HasUsers reports whether anyone has an account yet.
func (s *Store) HasUsers(ctx context.Context) (bool, error) {
	var u User
	err := s.read(ctx).Select("id").Take(&u).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ProfileChange holds the preferences to change; nil leaves one as it is.
type ProfileChange struct{ Name, TimeZone, Language, Theme *string }

// CheckPreferences tells whether the language and theme of change can be chosen. Error: CodeInvalid.
func CheckPreferences(change ProfileChange) error {
	u := User{TimeZone: "UTC", Theme: "system"}
	if change.Language != nil {
		u.Language = *change.Language
	}
	if change.Theme != nil {
		u.Theme = *change.Theme
	}
	var v Invalid
	checkPreferences(&v, &u)
	return v.Err()
}

// UpdateProfile changes a person's own name and preferences. Errors: CodeInvalid, ErrNotFound.
func (s *Store) UpdateProfile(ctx context.Context, actor Actor, id int64, change ProfileChange) (*User, error) {
	var u User
	return &u, s.Tx(ctx, func(tx *Store) error {
		if err := tx.lockUser(ctx, id, &u); err != nil {
			return err
		}
		var v Invalid
		var changes AuditChanges
		set := func(field string, at *string, to *string) {
			if to != nil && *to != *at {
				changes = append(changes, AuditChange{Field: field, Old: *at, New: *to})
				*at = *to
			}
		}
		if change.Name != nil {
			name := checkName(&v, "name", *change.Name)
			set("name", &u.Name, &name)
			u.setName(name)
		}
		set("time_zone", &u.TimeZone, change.TimeZone)
		set("language", &u.Language, change.Language)
		set("theme", &u.Theme, change.Theme)
		checkPreferences(&v, &u)
		if err := v.Err(); err != nil || len(changes) == 0 {
			return err
		}
		u.UpdatedAt = tx.Now()
		if err := tx.write(ctx).Select("name", "name_key", "time_zone", "language", "theme", "updated_at").Updates(&u).Error; err != nil {
			return err
		}
		if err := tx.standingChanged(ctx, forgetEntry{userID: id}); err != nil { // GET /v1/user shows them
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditProfileChanged, UserID: &id, Label: u.Name, Changes: changes})
	})
}

// lockUser reads a person's row and keeps others from changing it until the
// transaction ends. Error: ErrNotFound.
func (s *Store) lockUser(ctx context.Context, id int64, u *User) error {
	return found(s.forUpdate(ctx).Where("id = ?", id).Take(u).Error)
}

// forUpdate locks the rows it reads. SQLite has no such clause and needs none:
// its write transactions exclude each other.
func (s *Store) forUpdate(ctx context.Context) *gorm.DB {
	db := s.write(ctx)
	if s.postgres {
		db = db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return db
}
