package models_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm/schema"

	"tessera/models"
	"tessera/models/modeltest"
)

// rows are the models that are whole tables.
var rows = []any{
	&models.User{}, &models.SetupLink{}, &models.Session{}, &models.Device{}, &models.Token{},
	&models.Reveal{}, &models.AuditEvent{}, &models.StandingChange{},
	&models.Team{}, &models.TeamMembership{}, &models.Invitation{}, &models.Project{}, &models.ProjectMembership{},
	&models.Folder{}, &models.Endpoint{}, &models.Schema{}, &models.Part{}, &models.EndpointCase{}, &models.Revision{},
	&models.IdempotentAnswer{}, &models.Environment{}, &models.Variable{}, &models.PersonalValue{}, &models.ChosenEnvironment{},
	&models.ImportDraft{}, &models.TokenFigures{}, &models.Job{}, &models.Notice{}, &models.Rundown{}, &models.RundownToken{},
}

// withoutModel are the tables that are only used in words.
var withoutModel = []string{"console_requests", "goose_db_version", "job_items", "standing", "token_origins", "token_policies", "token_usage", "usage_days"}

type column struct {
	kind     string // "int", "text", "bytes", "bool"
	nullable bool
}

// columnsOf reads the columns of all tables from the database's own catalogue.
func columnsOf(t *testing.T, s *models.Store) map[string]map[string]column {
	t.Helper()
	query := `SELECT m.name, c.name, lower(c.type), NOT (c."notnull" OR c.pk > 0)
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if s.Postgres() {
		query = `SELECT table_name, column_name, data_type, is_nullable = 'YES'
			FROM information_schema.columns WHERE table_schema = 'public'`
	}
	found := must(s.SQL().QueryContext(t.Context(), query))(t)
	defer found.Close()
	kinds := map[string]string{
		"integer": "int", "bigint": "int", "text": "text", "blob": "bytes", "bytea": "bytes", "boolean": "bool",
	}
	out := map[string]map[string]column{}
	for found.Next() {
		var table, name, kind string
		var c column
		ok(t, found.Scan(&table, &name, &kind, &c.nullable))
		if out[table] == nil {
			out[table] = map[string]column{}
		}
		c.kind = kinds[kind]
		out[table][name] = c
	}
	ok(t, found.Err())
	return out
}

// wanted is the column that a field needs.
func wanted(f *schema.Field) column {
	c := column{nullable: f.FieldType.Kind() == reflect.Pointer}
	switch {
	case f.TagSettings["SERIALIZER"] == "json":
		c.kind = "text"
	case f.TagSettings["SERIALIZER"] == "micros":
		c.kind = "int"
	default:
		c.kind = map[reflect.Kind]string{
			reflect.Int64: "int", reflect.String: "text", reflect.Bool: "bool", reflect.Slice: "bytes",
		}[f.IndirectFieldType.Kind()]
	}
	return c
}

func TestModelsFitTheSchema(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		tables := columnsOf(t, s)
		for _, row := range rows {
			parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
			ok(t, err)
			table := tables[parsed.Table]
			delete(tables, parsed.Table)
			for _, f := range parsed.Fields {
				if f.DBName == "" {
					continue
				}
				got, there := table[f.DBName]
				delete(table, f.DBName)
				want := wanted(f)
				// A byte slice is nil where the column is null.
				if want.kind == "bytes" {
					want.nullable = got.nullable
				}
				if !there || got != want {
					t.Errorf("%s.%s is %+v, the field needs %+v", parsed.Table, f.DBName, got, want)
				}
			}
			for name := range table {
				t.Errorf("%s.%s has no field", parsed.Table, name)
			}
		}
		for table := range tables {
			if !slices.Contains(withoutModel, table) {
				t.Errorf("table %s has no model", table)
			}
		}
	})
}

// What is compared with the ends of a range is in the order of bytes, whatever the
// database's own order is; so SQLite has all texts.
func TestRangesAreOfBytes(t *testing.T) {
	s := modeltest.NewPostgres(t)
	for _, c := range [][2]string{{"users", "email_key"}, {"users", "name_key"}, {"tokens", "name_key"}, {"tokens", "last_four"}, {"projects", "name_key"}, {"audit_events", "kind"}} {
		const inBytes = "SELECT count(*) FROM information_schema.columns WHERE table_name = $1 AND column_name = $2 AND collation_name = 'C'"
		var n int
		ok(t, s.SQL().QueryRowContext(t.Context(), inBytes, c[0], c[1]).Scan(&n))
		if n != 1 {
			t.Errorf("%s.%s is in the database's order", c[0], c[1])
		}
	}
}

func TestMigrateDownAndUp(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		before := columnsOf(t, s)
		provider := must(s.Provider())(t)
		if _, err := provider.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if left := columnsOf(t, s); len(left) > 1 {
			t.Errorf("after all steps down there are still %v", left)
		}
		if err := s.Migrated(t.Context()); err == nil || !strings.Contains(err.Error(), "pending") {
			t.Errorf("Migrated says %v", err)
		}
		for _, m := range must(s.Migrations(t.Context()))(t) {
			if !m.AppliedAt.IsZero() {
				t.Errorf("%s counts as applied", m.Name)
			}
		}
		for range 2 { // the second has nothing to do
			ok(t, s.Migrate(t.Context()))
		}
		ok(t, s.Migrated(t.Context()))
		if after := columnsOf(t, s); !reflect.DeepEqual(after, before) {
			t.Errorf("up again: %v, before: %v", after, before)
		}
		modeltest.MustUser(t, s)
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		_, err := s.SQL().ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
		ok(t, err)
		wantError(t, s.Migrate(t.Context()), models.ErrNewerSchema)
		wantError(t, s.Migrated(t.Context()), models.ErrNewerSchema)
	})
}

// Many processes that start at once on a new database all find it migrated.
func TestOpenAndMigrateAtOnce(t *testing.T) {
	fresh := map[string]func(*testing.T) models.Config{
		"sqlite": func(t *testing.T) models.Config {
			return models.Config{Data: filepath.Join(t.TempDir(), "a b?c#d%20é")} // a folder may be called so
		},
		"postgres": func(t *testing.T) models.Config {
			s := modeltest.NewPostgres(t)
			provider := must(s.Provider())(t)
			if _, err := provider.DownTo(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			return s.Config()
		},
	}
	for name, config := range fresh {
		t.Run(name, func(t *testing.T) {
			cfg := config(t)
			together(8, func(i int) {
				s, err := models.Open(t.Context(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
				if any, err := s.HasUsers(t.Context()); err != nil || any {
					t.Errorf("HasUsers: %v, %v", any, err)
				}
			})
		})
	}
}

func TestTimesAreMicrosecondsInUTC(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		at := time.Date(2026, 12, 14, 12, 30, 0, 123456000, time.FixedZone("", 9*3600))
		s.Now = func() time.Time { return at }
		u := modeltest.MustUser(t, s)
		if n := count(t, s, "SELECT created_at FROM users"); int64(n) != at.UnixMicro() {
			t.Errorf("stored %d, not %d", n, at.UnixMicro())
		}
		back := must(s.UserByEmail(t.Context(), u.Email))(t)
		if back.CreatedAt != at.UTC() {
			t.Errorf("read %v", back.CreatedAt)
		}
	})
}

// The rules hold in the database too, whatever the code does.
func TestConstraints(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		one, _ := mustToken(t, s, u, "one")
		mustToken(t, s, u, "two")
		ok(t, s.AllowTampering(t.Context())) // else its triggers refuse before the table does
		for name, statement := range map[string]string{
			"same live name":         `UPDATE tokens SET name_key = 'one', live_name = 'one' WHERE name = 'two'`,
			"live name of another":   `UPDATE tokens SET live_name = 'three' WHERE name = 'two'`,
			"revoked and live":       `UPDATE tokens SET revoked_at = 1 WHERE name = 'two'`,
			"short hash":             `UPDATE tokens SET hash = substr(hash, 2)`,
			"same hash":              `UPDATE tokens SET hash = (SELECT hash FROM tokens WHERE name = 'one')`,
			"no owner":               `UPDATE tokens SET user_id = 0`,
			"same nonce":             `UPDATE tokens SET nonce = 'same'`,
			"empty name":             `UPDATE tokens SET name = ''`,
			"unknown theme":          `UPDATE users SET theme = 'pink'`,
			"owner with tokens":      `DELETE FROM users`,
			"unknown outcome":        `INSERT INTO token_usage VALUES (1, 1, 'malformed', 1)`,
			"usage without a token":  `INSERT INTO token_usage VALUES (987, 1, 'ok', 1)`,
			"event before the first": `UPDATE audit_events SET prev_hash = substr(prev_hash, 2)`,
		} {
			if _, err := s.SQL().ExecContext(t.Context(), statement); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		if got := must(s.Token(t.Context(), u, one.PublicID))(t); got.Name != "one" {
			t.Errorf("the token is %+v", got)
		}
	})
}
