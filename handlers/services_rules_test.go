package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/outbound"
)

func (c *client) request(method, path, body string) (*http.Request, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(method, strings.ReplaceAll(path, "{p}", fmt.Sprint(c.project)), strings.NewReader(body))
	r.Header = c.header.Clone()
	r.Header.Set("Authorization", "Bearer "+c.secret)
	return r, httptest.NewRecorder()
}

func TestServiceVersions(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a).with("X-Apidog-Api-Version", "")
	for _, name := range []string{"X-Apidog-Api-Version", "x-apifox-api-version", "X-Apidog-Version", "X-APIFOX-VERSION"} {
		for value, good := range map[string]bool{"2024-03-28": true, "2024-01-20": true, "2025-09-01": true, "2026-05-28": false, "1": false} {
			answer := c.with(http.CanonicalHeaderKey(name), value).send(http.MethodPost, "/v1/projects/{p}/export-openapi", "")
			if good {
				answer.want(t, http.StatusOK, "")
			} else {
				answer.wantField(t, http.CanonicalHeaderKey(name))
			}
		}
	}
	for _, path := range []string{"import-openapi", "import-postman-collection", "export-openapi"} {
		if answer := c.send(http.MethodPost, "/v1/projects/{p}/"+path, "{}").wantField(t, "X-Apidog-Api-Version"); answer.problem.ErrorCode != "422001" {
			t.Errorf("%s: %s", path, answer.body)
		}
	}
	c.send(http.MethodGet, "/v1/projects/{p}", "").want(t, http.StatusOK, "")
	c.send(http.MethodPost, "/api/v1/projects/{p}/export-openapi", "").want(t, http.StatusOK, "")
	c.with("X-Apidog-Api-Version", "2026-05-28").send(http.MethodPost, "/api/v1/projects/{p}/export-openapi", `{"scope":{"type":"ALL"}}`).want(t, http.StatusOK, "")
}

// A token does what its owner may do at the moment of the request; what is
// unknown, hidden and not allowed is told in the same bytes.
func TestServiceRights(t *testing.T) {
	a := newAPI(t)
	ctx := t.Context()
	owner := newClient(t, a)
	actor := models.Actor{Kind: "user", User: owner.user}
	team, err := a.store.CreateTeam(ctx, actor, owner.user, "Harbor")
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.store.CreateProject(ctx, actor, models.NewProject{Name: "Shared", TeamID: team.ID})
	if err != nil {
		t.Fatal(err)
	}
	member := newClient(t, a).in(p.ID)
	export := func() *apiAnswer { return member.send(http.MethodPost, "/v1/projects/{p}/export-openapi", "") }
	load := func() *apiAnswer {
		return member.send(http.MethodPost, "/v1/projects/{p}/import-openapi", `{"input":`+small("")+`}`)
	}
	plain := func(answer *apiAnswer, number string) string {
		t.Helper()
		if answer.want(t, http.StatusForbidden, "forbidden"); answer.problem.ErrorCode != number {
			t.Errorf("number %s, not %s", answer.problem.ErrorCode, number)
		}
		return strings.ReplaceAll(answer.body, answer.problem.RequestID, "")
	}
	hiddenRead, hiddenWrite := plain(export(), "403011"), plain(load(), "403012")
	for _, unknown := range []string{"99999999", "0", "-1", "x", "99999999999999999999999"} {
		read := member.send(http.MethodPost, "/v1/projects/"+unknown+"/export-openapi", "")
		write := member.send(http.MethodPost, "/v1/projects/"+unknown+"/import-openapi", `{"input":`+small("")+`}`)
		if plain(read, "403011") != hiddenRead || plain(write, "403012") != hiddenWrite {
			t.Errorf("%s is told apart: %s", unknown, read.body)
		}
	}
	secret, err := a.store.Invite(ctx, actor, team.ID, models.TeamMember)
	if err == nil {
		_, err = a.store.Join(ctx, models.Actor{Kind: "user", User: member.user}, secret)
	}
	if err != nil {
		t.Fatal(err)
	}
	export().want(t, http.StatusOK, "")
	load().want(t, http.StatusOK, "")
	if err := a.store.SetProjectRole(ctx, actor, p.ID, member.user.ID, models.ProjectReader); err != nil {
		t.Fatal(err)
	}
	export().want(t, http.StatusOK, "")
	if plain(load(), "403012") != hiddenWrite {
		t.Error("a reader is told more than a stranger")
	}
	if err := a.store.SetTeamRole(ctx, actor, team.ID, member.user.ID, models.NoRole); err != nil {
		t.Fatal(err)
	}
	if plain(export(), "403011") != hiddenRead {
		t.Error("who was removed is told more than a stranger")
	}
}

// The addresses in an export lead to the page of their endpoint.
func TestEndpointLinks(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	c.importText(petsJSON, "")
	b := a.enter(t, c.user)
	path := fmt.Sprint("/projects/", c.project)
	id := c.firstID("endpoints")
	b.get(path + "/apis/api-" + id + "-run").to(path + "/api/endpoints/" + id)
	for _, name := range []string{"api-x-run", "api-" + id, id, "api--run"} {
		b.get(path + "/apis/" + name).want(http.StatusNotFound)
	}
}

