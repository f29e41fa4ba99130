package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestSetupLink(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		file := filepath.Join(os.Getenv("TESSERA_DATA"), "setup-link")
		first := startServe(t)
		firstLink := readSetupLink(t, file, first)
		if status := pageStatus(t, firstLink); status != http.StatusOK {
			t.Errorf("the first link answers %d", status)
		}
		if code := first.stop(); code != 0 {
			t.Errorf("exit code %d", code)
		}

		second := startServe(t)
		link := readSetupLink(t, file, second)
		old, err := url.Parse(firstLink)
		if err != nil {
			t.Fatal(err)
		}
		if status := pageStatus(t, second.url+"/setup?"+old.RawQuery); status == http.StatusOK {
			t.Error("the first link lives beside the second")
		}
		where, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.PostForm(second.url+"/setup", url.Values{"secret": where.Query()["secret"], "name": {"Ada"},
			"email": {"ada@example.com"}, "password": {modeltest.Password}, "time_zone": {"Asia/Tokyo"}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if users := listUsers(t); len(users) != 1 || !users[0].Admin {
			t.Fatalf("set-up answered %d, and there are %+v", res.StatusCode, users)
		}
		if status := pageStatus(t, link); status == http.StatusOK {
			t.Error("the link lives on after its use")
		}
		eventually(t, "the file with the used link is removed", func() bool {
			_, err := os.Stat(file)
			return os.IsNotExist(err)
		})
		second.stop()

		third := startServe(t)
		if strings.Count(third.out.String(), "\n") != 1 {
			t.Errorf("with a user, serve says %q", third.out.String())
		}
	})
}

// readSetupLink checks that the link is in the file alone, and returns it.
func readSetupLink(t *testing.T, file string, s *served) string {
	t.Helper()
	var link string
	eventually(t, "the set-up link is written", func() bool {
		b, err := os.ReadFile(file)
		link = strings.TrimSpace(string(b))
		return err == nil && link != ""
	})
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, ok := strings.Cut(link, s.url+"/setup?secret=")
	if !ok || len(secret) < 40 || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v and holds %q", info.Mode(), link)
	}
	if strings.Contains(s.out.String()+s.err.String(), secret) {
		t.Error("the set-up link was printed or logged")
	}
	return link
}

func TestBoxFitsATerminal(t *testing.T) {
	secret := strings.Repeat("x", 43) // 256 bits in base64url
	lines := strings.Split(strings.TrimSpace(box("a", "", "http://127.0.0.1:8080/setup?secret="+secret)), "\n")
	if len(lines) != 5 || lines[1] != "│ a" || lines[2] != "│" {
		t.Errorf("box: %q", lines)
	}
	for _, l := range lines {
		if n := utf8.RuneCountInString(l); n > 80 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
}

func TestOneClearLineWhenServeCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "tessera.db"), bytes.Repeat([]byte("no database "), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer")
	mustTessera(t, "", "migrate", "up", "--data="+newer)
	execSQLite(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"port in use":                    {[]string{"--listen=" + taken.Addr().String(), "--data=" + dir + "/new"}, "is in use by another program"},
		"not our address":                {[]string{"--listen=192.0.2.1:0", "--data=" + dir + "/new"}, "--listen"},
		"data folder is a file":          {[]string{"--data=" + file}, "choose another folder with --data"},
		"data folder is below a file":    {[]string{"--data=" + file + "/data"}, "choose another folder with --data"},
		"database is something else":     {[]string{"--data=" + broken}, "not a database"},
		"database newer than the binary": {[]string{"--data=" + newer}, "newer version"},
		"PostgreSQL away": {[]string{"--data=" + dir + "/new", "--database-url=postgres://tessera:hunter2@127.0.0.1:1/tessera"},
			"--database-url"},
	} {
		t.Run(name, func(t *testing.T) {
			r := tessera(t, "", append([]string{"serve", "--listen=127.0.0.1:0"}, c.args...)...)
			if r.code != 1 || r.out != "" || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, c.want) {
				t.Errorf("%+v; want one line with %q and exit code 1", r, c.want)
			}
			if strings.Contains(r.err, "hunter2") || strings.Contains(r.err, "goroutine") {
				t.Errorf("says too much: %s", r.err)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); !os.IsNotExist(err) {
		t.Error("a server that could not start has made its data folder")
	}
}

func TestShutdownWritesUsage(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		addAdmin(t)
		secret := createToken(t, "ci")
		s := startServe(t)
		for range 3 {
			if status := userStatus(t, s.url, secret); status != http.StatusOK {
				t.Fatalf("GET /v1/user answers %d", status)
			}
		}
		if code := s.stop(); code != 0 {
			t.Errorf("exit code %d: %s", code, &s.err)
		}
		withTestStore(t, func(ctx context.Context, store *models.Store) {
			token, _, err := store.TokenBySecret(ctx, secret)
			if err != nil {
				t.Fatal(err)
			}
			days, err := store.UsageByDay(ctx, token, 2) // it may have been midnight
			if err != nil || days[0].OK+days[1].OK != 3 || token.LastUsedAt == nil {
				t.Errorf("usage %v, last used %v, %v", days, token.LastUsedAt, err)
			}
		})
		if strings.Contains(s.err.String(), secret) {
			t.Error("the secret is in the log")
		}
	})
}

