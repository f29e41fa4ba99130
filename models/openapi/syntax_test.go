package openapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	for _, c := range []struct {
		name, data   string
		code         string
		line, column int
		pointer      string
	}{
		{"empty", " \n", CodeEmpty, 1, 1, ""},
		{"cut off", "{\"openapi\": \"3.0.0\",\n \"paths\": {\"/a\": {", CodeJSON, 2, 18, "/paths/~1a"},
		{"trailing comma", "{\"openapi\": \"3.0.0\",\n \"info\": {\"a\": 1,}}", CodeJSON, 2, 18, "/info"},
		{"cut off in a key", `{"\"`, CodeJSON, 1, 4, ""},
		{"no escape", `{"a": {"\q": 1}}`, CodeJSON, 1, 10, "/a"},
		{"no character", `{"a": {"\u12": 1}}`, CodeJSON, 1, 13, "/a"},
		{"line break in a key", "{\"a\": {\"b\n\": 1}}", CodeJSON, 1, 10, "/a"},
		{"not UTF-8 after what is no key", "{\"\\u\"\xd9", CodeEncoding, 1, 6, "/"},
		{"two values", "{} {}", CodeJSON, 1, 4, ""},
		{"duplicate", "{\"openapi\": \"3.0.0\",\n \"info\": {\"a\": [1, {\"b\": 1, \"\\u0062\": 2}]}}", CodeDuplicateKey, 2, 29, "/info/a/1/b"},
		{"not UTF-8", "{\"a\": \"\xff\"}", CodeEncoding, 1, 8, "/a"},
		{"deep", `{"openapi":"3.0.0","x-d":` + deep + `}`, CodeTooDeep, 1, 537, "/x-d" + strings.Repeat("/0", 511)},
		{"array", "[]", CodeNotOpenAPI, 1, 1, ""},
		{"no version", `{"a": 1}`, CodeNotOpenAPI, 1, 1, ""},
		{"other version", `{"swagger": "1.2"}`, CodeVersion, 1, 13, "/swagger"},
		{"paths", "{\"openapi\": \"3.0.0\",\n\"paths\": []}", CodeWrongType, 2, 10, "/paths"},
		{"schemas", "openapi: 3.0.0\ncomponents:\n  schemas: 1\n", CodeWrongType, 3, 12, "/components/schemas"},
		{"YAML", "openapi: 3.0.0\ninfo: [a\npaths: {}\n", CodeYAML, 3, 6, "/info"},
		{"YAML duplicate", "openapi: 3.0.0\ninfo:\n  a: 1\n  a: 2\n", CodeDuplicateKey, 4, 3, "/info/a"},
		{"YAML mapping as key", "openapi: 3.0.0\n? {a: 1}\n: x\n", CodeYAML, 2, 3, ""},
		{"YAML documents", "openapi: 3.0.0\n---\na: 1\n", CodeYAML, 1, 1, ""},
		{"YAML cycle", "openapi: 3.0.0\nx: &a\n  b: *a\n", CodeTooLarge, 3, 6, "/x/b"},
		{"YAML text", "just words", CodeNotOpenAPI, 1, 1, ""},
		{"YAML tabs", "a:\n\t- b", CodeYAML, 2, 1, "/a"},
	} {
		_, err := Parse([]byte(c.data))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if syntax.Code != c.code || syntax.Line != c.line || syntax.Column != c.column || syntax.Pointer != c.pointer {
			t.Errorf("%s: %v\nwant %s at line %d, column %d, pointer %q", c.name, syntax, c.code, c.line, c.column, c.pointer)
		}
	}
}

