package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tessera/models"
)

const petsJSON = `{
  "openapi": "3.1.0",
  "info": {
    "title": "Pets",
    "version": "1"
  },
  "tags": [],
  "paths": {
    "/pets": {
      "get": {
        "operationId": "listPets",
        "tags": [
          "pets"
        ],
        "responses": {
          "200": {
            "description": "OK",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Pet"
                }
              }
            }
          }
        }
      },
      "post": {
        "summary": "Add a pet",
        "tags": [
          "pets"
        ],
        "responses": {
          "201": {
            "description": "Made"
          }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "Pet": {
        "type": "object",
        "properties": {
          "weight": {
            "type": "number",
            "example": 1.0
          }
        }
      }
    },
    "securitySchemes": {
      "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Key"
      }
    }
  },
  "servers": [],
  "security": []
}
`

const petsCounts = "endpointCreated 2, endpointFolderCreated 1, schemaCreated 1, securitySchemeCreated 1"

// What is imported is exported again, to the byte; a second import changes nothing.
func TestImportAndExport(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		c.importText(petsJSON, "").counts(petsCounts)
		if got := c.export(""); got != petsJSON {
			t.Errorf("exported\n%s", got)
		}
		c.importText(petsJSON, "").counts("endpointIgnored 2, schemaIgnored 1, securitySchemeIgnored 1")
		if again := c.export("{}"); again != petsJSON {
			t.Errorf("a second export is\n%s", again)
		}
		yaml := c.export(`{"exportFormat":"YAML"}`)
		if !strings.HasPrefix(yaml, "openapi:") {
			t.Errorf("YAML begins with %q", yaml[:20])
		}
		other := c.another("From YAML")
		other.importText(yaml, "").counts(petsCounts)
		if got := other.export(""); got != petsJSON {
			t.Errorf("from YAML\n%s", got)
		}
	})
}

// The forms in which clients send a document.
func TestImportInputs(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	compact := small(operation("/pets", "get", ""))
	yaml := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /pets:\n    get: {responses: {'200': {description: OK}}}\n"
	swagger := `{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{` + operation("/pets", "get", "") + `}}`
	packed := packText(t, `{"input":`+compact+`}`)
	for what, send := range map[string]func(c *client) *imported{
		"JSON text":      func(c *client) *imported { return c.imports(`{"input":` + quoted(compact) + `}`) },
		"YAML text":      func(c *client) *imported { return c.imports(`{"input":` + quoted(yaml) + `}`) },
		"Swagger text":   func(c *client) *imported { return c.imports(`{"input":` + quoted(swagger) + `}`) },
		"object":         func(c *client) *imported { return c.imports(`{"input":` + compact + `}`) },
		"Swagger object": func(c *client) *imported { return c.imports(`{"input":` + swagger + `}`) },
		"data text": func(c *client) *imported {
			return c.imports(`{"input":{"type":"openapi","data":` + quoted(compact) + `}}`)
		},
		"data object":  func(c *client) *imported { return c.imports(`{"input":{"data":` + compact + `}}`) },
		"options null": func(c *client) *imported { return c.imports(`{"input":` + compact + `,"options":null}`) },
		"unknown members": func(c *client) *imported {
			return c.imports(`{"input":` + compact + `,"inputType":"x","importMode":1,"options":{"intelligentMerge":true}}`)
		},
		"null options": func(c *client) *imported {
			return c.imports(`{"input":` + compact + `,"options":{"moduleId":null,"endpointOverwriteBehavior":null,"prependBasePath":null}}`)
		},
		"ids as text": func(c *client) *imported {
			return c.imports(`{"input":` + compact + `,"options":{"targetEndpointFolderId":"0","targetBranchId":"0","moduleId":"` + fmt.Sprint(c.project) + `"}}`)
		},
		"no content type": func(c *client) *imported { return c.with("Content-Type", "").imports(`{"input":` + compact + `}`) },
		"another content type": func(c *client) *imported {
			return c.with("Content-Type", "application/json+").imports(`{"input":` + compact + `}`)
		},
		"byte order mark": func(c *client) *imported { return c.imports("\uFEFF" + `{"input":` + compact + `}`) },
		"gzip":            func(c *client) *imported { return c.with("Content-Encoding", "gzip").imports(packed) },
		"import-data": func(c *client) *imported {
			return c.importsAt("/api/v1/projects/{p}/import-data", `{"importFormat":"openapi","data":`+quoted(compact)+`,"targetBranchId":0}`)
		},
		"import-data, form": func(c *client) *imported {
			return c.with("Content-Type", formType).importsAt("/api/v1/projects/{p}/import-data", url.Values{"importFormat": {"openapi"}, "data": {compact}, "syncApiFolder": {"true"}, "apiFolderId": {"0"}}.Encode())
		},
		"import-data, multipart": func(c *client) *imported {
			return c.with("Content-Type", "multipart/form-data; boundary=b").importsAt("/api/v1/projects/{p}/import-data", "--b\r\nContent-Disposition: form-data; name=\"importFormat\"\r\n\r\nopenapi\r\n--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a.json\"\r\n\r\n"+compact+"\r\n--b--\r\n")
		},
	} {
		t.Run(what, func(t *testing.T) {
			send(c.another(what)).counts("endpointCreated 1")
		})
	}
}

