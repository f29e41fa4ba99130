package handlers

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shapes are small documents that are each odd in their own way.
const shapes = "../models/openapi/testdata/shapes/"

func TestExportOptions(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	c.importText(small(strings.Join([]string{
		operation("/pets", "get", `"tags":["animals/small","x"],"x-apidog-status":"released","x-own":1`),
		operation("/cats", "get", `"tags":["animals"]`), operation("/free", "get", ""),
	}, ",")), "")
	ids := map[string]string{}
	for _, e := range c.list("endpoints") {
		ids[e["path"].(string)] = fmt.Sprint(e["id"])
	}
	folders := map[string]string{}
	for _, f := range c.list("folders") {
		folders[f["name"].(string)] = fmt.Sprint(f["id"])
	}
	project := fmt.Sprint(c.project)
	const all = "/cats /free /pets"
	for body, want := range map[string]string{
		"": all, " ": all, "{}": all, `{"scope":null,"options":null}`: all, `{"scope":{"type":"ALL"}}`: all, `{"scope":"ALL"}`: all, `{"scope":{}}`: all,
		`{"branchId":null,"moduleId":"0"}`: all, `{"branchId":` + project + `,"moduleId":"` + project + `"}`: all, `{"unknown":1}`: all,
		`{"scope":{"type":"SELECTED_ENDPOINTS","selectedEndpointIds":[` + ids["/pets"] + `,"` + ids["/free"] + `"]}}`:   "/free /pets",
		`{"scope":{"type":"SELECTED_ENDPOINTS","selectedEndpointIds":[]}}`:                                              "",
		`{"scope":{"type":"SELECTED_ENDPOINTS","selectedEndpointIds":[99999999]}}`:                                      "",
		`{"scope":{"type":"SELECTED_TAGS","selectedTags":["animals"]}}`:                                                 "/cats",
		`{"scope":{"type":"SELECTED_TAGS","selectedTagNames":["animals","x"]}}`:                                         "/cats /pets",
		`{"scope":{"type":"SELECTED_FOLDERS","selectedFolderIds":["` + folders["animals"] + `"]}}`:                      "/cats /pets",
		`{"scope":{"type":"SELECTED_FOLDERS","selectedFolderIds":[` + folders["small"] + `]}}`:                          "/pets",
		`{"scope":{"type":"SELECTED_FOLDERS","selectedFolderIds":[0]}}`:                                                 all,
		`{"scope":{"type":"ALL","excludedByTags":["animals"]}}`:                                                         "/free /pets",
		`{"scope":{"type":"SELECTED_FOLDERS","selectedFolderIds":[` + folders["animals"] + `],"excludedByTags":["x"]}}`: "/cats",
	} {
		var out struct {
			Paths                   map[string]any
			Tags, Servers, Security []any
			Components              struct{ Schemas, SecuritySchemes map[string]any }
		}
		text := c.export(body)
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		var paths []string
		for path := range out.Paths {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s exports %q, not %q", body, got, want)
		}
		if out.Tags == nil || out.Servers == nil || out.Security == nil || out.Components.Schemas == nil || out.Components.SecuritySchemes == nil || out.Paths == nil {
			t.Errorf("%s lacks a member that clients look for:\n%s", body, text)
		}
		if strings.Contains(text, "x-apidog") || strings.Contains(text, "x-run-in") || !strings.Contains(text, "x-own") != !strings.Contains(want, "/pets") {
			t.Errorf("%s: extensions\n%s", body, text)
		}
	}

	with := c.export(`{"options":{"includeApidogExtensionProperties":true}}`)
	run := regexp.MustCompile(`"x-run-in-apidog": "https://tokens.example/projects/\d+/apis/api-(\d+)-run"`).FindStringSubmatch(with)
	if !strings.Contains(with, `"x-apidog-status": "released"`) || run == nil || run[1] != ids["/pets"] {
		t.Errorf("with extensions\n%s", with)
	}
	if with := c.export(`{"options":{"includeApifoxExtensionProperties":true}}`); !strings.Contains(with, `"x-apifox-status": "released"`) || strings.Contains(with, "apidog-status") {
		t.Errorf("with the other extensions\n%s", with)
	}
	for _, name := range []string{"addFoldersToTags", "includeFolderNamesAsTags"} {
		if with := c.export(`{"options":{"` + name + `":true}}`); strings.Count(with, `"animals/small"`) != 1 || !strings.Contains(with, `"animals"`) {
			t.Errorf("folders as tags\n%s", with)
		}
	}
	for version, begin := range map[string]string{"2.0": `"swagger": "2.0"`, "3.0": `"openapi": "3.0.`, "3.1": `"openapi": "3.1.`} {
		if got := c.export(`{"oasVersion":"` + version + `"}`); !strings.HasPrefix(got, "{\n  "+begin) {
			t.Errorf("%s begins with %q", version, got[:40])
		}
	}
	answer := c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", `{"exportFormat":"YAML","oasVersion":"2.0"}`).want(t, http.StatusOK, "").
		wantHeader(t, "Content-Type", "application/yaml")
	if !strings.HasPrefix(answer.body, "swagger:") {
		t.Errorf("YAML begins with %q", answer.body[:20])
	}
}

