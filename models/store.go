package models

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	gormlogger "gorm.io/gorm/logger"
)

// Config says which database to open and which limits hold. Zero limits mean the defaults.
type Config struct {
	Data        string // folder of the SQLite file and its lock
	DatabaseURL string // postgres://…; empty means SQLite in Data
	SecretKey   string // file of the key that seals secrets; empty: secret.key in Data
	Limits      Limits
	Logger      *slog.Logger
}

// Limits are what an installation may set.
type Limits struct {
	LiveTokens       int           // a person; default 100
	KeepEnded        time.Duration // expired and revoked tokens stay visible so long; default 90 days
	SessionIdle      time.Duration // default 7 days
	SessionMax       time.Duration // default 30 days
	AdminSessionIdle time.Duration // default 12 hours
	AdminSessionMax  time.Duration // default 7 days
}

const day = 24 * time.Hour

// rowsAtOnce is how many rows a statement reads or writes, where there may be many:
// it has fewer parameters than either database takes.
const rowsAtOnce = 500

func (l Limits) withDefaults() Limits {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if l.LiveTokens == 0 {
		l.LiveTokens = 100
	}
	def(&l.KeepEnded, 90*day)
	def(&l.SessionIdle, 7*day)
	def(&l.SessionMax, 30*day)
	def(&l.AdminSessionIdle, 12*time.Hour)
	def(&l.AdminSessionMax, 7*day)
	return l
}

// SQLiteFile is the name of the database in the data folder.
const SQLiteFile = "tessera.db"

// Store is the database and the rules that hold in it. It is safe for use by
// several goroutines, except within Tx: the store given there belongs to one.
type Store struct {
	Now    func() time.Time // UTC, truncated to the microsecond
	Limits Limits

	db       *gorm.DB // reads; within a transaction the transaction
	writer   *gorm.DB
	data     string // folder, for SQLite
	postgres bool
	sealKey  func() ([]byte, error) // read when a secret is first needed
	after    *[]func()              // within a transaction: what to do once it has committed
	forget   func(forgetEntry)      // set by NewVerifier
	policy   *atomic.Pointer[TokenPolicy]
	pause    func(context.Context, time.Duration) error // between two steps of a job
}

// Open connects to the database without changing it; call Migrate next.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{Now: Now, Limits: cfg.Limits.withDefaults(), data: cfg.Data, forget: func(forgetEntry) {}, policy: &atomic.Pointer[TokenPolicy]{}, pause: pause}
	s.sealKey = sync.OnceValues(func() ([]byte, error) { return loadSealKey(cfg.SecretKey, cfg.Data) })
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	gormConfig := func() *gorm.Config {
		return &gorm.Config{
			TranslateError:         true,
			SkipDefaultTransaction: true,
			NowFunc:                Now,
			Logger:                 queryLogger(logger),
		}
	}
	var err error
	if cfg.DatabaseURL != "" {
		s.postgres = true
		if s.writer, err = openGORM(postgres.Open(cfg.DatabaseURL), gormConfig()); err != nil {
			return nil, fmt.Errorf("open PostgreSQL: %w", redactURL(err, cfg.DatabaseURL))
		}
		s.db = s.writer
		// As many idle as open ones: otherwise each burst makes PostgreSQL start new processes.
		pool(s.writer, 4*runtime.NumCPU()+4)
		return s.reach(ctx)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	file := filepath.Join(cfg.Data, SQLiteFile)
	if f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	} else if err := f.Close(); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	// Two connections that switch a new file to WAL at the same moment fail, whatever their busy_timeout.
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	defer unlock()
	withStatements := func() *gorm.Config { c := gormConfig(); c.PrepareStmt = true; return c }
	if s.writer, err = openSQLite(file, "_txlock=immediate", withStatements()); err != nil {
		return nil, err
	}
	pool(s.writer, 1)
	// The usual 2 MB do not hold the rows that one page of a large installation looks at.
	if s.db, err = openSQLite(file, "_query_only=on&_cache_size=-8000", withStatements()); err != nil {
		return nil, err
	}
	pool(s.db, max(4, 2*runtime.NumCPU()))
	return s.reach(ctx)
}

