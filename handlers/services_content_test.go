package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tessera/models"
)

// What the calls of older clients answer, member by member.
func TestOlderCalls(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	c.importText(`{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://pets.example/","description":"Live"}],"paths":{`+
		operation("/pets", "get", `"tags":["a/b"],"x-apidog-status":"released"`)+`}}`, `{"importServersAsEnvironments":true}`)
	e, f := c.firstID("endpoints"), c.list("folders")
	parent, child := fmt.Sprint(f[0]["id"]), fmt.Sprint(f[1]["id"])
	id := fmt.Sprint(c.project)
	team := fmt.Sprint(c.count(t, "SELECT id FROM teams"))
	project := `"id":` + id + `,"name":"Pets","teamId":` + team + `,"description":"","type":"HTTP","visibility":"private"`
	for path, want := range map[string]string{
		"current-user":              fmt.Sprintf(`{"id":%d,"email":%q,"name":"Aiko Tanaka","username":%q}`, c.user.ID, c.user.Email, c.user.Email),
		"user-projects":             `[{` + project + `}]`,
		"projects/{p}/summary":      `{` + project + `,"modules":[{"id":` + id + `,"name":"Pets"}]}`,
		"projects/{p}/environments": `[{"id":` + c.firstID("environments") + `,"name":"Live","baseUrl":"https://pets.example","variables":[]}]`,
		"projects/{p}/api-folders":  `[{"id":` + parent + `,"name":"a","parentId":0},{"id":` + child + `,"name":"b","parentId":` + parent + `}]`,
		"projects/{p}/http-apis":    `[{"id":` + e + `,"name":"/pets","method":"get","path":"/pets","folderId":` + child + `,"tags":["a/b"],"status":"released"}]`,
	} {
		if got := c.send(http.MethodGet, "/api/v1/"+path, "").want(t, http.StatusOK, "").body; got != `{"success":true,"data":`+want+`}` {
			t.Errorf("%s:\n%s", path, got)
		}
	}
	for _, path := range []string{"/api/v1/other", "/api/v1/projects/{p}", "/v1/projects/{p}/other", "/v1/projects/{p}/"} {
		if answer := c.send(http.MethodGet, path, "").want(t, http.StatusNotFound, "not_found"); answer.problem.ErrorCode != "404000" {
			t.Errorf("%s: %s", path, answer.body)
		}
	}
	if answer := c.send(http.MethodGet, "/v1/projects/{p}/import-openapi", "").want(t, http.StatusMethodNotAllowed, "method_not_allowed"); answer.problem.ErrorCode != "405000" {
		t.Errorf("%s", answer.body)
	}
}

func TestProjectsByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		answer := c.send(http.MethodPost, "/v1/projects", `{"name":"Cats","description":"All of them"}`).want(t, http.StatusCreated, "")
		var made struct{ Data projectAnswer }
		if err := json.Unmarshal([]byte(answer.body), &made); err != nil {
			t.Fatal(err)
		}
		c.project = made.Data.ID
		answer.wantHeader(t, "Location", fmt.Sprint("https://tokens.example/v1/projects/", c.project))
		if got := c.send(http.MethodGet, "/v1/projects/{p}", "").want(t, http.StatusOK, "").body; got != answer.body {
			t.Errorf("read as %s", got)
		}
		changed := c.send(http.MethodPatch, "/v1/projects/{p}", `{"name":"Big cats"}`).want(t, http.StatusOK, "").body
		if want := strings.Replace(answer.body, "Cats", "Big cats", 1); changed != want {
			t.Errorf("changed to %s", changed)
		}
		for body, field := range map[string]string{
			`{}`: "name", `{"name":""}`: "name", `{"nam":"x"}`: "nam", `{"teamId":99999}`: "teamId", `{"name":7}`: "name", `{"teamId":"x"}`: "teamId",
		} {
			c.send(http.MethodPatch, "/v1/projects/{p}", body).wantField(t, field)
			if body != `{"nam":"x"}` && !strings.Contains(body, "team") {
				c.send(http.MethodPost, "/v1/projects", body).wantField(t, field)
			}
		}
		c.send(http.MethodPost, "/v1/projects", `{"name":"X","teamId":99999}`).wantField(t, "teamId")
		if got := c.send(http.MethodGet, "/v1/teams", "").want(t, http.StatusOK, "").body; !strings.Contains(got, `"role":"owner","personal":true}`) {
			t.Errorf("teams %s", got)
		}
		// Pages of a list follow each other without gaps.
		for i := range 5 {
			c.another(fmt.Sprint("more ", i))
		}
		var ids []int64
		for cursor, pages := "", 0; ; pages++ {
			var page struct {
				Data       []projectAnswer
				NextCursor string
			}
			if err := json.Unmarshal([]byte(c.send(http.MethodGet, "/v1/projects?limit=3&cursor="+url.QueryEscape(cursor), "").want(t, http.StatusOK, "").body), &page); err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Data {
				ids = append(ids, p.ID)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if len(ids) != 7 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != 7 {
			t.Errorf("ids %v", ids)
		}
		for query, field := range map[string]string{"limit=0": "limit", "limit=1001": "limit", "limit=x": "limit", "cursor=%21": "cursor", "cursor=eHg": "cursor"} {
			c.send(http.MethodGet, "/v1/projects?"+query, "").wantField(t, field)
		}
	})
}