// Every value of the options that clients send, and what it stands for.
func TestImportBehaviors(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	const (
		replaced = "endpointUpdated 1"
		kept     = "endpointIgnored 1"
		added    = "endpointCreated 1"
	)
	for value, want := range map[string]string{
		"OVERWRITE_EXISTING": replaced, "AUTO_MERGE": replaced, "SMART_MERGE": replaced, "MERGE": replaced, "MERGE_KEEP_NEWER": replaced,
		"KEEP_EXISTING": kept, "IGNORE_EXISTING": kept, "CREATE_NEW": added, "KEEP_BOTH": added,
		"deleteUnmatchedResources": "endpointDeleted 1, endpointUpdated 1",
	} {
		c := c.another(value)
		c.importText(small(operation("/pets", "get", `"summary":"Ours","description":"Written here"`)+","+operation("/other", "get", "")), "")
		c.importText(small(operation("/pets", "get", `"summary":"Theirs","operationId":"pets"`)), `{"endpointOverwriteBehavior":"`+value+`"}`).counts(want)
		exported := c.export("")
		for text, in := range map[string]bool{
			`"Theirs"`: want != kept && !strings.Contains(value, "MERGE"), `"Ours"`: want == kept || strings.Contains(value, "MERGE"),
			`"Written here"`: want == kept || strings.Contains(value, "MERGE"), `"pets"`: want != kept, `"/other"`: value != "deleteUnmatchedResources",
		} {
			if strings.Contains(exported, text) != in {
				t.Errorf("%s: %s is exported: %t\n%s", value, text, !in, exported)
			}
		}
	}
	for value, want := range map[string]string{
		"OVERWRITE_EXISTING": "schemaUpdated 1", "AUTO_MERGE": "schemaUpdated 1", "KEEP_EXISTING": "schemaIgnored 1", "CREATE_NEW": "schemaCreated 1",
	} {
		c := c.another("schemas " + value)
		schemas := func(kind string) string {
			return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{` + operation("/"+kind, "get",
				`"parameters":[{"name":"q","in":"query","schema":{"$ref":"#/components/schemas/Pet"}}]`) + `},"components":{"schemas":{"Pet":{"type":"` + kind + `"}}}}`
		}
		c.importText(schemas("string"), "")
		c.importText(schemas("integer"), `{"schemaOverwriteBehavior":"`+value+`"}`).counts("endpointCreated 1, " + want)
		if exported := c.export(""); strings.Contains(exported, `"#/components/schemas/Pet_2"`) != (value == "CREATE_NEW") {
			t.Errorf("%s:\n%s", value, exported)
		}
	}
}

func TestImportOptions(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	document := `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://pets.example/v2","description":"Live"},{"url":"https://test.example/v2"}],"paths":{` +
		operation("/pets", "get", `"tags":["animals/small"]`) + "," + operation("/v2/done", "get", `"x-apidog-folder":"a\\/b/c"`) + `}}`
	c.importText(document, `{"prependBasePath":true,"importServersAsEnvironments":true}`).
		counts("endpointCreated 2, endpointFolderCreated 4, environmentCreated 2")
	exported := c.export(`{"environmentIds":[` + c.firstID("environments") + `]}`)
	for _, text := range []string{`"/v2/pets"`, `"/v2/done"`, `"url": "https://pets.example/v2"`} {
		if !strings.Contains(exported, text) {
			t.Errorf("%s is not in\n%s", text, exported)
		}
	}
	c.importText(document, `{"prependBasePath":true,"importServersAsEnvironments":true}`).counts("endpointIgnored 2, environmentIgnored 2")

	// A target folder takes what is new; what is matched moves only when that is asked for.
	folders := c.list("folders")
	names := map[string]string{}
	for _, f := range folders {
		names[f["name"].(string)] = fmt.Sprint(f["id"])
	}
	if len(names) != 4 || names["a/b"] == "" || names["small"] == "" {
		t.Fatalf("folders %v", names)
	}
	target := `"targetEndpointFolderId":` + names["c"]
	moved := small(operation("/v2/pets", "get", `"tags":["birds"]`) + "," + operation("/new", "get", ""))
	c.importText(moved, `{`+target+`}`).counts("endpointCreated 1, endpointUpdated 1")
	if at := c.folderOf("/new"); at != names["c"] {
		t.Errorf("what is new is in folder %s", at)
	}
	if at := c.folderOf("/v2/pets"); at != names["small"] {
		t.Errorf("what was there moved to folder %s", at)
	}
	c.importText(moved, `{`+target+`,"updateFolderOfChangedEndpoint":true}`).counts("endpointFolderCreated 1, endpointIgnored 1, endpointUpdated 1")
	if at := c.folderOf("/v2/pets"); at == names["small"] {
		t.Error("what was there did not move")
	}
	// Only the sub-tree of the target loses what is not in the document.
	c.importText(small(operation("/new", "get", "")), `{`+target+`,"deleteUnmatchedResources":true}`).counts("endpointDeleted 2, endpointIgnored 1")
}

// Clients empty a project so. What was there is kept as a revision.
func TestImportOfNothingDeletes(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		c.importText(petsJSON, "")
		c.importText(small(""), "").counts("") // a test of the connection
		if got := c.export(""); got != petsJSON {
			t.Errorf("after nothing was imported\n%s", got)
		}
		c.importText(small(""), `{"deleteUnmatchedResources":true}`).counts("endpointDeleted 2, schemaDeleted 1")
		if got := c.export(""); !strings.Contains(got, `"paths": {},`) || !strings.Contains(got, `"schemas": {}`) {
			t.Errorf("left over\n%s", got)
		}
		revisions, err := c.store.Revisions(t.Context(), &models.Project{ID: c.project})
		if err != nil || len(revisions) != 3 {
			t.Fatalf("revisions %v, %v", revisions, err)
		}
		if err := c.store.RestoreRevision(t.Context(), models.Actor{Kind: "user", User: c.user}, c.project, revisions[0].ID); err != nil {
			t.Fatal(err)
		}
		if got := c.export(""); got != petsJSON {
			t.Errorf("restored\n%s", got)
		}
	})
}

