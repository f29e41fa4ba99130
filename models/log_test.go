package models_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"tessera/models"
)

// The log tells of statements, and of failed ones, never with their values.
func TestQueryLogHoldsNoValues(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := must(models.Open(t.Context(), models.Config{Data: t.TempDir(), Logger: logger}))(t)
	defer s.Close()
	ok(t, s.Migrate(t.Context()))
	person := models.NewUser{Email: "ann@example.com", Name: "Ann", Password: "six purple otters juggling"}
	must(s.CreateUser(t.Context(), models.CLI, person))(t)
	_, err := s.CreateUser(t.Context(), models.CLI, person)
	wantRefusals(t, err, "email:email_taken")
	if !strings.Contains(log.String(), "INSERT INTO `users`") {
		t.Fatal("no statement is in the log")
	}
	for _, value := range []string{"argon2id$", "ann@example.com"} {
		if strings.Contains(log.String(), value) {
			t.Errorf("%s is in the log", value)
		}
	}
}
