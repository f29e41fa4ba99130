package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tessera/models/modeltest"
	"tessera/models/token"
)

func TestAPIRefusals(t *testing.T) {
	a := newAPI(t)
	_, good := a.mustToken(t, modeltest.MustUser(t, a.store), "good")
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	const (
		realm   = `Bearer realm="tessera"`
		invalid = realm + `, error="invalid_token", error_description="The token is `
	)
	for _, c := range []struct {
		what      string
		call      apiCall
		status    int
		code      string
		challenge string
	}{
		{"nothing", apiCall{}, 401, "token_missing", realm},
		{"an empty header", apiCall{auth: []string{""}}, 401, "token_missing", realm},
		{"Basic", apiCall{auth: []string{"Basic " + marker}}, 401, "token_missing", realm},
		{"another scheme", apiCall{auth: []string{"token " + good}}, 401, "token_missing", realm},
		{"a scheme that starts alike", apiCall{auth: []string{"Bearerx " + good}}, 401, "token_missing", realm},
		{"no scheme", apiCall{auth: []string{good}}, 401, "token_missing", realm},
		{"a tab behind the scheme", apiCall{auth: []string{"Bearer\t" + good}}, 401, "token_missing", realm},
		{"the scheme alone", apiCall{auth: []string{"Bearer"}}, 401, "token_missing", realm},
		{"another prefix", withBearer("ghp_" + good[4:]), 401, "token_malformed", invalid + `malformed"`},
		{"something else", withBearer(marker), 401, "token_malformed", invalid + `malformed"`},
		{"a wrong checksum", withBearer(good[:len(good)-1] + string(good[len(good)-1]^1)), 401, "token_malformed", invalid + `malformed"`},
		{"a character more", withBearer(good + "a"), 401, "token_malformed", invalid + `malformed"`},
		{"a NUL more", withBearer(good + "\x00"), 401, "token_malformed", invalid + `malformed"`},
		{"two in one header", withBearer(good + ", Bearer " + good), 401, "token_malformed", invalid + `malformed"`},
		{"unknown", withBearer(token.New()), 401, "token_unknown", invalid + `unknown"`},
		{"query", apiCall{target: "/v1/user?access_token=" + good}, 401, "token_missing", realm},
		{"query, spelt otherwise", apiCall{target: "/v1/user?a=1&%61ccess_token=" + good}, 401, "token_missing", realm},
		{"query and another scheme", apiCall{target: "/v1/user?access_token=" + good, auth: []string{"Basic " + marker}}, 401, "token_missing", realm},
		{"query and header", apiCall{target: "/v1/user?access_token=" + good, auth: []string{"Bearer " + good}}, 400, "invalid_request", realm + `, error="invalid_request"`},
		{"form", apiCall{header: form, body: "access_token=" + good}, 401, "token_missing", realm},
		{"two headers", apiCall{auth: []string{"Bearer " + good, "Bearer " + good}}, 400, "invalid_request", realm + `, error="invalid_request"`},
		{"two headers of two schemes", apiCall{auth: []string{"Basic " + marker, "Bearer " + good}}, 400, "invalid_request", realm + `, error="invalid_request"`},
		{"a cookie", apiCall{header: http.Header{"Cookie": {"__Host-tessera=" + marker + "; tessera=" + good}}}, 401, "token_missing", realm},
		{"headers of gateways", apiCall{header: http.Header{"X-Api-Key": {good}, "X-Forwarded-Authorization": {"Bearer " + good}}}, 401, "token_missing", realm},
	} {
		t.Run(c.what, func(t *testing.T) {
			a.call(t, c.call).want(t, c.status, c.code).wantHeader(t, "WWW-Authenticate", c.challenge).
				wantHeader(t, "Tessera-Token-Expires", "")
		})
	}
	for _, c := range []struct {
		call apiCall
		word string
	}{{apiCall{target: "/v1/user?access_token=x"}, "address"}, {apiCall{header: form}, "form"}} {
		detail := a.call(t, c.call).problem.Detail
		if !strings.Contains(detail, c.word) || !strings.Contains(detail, "Authorization header") {
			t.Errorf("the sentence does not say where a token belongs: %s", detail)
		}
	}
	for _, scheme := range []string{"bearer ", "BEARER ", "bEaReR ", "Bearer   "} {
		a.call(t, apiCall{auth: []string{scheme + good}}).want(t, http.StatusOK, "")
	}
}

// No part of a secret is as good as the whole, nor is one written otherwise.
func TestAPICutTokens(t *testing.T) {
	a := newAPI(t, func(c *Config) { c.BadBearersPerMinute = 0 })
	_, secret := a.mustToken(t, modeltest.MustUser(t, a.store), "whole")
	a.call(t, withBearer(secret)).want(t, http.StatusOK, "")
	var wrong []string
	for i := range secret {
		wrong = append(wrong, secret[:i], secret[i+1:], strings.ToUpper(secret[:i+1])+secret[i+1:], secret[:i]+"\x00"+secret[i+1:])
	}
	for _, w := range wrong {
		if w != secret && w != "" {
			a.call(t, withBearer(w)).want(t, http.StatusUnauthorized, "token_malformed")
		}
	}
}

// Whatever comes in the header, the answer is one of the described ones, and it
// is 200 only for the secret as a whole.
func FuzzBearer(f *testing.F) {
	a := newAPI(f, func(c *Config) { c.BadBearersPerMinute = 0 })
	_, secret := a.mustToken(f, modeltest.MustUser(f, a.store), "fuzzed")
	for _, seed := range []string{"", "Bearer", "Bearer ", "Basic YTpi", "Bearer " + token.New(), "bearer  " + token.New(), "Bearer\t\x00", "Bearer é, Bearer"} {
		f.Add(seed, "")
	}
	f.Add("Bearer ", "access_token=x")
	f.Add("", "%61ccess_token=%zz")
	f.Fuzz(func(t *testing.T, auth, query string) {
		r := httptest.NewRequest(http.MethodGet, "/v1/user", nil)
		r.URL.RawQuery = query
		r.Header["Authorization"] = []string{auth}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code == http.StatusOK && !strings.HasSuffix(auth, " "+secret) {
			t.Errorf("%q, query %q: let through", auth, query)
		}
		checkDescribed(t, r, &apiAnswer{Response: w.Result(), body: w.Body.String()})
		if w.Code != http.StatusOK && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q, query %q: %s", auth, query, w.Body)
		}
	})
}

// Wherever else a whole token stands, the answer says where it belongs.
func TestAPITokenInTheWrongPlace(t *testing.T) {
	a := newAPI(t)
	_, secret := a.mustToken(t, modeltest.MustUser(t, a.store), "ci")
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, c := range []struct {
		call   apiCall
		status int
		code   string
		word   string
	}{
		{apiCall{target: "/v1/user?key=" + secret}, 401, "token_missing", "address"},
		{apiCall{target: "/v1/user?key=" + secret, auth: []string{"Bearer " + secret}}, 400, "invalid_request", "revoke"},
		{apiCall{method: http.MethodPost, header: form, body: "access_token=" + secret}, 401, "token_missing", "form"},
	} {
		if detail := a.call(t, c.call).want(t, c.status, c.code).problem.Detail; !strings.Contains(detail, c.word) {
			t.Errorf("%+v: %s", c.call, detail)
		}
	}
}
