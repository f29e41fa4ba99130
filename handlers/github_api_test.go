package handlers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/token"
)

// fakeGitHub publishes keys as GitHub does, at a real address.
type fakeGitHub struct {
	*httptest.Server
	asked, unchanged atomic.Int32
	keys             atomic.Value // of []any: the list that it publishes
	status           atomic.Int32 // instead of an answer, unless 0
}

func newFakeGitHub(t *testing.T) *fakeGitHub {
	t.Helper()
	g := &fakeGitHub{}
	g.keys.Store([]any{})
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.asked.Add(1)
		body, err := json.Marshal(map[string]any{"public_keys": g.keys.Load()})
		if err != nil {
			t.Error(err)
		}
		hash := sha256.Sum256(body)
		etag := `W/"` + hex.EncodeToString(hash[:4]) + `"`
		switch {
		case g.status.Load() != 0:
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(int(g.status.Load()))
		case r.Header.Get("If-None-Match") == etag:
			g.unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", etag)
			w.Write(body)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

func published(t *testing.T, id string, public any) any {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"key_identifier": id, "is_current": true, "key": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

func newKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signature(t *testing.T, key *ecdsa.PrivateKey, body string) string {
	t.Helper()
	hash := sha256.Sum256([]byte(body))
	sig, err := ecdsa.SignASN1(rand.Reader, key, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

// found sends what GitHub found; an empty id or signature is left out.
func (a *apiServer) found(t *testing.T, id, sig, body string) *apiAnswer {
	t.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	if id != "" {
		header.Set(githubKeyHeader, id)
	}
	if sig != "" {
		header.Set(githubSignatureHeader, sig)
	}
	return a.call(t, apiCall{method: "POST", target: "/v1/github/secret-scanning", header: header, body: body})
}

// scanned is a site to which a fake GitHub may send, with a key of its own.
func scanned(t *testing.T) (*apiServer, *fakeGitHub, *ecdsa.PrivateKey) {
	t.Helper()
	g, key := newFakeGitHub(t), newKey(t, elliptic.P256())
	g.keys.Store([]any{published(t, "first", &key.PublicKey)})
	a := newAPI(t, func(cfg *Config) { cfg.GitHubKeysURL = g.URL })
	a.scans = newLimiter(a.store.Now, 1000, time.Minute)
	return a, g, key
}

func TestGitHubFindsTokens(t *testing.T) {
	a, g, key := scanned(t)
	p := reporting(t, a)
	unknown := token.New()
	body := `[{"token":"` + p.secret2 + `","type":"tessera_pat","url":"https://github.com/o/r/blob/1/a.txt","source":"content"},` +
		`{"token":"` + unknown + `","type":"tessera_pat","url":"","source":"content"}]`
	answer := a.found(t, "first", signature(t, key, body), body).want(t, http.StatusOK, "")
	var verdicts []secretVerdict
	if err := json.Unmarshal([]byte(answer.body), &verdicts); err != nil {
		t.Fatal(err)
	}
	hashOf := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	if len(verdicts) != 2 || verdicts[0] != (secretVerdict{hashOf(p.secret2), "tessera_pat", "true_positive"}) ||
		verdicts[1] != (secretVerdict{hashOf(unknown), "tessera_pat", "false_positive"}) {
		t.Errorf("verdicts: %s", answer.body)
	}
	a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "token_revoked")
	e := read[[]models.AuditEntry](p, "GET", "/v1/admin/audit?kind=token.leaked", "")
	if len(e) != 1 || e[0].Changes[0].New != "github:https://github.com/o/r/blob/1/a.txt" {
		t.Errorf("events: %+v", e)
	}
	again := a.found(t, "first", signature(t, key, body), body).want(t, http.StatusOK, "")
	if again.body != answer.body {
		t.Errorf("a second time: %s", again.body)
	}
	a.found(t, "first", signature(t, key, "[]"), "[]").want(t, http.StatusOK, "")
	if n := g.asked.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

func TestGitHubsSignatureIsChecked(t *testing.T) {
	a, g, key := scanned(t)
	p := reporting(t, a)
	other, p384 := newKey(t, elliptic.P256()), newKey(t, elliptic.P384())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	g.keys.Store([]any{published(t, "first", &key.PublicKey), published(t, "p384", &p384.PublicKey), published(t, "rsa", &rsaKey.PublicKey),
		map[string]any{"key_identifier": "broken", "key": "x"}})
	body := `[{"token":"` + p.secret2 + `","type":"x"}]`
	good := signature(t, key, body)
	before := a.rows(t)
	for what, c := range map[string][3]string{
		"another key":       {"first", signature(t, other, body), body},
		"another body":      {"first", good, body + " "},
		"an unknown key":    {"second", good, body},
		"another curve":     {"p384", signature(t, p384, body), body},
		"RSA":               {"rsa", good, body},
		"a broken key":      {"broken", good, body},
		"no key":            {"", good, body},
		"no signature":      {"first", "", body},
		"no Base64":         {"first", "%%%", body},
		"no ASN.1":          {"first", base64.StdEncoding.EncodeToString([]byte("x")), body},
		"of an empty body":  {"first", signature(t, key, ""), body},
		"cut":               {"first", good[:len(good)-8], body},
		"with more to it":   {"first", good + "AAAA", body},
		"of the parsed one": {"first", signature(t, key, strings.TrimSpace(body)), " " + body},
	} {
		if answer := a.found(t, c[0], c[1], c[2]); answer.StatusCode != http.StatusForbidden || answer.problem.Code != "signature_invalid" {
			t.Errorf("%s: %d %s", what, answer.StatusCode, answer.body)
		}
	}
	twice := http.Header{githubKeyHeader: {"first", "first"}, githubSignatureHeader: {good}}
	a.call(t, apiCall{method: "POST", target: "/v1/github/secret-scanning", header: twice, body: body}).want(t, http.StatusForbidden, "signature_invalid")
	packed := http.Header{githubKeyHeader: {"first"}, githubSignatureHeader: {good}, "Content-Encoding": {"gzip"}}
	a.call(t, apiCall{method: "POST", target: "/v1/github/secret-scanning", header: packed, body: body}).want(t, http.StatusUnsupportedMediaType, "unsupported_encoding")
	for wrong, status := range map[string]int{
		"{}": http.StatusBadRequest, "x": http.StatusBadRequest, "[7]": http.StatusBadRequest, "[{\"token\":\"\xff\"}]": http.StatusBadRequest,
		"[" + strings.Repeat("{},", models.MaxLeaked) + "{}]": http.StatusUnprocessableEntity, strings.Repeat(" ", jsonLimit+1): http.StatusRequestEntityTooLarge,
	} {
		if answer := a.found(t, "first", signature(t, key, wrong), wrong); answer.StatusCode != status {
			t.Errorf("%.20q: %d %s", wrong, answer.StatusCode, answer.body)
		}
	}
	if tables := changed(before, a.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
	a.found(t, "first", good, body).want(t, http.StatusOK, "")
}

// Keys are asked for when they are needed, at most once a minute, and kept while GitHub is away.
func TestGitHubsKeysAreKept(t *testing.T) {
	a, g, first := scanned(t)
	second := newKey(t, elliptic.P256())
	asked := func(what string, want int32) {
		t.Helper()
		if n := g.asked.Load(); n != want {
			t.Errorf("%s: asked %d times, not %d", what, n, want)
		}
	}
	send := func(id string, key *ecdsa.PrivateKey, status int, code string) {
		t.Helper()
		a.found(t, id, signature(t, key, "[]"), "[]").want(t, status, code)
	}
	g.status.Store(http.StatusBadGateway)
	for range 3 {
		send("first", first, http.StatusServiceUnavailable, "unavailable")
	}
	asked("while GitHub is away", 1)
	a.clock.Advance(githubKeysEvery)
	g.status.Store(http.StatusFound)
	send("first", first, http.StatusServiceUnavailable, "unavailable")
	asked("a redirect is not followed", 2)
	a.clock.Advance(githubKeysEvery)
	g.status.Store(0)
	for range 3 {
		send("first", first, http.StatusOK, "")
	}
	asked("then", 3)

	g.keys.Store([]any{published(t, "first", &first.PublicKey), published(t, "second", &second.PublicKey)})
	for range 3 {
		send("second", second, http.StatusForbidden, "signature_invalid") // it was asked for a moment ago
	}
	asked("an unknown key, too early", 3)
	a.clock.Advance(githubKeysEvery)
	send("second", second, http.StatusOK, "")
	asked("an unknown key", 4)
	a.clock.Advance(githubKeysEvery)
	for range 3 {
		send("third", second, http.StatusForbidden, "signature_invalid")
	}
	asked("a key that there is not", 5)
	if n := g.unchanged.Load(); n != 1 {
		t.Errorf("%d times the keys were not sent again", n)
	}

	a.clock.Advance(githubKeysLife)
	g.status.Store(http.StatusBadGateway)
	for range 3 {
		send("first", first, http.StatusOK, "") // an old key is better than none
	}
	asked("old keys", 6)
	g.status.Store(0)
	g.keys.Store([]any{published(t, "second", &second.PublicKey)})
	a.clock.Advance(githubKeysEvery)
	send("first", first, http.StatusForbidden, "signature_invalid") // it was taken back
	send("second", second, http.StatusOK, "")
	asked("after all", 7)
}

// The example in GitHub's documentation.
func TestGitHubsOwnExample(t *testing.T) {
	g := newFakeGitHub(t)
	const id = "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a"
	g.keys.Store([]any{map[string]any{"key_identifier": id, "is_current": true, "key": "-----BEGIN PUBLIC KEY-----\n" +
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\nkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n" +
		"-----END PUBLIC KEY-----\n"}})
	a := newAPI(t, func(cfg *Config) { cfg.GitHubKeysURL = g.URL })
	const body = `[{"token":"some_token","type":"some_type","url":"some_url"}]`
	answer := a.found(t, id, "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=", body).want(t, http.StatusOK, "")
	if !strings.Contains(answer.body, `"token_type":"some_type","label":"false_positive"`) {
		t.Errorf("answered %s", answer.body)
	}
}

func FuzzGitHubBody(f *testing.F) {
	for _, body := range []string{"[]", "null", `[{"token":"tsr_pat_x","type":"a","url":"b"}]`, `[{"token":"\u0000","type":"\ud800","url":"\u0000"}]`, "[[]]", `[{"token":null}]`, "\xff"} {
		f.Add([]byte(body))
	}
	a := newAPI(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var found []foundSecret
		if json.Unmarshal(body, &found) != nil {
			return
		}
		verdicts, err := a.revokeFound(t.Context(), models.System, found)
		if err != nil || len(verdicts) != len(found) {
			t.Errorf("%q: %v, %v", body, verdicts, err)
		}
		for _, v := range verdicts {
			if v.Label != "false_positive" {
				t.Errorf("%q is known", body)
			}
		}
	})
}