func TestExportRefusals(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	for body, field := range map[string]string{
		`{"scope":7}`: "scope", `{"scope":[]}`: "scope", `{"scope":"SOME"}`: "scope", `{"scope":{"type":"SOME"}}`: "scope.type", `{"scope":{"type":7}}`: "scope.type",
		`{"scope":{"type":"SELECTED_ENDPOINTS"}}`: "scope.selectedEndpointIds", `{"scope":"SELECTED_ENDPOINTS"}`: "scope.selectedEndpointIds",
		`{"scope":{"type":"SELECTED_TAGS"}}`:                                   "scope.selectedTags",
		`{"scope":{"type":"SELECTED_FOLDERS"}}`:                                "scope.selectedFolderIds",
		`{"scope":{"type":"SELECTED_ENDPOINTS","selectedEndpointIds":["x"]}}`:  "scope.selectedEndpointIds[0]",
		`{"scope":{"type":"SELECTED_ENDPOINTS","selectedEndpointIds":7}}`:      "scope.selectedEndpointIds",
		`{"scope":{"type":"SELECTED_TAGS","selectedTags":[7]}}`:                "scope.selectedTags",
		`{"scope":{"type":"SELECTED_FOLDERS","selectedFolderIds":[99999999]}}`: "scope.selectedFolderIds",
		`{"scope":{"type":"ALL","excludedByTags":"x"}}`:                        "scope.excludedByTags",
		`{"oasVersion":"4.0"}`:                                                 "oasVersion", `{"oasVersion":3.1}`: "oasVersion", `{"exportFormat":"XML"}`: "exportFormat",
		`{"environmentIds":[99999999]}`: "environmentIds", `{"environmentIds":"1"}`: "environmentIds", `{"branchId":7}`: "branchId", `{"moduleId":"x"}`: "moduleId",
		`{"options":[]}`: "options", `{"options":{"addFoldersToTags":"yes"}}`: "options.addFoldersToTags",
	} {
		c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", body).wantField(t, field)
	}
	c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", "[]").want(t, http.StatusBadRequest, "bad_request")
}

// The same content has the same bytes and the same name, packed or not.
func TestExportETag(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	c.importText(petsJSON, "")
	first := c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", "{}").want(t, http.StatusOK, "")
	second := c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", "")
	if tag := first.Header.Get("ETag"); tag == "" || tag != second.Header.Get("ETag") {
		t.Errorf("tags %q and %q", tag, second.Header.Get("ETag"))
	}
	packed := c.with("Accept-Encoding", "gzip, br").packed("/v1/projects/{p}/export-openapi")
	if packed.Header.Get("ETag") != "W/"+first.Header.Get("ETag") || packed.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("packed: %v", packed.Header)
	}
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || string(plain) != petsJSON {
		t.Errorf("unpacked %s, %v", plain, err)
	}
	c.importText(small(operation("/pets", "get", "")), "")
	if tag := c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", "").Header.Get("ETag"); tag == first.Header.Get("ETag") {
		t.Error("another document has the same tag")
	}
}

