package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

func TestAPIUser(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		u := modeltest.MustUser(t, a.store)
		dated, secret := a.mustToken(t, u, "CI deploy")
		endless, endlessSecret := a.mustToken(t, u, "never ends", forever)

		answer := a.call(t, withBearer(secret)).want(t, http.StatusOK, "")
		answer.wantHeader(t, "Content-Type", "application/json").wantHeader(t, "Tessera-Token-Expires", "2027-03-14T15:00:00Z")
		answer.wantHeader(t, "WWW-Authenticate", "")
		want := fmt.Sprintf(`{"id":%d,"name":"Aiko Tanaka","email":%q,"language":"en","time_zone":"Asia/Tokyo","token":{"id":%q,"name":"CI deploy",`+
			`"created_at":"2026-12-14T03:00:00Z","expires_at":"2027-03-14T15:00:00Z"}}`, u.ID, u.Email, dated.PublicID)
		if answer.body != want {
			t.Errorf("body is\n%s, not\n%s", answer.body, want)
		}

		answer = a.call(t, withBearer(endlessSecret)).want(t, http.StatusOK, "").wantHeader(t, "Tessera-Token-Expires", "never")
		if !strings.HasSuffix(answer.body, fmt.Sprintf(`"token":{"id":%q,"name":"never ends","created_at":"2026-12-14T03:00:00Z","expires_at":null}}`, endless.PublicID)) {
			t.Errorf("body is %s", answer.body)
		}
	})
}

func TestAPIHead(t *testing.T) {
	a := newAPI(t)
	_, secret := a.mustToken(t, modeltest.MustUser(t, a.store), "head")
	for _, auth := range [][]string{nil, {"Bearer " + secret}} {
		get := a.call(t, apiCall{auth: auth})
		head := a.call(t, apiCall{auth: auth, method: http.MethodHead})
		get.Header.Del("X-Request-Id")
		head.Header.Del("X-Request-Id")
		if head.StatusCode != get.StatusCode || fmt.Sprint(head.Header) != fmt.Sprint(get.Header) {
			t.Errorf("HEAD: %d %v\nGET: %d %v", head.StatusCode, head.Header, get.StatusCode, get.Header)
		}
	}
	real := httptest.NewServer(a.Handler())
	defer real.Close()
	for _, path := range []string{"/v1/openapi.json", "/v1/openapi.yaml"} {
		head, err := http.Head(real.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		head.Body.Close()
		if head.StatusCode != http.StatusOK || head.ContentLength == 0 {
			t.Errorf("HEAD %s: %d, length %d", path, head.StatusCode, head.ContentLength)
		}
	}
}

func TestAPICrossOrigin(t *testing.T) {
	a := newAPI(t)
	_, secret := a.mustToken(t, modeltest.MustUser(t, a.store), "script")
	origin := http.Header{"Origin": {"https://elsewhere.example"}, "Sec-Fetch-Site": {"cross-site"}}
	ask := http.Header{"Origin": origin["Origin"], "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization"}}
	for _, path := range []string{"/v1/user", "/v1/openapi.json", "/v1/unknown"} {
		a.call(t, apiCall{method: http.MethodOptions, target: path, header: ask}).want(t, http.StatusNoContent, "").
			wantHeader(t, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE").wantHeader(t, "Access-Control-Allow-Headers", "Authorization, *").
			wantHeader(t, "Access-Control-Max-Age", "86400").wantHeader(t, "WWW-Authenticate", "")
	}
	in := withBearer(secret)
	in.header = origin
	const exposed = "Tessera-Token-Expires, X-Request-Id, WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, ETag, Location, Idempotency-Replayed"
	a.call(t, in).want(t, http.StatusOK, "").wantHeader(t, "Access-Control-Expose-Headers", exposed)
	a.call(t, apiCall{header: origin}).want(t, http.StatusUnauthorized, "token_missing").wantHeader(t, "Access-Control-Expose-Headers", exposed)
}

// What is not there is a problem document too, never a page.
func TestAPINotThere(t *testing.T) {
	a := newAPI(t)
	html := http.Header{"Accept": {"text/html"}, "Accept-Language": {"ja"}}
	for _, path := range []string{"/v1", "/v1/", "/v1/" + marker, "/v1/user/", "/v1/user/1", "/v1/users", "/api/v1", "/api/v1/" + marker, "/api/v1/current-user/", "/v1/../" + marker, "/v1//user"} {
		a.call(t, apiCall{target: path, header: html}).want(t, http.StatusNotFound, "not_found")
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "TRACE"} {
		a.call(t, apiCall{method: method, header: html}).want(t, http.StatusMethodNotAllowed, "method_not_allowed").
			wantHeader(t, "Allow", "OPTIONS, GET, HEAD")
	}
}

func TestAPILimitsBadTokens(t *testing.T) {
	a := newAPI(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")} })
	u := modeltest.MustUser(t, a.store)
	_, good := a.mustToken(t, u, "good")
	dead, deadSecret := a.mustToken(t, u, "dead")
	if _, err := a.store.RevokeToken(t.Context(), models.CLI, u, dead.PublicID); err != nil {
		t.Fatal(err)
	}
	from := func(address, secret string) *apiAnswer {
		t.Helper()
		return a.call(t, apiCall{address: address, auth: []string{"Bearer " + secret}})
	}
	for i := range 100 {
		bad := marker
		if i%2 == 0 {
			bad = token.New()
		}
		from(fmt.Sprint("192.0.2.", i), bad).want(t, http.StatusUnauthorized, cmp.Or(map[bool]string{true: "token_unknown"}[i%2 == 0], "token_malformed"))
		from("192.0.2.7", good).want(t, http.StatusOK, "")
		from("192.0.2.7", deadSecret).want(t, http.StatusUnauthorized, "token_revoked") // known, so no guess
	}
	a.clock.Advance(15 * time.Second)
	from("192.0.2.200", marker).want(t, http.StatusTooManyRequests, "too_many_requests").wantHeader(t, "Retry-After", "45")
	from("192.0.2.200", token.New()).want(t, http.StatusTooManyRequests, "too_many_requests")
	from("192.0.2.200", good).want(t, http.StatusOK, "")
	a.call(t, apiCall{address: "192.0.2.200"}).want(t, http.StatusUnauthorized, "token_missing")
	from("192.0.3.1", marker).want(t, http.StatusUnauthorized, "token_malformed")
	// A proxy is not its customers, and nobody but a proxy may speak for others.
	forwarded := apiCall{address: "203.0.113.1", auth: []string{"Bearer " + marker}, header: http.Header{"X-Forwarded-For": {"198.51.100.1, 192.0.2.9"}}}
	a.call(t, forwarded).want(t, http.StatusTooManyRequests, "too_many_requests")
	forwarded.header = http.Header{"X-Forwarded-For": {"192.0.2.9, 198.51.100.1"}}
	a.call(t, forwarded).want(t, http.StatusUnauthorized, "token_malformed")
	forwarded = apiCall{address: "192.0.2.10", auth: forwarded.auth, header: http.Header{"X-Forwarded-For": {"198.51.100.1"}, "X-Real-Ip": {"198.51.100.1"}}}
	a.call(t, forwarded).want(t, http.StatusTooManyRequests, "too_many_requests")
	a.clock.Advance(45 * time.Second)
	from("192.0.2.200", marker).want(t, http.StatusUnauthorized, "token_malformed")
}

// Without its database nothing passes: not what is new, and not for longer than
// a second what is in memory. A malformed token needs no database to be refused.
func TestAPIDatabaseAway(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		u := modeltest.MustUser(t, a.store)
		_, warm := a.mustToken(t, u, "warm")
		_, cold := a.mustToken(t, u, "cold")
		a.call(t, withBearer(warm)).want(t, http.StatusOK, "")
		if err := a.store.Close(); err != nil {
			t.Fatal(err)
		}
		a.call(t, withBearer(cold)).want(t, http.StatusServiceUnavailable, "unavailable").wantHeader(t, "Retry-After", "5").
			wantHeader(t, "WWW-Authenticate", "").wantHeader(t, "Tessera-Token-Expires", "")
		within(t, 1500*time.Millisecond, "a cached token is refused", func() bool {
			return a.call(t, withBearer(warm)).StatusCode == http.StatusServiceUnavailable
		})
		a.call(t, withBearer(token.New())).want(t, http.StatusServiceUnavailable, "unavailable")
		a.call(t, withBearer(marker)).want(t, http.StatusUnauthorized, "token_malformed")
		a.call(t, apiCall{}).want(t, http.StatusUnauthorized, "token_missing")
		a.call(t, apiCall{target: "/v1/openapi.json"}).want(t, http.StatusOK, "")
	})
}

