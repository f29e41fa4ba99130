package handlers

import (
	"maps"
	"slices"
	"strings"
	"testing"

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
		before := a.rows(t)
		p.refused(method, fill.Replace(path)+"?dryrun=true", fill.Replace(row.body), "dryrun:parameter_unknown")
		if tables := changed(before, a.rows(t)); len(tables) > 0 {
			t.Errorf("%s with a misspelt parameter changes %v", name, tables)
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
