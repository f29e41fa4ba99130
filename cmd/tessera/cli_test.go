package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

// result is what a command answered.
type result struct {
	out, err string
	code     int
}

// tessera runs one command in this process.
func tessera(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, problems bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &problems)
	return result{out.String(), problems.String(), code}
}

// mustTessera runs a command that must succeed, and returns its standard output.
func mustTessera(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := tessera(t, stdin, args...)
	if r.code != 0 {
		t.Fatalf("tessera %s: exit code %d: %s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// eachDatabase runs f with the environment set to a fresh database of each kind.
func eachDatabase(t *testing.T, f func(t *testing.T)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Setenv("TESSERA_DATA", t.TempDir())
		f(t)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Setenv("TESSERA_DATA", t.TempDir())
		t.Setenv("TESSERA_DATABASE_URL", modeltest.PostgresURL(t))
		f(t)
	})
}

// addAdmin makes the account that the tests below use.
func addAdmin(t *testing.T, more ...string) {
	t.Helper()
	args := append([]string{"user", "add", "admin@example.com", "--name=Admin", "--admin", "--password-stdin"}, more...)
	mustTessera(t, modeltest.Password+"\n", args...)
}

func listTokens(t *testing.T, email string) []tokenRow {
	t.Helper()
	return listJSON[tokenRow](t, "token", "list", "--user="+email)
}

func listUsers(t *testing.T) []userRow {
	t.Helper()
	return listJSON[userRow](t, "user", "list")
}

func listJSON[T any](t *testing.T, args ...string) (rows []T) {
	t.Helper()
	out := mustTessera(t, "", append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("tessera %q: %v: %s", args, err, out)
	}
	return rows
}

// withTestStore opens the database that the environment names.
func withTestStore(t *testing.T, do func(context.Context, *models.Store)) {
	t.Helper()
	flags := databaseFlags{Data: os.Getenv("TESSERA_DATA"), DatabaseURL: os.Getenv("TESSERA_DATABASE_URL")}
	err := flags.withStore(t.Context(), nil, models.Limits{}, func(store *models.Store) error {
		do(t.Context(), store)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var secretLine = regexp.MustCompile(`^` + token.Pattern + `\n$`)

func TestTokensOnTheCommandLine(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		addAdmin(t, "--time-zone=Asia/Tokyo")
		made := tessera(t, "", "token", "create", "--user=ADMIN@example.com", "--name=ci", "--validity=90")
		if made.code != 0 || !secretLine.MatchString(made.out) {
			t.Fatalf("token create: %+v; want the secret alone on standard output", made)
		}
		secret := strings.TrimSpace(made.out)
		if strings.Contains(made.err, secret) || !strings.Contains(made.err, "Asia/Tokyo") {
			t.Errorf("notes of token create: %q", made.err)
		}
		tokens := listTokens(t, "admin@example.com")
		if len(tokens) != 1 || tokens[0].Status != models.StatusActive {
			t.Fatalf("token list: %+v", tokens)
		}
		if shown := mustTessera(t, "", "token", "list", "--user=admin@example.com"); !strings.Contains(shown, tokens[0].ID) || strings.Contains(shown, secret) {
			t.Errorf("token list: %s", shown)
		}
		inspect(t, secret, 0, "Status:   active", "Owner:    Admin <admin@example.com>", "Name:     ci")

		mustTessera(t, "", "user", "disable", "admin@example.com")
		inspect(t, secret, 1, "owner is disabled")
		mustTessera(t, "", "user", "enable", "admin@example.com")
		inspect(t, secret, 0, "Status:   active")
		mustTessera(t, "", "token", "revoke", "--user=admin@example.com", tokens[0].ID)
		inspect(t, secret, 1, "Status:   revoked")
	})
}

func inspect(t *testing.T, stdin string, code int, want ...string) {
	t.Helper()
	r := tessera(t, stdin, "token", "inspect")
	if r.code != code {
		t.Errorf("token inspect: exit code %d, not %d: %s%s", r.code, code, r.out, r.err)
	}
	for _, w := range want {
		if !strings.Contains(r.out, w) {
			t.Errorf("token inspect: %q is not in %s", w, r.out)
		}
	}
}

func TestInspectTellsWhatIsWrong(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	unknown := token.New()
	inspect(t, " "+unknown+"\r\n", 1, "Checksum: right", "Known:    no")
	inspect(t, unknown[:len(unknown)-1], 1, "Format:   wrong")
	other := "0"
	if strings.HasSuffix(unknown, other) {
		other = "1"
	}
	inspect(t, unknown[:len(unknown)-1]+other, 1, "Checksum: wrong")
	inspect(t, "", 1, "Format:   wrong")

	r := tessera(t, "", "token", "inspect", unknown)
	if r.code != 1 || !strings.Contains(r.err, "standard input") || strings.Contains(r.out+r.err, unknown) {
		t.Errorf("a secret as an argument: %+v", r)
	}
}

func TestExpiryOnTheCommandLineIsInTheOwnersZone(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t, "--time-zone=Asia/Tokyo")
	mustTessera(t, "", "token", "create", "--user=admin@example.com", "--name=a", "--expires-on=2030-05-31")
	mustTessera(t, "", "token", "create", "--user=admin@example.com", "--name=b", "--validity=never")
	tokens := listTokens(t, "admin@example.com")
	if len(tokens) != 2 || tokens[0].ExpiresAt != nil || tokens[1].ExpiresAt.Format("2006-01-02T15:04Z07:00") != "2030-05-31T15:00Z" {
		t.Errorf("token list: %+v", tokens)
	}
}

func TestRefusedInputIsTold(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t)
	mustTessera(t, "", "token", "create", "--user=admin@example.com", "--name=ci")
	create := func(args ...string) []string {
		return append([]string{"token", "create", "--user=admin@example.com"}, args...)
	}
	add := []string{"user", "add", "new@example.com", "--password-stdin"}
	for _, c := range []struct {
		stdin string
		args  []string
		code  int
		want  []string // all of them, a line each
	}{
		{"", create("--name=CI"), 1, []string{"--name: "}},
		{"", create("--name=b", "--validity=91"), 1, []string{"--validity: "}},
		{"", create("--name=b", "--validity=custom"), 1, []string{"--expires-on: "}},
		{"", create("--name=b", "--expires-on=2030-02-30"), 1, []string{"--expires-on: "}},
		{"", create("--name=b", "--expires-on=2020-02-20"), 1, []string{"--expires-on: "}},
		{"", create("--name=b", "--validity=7", "--expires-on=2030-05-31", "--max-tokens=0"), 1, []string{"--validity: ", "--max-tokens: "}},
		{"", create("--name=b", "--max-tokens=1"), 1, []string{"--name: "}},
		{"", []string{"token", "list", "--user=nobody@example.com"}, 1, []string{`nobody has the e-mail address "nobody@example.com"`}},
		{"", []string{"token", "revoke", "--user=admin@example.com", "abc"}, 1, []string{`no token with the id "abc"`}},
		{"short", append(add, "--name= ", "--time-zone=Mars/Olympus", "--language=xx"), 1,
			[]string{"--name: ", "--time-zone: ", "--language: ", "password: "}},
		{modeltest.Password, []string{"user", "add", "Admin@Example.com", "--name=A", "--password-stdin"}, 1, []string{"email: "}},
		{"", []string{"user", "add", "new@example.com", "--name=New"}, 1, []string{"--password-stdin: "}},
		{"", []string{"user", "add", "new@example.com", "--name=New", "--password=x"}, 2, []string{"unknown flag --password"}},
		{"", []string{"frobnicate"}, 2, []string{"frobnicate"}},
	} {
		r := tessera(t, c.stdin, c.args...)
		lines := strings.Split(strings.TrimSpace(r.err), "\n")
		if r.code != c.code || r.out != "" || len(lines) != len(c.want) {
			t.Errorf("tessera %q: %+v; want %d lines and exit code %d", c.args, r, len(c.want), c.code)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], "tessera: ") || !strings.Contains(lines[i], want) || strings.Contains(lines[i], "error.") {
				t.Errorf("tessera %q says %q; want %q in it", c.args, lines[i], want)
			}
		}
	}
}