func TestContentByAPI(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		c.importText(petsJSON, "")
		endpoint := "/v1/projects/{p}/endpoints/" + c.firstID("endpoints")
		folder := c.firstID("folders")
		body := c.send(http.MethodPatch, endpoint, `{"name":"All pets","description":"Sorted","folderId":0,"tags":["a","b"],"status":"released"}`).want(t, http.StatusOK, "").body
		for _, text := range []string{`"name":"All pets"`, `"description":"Sorted"`, `"folderId":0`, `"tags":["a","b"]`, `"status":"released"`, `"summary":"All pets"`} {
			if !strings.Contains(body, text) {
				t.Errorf("%s is not in %s", text, body)
			}
		}
		if got := c.send(http.MethodGet, endpoint, "").want(t, http.StatusOK, "").body; got != body {
			t.Errorf("read as %s", got)
		}
		c.send(http.MethodPatch, endpoint, `{"folderId":"`+folder+`"}`).want(t, http.StatusOK, "")
		for change, field := range map[string]string{
			`{}`: "name", `{"name":""}`: "name", `{"name":"\u0000"}`: "name", `{"tags":[""]}`: "tags", `{"tags":"a"}`: "tags", `{"status":"` + marker + `"}`: "status",
			`{"folderId":99999999}`: "folderId", `{"folderId":"x"}`: "folderId", `{"path":"/x"}`: "path", `{"description":"` + strings.Repeat("x", 100_001) + `"}`: "description",
		} {
			c.send(http.MethodPatch, endpoint, change).wantField(t, field)
		}
		both := c.send(http.MethodPatch, endpoint, `{"status":"none","folderId":99999999}`).wantField(t, "status").problem.Fields
		if len(both) != 2 || both[1].Field != "folderId" {
			t.Errorf("%+v are refused, not also folderId", both)
		}
		schema := "/v1/projects/{p}/schemas/" + c.firstID("schemas")
		if got := c.send(http.MethodGet, schema, "").want(t, http.StatusOK, "").body; !strings.Contains(got, `"schema":{"type":"object","properties":{"weight":{"type":"number","example":1.0}}}`) {
			t.Errorf("schema %s", got)
		}
		other := c.another("other")
		for _, path := range []string{endpoint, schema} {
			other.send(http.MethodGet, path, "").want(t, http.StatusNotFound, "not_found")
			other.send(http.MethodDelete, path, "").want(t, http.StatusNotFound, "not_found")
			c.send(http.MethodGet, path+"x", "").want(t, http.StatusNotFound, "not_found")
			c.send(http.MethodDelete, path, "").want(t, http.StatusNoContent, "")
			c.send(http.MethodGet, path, "").want(t, http.StatusNotFound, "not_found")
		}
		kinds := map[string]int{}
		page, err := c.store.Events(t.Context(), models.AuditQuery{UserID: c.user.ID, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			kinds[e.Kind]++
		}
		if kinds[models.AuditImported] != 1 || kinds[models.AuditEndpointChanged] != 2 || kinds[models.AuditEndpointDeleted] != 1 || kinds[models.AuditSchemaDeleted] != 1 {
			t.Errorf("audit events %v", kinds)
		}
		c.export("")
		if n := c.count(t, "SELECT COUNT(*) FROM audit_events WHERE kind = '"+models.AuditExported+"'"); n != 1 {
			t.Errorf("%d exports in the audit log", n)
		}
	})
}