// One operation that can't be used is left out and listed; all else is there. It
// still counts as one of the document's, so it deletes nothing.
func TestImportFailures(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	c.importText(small(operation("/a", "get", "")+","+operation("/b", "get", "")), "")
	in := c.importText(small(operation("/a", "get", `"parameters":7`)+","+operation("/b", "get", "")), `{"deleteUnmatchedResources":true}`).
		counts("endpointFailed 1, endpointIgnored 1")
	if e := in.Data.Errors; len(e) != 1 || e[0].Code != "operation_parameters" || e[0].Pointer != "/paths/~1a/get" || e[0].Line != 1 || !strings.Contains(e[0].Message, "parameters") {
		t.Errorf("errors %+v", e)
	}
	if in.Data.Endpoint.Failed != 1 || in.Data.APICollection.Item.Error != 1 {
		t.Errorf("%+v, %+v", in.Data.Endpoint, in.Data.APICollection)
	}
	if in := c.importText(`{"openapi":"3.2.0","info":{"title":"T","version":"1"},"paths":{}}`, ""); len(in.Data.Warnings) != 1 || len(in.Data.Errors) != 0 {
		t.Errorf("%+v", in.Data)
	}
}

// All counters are there, always: one client's schema demands each.
func TestImportAnswerHasAllCounters(t *testing.T) {
	a := newAPI(t)
	in := newClient(t, a).importText(small(""), "")
	for _, kind := range []string{"endpoint", "schema", "endpointFolder", "schemaFolder", "securityScheme", "environment"} {
		for _, what := range []string{"Created", "Updated", "Failed", "Ignored"} {
			if n, ok := in.Data.Counters[kind+what]; !ok || n != 0 {
				t.Errorf("%s%s is %d, %t", kind, what, n, ok)
			}
		}
	}
	if !in.Success || in.Data.Errors == nil || in.Data.Warnings == nil || strings.Contains(in.answer.body, "endpointCase") {
		t.Errorf("answer %s", in.answer.body)
	}
}

