package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"

	"tessera/models/migrations"
)

// ErrNewerSchema means that a newer program has migrated the database.
var ErrNewerSchema = errors.New("the database was migrated by a newer version of Tessera; install that version or a later one")

// Migration is one step of the schema's history.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero: pending
}

// Migrate brings the schema up to date. Processes that start together wait for
// each other: by an advisory lock on PostgreSQL, by a lock file beside the SQLite file.
// It returns ErrNewerSchema when the database is ahead of this program.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	defer unlock()
	if err := s.refuseNewer(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// migrationLock is the key of PostgreSQL's advisory lock on the schema.
const migrationLock = 0x7465737365726102

// lockMigrations waits for the lock. goose's own asks only every five seconds.
func (s *Store) lockMigrations(ctx context.Context) (unlock func(), err error) {
	if !s.postgres {
		return s.lockFile(ctx)
	}
	sqlDB, err := s.writer.DB()
	if err != nil {
		return nil, err
	}
	conn, err := sqlDB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	unlock = func() {
		// The lock is the connection's, which lives on in the pool; ctx may have ended.
		conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		conn.Close()
	}
	if _, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// lockFile waits for the lock file beside the SQLite file.
func (s *Store) lockFile(ctx context.Context) (unlock func(), err error) {
	l := flock.New(filepath.Join(s.data, "tessera.lock"))
	_, err = l.TryLockContext(ctx, 50*time.Millisecond)
	return func() { l.Unlock() }, err
}

// Migrated reports whether the schema is exactly this program's: nil, or why not.
func (s *Store) Migrated(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	if err := s.refuseNewer(ctx, p); err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err == nil && pending {
		err = errors.New("the database has pending migrations")
	}
	return err
}

// Migrations lists all steps, oldest first.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out []Migration
	for _, m := range status {
		out = append(out, Migration{Version: m.Source.Version, Name: filepath.Base(m.Source.Path), AppliedAt: m.AppliedAt})
	}
	return out, nil
}

// provider is not closed: that would close the store's own connections.
func (s *Store) provider() (*goose.Provider, error) {
	sqlDB, err := s.writer.DB()
	if err != nil {
		return nil, err
	}
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if s.postgres {
		dialect, folder = goose.DialectPostgres, "postgres"
	}
	sub, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, sqlDB, sub)
}

func (s *Store) refuseNewer(ctx context.Context, p *goose.Provider) error {
	current, err := p.GetDBVersion(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	sources := p.ListSources()
	if current > sources[len(sources)-1].Version {
		return ErrNewerSchema
	}
	return nil
}