// openGORM leaves out GORM's ping, which no context ends, and its own line in the
// log about a failure, which the caller tells of.
func openGORM(d gorm.Dialector, cfg *gorm.Config) (*gorm.DB, error) {
	later := cfg.Logger
	cfg.Logger, cfg.DisableAutomaticPing = gormlogger.Discard, true
	db, err := gorm.Open(d, cfg)
	if err == nil {
		db.Logger = later
	}
	return db, err
}

// reach returns s if its database answers, and else closes it.
func (s *Store) reach(ctx context.Context) (*Store, error) {
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openSQLite(file, extra string, cfg *gorm.Config) (*gorm.DB, error) {
	// synchronous=FULL: what was acknowledged survives a power cut.
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() +
		"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=5000&" + extra
	db, err := openGORM(sqlite.Open(dsn), cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return db, nil
}

func pool(db *gorm.DB, n int) {
	if sqlDB, err := db.DB(); err == nil {
		sqlDB.SetMaxOpenConns(n)
		sqlDB.SetMaxIdleConns(n)
		sqlDB.SetConnMaxIdleTime(5 * time.Minute)
	}
}

// Now is the wall clock as the database keeps it: UTC, in whole microseconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	sqlDB, err := s.db.DB()
	if err != nil {
		return err
	}
	return sqlDB.PingContext(ctx)
}

// Close releases the connections. Running transactions fail.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.db, s.writer} {
		if sqlDB, err := db.DB(); err == nil {
			errs = append(errs, sqlDB.Close())
		}
	}
	return errors.Join(errs...)
}

// Tx runs f in one transaction and commits it when f returns nil. f must use
// only the store it is given. Within a transaction Tx joins it.
func (s *Store) Tx(ctx context.Context, f func(*Store) error) error {
	if s.after != nil {
		return f(s)
	}
	var after []func()
	err := s.writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		inner := *s
		inner.db, inner.writer, inner.after = tx, tx, &after
		return f(&inner)
	})
	if err != nil {
		return err
	}
	for _, do := range after {
		do()
	}
	return nil
}

func (s *Store) read(ctx context.Context) *gorm.DB  { return s.db.WithContext(ctx) }
func (s *Store) write(ctx context.Context) *gorm.DB { return s.writer.WithContext(ctx) }

// scanRow reads the one row of a query in words. GORM's own Row panics when the
// statement can't be prepared, for instance because the database is gone.
// Error: sql.ErrNoRows.
func scanRow(db *gorm.DB, dest ...any) error {
	rows, err := db.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

// storable reports whether both databases take s as a text. What is not
// storable can't be found either.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// found turns GORM's "no row" into ErrNotFound.
func found(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Unavailable reports whether err means that the database can't do its work at
// the moment (gone, restarting, locked, full, read-only), so that trying later may help.
func Unavailable(err error) bool {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, sql.ErrConnDone) {
		return true
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		switch lite.Code {
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
			return true
		}
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || pgconn.SafeToRetry(err) {
		return true
	}
	var pg *pgconn.PgError
	// 08 connection, 25006 read-only, 40 rolled back for the sake of others, 53 resources, 57 operator intervention.
	return errors.As(err, &pg) && (pg.Code == "25006" || strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "40") ||
		strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "57"))
}

// redactURL keeps the password of a database URL out of an error text.
func redactURL(err error, raw string) error {
	u, parseErr := url.Parse(raw)
	if parseErr != nil {
		return errors.New("the URL can't be read")
	}
	if password, ok := u.User.Password(); ok && password != "" {
		return errors.New(strings.ReplaceAll(err.Error(), password, "xxxxx"))
	}
	return err
}
