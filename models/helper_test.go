package models_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tessera/models"
)

// must returns value, or ends the test when there is an error: must(f())(t).
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, not %v", err, want)
	}
}

// refusals lists the fields that err refuses as "field:code", in their order.
func refusals(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *models.Error
	if !errors.As(err, &e) || e.Code != models.CodeInvalid {
		t.Fatalf("not a refusal: %v", err)
	}
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Field+":"+f.Code)
	}
	return strings.Join(out, " ")
}

func wantRefusals(t testing.TB, err error, want string) {
	t.Helper()
	if got := refusals(t, err); got != want {
		t.Errorf("refused %q, not %q", got, want)
	}
}

func by(u *models.User) models.Actor {
	return models.Actor{Kind: "user", User: u, Address: "192.0.2.7", Client: "Firefox 128"}
}

var nonces atomic.Int64

func nonce() string { return fmt.Sprint("nonce", nonces.Add(1)) }

// mustToken makes a token that lives 90 days, unless change says otherwise.
func mustToken(t testing.TB, s *models.Store, owner *models.User, name string, change ...func(*models.NewToken)) (*models.Token, string) {
	t.Helper()
	in := models.NewToken{Name: name, Validity: models.DefaultValidity, Nonce: nonce()}
	for _, f := range change {
		f(&in)
	}
	tok, secret, err := s.CreateToken(t.Context(), by(owner), owner, in)
	if err != nil {
		t.Fatal("create a token:", err)
	}
	return tok, secret
}

func mustSignIn(t testing.TB, s *models.Store, u *models.User) *models.Session {
	t.Helper()
	session, err := s.SignIn(t.Context(), u, nil, "192.0.2.7", "Firefox 128")
	if err != nil {
		t.Fatal("sign in:", err)
	}
	return session
}

// kinds lists what happened in a person's account, oldest first.
func kinds(t testing.TB, s *models.Store, userID int64, subject string) []string {
	t.Helper()
	page, err := s.Events(t.Context(), models.AuditQuery{UserID: userID, Subject: subject, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range page.Events {
		out = append(out, e.Kind)
	}
	slices.Reverse(out)
	return out
}

// count runs a query for one number.
func count(t testing.TB, s *models.Store, query string) (n int) {
	t.Helper()
	if err := s.SQL().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// together runs f in n goroutines that start at the same moment.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// stored returns all that an SQLite database has on disk: file, log and what stands beside them.
func stored(t testing.TB, s *models.Store) string {
	t.Helper()
	var all strings.Builder
	files := must(filepath.Glob(filepath.Join(s.Data(), "*")))(t)
	for _, file := range files {
		all.Write(must(os.ReadFile(file))(t))
	}
	return all.String()
}

// inTime fails the test when f takes longer than the time allows.
func inTime(t testing.TB, limit time.Duration, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

func asAdmin(in *models.NewUser) { in.Admin = true }

// secondStore opens the database of s once more, as another process would.
func secondStore(t testing.TB, s *models.Store) *models.Store {
	t.Helper()
	other, err := models.Open(context.Background(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	other.Now = s.Now
	return other
}
