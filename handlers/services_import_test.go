package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
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
