package modeltest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"tessera/models"
)

// PostgresURL is the address of a fresh, migrated, empty PostgreSQL database
// that is dropped after the test. TESSERA_TEST_POSTGRES, the URL of a superuser,
// names the server; without it the process starts a private one. It skips the
// test when there is neither.
func PostgresURL(t testing.TB) string {
	t.Helper()
	if external := os.Getenv("TESSERA_TEST_POSTGRES"); external != "" {
		// Nothing may stay behind on somebody's server: no template there, each database migrates itself.
		database := createDatabase(t, external, "template0")
		if err := migrate(t.Context(), database); err != nil {
			t.Fatal("migrate:", err)
		}
		return database
	}
	c, err := privateCluster()
	if err != nil {
		t.Fatal("start PostgreSQL:", err)
	}
	if c == nil {
		t.Skip("PostgreSQL is not installed: `make deps` installs it")
	}
	return createDatabase(t, c.url, template)
}

// template is the migrated database of the private server that others are copies of.
const template = "tessera_template"

// privateCluster starts the process's server, with the template in it. It is nil without PostgreSQL.
var privateCluster = sync.OnceValues(func() (*cluster, error) {
	c, err := startCluster()
	if c == nil || err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := execute(ctx, c.url, "CREATE DATABASE "+template); err != nil {
		return nil, err
	}
	return c, migrate(ctx, withDatabase(c.url, template))
})

func migrate(ctx context.Context, database string) error {
	s, err := openMigrated(ctx, models.Config{DatabaseURL: database})
	if err != nil {
		return err
	}
	return s.Close()
}

func createDatabase(t testing.TB, server, from string) string {
	t.Helper()
	name := "tessera_test_" + strings.ToLower(rand.Text())
	if err := execute(t.Context(), server, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		t.Fatal("create a database:", err)
	}
	t.Cleanup(func() {
		// The test's context has ended by now. FORCE ends what the test has left connected.
		if err := execute(context.Background(), server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error("drop the database:", err)
		}
	})
	return withDatabase(server, name)
}

func execute(ctx context.Context, server, sql string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // connecting will say what is wrong with it
	}
	u.Path = "/" + name
	return u.String()
}
