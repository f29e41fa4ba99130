package models_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tessera/models"
)

// exported is the members of an export, one below another.
func (c *content) exported(path ...string) any {
	c.t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(c.export(models.ExportOptions{})), &tree); err != nil {
		c.t.Fatal(err)
	}
	for _, name := range path {
		object, ok := tree.(map[string]any)
		if !ok {
			return nil
		}
		tree = object[name]
	}
	return tree
}

func (c *content) wantExported(want string, path ...string) {
	c.t.Helper()
	if got, err := json.Marshal(c.exported(path...)); err != nil || string(got) != want {
		c.t.Errorf("%v is %s, not %s (%v)", path, got, want, err)
	}
}

// Two documents that have a path in common, and not its operations: each operation
// means what its own document said.
func TestImportsShareAPath(t *testing.T) {
	const (
		first  = `"/a/{id}":{"summary":"A","parameters":[{"name":"id","in":"path","required":true},{"name":"x","in":"query"}],"get":{"responses":{}}}`
		second = `"/a/{id}":{"x-b":1,"parameters":[{"name":"id","in":"path","required":true},{"name":"y","in":"query"}],"servers":[{"url":"/b"}],` +
			`"put":{"parameters":[{"name":"y","in":"query","required":true}],"responses":{}},"post":{"responses":{}}}`
	)
	for _, behavior := range []models.Behavior{models.OverwriteExisting, models.KeepExisting, models.AutoMerge, models.CreateNew} {
		eachContent(t, func(t *testing.T, c *content) {
			o := overwrite()
			o.Endpoints = behavior
			c.load(describe(first, ""), o, "endpointCreated 1")
			c.load(describe(second, ""), o, "endpointCreated 2")
			c.wantExported(`{"responses":{}}`, "paths", "/a/{id}", "get")
			c.wantExported(`[{"in":"path","name":"id","required":true},{"in":"query","name":"x"}]`, "paths", "/a/{id}", "parameters")
			c.wantExported(`{"parameters":[{"in":"query","name":"y","required":true}],"responses":{},"servers":[{"url":"/b"}]}`, "paths", "/a/{id}", "put")
			c.wantExported(`{"parameters":[{"in":"query","name":"y"}],"responses":{},"servers":[{"url":"/b"}]}`, "paths", "/a/{id}", "post")
			item := c.exported("paths", "/a/{id}").(map[string]any)
			if got := slices.Sorted(maps.Keys(item)); strings.Join(got, " ") != "get parameters post put summary x-b" {
				t.Errorf("%s: the path has %v", behavior, got)
			}
			if behavior == models.OverwriteExisting {
				c.load(describe(second, ""), o, "endpointIgnored 2")
			}
		})
	}
}

// What a document's operations inherit from its root stays theirs.
func TestImportsWithTheirOwnSecurity(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		secured := strings.Replace(describe(get("/b", ""), ""), `"paths"`, `"security":[{"key":[]}],"paths"`, 1)
		c.load(describe(get("/a", ""), ""), overwrite(), "endpointCreated 1")
		c.load(secured, overwrite(), "endpointCreated 1")
		c.wantExported(`[]`, "security")
		c.wantExported(`{"responses":{}}`, "paths", "/a", "get")
		c.wantExported(`{"responses":{},"security":[{"key":[]}]}`, "paths", "/b", "get")
	})
}

// A path whose operations are deleted goes with them, whatever else it says.
func TestPathsOfDeletedEndpoints(t *testing.T) {
	eachContent(t, func(t *testing.T, c *content) {
		item := `"/a/{id}":{"parameters":[{"name":"id","in":"path","required":true}],"get":{"responses":{}}}`
		c.load(describe(item+`,"/b":{"x-only":1}`, ""), overwrite(), "endpointCreated 1")
		o := overwrite()
		o.DeleteEndpoints = true
		c.load(describe("", ""), o, "endpointDeleted 1")
		c.wantExported(`{"/b":{"x-only":1}}`, "paths")
		c.load(describe(item, ""), overwrite(), "endpointCreated 1")
		c.wantExported(`[{"in":"path","name":"id","required":true}]`, "paths", "/a/{id}", "parameters")
	})
}

// CREATE_NEW leaves every component of the first document to its operations.
func TestCreateNewKeepsComponents(t *testing.T) {
	document := func(path, says string) string {
		return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"security":[{"key":[]}],"paths":{"` + path + `":{"get":{"responses":{"404":{"$ref":"#/components/responses/Gone"}}}}},"components":{` +
			`"schemas":{"Pet":{"type":"object"}},"headers":{"Same":{"schema":{"type":"string"}}},"examples":{"Pet":{"$ref":"#/components/examples/E"},"E":{"value":"` + says + `"}},` +
			`"responses":{"Gone":{"description":"` + says + `","content":{"a/b":{"schema":{"$ref":"#/components/schemas/Pet"}}}}},"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"` + says + `"}}}}`
	}
	eachContent(t, func(t *testing.T, c *content) {
		o := overwrite()
		o.Endpoints, o.Schemas = models.CreateNew, models.CreateNew
		c.load(document("/a", "one"), o, "endpointCreated 1, schemaCreated 1, securitySchemeCreated 1")
		first := c.exported().(map[string]any)
		c.load(document("/b", "two"), o, "endpointCreated 1, schemaCreated 1, securitySchemeCreated 1")
		c.wantExported(`{"responses":{"404":{"$ref":"#/components/responses/Gone_2"}},"security":[{"key_2":[]}]}`, "paths", "/b", "get")
		c.wantExported(`{"content":{"a/b":{"schema":{"$ref":"#/components/schemas/Pet_2"}}},"description":"two"}`, "components", "responses", "Gone_2")
		c.wantExported(`{"E":{"value":"one"},"E_2":{"value":"two"},"Pet":{"$ref":"#/components/examples/E"},"Pet_2":{"$ref":"#/components/examples/E_2"}}`, "components", "examples")
		c.wantExported(`{"Same":{"schema":{"type":"string"}}}`, "components", "headers")
		for kind, all := range first["components"].(map[string]any) {
			for name, want := range all.(map[string]any) {
				if got := c.exported("components", kind, name); !reflect.DeepEqual(got, want) {
					t.Errorf("%s %s is %v, was %v", kind, name, got, want)
				}
			}
		}
	})
}
