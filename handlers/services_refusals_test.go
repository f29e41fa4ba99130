package handlers

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What is refused names its field and writes nothing.
func TestImportRefusals(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	c.importText(petsJSON, "")
	before := c.rows(t)
	option := func(option string) string { return `{"input":` + small("") + `,"options":{` + option + `}}` }
	for body, field := range map[string]string{
		`{}`: "input", `{"input":null}`: "input", `{"input":""}`: "input", `{"input":7}`: "input", `{"input":[]}`: "input", `{"input":{}}`: "input",
		`{"swagger":` + small("") + `}`: "input",
		`{"input":"null"}`:              "input", `{"input":"[]"}`: "input", `{"input":"just words"}`: "input", `{"input":"{\"openapi\":\"4.0\"}"}`: "input",
		`{"input":{"openapi":"3.1.0","paths":7}}`: "input", `{"input":{"data":7}}`: "input.data", `{"input":{"data":""}}`: "input.data",
		`{"input":{"url":7}}`: "input.url", `{"input":{"url":"file:///etc/passwd"}}`: "input.url", `{"input":{"url":"http://127.0.0.1:1/x"}}`: "input.url",
		`{"input":{"url":"https://a.example","basicAuth":7}}`:              "input.basicAuth",
		`{"input":{"url":"https://a.example","basicAuth":{"username":7}}}`: "input.basicAuth.username",
		`{"input":` + small("") + `,"options":7}`:                          "options",
		option(`"endpointOverwriteBehavior":"` + marker + `"`):             "options.endpointOverwriteBehavior",
		option(`"endpointOverwriteBehavior":7`):                            "options.endpointOverwriteBehavior",
		option(`"schemaOverwriteBehavior":"overwrite_existing"`):           "options.schemaOverwriteBehavior",
		option(`"targetEndpointFolderId":99999999`):                        "options.targetEndpointFolderId",
		option(`"targetSchemaFolderId":"99999999"`):                        "options.targetSchemaFolderId",
		option(`"targetEndpointFolderId":"root"`):                          "options.targetEndpointFolderId",
		option(`"targetEndpointFolderId":-1`):                              "options.targetEndpointFolderId",
		option(`"targetEndpointFolderId":1.5`):                             "options.targetEndpointFolderId",
		option(`"targetBranchId":12`):                                      "options.targetBranchId",
		option(`"moduleId":12`):                                            "options.moduleId",
		option(`"prependBasePath":"true"`):                                 "options.prependBasePath",
		option(`"deleteUnmatchedResources":1`):                             "options.deleteUnmatchedResources",
		option(`"updateFolderOfChangedEndpoint":"no"`):                     "options.updateFolderOfChangedEndpoint",
		option(`"importServersAsEnvironments":[]`):                         "options.importServersAsEnvironments",
	} {
		answer := c.send(http.MethodPost, "/v1/projects/{p}/import-openapi", body).wantField(t, field)
		if p := answer.problem; p.ErrorCode != "422001" || !strings.HasPrefix(p.ErrorMessage, "Invalid Parameter: "+field) || p.Success {
			t.Errorf("%s: %s", body, answer.body)
		}
	}
	for _, body := range []string{"", " ", "null", "[]", "7", `"x"`, "{", "\xff", `{"input":"` + "\xff" + `"}`} {
		answer := c.send(http.MethodPost, "/v1/projects/{p}/import-openapi", body).want(t, http.StatusBadRequest, "bad_request")
		if answer.problem.ErrorCode != "400000" {
			t.Errorf("%q: %s", body, answer.problem.ErrorCode)
		}
	}
	for body, field := range map[string]string{
		`{}`: "importFormat", `{"importFormat":"har","data":"x"}`: "importFormat", `{"importFormat":"openapi"}`: "data", `{"importFormat":"openapi","data":7}`: "data",
		`{"importFormat":"openapi","data":"{}","apiOverwriteMode":"name"}`:                 "apiOverwriteMode",
		`{"importFormat":"openapi","data":"{}","schemaOverwriteMode":"x"}`:                 "schemaOverwriteMode",
		`{"importFormat":"openapi","url":"ftp://x","data":"{}"}`:                           "url",
		`{"importFormat":"openapi","data":` + quoted(small("")) + `,"apiFolderId":999999}`: "apiFolderId",
	} {
		c.send(http.MethodPost, "/api/v1/projects/{p}/import-data", body).wantField(t, field)
	}
	c.send(http.MethodPost, "/v1/projects/{p}/import-openapi?dryRun=perhaps", option("")).wantField(t, "dryRun")
	c.with("Content-Encoding", "br").send(http.MethodPost, "/v1/projects/{p}/import-openapi", "{}").want(t, http.StatusUnsupportedMediaType, "unsupported_encoding")
	c.with("Content-Encoding", "gzip").send(http.MethodPost, "/v1/projects/{p}/import-openapi", "{}").want(t, http.StatusBadRequest, "bad_request")
	if tables := changed(before, c.rows(t)); len(tables) > 0 {
		t.Errorf("refused imports change %v", tables)
	}
}

