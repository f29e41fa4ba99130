package models_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestOpenFailsClearly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	ok(t, os.WriteFile(file, nil, 0o600))
	for name, cfg := range map[string]models.Config{
		"a file for a folder": {Data: file},
		"no such server":      {DatabaseURL: "postgres://tessera:hunter2hunter2@127.0.0.1:1/tessera"},
		"no URL":              {DatabaseURL: "postgres://tessera:hunter2hunter2@%zz"},
	} {
		_, err := models.Open(t.Context(), cfg)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDataFolderIsPrivate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	s := must(models.Open(t.Context(), models.Config{Data: folder}))(t)
	defer s.Close()
	ok(t, s.Migrate(t.Context()))
	modeltest.MustUser(t, s)
	ok(t, filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}))
}

// SQLite is set up as the durability and the safety of the data need it.
func TestSQLiteSettings(t *testing.T) {
	s := modeltest.NewSQLite(t)
	for setting, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		var got string
		ok(t, s.SQL().QueryRowContext(t.Context(), "PRAGMA "+setting).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, not %s", setting, got, want)
		}
	}
}

func TestTx(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		failure := errors.New("no")
		err := s.Tx(t.Context(), func(tx *models.Store) error {
			must(tx.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: at("Other")}))(t) // joins
			return failure
		})
		wantError(t, err, failure)
		if now := must(s.UserByEmail(t.Context(), u.Email))(t); now.Name != u.Name {
			t.Errorf("the inner change stayed: %s", now.Name)
		}
	})
}

func TestUnavailable(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		_, notFound := s.Token(t.Context(), u, "x")
		_, _, refused := s.CreateToken(t.Context(), by(u), u, models.NewToken{})
		for _, err := range []error{nil, notFound, refused, errors.New("other"), models.ErrBusy} {
			if models.Unavailable(err) {
				t.Errorf("%v counts as the database being away", err)
			}
		}
	})
	_, err := models.Open(t.Context(), models.Config{DatabaseURL: "postgres://tessera@127.0.0.1:1/tessera"})
	if !models.Unavailable(err) {
		t.Errorf("no server: %v", err)
	}
	s := modeltest.NewSQLite(t)
	_, err = s.SQL().ExecContext(t.Context(), "PRAGMA query_only = on")
	ok(t, err)
	if _, err := s.NewSetupLink(t.Context()); !models.Unavailable(err) {
		t.Errorf("read-only: %v", err)
	}
}

func TestErrors(t *testing.T) {
	var v models.Invalid
	if v.Err() != nil {
		t.Error("nothing was refused, and there is an error")
	}
	v.Add("name", "name_too_long", "max", 80)
	err := fmt.Errorf("wrapped: %w", v.Err())
	if !errors.Is(err, models.ErrInvalid) || errors.Is(err, models.ErrNotFound) || err.Error() != "wrapped: invalid name:name_too_long" {
		t.Errorf("the error: %v", err)
	}
	cause := &models.Error{Code: models.CodeUnavailable, Cause: context.DeadlineExceeded}
	if !errors.Is(cause, context.DeadlineExceeded) || !models.Unavailable(cause) {
		t.Errorf("the cause is lost: %v", cause)
	}
	var e *models.Error
	if errors.As(err, &e); e.Fields[0].Params["max"] != 80 {
		t.Errorf("the fields: %+v", e.Fields)
	}
}
