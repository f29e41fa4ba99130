package handlers

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func init() {
	const document = `{"input":"{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"T\",\"version\":\"1\"},\"paths\":{}}"}`
	const postman = `{"input":{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[]}}`
	addRoleRows(map[string]roleRow{
		"POST /v1/projects/:project/import-openapi":            apiEditors(200).with(document),
		"POST /v1/projects/:project/import-postman-collection": apiEditors(200).with(postman),
		"POST /v1/projects/:project/export-openapi":            apiViewers(200),
		"POST /api/v1/projects/:project/export-openapi":        apiViewers(200),
		"POST /api/v1/projects/:project/import-data":           apiEditors(422).with("{}"),
		"GET /api/v1/projects/:project/summary":                apiViewers(200),
		"GET /api/v1/projects/:project/environments":           apiViewers(200),
		"GET /api/v1/projects/:project/api-folders":            apiViewers(200),
		"GET /api/v1/projects/:project/http-apis":              apiViewers(200),
		"GET /v1/projects/:project":                            apiViewers(200),
		"PATCH /v1/projects/:project":                          apiManagers(200).with(`{"name":"Other"}`),
		"GET /v1/projects/:project/endpoints":                  apiViewers(200),
		"GET /v1/projects/:project/endpoints/:id":              apiViewers(200),
		"PATCH /v1/projects/:project/endpoints/:id":            apiEditors(200).with(`{"name":"Other"}`),
		"DELETE /v1/projects/:project/endpoints/:id":           apiEditors(204),
		"GET /v1/projects/:project/schemas":                    apiViewers(200),
		"GET /v1/projects/:project/schemas/:id":                apiViewers(200),
		"DELETE /v1/projects/:project/schemas/:id":             apiEditors(204),
		"GET /v1/projects/:project/folders":                    apiViewers(200),
		"GET /v1/projects/:project/environments":               apiViewers(200),

		"GET /projects/:project/apis/:name": viewers(303).after(func(_ *testing.T, w *world) {
			w.ids["apis"] = "api-" + w.ids["endpoints"] + "-run"
		}),
	})
}

// client is a program with a token of a person, and a project of theirs.
type client struct {
	*apiServer
	t       testing.TB
	user    *models.User
	secret  string
	project int64
	header  http.Header
}

func newClient(t testing.TB, a *apiServer) *client {
	t.Helper()
	u := modeltest.MustUser(t, a.store)
	_, secret := a.mustToken(t, u, "client")
	p, err := a.store.CreateProject(t.Context(), models.Actor{Kind: "user", User: u}, models.NewProject{Name: "Pets"})
	if err != nil {
		t.Fatal(err)
	}
	return &client{apiServer: a, t: t, user: u, secret: secret, project: p.ID, header: http.Header{
		"Content-Type": {"application/json"}, "X-Apidog-Api-Version": {"2024-03-28"},
	}}
}

// with is the same client sending another header; an empty value leaves it out.
func (c *client) with(name, value string) *client {
	other := *c
	other.header = c.header.Clone()
	other.header.Del(name)
	if value != "" {
		other.header.Set(name, value)
	}
	return &other
}

// in is the same client with another project.
func (c *client) in(project int64) *client {
	other := *c
	other.project = project
	return &other
}

// send calls a path, in which {p} stands for the project.
func (c *client) send(method, path, body string) *apiAnswer {
	c.t.Helper()
	return c.call(c.t, apiCall{method: method, target: strings.ReplaceAll(path, "{p}", fmt.Sprint(c.project)),
		auth: []string{"Bearer " + c.secret}, header: c.header, body: body})
}

// quoted is a text as a JSON string.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// importText imports a document as a string, with the options.
func (c *client) importText(document, options string) *imported {
	c.t.Helper()
	if options == "" {
		options = "{}"
	}
	return c.imports(`{"input":` + quoted(document) + `,"options":` + options + `}`)
}

// imports sends the body of an import that must succeed.
func (c *client) imports(body string) *imported {
	c.t.Helper()
	return c.importsAt("/v1/projects/{p}/import-openapi", body)
}

func (c *client) importsAt(path, body string) *imported {
	c.t.Helper()
	return readImported(c.t, c.send(http.MethodPost, path, body).want(c.t, http.StatusOK, ""))
}

func readImported(t testing.TB, answer *apiAnswer) *imported {
	t.Helper()
	in := &imported{t: t, answer: answer}
	if err := json.Unmarshal([]byte(answer.body), in); err != nil {
		t.Fatalf("%v: %s", err, answer.body)
	}
	return in
}

// imported is what an import answered.
type imported struct {
	t       testing.TB
	answer  *apiAnswer
	Success bool
	Data    struct {
		Counters         map[string]int
		Errors, Warnings []issueAnswer
		Endpoint         tally
		APICollection    collection
		Changes          []models.ImportChange
	}
}

// counts checks the counters that are not zero, as "endpointCreated 2, …" in order of name.
func (in *imported) counts(want string) *imported {
	in.t.Helper()
	if got := nonZero(in.Data.Counters); got != want {
		in.t.Errorf("counters %q, not %q", got, want)
	}
	return in
}

func (c *client) export(body string) string {
	c.t.Helper()
	return c.send(http.MethodPost, "/v1/projects/{p}/export-openapi", body).want(c.t, http.StatusOK, "").body
}

func nonZero(counters map[string]int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(counters)) {
		if counters[name] != 0 {
			out = append(out, fmt.Sprint(name, " ", counters[name]))
		}
	}
	return strings.Join(out, ", ")
}

// small is a description with the given paths.
func small(paths string) string {
	return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{` + paths + `}}`
}

// operation is one path with one operation.
func operation(path, method, members string) string {
	if members != "" {
		members += ","
	}
	return `"` + path + `":{"` + method + `":{` + members + `"responses":{"200":{"description":"OK"}}}}`
}

func packText(t testing.TB, text string) string {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(text))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

// another is the same client with another, new project.
func (c *client) another(name string) *client {
	c.t.Helper()
	p, err := c.store.CreateProject(c.t.Context(), models.Actor{Kind: "user", User: c.user}, models.NewProject{Name: name})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.in(p.ID)
}

// list reads one list of the project.
func (c *client) list(what string) []map[string]any {
	c.t.Helper()
	var out struct{ Data []map[string]any }
	d := json.NewDecoder(strings.NewReader(c.send(http.MethodGet, "/v1/projects/{p}/"+what+"?limit=1000", "").want(c.t, http.StatusOK, "").body))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		c.t.Fatal(err)
	}
	return out.Data
}

func (c *client) firstID(what string) string {
	c.t.Helper()
	return fmt.Sprint(c.list(what)[0]["id"])
}

func (c *client) folderOf(path string) string {
	c.t.Helper()
	for _, e := range c.list("endpoints") {
		if e["path"] == path {
			return fmt.Sprint(e["folderId"])
		}
	}
	c.t.Fatalf("no endpoint %s", path)
	return ""
}