func TestImportPostman(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		const collection = `{"info":{"name":"Pets","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
			"variable":[{"key":"base","value":"https://pets.example"},{"key":"api_token","value":"hidden-value"}],
			"item":[{"name":"Group","item":[
				{"name":"Small","request":{"method":"GET","url":"{{base}}/pets/:id?size=small"}},
				{"name":"Large","request":{"method":"GET","url":"{{base}}/pets/:id?size=large"}}]}]}`
		c := newClient(t, a)
		path := "/v1/projects/{p}/import-postman-collection"
		const first = "endpointCaseCreated 2, endpointCreated 1, endpointFolderCreated 1, environmentCreated 1"
		c.importsAt(path, `{"input":`+quoted(collection)+`}`).counts(first)
		c.importsAt(path, `{"input":`+collection+`}`).counts("endpointCaseIgnored 2, endpointIgnored 1, environmentIgnored 1")
		c.importsAt(path, `{"input":{"collection":`+collection+`},"options":{"endpointCaseOverwriteBehavior":"CREATE_NEW"}}`).
			counts("endpointCaseCreated 2, endpointIgnored 1, environmentIgnored 1")
		changed := strings.ReplaceAll(collection, "size=large", "size=huge")
		c.importsAt(path, `{"input":{"data":`+quoted(changed)+`},"options":{"endpointCaseOverwriteBehavior":"KEEP_EXISTING"}}`).
			counts("endpointCaseIgnored 2, endpointIgnored 1, environmentIgnored 1")
		c.importsAt(path, `{"input":`+changed+`}`).counts("endpointCaseIgnored 1, endpointCaseUpdated 1, endpointIgnored 1, environmentIgnored 1")
		c.another("old call").importsAt("/api/v1/projects/{p}/import-data", `{"importFormat":"postman","data":`+quoted(collection)+`}`).counts(first)
		if body := c.send(http.MethodGet, "/v1/projects/{p}/endpoints/"+c.firstID("endpoints"), "").want(t, http.StatusOK, "").body; !strings.Contains(body, `{"name":"Small","pathValues":[{"name":"id","value":""}],"query":[{"name":"size","value":"small"}]}`) {
			t.Errorf("an endpoint with cases %s", body)
		}
		if body := c.send(http.MethodGet, "/v1/projects/{p}/environments", "").want(t, http.StatusOK, "").body; strings.Contains(body, "hidden-value") ||
			!strings.Contains(body, `{"name":"api_token","value":null,"secret":true}`) || !strings.Contains(body, `"https://pets.example"`) {
			t.Errorf("environments %s", body)
		}
		v1 := `{"id":"1","name":"Old","order":[],"requests":[]}`
		c.send(http.MethodPost, path, `{"input":`+quoted(v1)+`}`).want(t, http.StatusUnprocessableEntity, "invalid_parameter")
		c.send(http.MethodPost, path, `{"input":`+v1+`}`).want(t, http.StatusUnprocessableEntity, "invalid_parameter")
	})
}