func TestAPIPanic(t *testing.T) {
	a := newAPI(t)
	a.echo.GET("/v1/panic", func(echo.Context) error { panic(marker) })
	answer := a.call(t, apiCall{target: "/v1/panic"}).want(t, http.StatusInternalServerError, "internal_error")
	if log := a.logs.String(); !strings.Contains(log, marker) || !strings.Contains(log, answer.problem.RequestID) {
		t.Errorf("the log does not tell of the panic: %s", log)
	}
}

// Calls are counted with their outcome, those of dead tokens too; refused ones
// that belong to no token are counted nowhere.
func TestAPIRecordsUsage(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		u := modeltest.MustUser(t, a.store)
		tok, secret := a.mustToken(t, u, "counted")
		in := withBearer(secret)
		in.header = http.Header{"User-Agent": {"curl/8.10.1 (" + marker + ")"}}
		a.call(t, in).want(t, http.StatusOK, "")
		in.method = http.MethodHead
		a.call(t, in).want(t, http.StatusOK, "")
		a.call(t, withBearer(token.New()))
		a.clock.Advance(time.Hour)
		if _, err := a.store.RevokeToken(t.Context(), models.CLI, u, tok.PublicID); err != nil {
			t.Fatal(err)
		}
		in.method, in.address = http.MethodGet, "198.51.100.9"
		a.call(t, in).want(t, http.StatusUnauthorized, "token_revoked")
		if err := a.usage.FlushUser(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		days, err := a.store.UsageByDay(t.Context(), tok, 1)
		if err != nil || days[0].OK != 2 || days[0].Refused != 1 {
			t.Errorf("used %+v, %v", days, err)
		}
		origins, err := a.store.Origins(t.Context(), tok)
		var told []string
		for _, o := range origins {
			told = append(told, fmt.Sprint(o.Address, " ", o.Client, " ", o.Outcome, " ", o.Requests))
		}
		if got := strings.Join(told, ", "); err != nil || got != "192.0.2.7 curl 8.10.1 ok 2, 198.51.100.9 curl 8.10.1 revoked 1" {
			t.Errorf("origins %s, %v", got, err)
		}
		after, err := a.store.Token(t.Context(), u, tok.PublicID)
		if err != nil || after.LastUsedAt == nil || !after.LastUsedAt.Equal(tok.CreatedAt) || after.LastUsedAddress != "192.0.2.7" {
			t.Errorf("last used %+v, %v", after, err)
		}
	})
}
