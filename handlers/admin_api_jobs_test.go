package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

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
		named("a", strings.Replace(body, "live", "active", 1)).want(t, http.StatusConflict, "idempotency_conflict")
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

		const planned = `{"action":"schedule","ids":["x"],"at":"2027-01-31T10:00:00.1234567+01:00"}`
		where = named("b", planned).want(t, http.StatusAccepted, "").Header.Get("Location")
		named("b", planned).want(t, http.StatusAccepted, "").wantHeader(t, "Location", where)
		named("b", strings.Replace(planned, "2027-01-31", "2027-01-30", 1)).want(t, http.StatusConflict, "idempotency_conflict")
		const moved = `{"action":"move_expiry","ids":["x"],"expiresOn":"2027-01-31"}`
		named("c", moved).want(t, http.StatusAccepted, "")
		named("c", strings.Replace(moved, "2027-01-31", "2027-01-30", 1)).want(t, http.StatusConflict, "idempotency_conflict")

		bulk := func(body string, want ...string) {
			t.Helper()
			p.refused("POST", "/v1/admin/tokens/bulk", body, want...)
		}
		bulk(`{}`, "action:change_required")
		bulk(`{"filter":{"never":true}}`, "action:job_kind")
		bulk(`{"action":"revoke"}`, "ids:job_nothing")
		bulk(`{"action":"revoke","filter":{"never":true},"ids":["x"]}`, "ids:job_one_selection")
		bulk(`{"action":"revoke","ids":[]}`, "ids:job_nothing")
		bulk(`{"action":"revoke","filter":{"never":true},"ids":[]}`, "ids:job_nothing")
		bulk(`{"action":"revoke","filter":{}}`, "filter:job_all")
		bulk(`{"action":"revoke","filter":{"never":false}}`, "filter:job_all")
		bulk(`{"action":"revoke","filter":{"never":true},"all":true}`, "all:job_one_selection")
		bulk(`{"action":"revoke","ids":["x"],"all":true}`, "all:job_one_selection")
		bulk(`{"action":"revoke","all":false}`, "ids:job_nothing")
		if all := read[impactAnswer](p, "POST", "/v1/admin/tokens/bulk?dryRun=true", `{"action":"revoke","all":true}`); all.Tokens != 5 {
			t.Errorf("all are %d", all.Tokens)
		}
		bulk(`{"action":"revoke","filter":{"unsued":90}}`, "filter.unsued:filter_unknown")
		bulk(`{"action":"revoke","filter":{"unused":"","status":null}}`, "filter.unused:value_required", "filter.status:value_required")
		bulk(`{"action":"revoke","filter":{"unused":[90]}}`, "filter.unused:filter_days")
		bulk(`{"action":"revoke","filter":{"q":"tsr_pat_12345"}}`, "filter.q:filter_secret")
		bulk(`{"action":"revoke","filter":"unused=90"}`, "filter:value_type")
		bulk(`{"action":"schedule","filter":{"never":1}}`, "at:job_at_missing")
		bulk(`{"action":"move_expiry","filter":{"never":1},"expiresOn":"soon"}`, "expiresOn:expires_on_invalid")
		bulk(`{"action":"revoke","filter":{"never":1},"force":true}`, "force:member_unknown")
		p.refused("POST", "/v1/admin/tokens/bulk?dryRun=perhaps", body, "dryRun:value_unknown")
		p.refused("POST", "/v1/admin/tokens/bulk?dryrun=true", body, "dryrun:parameter_unknown")
		for _, query := range []string{"dryRun=tr%ue", "dryRun=false&dryRun=true", "dryRun=true;"} {
			p.send("POST", "/v1/admin/tokens/bulk?"+query, body).want(t, http.StatusBadRequest, "bad_request")
		}
	})
}
