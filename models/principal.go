package models

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Principal is what a token's secret stands for: the token and its owner.
type Principal struct {
	TokenID   int64
	PublicID  string
	TokenName string
	CreatedAt int64 // Unix microseconds, as all times here: a cached principal is small
	ExpiresAt int64 // exclusive, by its date or by a planned revocation; 0: never
	Since     int64 // when it was revoked or paused; 0: neither

	UserID   int64
	UserName string
	Email    string
	Language string
	TimeZone string
	Disabled bool // the person

	Revoked, Paused bool
	Planned         bool // the end at ExpiresAt is a revocation
	Admin           bool // the owner is an administrator
	Administration  bool // and the token has the right to administer
}

// Outcome is the answer to "is this secret good?".
type Outcome string

// All but OutcomeMalformed and OutcomeUnknown mean that the whole secret matched a token.
const (
	OutcomeOK           Outcome = "ok"
	OutcomeExpired      Outcome = "expired"
	OutcomeRevoked      Outcome = "revoked"
	OutcomePaused       Outcome = "paused"
	OutcomeUserDisabled Outcome = "user_disabled"
	OutcomeNetwork      Outcome = "network"   // good, but not where the request comes from
	OutcomeMalformed    Outcome = "malformed" // the form or the checksum is wrong
	OutcomeUnknown      Outcome = "unknown"
)

// outcome at the moment now, in Unix microseconds.
func (p *Principal) outcome(now int64) Outcome {
	switch {
	case p.Revoked:
		return OutcomeRevoked
	case p.ExpiresAt != 0 && now >= p.ExpiresAt:
		if p.Planned {
			return OutcomeRevoked
		}
		return OutcomeExpired
	case p.Paused:
		return OutcomePaused
	case p.Disabled:
		return OutcomeUserDisabled
	default:
		return OutcomeOK
	}
}

const principalSQL = `SELECT t.id, t.public_id, t.name, t.created_at, COALESCE(t.expires_at, 0), COALESCE(t.revoke_at, 0),
	COALESCE(t.revoked_at, t.paused_at, 0), t.revoked_at IS NOT NULL, t.paused_at IS NOT NULL, u.admin, t.administration AND u.admin,
	u.id, u.name, u.email, u.language, u.time_zone, u.disabled_at IS NOT NULL
FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = $1`

// principalReader reads principals past GORM: this is the one read of a request
// whose token is seen for the first time, and GORM would double its cost.
type principalReader struct {
	store *Store
	mu    sync.Mutex
	kept  *sql.Stmt // SQLite's; pgx keeps statements itself, as far as the database URL lets it
}

// read returns nil, nil for an unknown hash.
func (r *principalReader) read(ctx context.Context, hash [32]byte) (*Principal, error) {
	row, err := r.query(ctx, hash[:])
	if err != nil {
		return nil, err
	}
	p := &Principal{}
	var planned int64
	err = row.Scan(&p.TokenID, &p.PublicID, &p.TokenName, &p.CreatedAt, &p.ExpiresAt, &planned,
		&p.Since, &p.Revoked, &p.Paused, &p.Admin, &p.Administration, &p.UserID, &p.UserName, &p.Email, &p.Language, &p.TimeZone, &p.Disabled)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if planned != 0 && (p.ExpiresAt == 0 || planned < p.ExpiresAt) {
		p.ExpiresAt, p.Planned = planned, true
	}
	return p, err
}

func (r *principalReader) query(ctx context.Context, hash []byte) (*sql.Row, error) {
	db, err := r.store.db.DB()
	if err != nil {
		return nil, err
	}
	if r.store.postgres {
		return db.QueryRowContext(ctx, principalSQL, hash), nil
	}
	stmt, err := r.statement(ctx, db)
	if err != nil {
		return nil, err
	}
	return stmt.QueryRowContext(ctx, hash), nil
}

func (r *principalReader) statement(ctx context.Context, db *sql.DB) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		var err error
		if r.kept, err = db.PrepareContext(ctx, principalSQL); err != nil {
			return nil, err
		}
	}
	return r.kept, nil
}
