package models

import (
	"context"
	"database/sql"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// What the tests of this package, which stand outside of it, need to see.
var (
	HashPassword    = hashPassword
	PasswordMatches = passwordMatches
	Guessable       = guessable
	DecodeCursor    = decodeCursor
)

const (
	KeepChanges  = keepChanges
	MaxPending   = maxPending
	DeviceLife   = deviceLife
	HashPatience = hashPatience
	AuditBatch   = rowsAtOnce
	VerifyRange  = verifyRange
	ScanLimit    = scanLimit
	DemoRows     = demoRows
)

// OccupyHashing takes all places in the queue for hashing until the returned
// function is called.
func OccupyHashing() (release func()) {
	for range cap(queueing) {
		queueing <- struct{}{}
	}
	return func() {
		for range cap(queueing) {
			<-queueing
		}
	}
}

// SQL is the handle that writes.
func (s *Store) SQL() *sql.DB {
	db, err := s.writer.DB()
	if err != nil {
		panic(err)
	}
	return db
}

// Data is the folder of an SQLite database, empty for PostgreSQL.
func (s *Store) Data() string { return s.data }

// Postgres reports which database it is.
func (s *Store) Postgres() bool { return s.postgres }

// Config opens the same database once more.
func (s *Store) Config() Config {
	cfg := Config{Data: s.data}
	if s.postgres {
		cfg.DatabaseURL = s.writer.Dialector.(*postgres.Dialector).DSN
	}
	return cfg
}

// Provider is goose's view of the migrations.
func (s *Store) Provider() (*goose.Provider, error) { return s.provider() }

// AuditThenFail appends an event within a transaction that then fails.
func (s *Store) AuditThenFail(ctx context.Context, failure error) error {
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.audit(ctx, System, AuditEvent{Kind: AuditUserCreated}); err != nil {
			return err
		}
		return failure
	})
}

// AuditMany appends events in a transaction of their own.
func (s *Store) AuditMany(ctx context.Context, actor Actor, events []AuditEvent) error {
	return s.Tx(ctx, func(tx *Store) error { return tx.auditMany(ctx, actor, events) })
}

// Digest is the hash that an event must have.
func (e AuditEvent) Digest() ([]byte, error) { return e.digest() }

// AllEvents reads the whole audit log in its order.
func (s *Store) AllEvents(ctx context.Context, to *[]AuditEvent) error {
	return s.read(ctx).Order("seq").Find(to).Error
}

// AllowTampering takes away what keeps the audit log from being changed.
func (s *Store) AllowTampering(ctx context.Context) error {
	statements := []string{"DROP TRIGGER audit_events_no_update", "DROP TRIGGER audit_events_no_delete", "DROP TRIGGER audit_events_no_replace"}
	if s.postgres {
		statements = []string{"DROP TRIGGER audit_events_no_change ON audit_events"}
	}
	for _, sql := range statements {
		if err := s.write(ctx).Exec(sql).Error; err != nil {
			return err
		}
	}
	return nil
}

// ReplaceEvents makes the audit log what it was.
func (s *Store) ReplaceEvents(ctx context.Context, events []AuditEvent) error {
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.write(ctx).Where("TRUE").Delete(&AuditEvent{}).Error; err != nil {
			return err
		}
		return tx.write(ctx).Create(&events).Error
	})
}

// AdminTokenIDs is how a job collects tokens.
func (s *Store) AdminTokenIDs(ctx context.Context, f AdminFilter, after string, limit int) ([]int64, string, error) {
	return s.adminTokenIDs(ctx, f, Selection{Filter: &f}.jobOrder(), after, limit)
}

// Statement is one that was run, with its values.
type Statement struct {
	SQL    string
	Values []any
}

// Statements returns all that f reads by, outside of transactions.
func (s *Store) Statements(f func(*Store)) (out []Statement) {
	seen := *s
	seen.db = s.db.Session(&gorm.Session{NewDB: true})
	note := func(db *gorm.DB) { out = append(out, Statement{db.Statement.SQL.String(), db.Statement.Vars}) }
	callbacks := seen.db.Callback()
	callbacks.Query().Register("note", note)
	callbacks.Row().Register("note", note)
	f(&seen)
	callbacks.Query().Remove("note")
	callbacks.Row().Remove("note")
	return out
}

// BeforeSecondRead runs f, and between before its second statement in plain SQL.
func (s *Store) BeforeSecondRead(between func(), f func()) {
	rows, n := s.db.Callback().Row(), 0
	rows.Before("gorm:row").Register("between", func(*gorm.DB) {
		if n++; n == 2 {
			between()
		}
	})
	f()
	rows.Remove("between")
}

// Recorded returns the last statement that f reads by, and its values.
func (s *Store) Recorded(f func(*Store)) (statement string, values []any) {
	all := s.Statements(f)
	last := all[len(all)-1]
	return last.SQL, last.Values
}

// Pending is how many tokens and origins have uses that are not yet written, and
// how many origins one of the tokens has.
func (u *Usage) Pending(userID, tokenID int64) (size, origins int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t := u.users[userID][tokenID]; t != nil {
		origins = len(t.origins)
	}
	return u.size, origins
}

// Poll looks once for changes by other processes.
func (v *Verifier) Poll(ctx context.Context) { v.poll(ctx) }

// SetMono replaces the monotonic clock.
func (v *Verifier) SetMono(now func() time.Time) { v.mono = now }

// AroundRead runs around each read of a principal from the database.
func (v *Verifier) AroundRead(around func(read func())) {
	real := v.read
	v.read = func(ctx context.Context, hash [32]byte) (p *Principal, err error) {
		around(func() { p, err = real(ctx, hash) })
		return p, err
	}
}

// Cached is how many tokens are in memory.
func (v *Verifier) Cached() int {
	v.cache.CleanUp()
	return v.cache.EstimatedSize()
}
