package handlers

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"go.yaml.in/yaml/v3"
)

// description is openapi.yaml, read and checked as an OpenAPI 3.1 document.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPISource)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

func mustDescription(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// checkDescribed holds an answer against the description: the status must be
// listed, and headers and body must be as their schemas say. What no operation
// speaks of (an unknown path or method) must be a Problem.
func checkDescribed(t testing.TB, r *http.Request, answer *apiAnswer) {
	t.Helper()
	if err := described(mustDescription(t), r, answer); err != nil {
		t.Errorf("%s %s: %d is not as described: %v", r.Method, r.URL.Path, answer.StatusCode, err)
	}
}

func described(doc *openapi3.T, r *http.Request, answer *apiAnswer) error {
	path, item := describedPath(doc, r.URL.Path)
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if r.Method == http.MethodOptions {
		return nil // a browser's preflight, which descriptions leave out
	}
	if strings.HasPrefix(r.URL.Path, "/api/v1/") && answer.StatusCode < http.StatusBadRequest {
		return nil // calls of older clients, which are not described
	}
	if item == nil || item.GetOperation(method) == nil {
		if r.Method == http.MethodHead {
			return nil
		}
		var body any
		if err := json.Unmarshal([]byte(answer.body), &body); err != nil {
			return err
		}
		return doc.Components.Schemas["Problem"].Value.VisitJSON(body, openapi3.EnableJSONSchema2020())
	}
	get := r.Clone(r.Context())
	get.Method = method
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: get,
			Route:   &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
		},
		Status:  answer.StatusCode,
		Header:  answer.Header,
		Body:    io.NopCloser(strings.NewReader(answer.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: r.Method == http.MethodHead},
	})
}

// describedPath finds the path of the description that an address belongs to: one
// without parameters, if there is one.
func describedPath(doc *openapi3.T, address string) (string, *openapi3.PathItem) {
	if item := doc.Paths.Value(address); item != nil {
		return address, item
	}
	parts := strings.Split(address, "/")
	for path, item := range doc.Paths.Map() {
		names := strings.Split(path, "/")
		fits := len(names) == len(parts)
		for i := 0; fits && i < len(names); i++ {
			fits = names[i] == parts[i] || strings.HasPrefix(names[i], "{") && parts[i] != ""
		}
		if fits {
			return path, item
		}
	}
	return "", nil
}

func TestDescriptionListsTheRoutes(t *testing.T) {
	a := newAPI(t)
	var routes, operations []string
	for _, r := range a.echo.Routes() {
		if strings.HasPrefix(r.Path, "/v1") {
			path := strings.NewReplacer(":project", "{projectId}", ":id", "{id}").Replace(r.Path)
			routes = append(routes, r.Method+" "+path)
		}
	}
	for path, item := range mustDescription(t).Paths.Map() {
		for method := range item.Operations() {
			operations = append(operations, method+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(operations)
	if !slices.Equal(routes, operations) {
		t.Errorf("routes %q\ndescribed %q", routes, operations)
	}
}

func TestDescriptionFormsAreEqual(t *testing.T) {
	a := newAPI(t)
	asJSON := a.call(t, apiCall{target: "/v1/openapi.json"}).want(t, http.StatusOK, "").wantHeader(t, "Content-Type", "application/json")
	asYAML := a.call(t, apiCall{target: "/v1/openapi.yaml"}).want(t, http.StatusOK, "").wantHeader(t, "Content-Type", "application/yaml")
	var fromJSON, fromYAML any
	if err := json.Unmarshal([]byte(asJSON.body), &fromJSON); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(asYAML.body), &fromYAML); err != nil {
		t.Fatal(err)
	}
	normal, err := json.Marshal(fromYAML) // numbers then have one type
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(normal, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromJSON, fromYAML) {
		t.Error("the two forms of the description differ")
	}
}

// What would let wrong answers through is itself tested.
func TestDescriptionIsStrict(t *testing.T) {
	doc := mustDescription(t)
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("the description is of version %s", doc.OpenAPI)
	}
	const good = `{"id":1,"name":"A","email":"a@b.example","language":"","time_zone":"UTC",
		"token":{"id":"k3f6zq2m7vxa5dnwo4rt6yhe2b","name":"ci","created_at":"2026-11-23T11:35:00Z","expires_at":null}}`
	header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"A"}, "Tessera-Token-Expires": {"never"}}
	answers := func(status int, header http.Header, body string) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/user", nil)
		if err != nil {
			t.Fatal(err)
		}
		return described(doc, r, &apiAnswer{Response: &http.Response{StatusCode: status, Header: header}, body: body})
	}
	if err := answers(http.StatusOK, header, good); err != nil {
		t.Fatal(err)
	}
	for what, wrong := range map[string][2]string{
		"no time zone":   {`"time_zone":"UTC",`, ""},
		"a field more":   {`"id":1,`, `"id":1,"admin":true,`},
		"a wrong type":   {`"id":1`, `"id":"1"`},
		"no date":        {"2026-11-23T11:35:00Z", "yesterday"},
		"a wrong id":     {"k3f6", "K3F6"},
		"a wrong expiry": {"null", "0"},
	} {
		body := strings.Replace(good, wrong[0], wrong[1], 1)
		if err := answers(http.StatusOK, header, body); body == good || err == nil {
			t.Errorf("%s is let through", what)
		}
	}
	if answers(http.StatusAccepted, header, good) == nil {
		t.Error("a status that is not described is let through")
	}
	header.Del("Tessera-Token-Expires")
	if answers(http.StatusOK, header, good) == nil {
		t.Error("a missing header is let through")
	}
}

// The table of codes in docs/api.md lists those of the description.
func TestDocumentListsTheCodes(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range mustDescription(t).Components.Schemas["Problem"].Value.Properties["code"].Value.Enum {
		if !strings.Contains(string(text), "| `"+code.(string)+"` |") {
			t.Errorf("docs/api.md has no row for %s", code)
		}
	}
}