// Whatever the document, its own version comes back with nothing lost: after one
// import, after an import in two halves, and after another project took the export.
func TestRoundTrips(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		files, err := filepath.Glob(shapes + "*")
		if err != nil || len(files) < 8 {
			t.Fatalf("%d documents, %v", len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(filepath.Base(file), func(t *testing.T) { roundTrip(t, c.another(filepath.Base(file)), string(text)) })
		}
	})
}

func roundTrip(t *testing.T, c *client, document string) {
	t.Helper()
	body := `{"oasVersion":"` + dialectOf(document) + `","options":{"includeApidogExtensionProperties":true}}`
	in := c.importText(document, "")
	n := in.Data.Endpoint
	first := noRunURL(c.export(body))
	other := c.another("again")
	again := other.importText(first, "")
	if got := noRunURL(other.export(body)); got != first {
		t.Errorf("an export of the export differs:\n%s\n%s", first, got)
	}
	if again.Data.Endpoint != n {
		t.Errorf("%+v, then %+v", n, again.Data.Endpoint)
	}
	halves := c.another("halves")
	for _, half := range splitPaths(t, first) {
		halves.importText(half, "")
	}
	if got := sortedJSON(t, noRunURL(halves.export(body))); got != sortedJSON(t, first) {
		t.Errorf("in two halves:\n%s\n%s", first, got)
	}
}

var runURL = regexp.MustCompile(`,\s*"x-run-in-apidog": "[^"]*"`)

// noRunURL leaves out the addresses, which have another project's ids in each export.
func noRunURL(document string) string { return runURL.ReplaceAllString(document, "") }

func dialectOf(document string) string {
	for _, version := range []string{"2.0", "3.0", "3.1"} {
		if regexp.MustCompile(`(?:openapi|swagger)"?:\s*["']?` + regexp.QuoteMeta(version)).MatchString(document) {
			return version
		}
	}
	return "3.1"
}

// splitPaths makes two documents, each with half of the paths and all the rest.
func splitPaths(t *testing.T, document string) [2]string {
	t.Helper()
	var halves [2]string
	for i := range halves {
		var tree map[string]json.RawMessage
		if err := json.Unmarshal([]byte(document), &tree); err != nil {
			t.Fatal(err)
		}
		var paths map[string]json.RawMessage
		if err := json.Unmarshal(tree["paths"], &paths); err != nil {
			t.Fatal(err)
		}
		n := 0
		for path := range paths {
			if (len(path)+n)%2 == i && !strings.HasPrefix(path, "x-") {
				delete(paths, path)
			}
		}
		b, err := json.Marshal(paths)
		if err != nil {
			t.Fatal(err)
		}
		tree["paths"] = b
		b, err = json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		halves[i] = string(b)
	}
	return halves
}

func sortedJSON(t *testing.T, document string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber() // exact
	var tree any
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(tree, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// After one operation was edited, and after a second document came in, all else
// is as it was.
func TestRoundTripAfterAnEdit(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		c := newClient(t, a)
		c.importText(petsJSON, "")
		id := c.firstID("endpoints")
		c.send(http.MethodPatch, "/v1/projects/{p}/endpoints/"+id, `{"description":"All \"of\" <them>"}`).want(t, http.StatusOK, "")
		want := strings.Replace(petsJSON, `            }
          }
        }
      },
      "post"`, `            }
          }
        },
        "description": "All \"of\" <them>"
      },
      "post"`, 1)
		got := c.export("")
		if sortedJSON(t, got) != sortedJSON(t, want) || len(got) != len(want) {
			t.Errorf("after an edit\n%s", got)
		}
		c.importText(`{"openapi":"3.1.0","info":{"title":"Second","version":"9"},"security":[{"key":[]}],"paths":{`+operation("/cats", "get", "")+`}}`, "")
		merged := c.export("")
		for _, text := range []string{`"title": "Pets"`, `"/cats"`, `"key": []`, `"All \"of\" <them>"`, `"example": 1.0`, "\"security\": []\n}"} {
			if !strings.Contains(merged, text) {
				t.Errorf("%s is not in\n%s", text, merged)
			}
		}
	})
}

// packed calls without the rules for answers that are not.
func (c *client) packed(path string) *apiAnswer {
	c.t.Helper()
	r, w := c.request(http.MethodPost, path, "")
	c.Handler().ServeHTTP(w, r)
	return &apiAnswer{Response: w.Result(), body: w.Body.String()}
}