func TestServiceTokenNumbers(t *testing.T) {
	a := newAPI(t)
	u := modeltest.MustUser(t, a.store)
	tok, revoked := a.mustToken(t, u, "revoked")
	if _, err := a.store.RevokeToken(t.Context(), models.CLI, u, tok.PublicID); err != nil {
		t.Fatal(err)
	}
	_, expired := a.mustToken(t, u, "expired")
	_, good := a.mustToken(t, u, "good", forever)
	a.clock.Advance(100 * 24 * time.Hour)
	for auth, number := range map[string]string{
		"": "401002", "Basic YTpi": "401003", "Bearer undefined": "401005", "Bearer " + expired: "401005", "Bearer " + revoked: "401004",
		"bearer " + good: "", "BEARER " + good: "",
	} {
		answer := a.call(t, apiCall{method: http.MethodGet, target: "/v1/projects", auth: []string{auth}})
		if answer.problem.ErrorCode != number {
			t.Errorf("%.20s: %s, not %s", auth, answer.problem.ErrorCode, number)
		}
	}
	a.call(t, apiCall{target: "/v1/projects"}).want(t, http.StatusUnauthorized, "token_missing")
	a.call(t, apiCall{target: "/v1/projects?access_token=" + marker}).want(t, http.StatusUnauthorized, "token_missing")
}

func TestServiceLimits(t *testing.T) {
	a := newAPI(t, func(c *Config) { c.CallsPerMinute, c.ImportsPerMinute, c.ImportLimit = 5, 2, 2<<20 })
	c := newClient(t, a)
	load := func() *apiAnswer {
		return c.send(http.MethodPost, "/v1/projects/{p}/import-openapi", `{"input":`+small("")+`}`)
	}
	load().want(t, http.StatusOK, "").wantHeader(t, "RateLimit-Policy", `"imports";q=2;w=60`).wantHeader(t, "RateLimit", `"imports";r=1;t=60`)
	a.clock.Advance(15 * time.Second)
	load().want(t, http.StatusOK, "")
	answer := load().want(t, http.StatusTooManyRequests, "too_many_requests").wantHeader(t, "Retry-After", "45")
	if answer.problem.ErrorCode != "429000" {
		t.Errorf("number %s", answer.problem.ErrorCode)
	}
	c.send(http.MethodGet, "/v1/projects", "").want(t, http.StatusOK, "").wantHeader(t, "RateLimit", `"calls";r=1;t=45`)
	c.send(http.MethodGet, "/v1/projects", "").want(t, http.StatusOK, "")
	c.send(http.MethodGet, "/v1/projects", "").want(t, http.StatusTooManyRequests, "too_many_requests").wantHeader(t, "Retry-After", "45")
	c.send(http.MethodGet, "/v1/user", "").want(t, http.StatusOK, "").wantHeader(t, "RateLimit", "")
	newClient(t, a).send(http.MethodGet, "/v1/projects", "").want(t, http.StatusOK, "")
	a.clock.Advance(45 * time.Second)
	big := `{"input":"` + strings.Repeat(" ", 2<<20) + `"}`
	if answer := c.send(http.MethodPost, "/v1/projects/{p}/import-openapi", big).want(t, http.StatusRequestEntityTooLarge, "body_too_large"); answer.problem.ErrorCode != "413000" ||
		!strings.Contains(answer.problem.Message, "2 MiB") {
		t.Errorf("told as %s", answer.body)
	}
	// One that unpacks to more is no different.
	r, w := c.with("Content-Encoding", "gzip").request(http.MethodPost, "/v1/projects/{p}/import-openapi", packText(t, big))
	a.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("packed: %d %s", w.Code, w.Body)
	}
	c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", strings.Repeat(" ", jsonLimit+1)).want(t, http.StatusRequestEntityTooLarge, "body_too_large")
}

// A document is fetched by the rules for addresses that people give.
func TestImportFromAnAddress(t *testing.T) {
	var auth string
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth = r.Header.Get("Authorization")
		if r.URL.Path == "/api.json" {
			fmt.Fprint(w, small(operation("/pets", "get", "")))
			return
		}
		http.NotFound(w, r)
	}))
	defer source.Close()
	var rules outbound.Rules
	if err := rules.Add(strings.TrimPrefix(source.URL, "http://")); err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, func(c *Config) { c.Outbound = outbound.New(outbound.Config{Rules: rules, BaseURL: c.BaseURL}) })
	c := newClient(t, a)
	body := `{"input":{"url":"` + source.URL + `/api.json","basicAuth":{"username":"aiko","password":"` + marker + `"}}}`
	c.imports(body).counts("endpointCreated 1")
	if auth == "" {
		t.Error("no credentials were sent")
	}
	if strings.Contains(c.logs.String(), marker) {
		t.Error("the password is in the log")
	}
	c.send(http.MethodPost, "/v1/projects/{p}/import-openapi", `{"input":{"url":"`+source.URL+`/none"}}`).wantField(t, "input.url")
	c.importsAt("/api/v1/projects/{p}/import-data", `{"importFormat":"openapi","url":"`+source.URL+`/api.json","data":"not this"}`).counts("endpointIgnored 1")
}
