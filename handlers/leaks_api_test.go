package handlers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/token"
)

// reporting is a program of an administrator, whose site does not make reports take their time.
func reporting(t testing.TB, a *apiServer) *program {
	a.leakTime = func(int) time.Duration { return 0 }
	return newProgram(t, a)
}

// report sends a report from an address, "" for the usual one.
func (p *program) report(address, body string) *apiAnswer {
	p.t.Helper()
	return p.call(p.t, apiCall{method: "POST", target: "/v1/revocations", body: body, address: address})
}

func reportOf(secrets ...string) string {
	b, err := json.Marshal(map[string]any{"tokens": secrets})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestLeakedTokenIsEnded(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := reporting(t, a)
		_, other := a.mustToken(t, p.person, "other")
		a.call(t, withBearer(p.secret2)).want(t, http.StatusOK, "")
		p.report("203.0.113.9", `{"token":"`+p.secret2+`"}`).want(t, http.StatusAccepted, "")
		a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "token_revoked")
		a.call(t, withBearer(other)).want(t, http.StatusOK, "")
		e := read[[]models.AuditEntry](p, "GET", "/v1/admin/audit?kind=token.leaked", "")
		if len(e) != 1 || e[0].Subject != p.token.PublicID || e[0].ActorKind != "system" || e[0].Address != "203.0.113.9" || e[0].Changes[0].New != "report" {
			t.Errorf("events: %+v", e)
		}
		for _, u := range []*models.User{p.person, p.admin} {
			if told, err := a.store.Notices(t.Context(), u.ID); err != nil || len(told) != 1 || told[0].Subject != p.token.PublicID {
				t.Errorf("%s is told %+v, %v", u.Email, told, err)
			}
		}
		p.report("", reportOf(p.secret2, other, "x", token.New())).want(t, http.StatusAccepted, "")
		a.call(t, withBearer(other)).want(t, http.StatusUnauthorized, "token_revoked")
		a.call(t, withBearer(p.secret)).want(t, http.StatusOK, "")
	})
}

// A report is read as people paste it: one text, several, or both, with secrets anywhere in them.
func TestReportsAreReadGenerously(t *testing.T) {
	a := newAPI(t)
	p := reporting(t, a)
	for i, form := range []string{
		`{"token":" %s\n"}`, `{"token":"Authorization: Bearer %s"}`, `{"tokens":["export TOKEN='%s'"]}`, `{"token":"%s","tokens":["x"]}`,
		`{"token":"x","tokens":["y","z=%s"]}`, `{"token":"A=x\nB=%s\nC="}`, `{"token":"` + token.New() + ` %s"}`, `{"token":"%s","tokens":[]}`,
	} {
		_, secret := a.mustToken(t, p.person, strings.Repeat("k", i+1))
		a.call(t, withBearer(secret)).want(t, http.StatusOK, "")
		p.report("", strings.Replace(form, "%s", secret, 1)).want(t, http.StatusAccepted, "")
		if got := a.call(t, withBearer(secret)); got.problem.Code != "token_revoked" {
			t.Errorf("after %s it is %d %s", form, got.StatusCode, got.problem.Code)
		}
	}
	var many []string
	for range models.MaxLeaked + 1 {
		many = append(many, token.New())
	}
	p.refused("POST", "/v1/revocations", reportOf(strings.Join(many, " ")), "tokens:leaked_too_many")
}

