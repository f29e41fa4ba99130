package handlers

import (
	"net/http"
	"strings"
	"testing"

	"tessera/models"
)

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
