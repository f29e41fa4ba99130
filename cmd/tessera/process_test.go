package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tessera/models/modeltest"
	"tessera/models/token"
)

// TestProcesses is for what shows only between processes: it builds the program
// and runs it as people do.
func TestProcesses(t *testing.T) {
	p := program(filepath.Join(t.TempDir(), "tessera"))
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", string(p), ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	t.Run("a token revoked by another process is refused within a second", p.revokedElsewhere)
	t.Run("SIGTERM ends the server with exit code 0", p.terminated)
	t.Run("kill -9 loses no acknowledged token", p.killed)
	t.Run("kill -9 in the middle of an act on many tokens", p.revokedInPieces)
}

// program is the path of the built binary.
type program string

// serve starts the server on a free port. It is killed after the test if it still runs.
func (p program) serve(t *testing.T) (*served, *os.Process) {
	t.Helper()
	s := &served{}
	cmd := exec.Command(string(p), "serve", "--listen=127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = &s.out, &s.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = sync.OnceValue(func() int {
		err := cmd.Wait()
		if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
			t.Error(err)
		}
		return cmd.ProcessState.ExitCode()
	})
	t.Cleanup(func() {
		cmd.Process.Kill()
		s.stop()
	})
	s.waitReady(t)
	return s, cmd.Process
}

func (p program) revokedElsewhere(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		addAdmin(t)
		secret := createToken(t, "ci")
		s, _ := p.serve(t)
		for range 3 { // from the second on the server answers from its memory
			if status := userStatus(t, s.url, secret); status != http.StatusOK {
				t.Fatalf("before: %d: %s", status, &s.err)
			}
		}
		id := listTokens(t, "admin@example.com")[0].ID
		if out, err := exec.Command(string(p), "token", "revoke", "--user=admin@example.com", id).CombinedOutput(); err != nil {
			t.Fatalf("token revoke: %v: %s", err, out)
		}
		revoked := time.Now()
		for {
			asked := time.Since(revoked)
			status := userStatus(t, s.url, secret)
			if status == http.StatusUnauthorized {
				t.Logf("refused %v after the revocation", asked.Round(time.Millisecond))
				return
			}
			if asked > time.Second {
				t.Fatalf("%v after the revocation the answer is still %d", asked, status)
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

func (p program) terminated(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	s, process := p.serve(t)
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d: %s", code, &s.err)
	}
}

// killed makes tokens in several browsers at once until the server is killed.
func (p program) killed(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t)
	s, process := p.serve(t)
	const browsers, each, enough = 3, 33, 25 // of at most 100 tokens
	secrets := make(chan string, browsers*each)
	var working sync.WaitGroup
	for i := range browsers {
		b := signIn(t, s.url)
		working.Go(func() {
			for n := range each {
				secret := b.create(fmt.Sprintf("token %d of browser %d", n, i))
				if secret == "" {
					return // the server is dead
				}
				secrets <- secret
			}
		})
	}
	eventually(t, "some tokens are made", func() bool { return len(secrets) >= enough })
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	working.Wait()
	s.stop()
	close(secrets)
	t.Logf("killed after %d acknowledged tokens of %d", len(secrets), browsers*each)

	again, _ := p.serve(t)
	for secret := range secrets {
		if status := userStatus(t, again.url, secret); status != http.StatusOK {
			t.Errorf("an acknowledged token is answered with %d", status)
		}
	}
	checkDatabase(t, filepath.Join(os.Getenv("TESSERA_DATA"), "tessera.db"))
}

// testBrowser is a signed-in session. The secret of a new token is shown to its
// own session until that opens another page, so each worker has one.
type testBrowser struct {
	*http.Client
	url string
}

func signIn(t *testing.T, base string) testBrowser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := testBrowser{&http.Client{Jar: jar}, base}
	res, err := b.PostForm(base+"/sign-in", url.Values{"email": {"admin@example.com"}, "password": {modeltest.Password}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatal("sign in:", res.Status)
	}
	return b
}

var anySecret = regexp.MustCompile(token.Pattern)

// create makes a token and returns its secret, or "" when the server did not answer.
func (b testBrowser) create(name string) string {
	res, err := b.PostForm(b.url+"/settings/tokens", url.Values{"name": {name}, "validity": {"90"}, "nonce": {name}})
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return ""
	}
	return anySecret.FindString(string(page))
}

// checkDatabase finds what a crash may have left half done.
func checkDatabase(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		"PRAGMA integrity_check":                          "ok",
		"SELECT count(*) FROM pragma_foreign_key_check()": "0",
		"SELECT count(*) FROM tokens t WHERE NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.subject = t.public_id)": "0",
		"SELECT count(*) - max(seq) FROM audit_events":                                                                "0",
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || !strings.EqualFold(got, want) {
			t.Errorf("%s: %q, %v", query, got, err)
		}
	}
}
