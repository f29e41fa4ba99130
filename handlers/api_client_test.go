package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/token"
)

// apiServer is a site whose cached tokens count, as they do in a running program.
type apiServer struct{ *site }

// newAPI starts a server on a fresh SQLite database.
func newAPI(t testing.TB, change ...func(*Config)) *apiServer {
	t.Helper()
	return trusting(t, newSite(t, change...))
}

// eachAPI runs f on every database there is.
func eachAPI(t *testing.T, f func(t *testing.T, a *apiServer)) {
	eachSite(t, func(t *testing.T, s *site) { f(t, trusting(t, s)) })
}

// trusting starts the verifier's polling, without which it believes nothing that it has cached.
func trusting(t testing.TB, s *site) *apiServer {
	ctx, stop := context.WithCancel(context.Background())
	var polling sync.WaitGroup
	polling.Go(func() { s.verifier.Run(ctx) })
	t.Cleanup(func() {
		stop()
		polling.Wait()
	})
	return &apiServer{s}
}

// marker is part of what tests send and no answer may repeat.
const marker = "mark7f3a"

var secretPattern = regexp.MustCompile(token.Pattern)

// mustToken makes a token of owner that lives 90 days, or as change says.
func (a *apiServer) mustToken(t testing.TB, owner *models.User, name string, change ...func(*models.NewToken)) (*models.Token, string) {
	t.Helper()
	in := models.NewToken{Name: name, Validity: models.DefaultValidity, Nonce: name}
	for _, f := range change {
		f(&in)
	}
	tok, secret, err := a.store.CreateToken(t.Context(), models.CLI, owner, in)
	if err != nil {
		t.Fatal("create a token:", err)
	}
	return tok, secret
}

func forever(in *models.NewToken) { in.Validity = models.ValidityNever }

// apiCall is one request; the zero value of a field leaves it out.
type apiCall struct {
	method  string // "": GET
	target  string // "": /v1/user
	auth    []string
	header  http.Header
	body    string
	address string // "": 192.0.2.7
}

func withBearer(secret string) apiCall { return apiCall{auth: []string{"Bearer " + secret}} }

// apiAnswer is an answer, already held against the description.
type apiAnswer struct {
	*http.Response
	body    string
	problem problemDocument // of a status of 400 and more
}

// call sends one request through the whole server. Every answer must be as the
// description says and must keep the rules that hold for all of the API.
func (a *apiServer) call(t testing.TB, in apiCall) *apiAnswer {
	t.Helper()
	if in.method == "" {
		in.method = http.MethodGet
	}
	if in.target == "" {
		in.target = "/v1/user"
	}
	if in.address == "" {
		in.address = "192.0.2.7"
	}
	r := httptest.NewRequest(in.method, in.target, strings.NewReader(in.body))
	r.RemoteAddr = in.address + ":4711"
	for name, values := range in.header {
		r.Header[name] = values
	}
	if in.auth != nil {
		r.Header["Authorization"] = in.auth
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	answer := &apiAnswer{Response: w.Result(), body: w.Body.String()}
	if in.method == http.MethodHead {
		answer.body = "" // net/http leaves it out
	}
	answer.checkRules(t, in)
	checkDescribed(t, r, answer)
	return answer
}

func (answer *apiAnswer) checkRules(t testing.TB, in apiCall) {
	t.Helper()
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "Set-Cookie": "", "Server": "",
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Encoding": "",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s %s: %s is %q, not %q", in.method, in.target, name, got, want)
		}
	}
	var whole bytes.Buffer
	if err := answer.Header.Write(&whole); err != nil {
		t.Fatal(err)
	}
	whole.WriteString(answer.body)
	if secretPattern.Match(whole.Bytes()) || bytes.Contains(whole.Bytes(), []byte(marker)) {
		t.Errorf("%s %s: the answer repeats what was sent: %s", in.method, in.target, whole.String())
	}
	if answer.StatusCode < http.StatusBadRequest || in.method == http.MethodHead {
		return
	}
	if got := answer.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s %s: an error of type %q", in.method, in.target, got)
	}
	if err := json.Unmarshal([]byte(answer.body), &answer.problem); err != nil {
		t.Fatalf("%s %s: %v: %s", in.method, in.target, err, answer.body)
	}
	p := answer.problem
	if p.Status != answer.StatusCode || p.Title == "" || p.Detail == "" || p.RequestID != answer.Header.Get("X-Request-Id") {
		t.Errorf("%s %s: status %d with the problem %s", in.method, in.target, answer.StatusCode, answer.body)
	}
}

// want checks status and code ("" for an answer that is no error).
func (answer *apiAnswer) want(t testing.TB, status int, code string) *apiAnswer {
	t.Helper()
	if answer.StatusCode != status || answer.problem.Code != code {
		t.Fatalf("%d %q, not %d %q: %s", answer.StatusCode, answer.problem.Code, status, code, answer.body)
	}
	return answer
}

// wantHeader checks one header exactly; "" means that it must be missing.
func (answer *apiAnswer) wantHeader(t testing.TB, name, want string) *apiAnswer {
	t.Helper()
	if got := strings.Join(answer.Header.Values(name), " | "); got != want {
		t.Errorf("%s is %q, not %q", name, got, want)
	}
	return answer
}

// within calls f until it is true.
func within(t testing.TB, limit time.Duration, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

// lockedBuffer is a buffer that several goroutines may write to.
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
