package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func init() {
	hidden := access{401, 401, 404} // to people's sessions and others' tokens
	for name := range adminAPIRows {
		guards[name] = hidden
	}
	guards["POST /v1/revocations"] = access{400, 400, 400}            // no body
	guards["POST /v1/github/secret-scanning"] = access{403, 403, 403} // no signature
}

// adminAPIRow is a call and what it answers to who may make it. {token}, {person}
// and {job} stand for ids in both.
type adminAPIRow struct {
	status int
	body   string
}

var adminAPIRows = map[string]adminAPIRow{
	"GET /v1/admin/tokens":               {200, ""},
	"POST /v1/admin/tokens/bulk":         {202, `{"action":"pause","ids":["{token}"]}`},
	"GET /v1/admin/tokens/:id":           {200, ""},
	"POST /v1/admin/tokens/:id/revoke":   {200, ""},
	"POST /v1/admin/tokens/:id/pause":    {200, ""},
	"POST /v1/admin/tokens/:id/resume":   {200, ""},
	"POST /v1/admin/tokens/:id/schedule": {200, `{"at":"2027-01-01T00:00:00Z"}`},
	"GET /v1/admin/jobs/:id":             {200, ""},
	"POST /v1/admin/jobs/:id/stop":       {200, ""},
	"GET /v1/admin/people":               {200, ""},
	"GET /v1/admin/people/:id":           {200, ""},
	"POST /v1/admin/people/:id/disable":  {200, ""},
	"POST /v1/admin/people/:id/enable":   {200, ""},
	"GET /v1/admin/policy":               {200, ""},
	"PUT /v1/admin/policy": {200, `{"version":1,"maxLifetimeDays":0,"allowNever":true,"maxExtensionDays":0,"maxLive":50,"maxUnusedDays":0,
		"unusedAction":"pause","networks":[],"existing":"leave"}`},
	"GET /v1/admin/audit": {200, ""},
}

// program is a program of an administrator, with a person who has a token.
type program struct {
	*apiServer
	t       testing.TB
	admin   *models.User
	secret  string
	person  *models.User
	token   *models.Token // of the person
	secret2 string        // of token
}

func mayAdminister(in *models.NewToken) { in.Administration = true }

func administrates(in *models.NewUser) { in.Admin = true }

func newProgram(t testing.TB, a *apiServer) *program {
	t.Helper()
	p := &program{apiServer: a, t: t, admin: modeltest.MustUser(t, a.store, administrates), person: modeltest.MustUser(t, a.store)}
	_, p.secret = a.mustToken(t, p.admin, "program", mayAdminister)
	p.token, p.secret2 = a.mustToken(t, p.person, "ci")
	return p
}

func (p *program) send(method, target, body string) *apiAnswer {
	p.t.Helper()
	return p.call(p.t, apiCall{method: method, target: target, auth: []string{"Bearer " + p.secret}, body: body})
}

// read sends a call that must succeed, and reads its data.
func read[T any](p *program, method, target, body string) (data T) {
	p.t.Helper()
	data, _ = readPage[T](p, method, target, body)
	return data
}

func readPage[T any](p *program, method, target, body string) (data T, next string) {
	p.t.Helper()
	answer := p.send(method, target, body)
	whole := struct {
		Data       *T
		NextCursor string
	}{Data: &data}
	if err := json.Unmarshal([]byte(answer.body), &whole); err != nil || answer.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %d: %v: %s", method, target, answer.StatusCode, err, answer.body)
	}
	return data, whole.NextCursor
}

// refused sends a call of which some parameters must be refused.
func (p *program) refused(method, target, body string, want ...string) {
	p.t.Helper()
	var got []string
	for _, f := range p.send(method, target, body).want(p.t, http.StatusUnprocessableEntity, "invalid_parameter").problem.Fields {
		got = append(got, f.Field+":"+f.Code)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.t.Errorf("%s %s refuses %q, not %q", method, target, got, want)
	}
}

