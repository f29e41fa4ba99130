package openapi

import (
	"fmt"
	"strings"
	"testing"
)

// formOf is the form of the first operation of a description.
func formOf(t *testing.T, text string) Form {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := d.Operations[0]
	ctx := FormContext{Root: d.Root, Component: func(kind, name string) (Component, bool) {
		for _, c := range d.Components {
			if c.Kind == kind && c.Name == name {
				return c, true
			}
		}
		return Component{}, false
	}}
	for _, p := range d.Paths {
		if p.Path == o.Path {
			ctx.PathItem = p.Raw
		}
	}
	return FormOf(&o, ctx)
}

func fieldLine(f FormField) string {
	s := f.In + " " + f.Name + " " + f.Type
	for _, x := range []struct {
		on   bool
		word string
	}{{f.Items != "", "of " + f.Items}, {f.Required, "required"}, {f.Long, "long"}, {f.Secret, "secret"}, {f.JSON, "json"}, {f.Explode, "explode"},
		{f.Enum != nil, fmt.Sprint(f.Enum)}, {f.Default != "", "default " + f.Default}, {f.Example != "", "example " + f.Example}} {
		if x.on {
			s += " " + x.word
		}
	}
	return s
}

func wantFields(t *testing.T, got []FormField, want ...string) {
	t.Helper()
	var lines []string
	for _, f := range got {
		lines = append(lines, fieldLine(f))
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("fields:\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestFormOf31(t *testing.T) {
	f := formOf(t, `openapi: 3.1.0
info: {title: T, version: "1"}
security: [{bearer: []}]
paths:
  /a/{id}/{undescribed}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}, example: 7}
      - {name: limit, in: query, schema: {type: [integer, "null"], default: 20}}
    post:
      parameters:
        - {name: limit, in: query, schema: {$ref: '#/components/schemas/Limit'}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: X-Version, in: header, required: true, schema: {const: 2024-03-28}}
        - {name: Accept, in: header, schema: {type: string}}
        - {name: sid, in: cookie, schema: {type: string}}
      requestBody: {$ref: '#/components/requestBodies/B'}
      responses: {}
components:
  schemas:
    Limit: {type: integer, enum: [10, 50]}
    Base: {type: object, required: [name], properties: {name: {type: string, example: Ada}, id: {type: integer, readOnly: true}}}
    Body:
      allOf:
        - {$ref: '#/components/schemas/Base'}
        - required: [input]
          properties:
            input: {oneOf: [{type: string}, {type: object}]}
            on: {type: boolean}
            list: {type: array, items: {type: integer}}
            options: {type: object}
            password: {type: string, format: password}
  requestBodies:
    B: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}, text/plain: {example: hello}}}
  securitySchemes:
    bearer: {type: http, scheme: bearer}
`)
	wantFields(t, f.Parameters,
		"path id integer required example 7", "path undescribed string required", "query limit integer explode [10 50]", "query tags array of string explode",
		"query filter object json explode", "header X-Version  required [2024-03-28]", "header Authorization string secret", "cookie sid string secret explode")
	if !f.Bearer || len(f.Bodies) != 2 || f.Bodies[1].Example != "hello" || f.Bodies[1].Fields != nil || !f.Bodies[0].Required {
		t.Errorf("%+v", f)
	}
	wantFields(t, f.Bodies[0].Fields, "body name string required example Ada", "body input string required long", "body on boolean", "body list array of integer",
		"body options object", "body password string secret")
}

func TestFormOf20(t *testing.T) {
	f := formOf(t, `{"swagger":"2.0","info":{"title":"T","version":"1"},"consumes":["application/json"],
"securityDefinitions":{"key":{"type":"apiKey","in":"query","name":"api_key"}},"definitions":{"Pet":{"properties":{"age":{"type":"integer"}}}},
"paths":{"/pets":{"post":{"security":[{"key":[]}],"parameters":[{"in":"body","name":"pet","required":true,"schema":{"$ref":"#/definitions/Pet"}},
{"in":"query","name":"ids","type":"array","items":{"type":"string"},"collectionFormat":"multi"}],"responses":{}}}}}`)
	wantFields(t, f.Parameters, "query ids array of string explode", "query api_key string secret")
	wantFields(t, f.Bodies[0].Fields, "body age integer")
	f = formOf(t, `{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{"/up":{"post":{"consumes":["multipart/form-data"],
"parameters":[{"in":"formData","name":"file","type":"file","required":true},{"in":"formData","name":"note","type":"string"}],"responses":{}}}}}`)
	wantFields(t, f.Bodies[0].Fields, "body file file required", "body note string")
	if f.Bodies[0].MediaType != "multipart/form-data" {
		t.Error(f.Bodies[0].MediaType)
	}
}

// What leads round in circles or nowhere makes a form all the same.
func TestFormOfOddities(t *testing.T) {
	f := formOf(t, `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{"/x/{a":{"post":{"security":[{"gone":[]}],
"parameters":[{"$ref":"#/components/parameters/Gone"},{"$ref":"#/components/parameters/Round"}],
"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}},"responses":{}}}},
"components":{"parameters":{"Round":{"$ref":"#/components/parameters/Round"}},"schemas":{"A":{"allOf":[{"$ref":"#/components/schemas/A"}],"properties":{"a":{"$ref":"#/components/schemas/A"}}}}}}`)
	wantFields(t, f.Parameters)
	wantFields(t, f.Bodies[0].Fields, "body a object")
}

// A description beside a field is its first paragraph, never cut within a sentence or at least not within a word.
func TestFormText(t *testing.T) {
	long := strings.Repeat("This sentence has thirty-eight bytes. ", 20)
	for in, want := range map[string]string{
		"One line that is\nwrapped.\n\nAnother paragraph.": "One line that is wrapped.",
		"  short  ":                  "short",
		"":                           "",
		long:                         strings.TrimSpace(long[:38*10]),
		strings.Repeat("word ", 200): strings.TrimSpace(strings.Repeat("word ", 80)) + "…",
		strings.Repeat("字", 400):     strings.Repeat("字", 133) + "…",
		strings.Repeat("文です。", 100):  strings.Repeat("文です。", 33),
	} {
		if got := formText(Raw(`{"description":` + string(Quote(in)) + `}`)); got != want {
			t.Errorf("%.60q becomes %q, want %q", in, got, want)
		}
	}
}