// A document that can't be read is told of by line and pointer.
func TestImportSaysWhere(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	answer := c.send(http.MethodPost, "/v1/projects/{p}/import-openapi?locale=ja-JP", `{"input":`+quoted("{\n \"openapi\": \"3.1.0\",\n \"paths\": {\"/a\": {,}}\n}")+`}`).wantField(t, "input")
	if f := answer.problem.Fields[0]; f.Line != 3 || f.Pointer != "/paths/~1a" || f.Code != "document_json" || !strings.Contains(answer.problem.ErrorMessage, "行目") {
		t.Errorf("told as %s", answer.body)
	}
	if answer := c.send(http.MethodPost, "/v1/projects/{p}/import-openapi?locale=zh-CN", `{}`); !strings.HasPrefix(answer.problem.Message, "Invalid Parameter: ") {
		t.Errorf("told as %s", answer.body)
	}
}

// wantField checks that a call was refused because of a field.
func (answer *apiAnswer) wantField(t testing.TB, field string) *apiAnswer {
	t.Helper()
	if answer.want(t, http.StatusUnprocessableEntity, "invalid_parameter"); answer.problem.Fields[0].Field != field {
		t.Errorf("%+v is refused, not %s", answer.problem.Fields, field)
	}
	return answer
}

// Imports follow each other. One waits its time for the one before, while all else
// goes on, and is then told to come back.
func TestImportBusy(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	const path = "/v1/projects/{p}/import-openapi"
	body := `{"input":` + small(operation("/pets", "get", "")) + `}`
	c.imports(body) // GORM's caches have channels, which must not be of the bubble
	synctest.Test(t, func(t *testing.T) {
		turn := func() (release func()) {
			t.Helper()
			release, err := a.importTurn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		release := turn()
		done := make(chan int)
		go func() {
			r, w := c.request(http.MethodPost, path, body)
			a.Handler().ServeHTTP(w, r)
			done <- w.Code
		}()
		synctest.Wait()
		c.send(http.MethodGet, "/v1/user", "").want(t, http.StatusOK, "")
		release()
		if code := <-done; code != http.StatusOK {
			t.Errorf("after waiting: %d", code)
		}

		defer turn()()
		before, start := c.rows(t), time.Now()
		for _, path := range []string{path, "/v1/projects/{p}/import-postman-collection", "/api/v1/projects/{p}/import-data"} {
			body := body
			if strings.HasSuffix(path, "data") {
				body = `{"importFormat":"openapi","data":` + quoted(small("")) + `}`
			}
			answer := c.send(http.MethodPost, path, body).want(t, http.StatusConflict, "import_busy").wantHeader(t, "Retry-After", "5")
			if answer.problem.ErrorCode != "409001" {
				t.Errorf("%s: %s", path, answer.body)
			}
		}
		if took := time.Since(start); took != 3*importPatience {
			t.Errorf("three waited %v", took)
		}
		if tables := changed(before, c.rows(t)); len(tables) > 0 {
			t.Errorf("busy imports change %v", tables)
		}
	})
}