// brokenYAML maps texts to the place that an error must tell.
var brokenYAML = map[string]string{
	"info:\n  title: A\n version: 1\n":                                          "3:2 /info",
	"paths:\n  /a:\n    get:\n      description: a: b\n":                        "4:21 /paths/~1a/get/description",
	"a:\n  tags:\n  - a\n  - {b: 1\n  summary: x\n  /b: {}\n":                   "5:10 /a/tags/1",
	"a:\n  - name: x\n    in: query\n  - name: \"y\n    in: query\n":            "6:1 /a/1/name",
	"'/a~b':\n  d: |\n    bla: [\n    x\n  p:\n    - name: x\n     in: query\n": "7:6 /~1a~0b/p/0",
	"\"a\": [1,\n 'it''s]', # ]\n 2]\nb: # here\n  c: *d\n":                     "5:6 /b/c",
	"a:\n  - - x\n    - y\n    b: 1\n":                                          "4:5 /a/0",
	"a:\n  b: !!str &c >-\n    x: [\n  d: %\n":                                  "4:6 /a/d",
	"a:\n  b: 'x\n": "3:1 /a/b",
	"a:\n-\n  b:\n    c: 1\n-\n  d: 1\n  e: @x\n": "7:6 /a/1/e",
	"x: 1\n---\ny:\n  z: [\n":                     "5:1 /y/z",
	"a: {b: {c: [1, }}\n":                         "1:16 /a",
	"a:\r\n  \"b\": 1\r\n   c: 2\r\n":             "3:5 /a/b/c",
	strings.Repeat("- ", 600) + "@":               "1:1201 " + strings.Repeat("/0", maxNesting+1),
}

// An error in YAML tells the value that it stands in, as far as indents show it.
func TestYAMLErrorPointers(t *testing.T) {
	for data, want := range brokenYAML {
		_, err := Parse([]byte(data))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Code != CodeYAML {
			t.Errorf("%q: %v", data, err)
			continue
		}
		if got := fmt.Sprintf("%d:%d %s", syntax.Line, syntax.Column, syntax.Pointer); got != want {
			t.Errorf("%q fails at %s, not %s", data, got, want)
		}
	}
}

func TestParseLenient(t *testing.T) {
	for _, data := range []string{
		"\xEF\xBB\xBF{\"openapi\": \"3.0.0\"}",
		`{"openapi": "3.1", "paths": null, "components": null}`,
		"swagger: 2.0\npaths:\n",
		"{openapi: 3.0.0, paths: {}}",
		"--- # a comment\nopenapi: 3.2.0\n...\n",
	} {
		d := mustParse(t, []byte(data))
		mustParse(t, mustExport(t, d, same(d, JSON)))
	}
}

func TestIssues(t *testing.T) {
	d := mustParse(t, []byte(`{"openapi": "3.2.0", "paths": {
"no-slash": {"get": {}},
"/a": {"get": [], "put": {"parameters": {}}, "post": {"parameters": [{"name": "x"}]}, "delete": {"responses": []},
 "patch": {"tags": "a"}, "head": {"requestBody": 1}, "query": {}, "fetch": {"responses": {}}, "options": {"operationId": "i", "x-apidog-status": "new"}},
"/b": 1,
"/c": {"get": {"operationId": "i", "responses": {"200": {"$ref": "#/components/responses/None"}, "201": {"$ref": "x.json"}}}}}}`))
	wantFailed := `operation_path /paths/no-slash/get
operation_not_object /paths/~1a/get
operation_parameters /paths/~1a/put
operation_parameters /paths/~1a/post
operation_responses /paths/~1a/delete
operation_tags /paths/~1a/patch
operation_request_body /paths/~1a/head
operation_method /paths/~1a/query
operation_not_object /paths/~1b`
	if got := codes(d.Failed); got != wantFailed {
		t.Errorf("failed:\n%s", got)
	}
	wantWarnings := `version_32 /openapi
member_unknown /paths/~1a/fetch
status_unknown /paths/~1a/options
member_unknown /paths/~1a/fetch
operation_id_duplicate /paths/~1c/get
ref_dangling /paths/~1c/get/responses/200/$ref
ref_external /paths/~1c/get/responses/201/$ref`
	if got := codes(d.Warnings); got != wantWarnings {
		t.Errorf("warnings:\n%s", got)
	}
	if len(d.Operations) != 2 || d.Failed[4].Line != 3 {
		t.Errorf("%d operations, line %d", len(d.Operations), d.Failed[4].Line)
	}
}

func TestRefs(t *testing.T) {
	d := mustParse(t, shapes(t)["refs.json"])
	want := `ref_dangling /paths/~1a~0b~1{c}/get/parameters/0/$ref
ref_external /paths/~1a~0b~1{c}/get/responses/200/$ref
ref_external /paths/~1ext/$ref
ref_dangling /components/schemas/Node/example/$ref`
	if got := codes(d.Warnings); got != want {
		t.Errorf("warnings:\n%s", got)
	}
}
