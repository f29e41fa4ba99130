package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"testing"

	"tessera/models"
)

// startApp runs the product on a free port with an empty SQLite database.
func startApp(t *testing.T, change ...func(*Config)) (a *App, stop func()) {
	t.Helper()
	cfg := Config{Listen: "127.0.0.1:0", Models: models.Config{Data: filepath.Join(t.TempDir(), "data")}, BadBearersPerMinute: 100}
	for _, f := range change {
		f(&cfg)
	}
	a, err := NewApp(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("Run:", err)
		}
		if err := a.Close(); err != nil {
			t.Error("Close:", err)
		}
	}
}

// callAPI is what a script does with a token.
func callAPI(t *testing.T, a *App, secret string) (status int, answer map[string]any) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, a.BaseURL.String()+"/v1/user", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("User-Agent", "release-bot/1.4 (nightly)")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

const strangerPassword = "six purple otters juggling"

// signUp makes the first account as a program would.
func signUp(t *testing.T, a *App, link string) *http.Client {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	resp, err := client.PostForm(a.BaseURL.String()+"/setup", url.Values{
		"secret": {u.Query().Get("secret")}, "name": {"Mika Sato"}, "email": {"mika@harbor.example"},
		"password": {strangerPassword}, "time_zone": {"Asia/Tokyo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("set-up: %s", resp.Status)
	}
	return client
}
