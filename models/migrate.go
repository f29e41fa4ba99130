package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
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
	if err := s.Migrated(ctx); errors.Is(err, ErrNewerSchema) {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return s.fillNameKeys(ctx)
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
	// The lock is a transaction's: behind a pooler, a connection's would stay with whoever gets it next.
	tx, err := sqlDB.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return func() { tx.Rollback() }, nil
}

// lockFile waits for the lock file beside the SQLite file.
func (s *Store) lockFile(ctx context.Context) (unlock func(), err error) {
	l := flock.New(filepath.Join(s.data, "tessera.lock"))
	_, err = l.TryLockContext(ctx, 50*time.Millisecond)
	return func() { l.Unlock() }, err
}

// Migrated reports whether the schema is exactly this program's: nil, or why
// not. It reads one row and waits for no writer.
func (s *Store) Migrated(ctx context.Context) error {
	all, err := s.Migrations(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		switch {
		case m.Name == "":
			return ErrNewerSchema
		case m.AppliedAt.IsZero():
			return errors.New("the database has pending migrations")
		}
	}
	return nil
}

// Migrations lists all steps, oldest first, and changes nothing. A step without
// a name was made by a newer program.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	applied, err := s.appliedMigrations(ctx)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(migrations.FS, s.dialect()+"/*.sql")
	if err != nil {
		return nil, err
	}
	var out []Migration
	for _, name := range names { // in order, as their numbers have leading zeros
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		out = append(out, Migration{Version: version, Name: path.Base(name), AppliedAt: applied[version]})
		delete(applied, version)
	}
	for _, version := range slices.Sorted(maps.Keys(applied)) {
		out = append(out, Migration{Version: version, AppliedAt: applied[version]})
	}
	return out, nil
}

// appliedMigrations reads goose's own table.
func (s *Store) appliedMigrations(ctx context.Context) (map[int64]time.Time, error) {
	const table = "goose_db_version"
	out := map[int64]time.Time{}
	db := s.read(ctx)
	if !db.Migrator().HasTable(table) {
		return out, s.Ping(ctx) // HasTable tells of no error
	}
	var rows []struct {
		VersionID int64
		Tstamp    time.Time
	}
	err := db.Table(table).Where("is_applied AND version_id > 0").Find(&rows).Error
	for _, r := range rows {
		out[r.VersionID] = r.Tstamp.UTC()
	}
	return out, err
}

func (s *Store) dialect() string {
	if s.postgres {
		return "postgres"
	}
	return "sqlite"
}

// provider is not closed: that would close the store's own connections.
func (s *Store) provider() (*goose.Provider, error) {
	sqlDB, err := s.writer.DB()
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if s.postgres {
		dialect = goose.DialectPostgres
	}
	sub, err := fs.Sub(migrations.FS, s.dialect())
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, sqlDB, sub)
}