// Nobody learns from the answer, nor from when it comes, what is known here.
func TestReportsAreAnsweredAlike(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		own := a.leakTime
		p := reporting(t, a)
		a.leakTime = own
		const n = 5
		var known []string
		for i := range n {
			_, secret := a.mustToken(t, p.person, strings.Repeat("k", i+1))
			known = append(known, secret)
		}
		_, dead := a.mustToken(t, p.person, "dead")
		p.report("", reportOf(dead))
		fastest := map[string]time.Duration{} // the others waited for the machine
		var bodies []string
		for i := range n {
			for what, secret := range map[string]string{"known": known[i], "unknown": token.New(), "dead": dead, "no token": "x"} {
				start := time.Now()
				answer := p.report("", reportOf(secret)).want(t, http.StatusAccepted, "")
				took := time.Since(start)
				if took < leakTime(1) {
					t.Errorf("%s is answered after %v, which is less than %v", what, took, leakTime(1))
				}
				if before, ok := fastest[what]; !ok || took < before {
					fastest[what] = took
				}
				answer.Header.Del("X-Request-Id")
				answer.Header.Del("RateLimit")
				head, err := json.Marshal(answer.Header)
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, answer.body+string(head))
			}
		}
		slices.Sort(bodies)
		if all := slices.Compact(bodies); len(all) != 1 {
			t.Errorf("answers differ: %q", all)
		}
		for what, took := range fastest {
			if ratio := float64(took) / float64(fastest["unknown"]); ratio > 1.1 || ratio < 1/1.1 {
				t.Errorf("%s takes %.2f times as long as unknown: %v and %v", what, ratio, took, fastest["unknown"])
			}
		}
	})
}

// The more is reported, the longer the answer takes, whether it is known or not: a
// text with many secrets counts as so many.
func TestReportsTakeTimeForEach(t *testing.T) {
	a := newAPI(t)
	p := reporting(t, a)
	var counted []int
	a.leakTime = func(n int) time.Duration { counted = append(counted, n); return 0 }
	pair := token.New() + " " + token.New()
	for _, body := range []string{reportOf("x"), reportOf("x", "y"), reportOf(pair), reportOf(pair, pair), `{"token":"` + pair + `","tokens":["x"]}`} {
		p.report("", body).want(t, http.StatusAccepted, "")
	}
	if want := []int{1, 2, 2, 4, 2}; !slices.Equal(counted, want) {
		t.Errorf("they take the time of %v, not %v", counted, want)
	}
}

func TestReportsAreChecked(t *testing.T) {
	a := newAPI(t)
	p := reporting(t, a)
	before := a.rows(t)
	many := make([]string, models.MaxLeaked+1)
	for i := range many {
		many[i] = token.New()
	}
	for body, want := range map[string]string{
		`{}`: "token:value_required", `{"tokens":[]}`: "token:value_required", `{"token":""}`: "token:value_required", `{"token":7}`: "token:value_type",
		`{"tokens":"x"}`: "tokens:value_type", `{"tokens":[7]}`: "tokens:value_type", reportOf(many...): "tokens:leaked_too_many",
	} {
		p.refused("POST", "/v1/revocations", body, want)
	}
	p.report("", reportOf(many[1:]...)).want(t, http.StatusAccepted, "")
	p.report("", `[]`).want(t, http.StatusBadRequest, "bad_request")
	p.report("", `{"token":"`).want(t, http.StatusBadRequest, "bad_request")
	p.report("", `{"token":"`+strings.Repeat("x", jsonLimit)+`"}`).want(t, http.StatusRequestEntityTooLarge, "body_too_large")
	p.send("GET", "/v1/revocations", "").want(t, http.StatusMethodNotAllowed, "method_not_allowed")
	if tables := changed(before, a.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
}

func TestReportsAreLimited(t *testing.T) {
	a := newAPI(t)
	p := reporting(t, a)
	for range reportsPerMinute {
		p.report("", `{"token":"x"}`).want(t, http.StatusAccepted, "")
	}
	p.report("192.0.2.99", reportOf(p.secret2)).want(t, http.StatusTooManyRequests, "too_many_requests").
		wantHeader(t, "RateLimit-Policy", `"reports";q=60;w=60`).wantHeader(t, "Retry-After", "60")
	scan := apiCall{method: "POST", target: "/v1/github/secret-scanning"}
	for range reportsPerMinute { // GitHub's budget is another one
		a.call(t, scan).want(t, http.StatusForbidden, "signature_invalid")
	}
	a.call(t, scan).want(t, http.StatusTooManyRequests, "too_many_requests").wantHeader(t, "RateLimit-Policy", `"scans";q=60;w=60`)
	a.call(t, withBearer(p.secret2)).want(t, http.StatusOK, "")
	p.report("198.51.100.1", `{"token":"x"}`).want(t, http.StatusAccepted, "")
	a.clock.Advance(time.Minute)
	p.report("", reportOf(p.secret2)).want(t, http.StatusAccepted, "")
	a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "token_revoked")
}
