package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tessera/models"
)

type migrateUpCmd struct{ databaseFlags }

// Run brings the schema up to date.
func (c *migrateUpCmd) Run(ctx context.Context, s *streams) error {
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		steps, err := store.Migrations(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "The schema is up to date, at version %d.\n", steps[len(steps)-1].Version)
		return nil
	})
}

type migrateStatusCmd struct{ databaseFlags }

// Run lists the steps without doing any. It fails when the database is newer than the program.
func (c *migrateStatusCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	cfg := c.config(&p)
	if err := p.err(); err != nil {
		return err
	}
	if cfg.DatabaseURL == "" { // to open SQLite's file would make it
		if _, err := os.Stat(filepath.Join(cfg.Data, models.SQLiteFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no database in %s yet; every other command makes it", cfg.Data)
		}
	}
	store, err := connect(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(listMigrations(ctx, s, store), store.Close())
}

func listMigrations(ctx context.Context, s *streams, store *models.Store) error {
	steps, err := store.Migrations(ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"VERSION", "STEP", "APPLIED (UTC)"}}
	for _, m := range steps {
		applied := "pending"
		if !m.AppliedAt.IsZero() {
			applied = m.AppliedAt.UTC().Format(time.DateTime)
		}
		rows = append(rows, []string{strconv.FormatInt(m.Version, 10), m.Name, applied})
	}
	if err := table(s.out, rows); err != nil {
		return err
	}
	if err := store.Migrated(ctx); errors.Is(err, models.ErrNewerSchema) {
		return err
	}
	return nil
}
