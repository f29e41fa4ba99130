package handlers

import (
	"fmt"
	"strings"
	"testing"

	"tessera/models"
)

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
