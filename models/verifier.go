package models

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"tessera/models/token"
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

// How long what is cached may be believed.
const (
	cacheLife  = time.Minute            // at most, whatever happens
	pollEvery  = 250 * time.Millisecond // changes made by other processes
	pollTrust  = time.Second            // without a successful poll for so long, the database is asked
	cacheCount = 100_000                // tokens

	readTimeout = 4 * time.Second // a database that answers later is as good as gone
	unseen      = -1              // as the number of the last change seen: none yet
)

// Verifier answers which principal a secret stands for: from memory where it
// can, from the database where it must. A change in this process is seen by the
// next call; a change by another process within a second.
type Verifier struct {
	store   *Store
	cache   *otter.Cache[[32]byte, *Principal]
	flights singleflight.Group
	mono    func() time.Time // has a monotonic reading
	read    func(context.Context, [32]byte) (*Principal, error)

	mu         sync.Mutex    // orders filling the cache against forgetting
	generation atomic.Uint64 // grows with each forgetting

	polled atomic.Int64 // start of the last successful poll, since epoch, in nanoseconds
	epoch  time.Time
	seq    int64 // of the last change seen; used by poll alone
}

// NewVerifier makes the verifier of store. Until Run polls, nothing that is
// cached is trusted.
func NewVerifier(store *Store) *Verifier {
	v := &Verifier{store: store, mono: time.Now, read: (&principalReader{store: store}).read, epoch: time.Now(), seq: unseen, cache: otter.Must(&otter.Options[[32]byte, *Principal]{
		MaximumSize:      cacheCount,
		ExpiryCalculator: otter.ExpiryWriting[[32]byte, *Principal](cacheLife),
	})}
	v.polled.Store(-int64(2 * pollTrust))
	store.forget = v.forget
	return v
}

// Verify tells what secret is worth now, when it comes from an address. The
// principal is nil for OutcomeMalformed and OutcomeUnknown. An error means that the
// database could not be asked, never that the secret is bad.
func (v *Verifier) Verify(ctx context.Context, secret, address string) (*Principal, Outcome, error) {
	if token.Parse(secret) != nil {
		return nil, OutcomeMalformed, nil
	}
	hash := token.Hash(secret)
	p, ok := v.cache.GetIfPresent(hash)
	current := v.mono().Sub(v.epoch)-time.Duration(v.polled.Load()) <= pollTrust
	if !ok || !current {
		var err error
		if p, err = v.load(ctx, hash); err != nil {
			return nil, "", err
		}
		if p == nil {
			return nil, OutcomeUnknown, nil
		}
	}
	policy, err := v.policy(ctx, current)
	if err != nil {
		return nil, "", err
	}
	now := v.store.Now().UnixMicro()
	outcome := p.outcome(now)
	if outcome == OutcomeOK && !policy.Admits(address, p.CreatedAt, now) {
		outcome = OutcomeNetwork
	}
	return p, outcome, nil
}

// policy is the one that this process knows, if it hears of changes; nobody is let
// in before it knows one.
func (v *Verifier) policy(ctx context.Context, current bool) (*TokenPolicy, error) {
	if p := v.store.policy.Load(); p != nil && current {
		return p, nil
	}
	err := v.store.loadPolicy(ctx)
	return v.store.Policy(), err
}

// load reads a principal, once for all that ask at the same time. A read that
// began before a change is not shared with those who ask after it, and does not
// enter the cache.
func (v *Verifier) load(ctx context.Context, hash [32]byte) (*Principal, error) {
	generation := v.generation.Load()
	key := string(binary.LittleEndian.AppendUint64(hash[:], generation))
	p, err, _ := v.flights.Do(key, func() (any, error) {
		// The first to ask may go away; the others still want the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		defer cancel()
		p, err := v.read(ctx, hash)
		if err != nil || p == nil {
			return p, err
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.generation.Load() == generation {
			v.cache.Set(hash, p)
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return p.(*Principal), nil
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

func (v *Verifier) forget(e forgetEntry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.generation.Add(1)
	switch {
	case e.hash != nil:
		v.cache.Invalidate(*e.hash)
	case e.userID != 0:
		for hash, p := range v.cache.All() {
			if p.UserID == e.userID {
				v.cache.Invalidate(hash)
			}
		}
	default:
		v.cache.InvalidateAll()
	}
}

// Run polls for changes made by other processes until ctx ends. One row is read
// by its key four times a second; unlike LISTEN this works on both databases and
// behind a connection pooler.
func (v *Verifier) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		v.poll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (v *Verifier) poll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pollTrust)
	defer cancel()
	start := v.mono().Sub(v.epoch)
	changes, newest, complete, err := v.store.changesSince(ctx, v.seq)
	if err != nil {
		return // after pollTrust the cache is no longer believed
	}
	everything := func(c StandingChange) bool { return c.Hash == nil && c.UserID == nil }
	if !complete || slices.ContainsFunc(changes, everything) {
		if v.store.loadPolicy(ctx) != nil {
			return
		}
	}
	if !complete {
		v.forget(forgetEntry{})
	} else {
		for _, c := range changes {
			e := forgetEntry{}
			if c.UserID != nil {
				e.userID = *c.UserID
			} else if len(c.Hash) == len(e.hash) {
				hash := [32]byte(c.Hash)
				e.hash = &hash
			}
			v.forget(e)
		}
	}
	v.seq = newest
	v.polled.Store(int64(start))
}