// Every service for administrators answers each kind of caller as it should; who
// may not call changes nothing.
func TestEveryAdminServiceAndRole(t *testing.T) {
	a := newAPI(t)
	p := newProgram(t, a)
	job, err := a.store.StartJob(t.Context(), models.Actor{Kind: "user", User: p.admin}, models.JobForm{Nonce: "x", Kind: "pause", Selection: models.Selection{IDs: []string{p.token.PublicID}}})
	if err != nil {
		t.Fatal(err)
	}
	_, plain := a.mustToken(t, p.admin, "plain")
	_, others := a.mustToken(t, modeltest.MustUser(t, a.store), "a")
	demoted, disabled := modeltest.MustUser(t, a.store, administrates), modeltest.MustUser(t, a.store, administrates)
	_, demotedSecret := a.mustToken(t, demoted, "a", mayAdminister)
	_, disabledSecret := a.mustToken(t, disabled, "a", mayAdminister)
	if _, err := a.db.ExecContext(t.Context(), "UPDATE users SET admin = FALSE WHERE id = "+decimal(demoted.ID)); err != nil {
		t.Fatal(err)
	}
	if err := a.store.SetDisabled(t.Context(), models.CLI, disabled.ID, true); err != nil {
		t.Fatal(err)
	}
	for _, r := range a.echo.Routes() {
		if _, ok := adminAPIRows[r.Method+" "+r.Path]; strings.HasPrefix(r.Path, "/v1/admin") && !ok {
			t.Errorf("%s %s has no row", r.Method, r.Path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(adminAPIRows)) {
		row := adminAPIRows[name]
		method, path, _ := strings.Cut(name, " ")
		fill := strings.NewReplacer("tokens/:id", "tokens/"+p.token.PublicID, "people/:id", "people/"+decimal(p.person.ID),
			"jobs/:id", "jobs/"+decimal(job.ID), "{token}", p.token.PublicID)
		for role, c := range map[string]struct {
			auth   []string
			status int
			code   string
		}{
			"nobody":                   {nil, 401, "token_missing"},
			"a person's token":         {[]string{"Bearer " + others}, 404, "not_found"},
			"without the right":        {[]string{"Bearer " + plain}, 403, "insufficient_scope"},
			"no administrator anymore": {[]string{"Bearer " + demotedSecret}, 404, "not_found"},
			"disabled":                 {[]string{"Bearer " + disabledSecret}, 401, "user_disabled"},
		} {
			before := a.rows(t)
			answer := a.call(t, apiCall{method: method, target: fill.Replace(path), auth: c.auth, body: fill.Replace(row.body)})
			if answer.StatusCode != c.status || answer.problem.Code != c.code {
				t.Errorf("%s as %s: %d %s", name, role, answer.StatusCode, answer.problem.Code)
			}
			if role == "without the right" {
				answer.wantHeader(t, "WWW-Authenticate", `Bearer realm="tessera", error="insufficient_scope", scope="administration"`)
			}
			if tables := changed(before, a.rows(t)); len(tables) > 0 {
				t.Errorf("%s as %s changes %v", name, role, tables)
			}
		}
		if answer := p.send(method, fill.Replace(path), fill.Replace(row.body)); answer.StatusCode != row.status {
			t.Errorf("%s: %d: %s", name, answer.StatusCode, answer.body)
		}
		if strings.Contains(path, "revoke") || strings.Contains(path, "disable") { // what follows needs another
			p.person = modeltest.MustUser(t, a.store)
			p.token, p.secret2 = a.mustToken(t, p.person, "ci")
		}
	}
	// To who may not know, an address that is there is like one that is not.
	there := a.call(t, apiCall{target: "/v1/admin/tokens", auth: []string{"Bearer " + others}})
	nowhere := a.call(t, apiCall{target: "/v1/admim/tokens", auth: []string{"Bearer " + others}})
	if there.problem.Detail != nowhere.problem.Detail || there.StatusCode != nowhere.StatusCode {
		t.Errorf("%s and %s", there.body, nowhere.body)
	}
}

func TestAdminTokensByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		for i := range 5 {
			a.mustToken(t, p.person, "deploy "+strconv.Itoa(i), forever)
		}
		var names []string
		query := "/v1/admin/tokens?q=deploy&never=1&limit=2&sort=name&dir=desc&owner=" + url.QueryEscape(p.person.Email)
		for next, target := "", query; target != ""; {
			var some []adminExport
			if some, next = readPage[[]adminExport](p, "GET", target, ""); len(some) > 2 {
				t.Fatalf("%d at once", len(some))
			}
			for _, x := range some {
				names = append(names, x.Name)
			}
			if target = ""; next != "" {
				target = query + "&cursor=" + next
			}
		}
		if want := []string{"deploy 4", "deploy 3", "deploy 2", "deploy 1", "deploy 0"}; !slices.Equal(names, want) {
			t.Errorf("names %q", names)
		}
		if all := read[[]adminExport](p, "GET", "/v1/admin/tokens?administration=1", ""); len(all) != 1 || all[0].OwnerID != p.admin.ID || !all[0].Administration {
			t.Errorf("with the right: %+v", all)
		}
		p.refused("GET", "/v1/admin/tokens?unused=soon&limit=0&dir=up", "", "unused:filter_days", "limit:limit_unusable", "dir:value_unknown")
		p.refused("GET", "/v1/admin/tokens?cursor="+marker, "", "cursor:cursor_unusable")
		p.refused("GET", "/v1/admin/tokens?sort=revoked", "", "sort:sort_unusable")
	})
}

func TestOneTokenByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		one := "/v1/admin/tokens/" + p.token.PublicID
		a.call(t, withBearer(p.secret2)).want(t, http.StatusOK, "")
		if x := read[adminExport](p, "POST", one+"/pause", ""); x.PausedAt == nil || x.Status != "paused" {
			t.Errorf("paused: %+v", x)
		}
		a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "token_paused")
		if x := read[adminExport](p, "POST", one+"/resume", ""); x.PausedAt != nil {
			t.Errorf("resumed: %+v", x)
		}
		at := a.clock.Now().Add(48 * time.Hour)
		if x := read[adminExport](p, "POST", one+"/schedule", `{"at":"`+at.Format(time.RFC3339)+`"}`); x.RevokeAt == nil || !x.RevokeAt.Equal(at) {
			t.Errorf("scheduled: %+v", x)
		}
		if x := read[adminExport](p, "POST", one+"/schedule", `{"at":null}`); x.RevokeAt != nil {
			t.Errorf("cancelled: %+v", x)
		}
		p.refused("POST", one+"/schedule", `{"at":"2020-01-01T00:00:00Z"}`, "at:revoke_at_past")
		p.refused("POST", one+"/schedule", `{"at":"tomorrow"}`, "at:value_type")
		p.refused("POST", one+"/schedule", `{}`, "at:change_required")
		p.send("POST", one+"/schedule", "[]").want(t, http.StatusBadRequest, "bad_request")
		for range 2 {
			if x := read[adminExport](p, "POST", one+"/revoke", ""); x.RevokedAt == nil || x.Status != "revoked" {
				t.Errorf("revoked: %+v", x)
			}
		}
		a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "token_revoked")
		for _, act := range []string{"/pause", "/schedule"} {
			p.send("POST", one+act, `{"at":null}`).want(t, http.StatusConflict, "conflict")
		}
		if err := a.usage.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		whole := read[wholeToken](p, "GET", one, "")
		today := whole.Usage[len(whole.Usage)-1]
		if len(whole.Usage) != usageDays || today.Day != "2026-12-14" || today.Requests["ok"] != 1 || today.Requests["paused"] != 1 || today.Requests["revoked"] != 1 {
			t.Errorf("usage: %+v", whole.Usage)
		}
		if len(whole.Origins) != 3 || whole.Origins[0].Address != "192.0.2.7" || whole.Token.Name != "ci" {
			t.Errorf("the token: %+v", whole)
		}
		for _, target := range []string{"/v1/admin/tokens/" + marker, "/v1/admin/tokens/x%00", "/v1/admin/jobs/9", "/v1/admin/jobs/x", "/v1/admin/people/987", "/v1/admin/people/x"} {
			p.send("GET", target, "").want(t, http.StatusNotFound, "not_found")
		}
		// Who did it, and by which program, stands in the log.
		events := read[[]models.AuditEntry](p, "GET", "/v1/admin/audit?subject="+p.token.PublicID+"&limit=1", "")
		if len(events) != 1 || events[0].Kind != models.AuditTokenRevoked || events[0].ActorName != p.admin.Name || events[0].Address != "192.0.2.7" {
			t.Errorf("events: %+v", events)
		}
	})
}

func TestBulkByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		for i := range 3 {
			a.mustToken(t, p.person, "deploy "+strconv.Itoa(i), forever)
		}
		const body = `{"action":"revoke","filter":{"never":true,"status":"live"}}`
		impact := read[impactAnswer](p, "POST", "/v1/admin/tokens/bulk?dryRun=true", body)
		if impact.Tokens != 3 || impact.Owners != 1 || impact.Skipped != 0 || impact.About || impact.Busiest == nil {
			t.Errorf("the impact: %+v", impact)
		}
		if n := a.count(t, "SELECT COUNT(*) FROM jobs"); n != 0 {
			t.Errorf("a dry run starts %d jobs", n)
		}
		named := func(key, body string) *apiAnswer {
			return p.call(t, apiCall{method: "POST", target: "/v1/admin/tokens/bulk", auth: []string{"Bearer " + p.secret}, body: body, header: http.Header{"Idempotency-Key": {key}}})
		}
		where := named("a", body).want(t, http.StatusAccepted, "").Header.Get("Location")
		named("a", body).want(t, http.StatusAccepted, "").wantHeader(t, "Location", where)
		named("a", strings.Replace(body, "revoke", "pause", 1)).want(t, http.StatusConflict, "idempotency_conflict")
		if n := a.count(t, "SELECT COUNT(*) FROM jobs"); n != 1 {
			t.Errorf("%d jobs", n)
		}
		if err := a.store.RunJobs(t.Context()); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(where, "https://tokens.example")
		if j := read[jobAnswer](p, "GET", path, ""); j.State != "done" || j.Total != 3 || j.Changed != 3 || j.FinishedAt == nil || j.Filter != "never=1&status=live" || j.Actor != p.admin.Name {
			t.Errorf("the job: %+v", j)
		}
		if j := read[jobAnswer](p, "POST", path+"/stop", ""); j.State != "done" || j.StopAsked {
			t.Errorf("stopped too late: %+v", j)
		}
		if n := a.count(t, "SELECT COUNT(*) FROM tokens WHERE revoked_at IS NOT NULL"); n != 3 {
			t.Errorf("%d revoked", n)
		}
		again := read[jobAnswer](p, "POST", "/v1/admin/tokens/bulk", `{"action":"pause","ids":["`+p.token.PublicID+`","none"]}`)
		if err := a.store.RunJobs(t.Context()); err != nil {
			t.Fatal(err)
		}
		if j := read[jobAnswer](p, "GET", "/v1/admin/jobs/"+decimal(again.ID), ""); j.Changed != 1 || j.Filter != "" {
			t.Errorf("by ids: %+v", j)
		}

		bulk := func(body string, want ...string) {
			t.Helper()
			p.refused("POST", "/v1/admin/tokens/bulk", body, want...)
		}
		bulk(`{}`, "action:change_required")
		bulk(`{"filter":{"never":true}}`, "action:job_kind")
		bulk(`{"action":"revoke"}`, "ids:job_nothing")
		bulk(`{"action":"revoke","filter":{},"ids":["x"]}`, "ids:job_nothing")
		bulk(`{"action":"revoke","filter":{"unsued":90}}`, "filter.unsued:filter_unknown")
		bulk(`{"action":"revoke","filter":{"unused":"","status":null}}`, "filter.unused:value_required", "filter.status:value_required")
		bulk(`{"action":"revoke","filter":{"unused":[90]}}`, "filter.unused:filter_days")
		bulk(`{"action":"revoke","filter":"unused=90"}`, "filter:value_type")
		bulk(`{"action":"schedule","filter":{"never":1}}`, "at:job_at_missing")
		bulk(`{"action":"move_expiry","filter":{"never":1},"expiresOn":"soon"}`, "expiresOn:expires_on_invalid")
		bulk(`{"action":"revoke","filter":{"never":1},"force":true}`, "force:member_unknown")
		p.refused("POST", "/v1/admin/tokens/bulk?dryRun=perhaps", body, "dryRun:value_unknown")
	})
}

func TestPeopleByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		all, next := readPage[[]personAnswer](p, "GET", "/v1/admin/people?limit=1", "")
		rest, end := readPage[[]personAnswer](p, "GET", "/v1/admin/people?limit=1&cursor="+next, "")
		if len(all) != 1 || len(rest) != 1 || all[0].ID == rest[0].ID || end != "" {
			t.Errorf("%+v, then %+v and %q", all, rest, end)
		}
		one := "/v1/admin/people/" + decimal(p.person.ID)
		if x := read[personAnswer](p, "GET", one, ""); x.Email != p.person.Email || x.LiveTokens != 1 || x.DisabledAt != nil {
			t.Errorf("the person: %+v", x)
		}
		if x := read[personAnswer](p, "POST", one+"/disable", ""); x.DisabledAt == nil {
			t.Errorf("disabled: %+v", x)
		}
		a.call(t, withBearer(p.secret2)).want(t, http.StatusUnauthorized, "user_disabled")
		if found := read[[]personAnswer](p, "GET", "/v1/admin/people?status=disabled&q="+url.QueryEscape(p.person.Email[:5]), ""); len(found) != 1 || found[0].ID != p.person.ID {
			t.Errorf("found %+v", found)
		}
		if x := read[personAnswer](p, "POST", one+"/enable", ""); x.DisabledAt != nil {
			t.Errorf("enabled: %+v", x)
		}
		p.refused("POST", "/v1/admin/people/"+decimal(p.admin.ID)+"/disable", "", "user:disable_self")
		p.refused("GET", "/v1/admin/people?status=x&sort=age", "", "status:value_unknown", "sort:value_unknown")
		p.refused("GET", "/v1/admin/people?cursor=x", "", "cursor:cursor_unusable")
	})
}

func TestPolicyByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		a.mustToken(t, p.person, "endless", forever)
		old := read[policyAnswer](p, "GET", "/v1/admin/policy", "")
		if !old.AllowNever || len(old.Networks) != 0 || old.UnusedAction != "pause" {
			t.Errorf("at first: %+v", old)
		}
		body := func(version int64) string {
			return fmt.Sprintf(`{"version":%d,"maxLifetimeDays":365,"allowNever":false,"maxExtensionDays":0,"maxLive":50,"maxUnusedDays":90,
				"unusedAction":"revoke","networks":["192.0.2.0/24","2001:db8::1"],"existing":"shorten","noticeDays":30}`, version)
		}
		impact := read[struct{ Rules []ruleAnswer }](p, "PUT", "/v1/admin/policy?dryRun=1", body(old.Version))
		if n := slices.IndexFunc(impact.Rules, func(r ruleAnswer) bool { return r.Rule == "never" }); n < 0 || impact.Rules[n].Tokens != 1 || impact.Rules[n].First[0].At == nil {
			t.Errorf("the impact: %+v", impact)
		}
		if now := read[policyAnswer](p, "GET", "/v1/admin/policy", ""); now.Version != old.Version {
			t.Error("a dry run sets the policy")
		}
		set := read[policyAnswer](p, "PUT", "/v1/admin/policy", body(old.Version))
		if set.Version != old.Version+1 || set.MaxLifetimeDays != 365 || set.AllowNever || set.MaxLive != 50 || set.MaxUnusedDays != 90 ||
			set.UnusedAction != "revoke" || !slices.Equal(set.Networks, []string{"192.0.2.0/24", "2001:db8::1/128"}) {
			t.Errorf("set: %+v", set)
		}
		p.send("PUT", "/v1/admin/policy", body(old.Version)).want(t, http.StatusConflict, "conflict")
		put := func(change, to string, want ...string) {
			t.Helper()
			p.refused("PUT", "/v1/admin/policy", strings.Replace(body(set.Version), change, to, 1), want...)
		}
		put(`"maxLive":50,`, ``, "maxLive:value_required")
		put(`"maxLive":50`, `"maxLive":"x"`, "maxLive:value_type")
		put(`"maxLive":50`, `"maxLive":5000`, "maxLive:policy_live_max")
		put(`"allowNever":false`, `"allowNever":1`, "allowNever:value_type")
		put(`192.0.2.0/24`, `192.0.2.0/240`, "networks:policy_network")
		put(`"shorten"`, `"forget"`, "existing:policy_existing")
		put(`"noticeDays":30`, `"noticeDays":999`, "noticeDays:policy_notice")
		put(`"noticeDays":30`, `"notice":30`, "notice:member_unknown")
	})
}

func TestAuditByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		p := newProgram(t, a)
		var seqs []int64
		for next, target := "", "/v1/admin/audit?limit=2"; target != ""; {
			var some []models.AuditEntry
			some, next = readPage[[]models.AuditEntry](p, "GET", target, "")
			for _, e := range some {
				seqs = append(seqs, e.Seq)
			}
			if target = ""; next != "" {
				target = "/v1/admin/audit?limit=2&cursor=" + next
			}
		}
		if !slices.Equal(seqs, []int64{4, 3, 2, 1}) {
			t.Errorf("events %v", seqs)
		}
		if some := read[[]models.AuditEntry](p, "GET", "/v1/admin/audit?kind=token.&actor=cli&from=2026-12-14&to=2026-12-14", ""); len(some) != 2 {
			t.Errorf("filtered: %+v", some)
		}
		p.refused("GET", "/v1/admin/audit?from=soon&cursor=x&limit=1001", "", "from:filter_time", "cursor:cursor_unusable", "limit:limit_unusable")
	})
}