func TestImportDryRun(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		c.importText(petsJSON, "")
		before := c.rows(t)
		in := c.importsAt("/v1/projects/{p}/import-openapi?dryRun=true", `{"input":`+small(operation("/new", "get", `"tags":["new"]`)+","+operation("/pets", "get", ""))+
			`,"options":{"deleteUnmatchedResources":true,"importServersAsEnvironments":true}}`)
		in.counts("endpointCreated 1, endpointDeleted 1, endpointFolderCreated 1, endpointUpdated 1, schemaDeleted 1")
		if len(in.Data.Changes) != 5 {
			t.Errorf("changes %+v", in.Data.Changes)
		}
		if tables := changed(before, c.rows(t)); len(tables) > 0 {
			t.Errorf("a dry run changes %v", tables)
		}
		if got := c.export(""); got != petsJSON {
			t.Errorf("after a dry run\n%s", got)
		}
	})
}

func TestImportOnce(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a).with("Idempotency-Key", "build 7")
		body := `{"input":` + small(operation("/pets", "get", "")) + `,"options":{"endpointOverwriteBehavior":"CREATE_NEW"}}`
		const path = "/v1/projects/{p}/import-openapi"
		first := c.send(http.MethodPost, path, body).want(t, http.StatusOK, "").wantHeader(t, "Idempotency-Replayed", "")
		second := c.send(http.MethodPost, path, body).want(t, http.StatusOK, "").wantHeader(t, "Idempotency-Replayed", "true")
		if first.body != second.body {
			t.Errorf("repeated as %s", second.body)
		}
		if n := len(c.list("endpoints")); n != 1 {
			t.Errorf("%d endpoints", n)
		}
		answer := c.send(http.MethodPost, path, strings.Replace(body, "pets", "cats", 1)).want(t, http.StatusConflict, "idempotency_conflict")
		if answer.problem.ErrorCode != "409002" {
			t.Errorf("number %s", answer.problem.ErrorCode)
		}
		c.with("Idempotency-Key", "build 8").send(http.MethodPost, path, body).want(t, http.StatusOK, "").wantHeader(t, "Idempotency-Replayed", "")
		c.another("elsewhere").send(http.MethodPost, path, body).want(t, http.StatusOK, "").wantHeader(t, "Idempotency-Replayed", "")
		c.clock.Advance(models.KeepAnswers)
		c.send(http.MethodPost, path, body).want(t, http.StatusOK, "").wantHeader(t, "Idempotency-Replayed", "")
		// What failed may be tried again under its name.
		bad := c.with("Idempotency-Key", "build 9")
		bad.send(http.MethodPost, path, `{"input":"{"}`).want(t, http.StatusUnprocessableEntity, "invalid_parameter")
		bad.send(http.MethodPost, path, body).want(t, http.StatusOK, "")
		c.with("Idempotency-Key", "é").send(http.MethodPost, path, body).wantField(t, "Idempotency-Key")
	})
}
