package handlers

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// site is a whole server on a real database, whose clock stands still, with what
// tests look at behind it.
type site struct {
	*Server
	clock  *modeltest.Clock
	logs   *lockedBuffer
	db     *sql.DB // the same database, to see what no page shows
	data   string  // folder of the SQLite files; empty on PostgreSQL
	driver string  // of db

	mu      sync.Mutex
	cookies map[string]bool // values of session cookies that were handed out
}

const ja = "ja"

// newSite starts a server on a fresh SQLite database.
func newSite(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	data := t.TempDir()
	return openSite(t, models.Config{Data: data}, "sqlite3", "file:"+data+"/tessera.db?_busy_timeout=5000", change)
}

// eachSite runs f on every database there is.
func eachSite(t *testing.T, f func(t *testing.T, s *site)) {
	t.Run("sqlite", func(t *testing.T) { f(t, newSite(t)) })
	t.Run("postgres", func(t *testing.T) {
		address := modeltest.PostgresURL(t)
		f(t, openSite(t, models.Config{Data: t.TempDir(), DatabaseURL: address}, "pgx", address, nil))
	})
}

// openSite also sees to it that no secret of a token or session stands in the
// log, which is kept at debug level.
func openSite(t testing.TB, where models.Config, driver, dsn string, change []func(*Config)) *site {
	t.Helper()
	s := &site{logs: &lockedBuffer{}, data: where.Data, driver: driver, cookies: map[string]bool{}}
	where.Logger = slog.New(slog.NewJSONHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store, err := models.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.db, err = sql.Open(driver, dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	s.clock = modeltest.SetClock(store)
	s.start(t, store, change...)
	t.Cleanup(func() {
		logs := s.logs.String()
		if found := secretPattern.FindString(logs); found != "" {
			t.Errorf("the log holds a secret: %s", found)
		}
		for value := range s.cookies {
			if strings.Contains(logs, value) {
				t.Error("the log holds the value of a session cookie")
			}
		}
	})
	return s
}

// start makes the server on store, in place of one that there may be.
func (s *site) start(t testing.TB, store *models.Store, change ...func(*Config)) {
	t.Helper()
	cfg := Config{
		BaseURL: &url.URL{Scheme: "https", Host: "tokens.example"}, BadBearersPerMinute: 100, Version: "1.2.3",
		Logger: slog.New(slog.NewJSONHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if s.Server, err = New(cfg, store, models.NewVerifier(store), models.NewUsage(store)); err != nil {
		t.Fatal(err)
	}
}

func overHTTP(cfg *Config) { cfg.BaseURL = &url.URL{Scheme: "http", Host: "tokens.example"} }

// rows is what each table holds, as text, in an order that does not depend on the database.
func (s *site) rows(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"users", "setup_links", "sessions", "devices", "tokens", "reveals", "token_usage",
		"token_origins", "audit_events", "standing", "standing_changes",
		"teams", "team_members", "invitations", "projects", "project_members", "folders", "endpoints", "schemas", "parts",
		"endpoint_cases", "revisions", "idempotent_answers", "environments", "variables", "personal_values",
		"chosen_environments", "console_requests", "import_drafts",
		"jobs", "token_policies", "rundowns", "rundown_tokens", "notices"} {
		rows, err := s.db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for rows.Next() {
			values, targets := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				targets[i] = &values[i]
			}
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprint(values...))
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		out[table] = strings.Join(lines, "\n")
	}
	return out
}

// changed lists the tables that differ, by name.
func changed(before, after map[string]string) []string {
	var names []string
	for table, rows := range before {
		if after[table] != rows {
			names = append(names, table)
		}
	}
	slices.Sort(names)
	return names
}

// count answers a query for one number.
func (s *site) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