func TestShutdownFinishesRequests(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	s := startServe(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const form = "email=nobody%40example.com&password=wrong"
	fmt.Fprintf(conn, "POST /sign-in HTTP/1.1\r\nHost: tessera\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		len(form), form[:10])
	eventually(t, "the server has begun to read the request", func() bool { return pageStatus(t, s.url+"/healthz") == http.StatusOK })
	stopped := make(chan int)
	go func() { stopped <- s.stop() }()
	eventually(t, "the port is closed", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	fmt.Fprint(conn, form[10:])
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal("the request that had begun was not answered:", err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("it was answered with %d", res.StatusCode)
	}
	if code := <-stopped; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestWarningOnPlainHTTP(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t)
	for arg, want := range map[string]int{"--base-url=": 0, "--base-url=https://tessera.example.com": 0, "--base-url=http://tessera.example.com": 1} {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		free.Close()
		s := startServe(t, "--listen="+free.Addr().String(), arg)
		if got := strings.Count(s.err.String(), "unencrypted"); got != want {
			t.Errorf("%s: %d warnings: %s", arg, got, &s.err)
		}
		s.stop()
	}
}

func TestWarningOnAnAddressThatOnlyThisMachineReaches(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t)
	for listen, want := range map[string]int{"127.0.0.1:0": 0, ":0": 1} {
		s := startServe(t, "--listen="+listen)
		if got := strings.Count(s.err.String(), "only this machine reaches"); got != want {
			t.Errorf("%s: %d warnings: %s", listen, got, &s.err)
		}
		s.stop()
	}
}

func TestLogHoldsNoSecret(t *testing.T) {
	var out bytes.Buffer
	const secret = "tsr_pat_suVj9upfFwIoPFK6k1MekgWM0lzErQSu0wJsmV"
	log := newLogger(&out, 0)
	log.Info("x "+secret, "a", secret, "b", fmt.Errorf("c %s", secret), "d", &url.URL{Path: secret})
	if got := out.String(); strings.Contains(got, secret) || strings.Count(got, "tsr_pat_[redacted]") != 4 {
		t.Error(got)
	}
}

func TestReadyIsRefusedBeforeThePortCloses(t *testing.T) {
	a, err := NewApp(t.Context(), Config{Listen: "127.0.0.1:0", Models: models.Config{Data: t.TempDir()}, DrainDelay: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	ready := func() int {
		resp, err := http.Get(a.BaseURL.String() + "/readyz")
		if err != nil {
			t.Fatal("the port is closed:", err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if status := ready(); status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	stop()
	for ready() != http.StatusServiceUnavailable {
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
