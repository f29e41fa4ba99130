package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAllConfigurationProblemsAtOnce(t *testing.T) {
	r := tessera(t, "", "serve", "--listen=nowhere", "--base-url=ftp://example.com", "--trusted-proxy=10.0.0.0/8,middle.example",
		"--max-tokens=many", "--keep-ended=0", "--session-idle=1y", "--session-max=0s", "--admin-session-idle=x", "--admin-session-max=-3d",
		"--bad-token-limit=-1", "--call-limit=x", "--import-call-limit=-1", "--import-limit=0", "--log-level=loud", "--outbound-allow=10.0.0.0/8,nothing", "--data=", "--database-url=mysql://root:hunter2@db/x")
	if r.code != 1 || r.out != "" || strings.Contains(r.err, "hunter2") {
		t.Errorf("serve: %+v", r)
	}
	for _, flag := range []string{"listen", "base-url", "trusted-proxy", "max-tokens", "keep-ended", "session-idle", "session-max",
		"admin-session-idle", "admin-session-max", "bad-token-limit", "call-limit", "import-call-limit", "import-limit", "log-level", "outbound-allow", "data", "database-url"} {
		if n := strings.Count(r.err, "tessera: --"+flag+": "); n != 1 {
			t.Errorf("--%s is told %d times in\n%s", flag, n, r.err)
		}
	}
}

func TestServeDefaults(t *testing.T) {
	var p problems
	cfg := defaultServeFlags().config(&p)
	if err := p.err(); err != nil {
		t.Fatal(err)
	}
	limits := cfg.Models.Limits
	if limits.LiveTokens != 100 || limits.KeepEnded != 90*24*time.Hour || limits.SessionIdle != 7*24*time.Hour ||
		limits.SessionMax != 30*24*time.Hour || limits.AdminSessionIdle != 12*time.Hour || limits.AdminSessionMax != 7*24*time.Hour {
		t.Errorf("limits: %+v", limits)
	}
}

// defaultServeFlags is what kong makes of no flags.
func defaultServeFlags() *serveFlags {
	return &serveFlags{Listen: "127.0.0.1:8080", MaxTokens: "100", KeepEnded: "90", SessionIdle: "7d", SessionMax: "30d",
		AdminSessionIdle: "12h", AdminSessionMax: "7d", BadTokenLimit: "100", CallLimit: "1200", ImportCallLimit: "600", ImportLimit: "64", DrainDelay: "0s", LogLevel: "info"}
}

func TestBaseURL(t *testing.T) {
	for given, want := range map[string]string{
		"":                            "<nil>",
		"https://tessera.example.com": "https://tessera.example.com",
		"http://10.1.2.3:8080/":       "http://10.1.2.3:8080",
		"https://[2001:db8::1]":       "https://[2001:db8::1]",
		"https://example.com/tessera": "refused",
		"https://me:pw@example.com":   "refused",
		"https://example.com?x":       "refused",
		"https://":                    "refused",
		"https://:8080":               "refused",
		"example.com":                 "refused",
		"javascript:alert(1)":         "refused",
	} {
		var p problems
		f := serveFlags{BaseURL: given}
		got := "<nil>"
		if u := f.baseURL(&p); u != nil {
			got = u.String()
		}
		if len(p) > 0 {
			got = "refused"
		}
		if got != want {
			t.Errorf("--base-url=%s gives %s, not %s", given, got, want)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	var p problems
	f := serveFlags{TrustedProxy: []string{"10.1.2.3/8", " 192.0.2.7", "2001:db8::/32", "::1"}}
	var got []string
	for _, prefix := range f.trustedProxies(&p) {
		got = append(got, prefix.String())
	}
	if want := "10.0.0.0/8 192.0.2.7/32 2001:db8::/32 ::1/128"; strings.Join(got, " ") != want || len(p) > 0 {
		t.Errorf("%s, %s; want %s", got, p, want)
	}
}

func TestGitHubKeysURL(t *testing.T) {
	for given, good := range map[string]bool{
		"": true, "https://github.example/api/v3/meta/public_keys/secret_scanning": true, "http://127.0.0.1:8081/keys": true,
		"http://github.example/keys": false, "https://": false, "github.example": false, "https://user:pw@github.example/": false, "%": false,
	} {
		var p problems
		f := serveFlags{GitHubKeysURL: given}
		if got := f.githubKeysURL(&p); got != given || (len(p) == 0) != good {
			t.Errorf("--github-keys-url=%s: %q", given, p)
		}
	}
}

func TestDatabaseURLFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://tessera:pw@db/tessera\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, file, want, problem string }{
		{"", file, "postgres://tessera:pw@db/tessera", ""},
		{"postgres://a@b/c", "", "postgres://a@b/c", ""},
		{"postgres://a@b/c", file, "postgres://a@b/c", "keep one of them"},
		{"", empty, "", "is empty"},
		{"", file + "x", "", "no such file"},
	} {
		var p problems
		f := databaseFlags{Data: "data", DatabaseURL: c.url, DatabaseURLFile: c.file}
		got := f.config(&p)
		if got.DatabaseURL != c.want || len(p) > 1 || !strings.Contains(strings.Join(p, ""), c.problem) || c.problem == "" && len(p) > 0 {
			t.Errorf("%+v: %q, %q", c, got.DatabaseURL, p)
		}
	}
}

func TestFlagsFromTheEnvironment(t *testing.T) {
	t.Setenv("TESSERA_LISTEN", "nowhere")
	t.Setenv("TESSERA_BASE_URL", "nothing")
	t.Setenv("TESSERA_TRUSTED_PROXY", "10.0.0.0/8,nobody")
	t.Setenv("TESSERA_DATABASE_URL_FILE", "/nonexistent/url")
	r := tessera(t, "", "serve")
	for _, want := range []string{"--listen: ", "--base-url: ", `--trusted-proxy: "nobody"`, "--database-url-file: "} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is not in\n%s", want, r.err)
		}
	}
}
