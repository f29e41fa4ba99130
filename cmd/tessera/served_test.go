package main

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// served is a running `tessera serve`.
type served struct {
	url  string
	out  lockedBuffer // standard output
	err  lockedBuffer // standard error
	stop func() (code int)
}

var readyLine = regexp.MustCompile(`(?m)^Tessera \S+ is at (\S+)$`)

// startServe runs `tessera serve` in this process, on a free port, until the test or stop ends it.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &served{}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen=127.0.0.1:0"}, args...), nil, &s.out, &s.err)
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { s.stop() })
	s.waitReady(t)
	return s
}

func (s *served) waitReady(t *testing.T) {
	t.Helper()
	eventually(t, "serve is ready", func() bool {
		m := readyLine.FindStringSubmatch(s.out.String())
		if m != nil {
			s.url = m[1]
		}
		return m != nil
	})
}

// lockedBuffer takes the output of a server while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// userStatus asks the API with a secret.
func userStatus(t *testing.T, base, secret string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func pageStatus(t *testing.T, address string) int {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// eventually waits until holds does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("never: ", what)
		}
	}
}

func createToken(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(mustTessera(t, "", "token", "create", "--user=admin@example.com", "--name="+name))
}

// execSQLite changes a database behind the program's back.
func execSQLite(t *testing.T, data, query string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(data, "tessera.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}
