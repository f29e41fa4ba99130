package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

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
		p.refused("GET", "/v1/admin/tokens?q=tsr%5Fpat_12345", "", "q:filter_secret")
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
