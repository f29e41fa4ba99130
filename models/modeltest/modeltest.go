// Package modeltest opens real, migrated databases for tests: SQLite in a
// temporary folder and PostgreSQL on a private server.
package modeltest

import (
	"context"
	"sync"
	"testing"
	"time"

	"tessera/models"
)

// Each runs f on every database there is, as the subtests "sqlite" and "postgres".
func Each(t *testing.T, f func(t *testing.T, s *models.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, NewSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, NewPostgres(t)) })
}

// NewSQLite opens a fresh, migrated SQLite database that ends with the test.
func NewSQLite(t testing.TB) *models.Store {
	t.Helper()
	return open(t, models.Config{Data: t.TempDir()})
}

// NewPostgres opens a fresh, migrated PostgreSQL database that ends with the
// test. It skips the test when there is no PostgreSQL.
func NewPostgres(t testing.TB) *models.Store {
	t.Helper()
	return open(t, models.Config{Data: t.TempDir(), DatabaseURL: PostgresURL(t)})
}

func open(t testing.TB, cfg models.Config) *models.Store {
	t.Helper()
	s, err := openMigrated(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close the store:", err)
		}
	})
	return s
}

func openMigrated(ctx context.Context, cfg models.Config) (*models.Store, error) {
	s, err := models.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Clock is a clock that moves only when told to. It is safe for use by several goroutines.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// SetClock gives the store a clock of its own, which stands at Monday,
// 14 December 2026, 03:00 UTC: noon in Tokyo, the evening before in New York.
func SetClock(s *models.Store) *Clock {
	c := &Clock{now: time.Date(2026, 12, 14, 3, 0, 0, 0, time.UTC)}
	s.Now = c.Now
	return c
}

// Now is the clock's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d, backwards when d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set moves the clock to an instant.
func (c *Clock) Set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to.UTC().Truncate(time.Microsecond)
}