func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TESSERA_DATA", dir)
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte("a new lantern every evening\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addAdmin(t)
	mustTessera(t, "", "user", "set-password", "admin@example.com", "--password-file="+file)
	withTestStore(t, func(ctx context.Context, store *models.Store) {
		if _, err := store.Authenticate(ctx, "admin@example.com", "a new lantern every evening"); err != nil {
			t.Error("the new password:", err)
		}
		if _, err := store.Authenticate(ctx, "admin@example.com", modeltest.Password); err == nil {
			t.Error("the old password still works")
		}
	})
	both := tessera(t, modeltest.Password, "user", "set-password", "admin@example.com", "--password-stdin", "--password-file="+file)
	if both.code != 1 || !strings.Contains(both.err, "keep one of them") {
		t.Errorf("two passwords: %+v", both)
	}
}

func TestUserList(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	if got := mustTessera(t, "", "user", "list", "--json"); strings.TrimSpace(got) != "[]" {
		t.Errorf("nobody yet: %s", got)
	}
	addAdmin(t)
	if got := mustTessera(t, "", "user", "list"); !regexp.MustCompile(`admin@example\.com +Admin +administrator +active +UTC`).MatchString(got) {
		t.Errorf("user list: %s", got)
	}
}

func TestMigrate(t *testing.T) {
	data := t.TempDir()
	t.Setenv("TESSERA_DATA", data)
	if r := tessera(t, "", "migrate", "status"); r.code != 1 || !strings.Contains(r.err, "no database") {
		t.Errorf("before: %+v", r)
	}
	if files, _ := os.ReadDir(data); len(files) != 0 {
		t.Errorf("asking for the status has made %v", files)
	}
	mustTessera(t, "", "migrate", "up")
	if got := mustTessera(t, "", "migrate", "status"); strings.Contains(got, "pending") || !strings.Contains(got, "00001_core.sql") {
		t.Errorf("after: %s", got)
	}
	execSQLite(t, data, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	if r := tessera(t, "", "migrate", "status"); r.code != 1 || !strings.Contains(r.err, "newer version") {
		t.Errorf("newer than the program: %+v", r)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"token", "create", "--help"}} {
		if r := tessera(t, "", args...); r.code != 0 || !strings.Contains(r.out, "Usage: tessera") || r.err != "" {
			t.Errorf("tessera %q: %+v", args, r)
		}
	}
	if got := mustTessera(t, "", "version"); !strings.HasPrefix(got, "tessera "+Version) {
		t.Errorf("version: %s", got)
	}
}

func TestCommandsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if code := run(ctx, []string{"user", "list", "--data=" + t.TempDir()}, nil, &out, &out); code != 1 {
		t.Errorf("exit code %d: %s", code, &out)
	}
}
