package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const describedOperation = `{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"security":[{"key":[]}],
"paths":{"/pets/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer","minimum":3}},
{"name":"trace","in":"header","schema":{"type":"string"}}],
"put":{"summary":"Change","deprecated":true,"parameters":[{"$ref":"#/components/parameters/Trace"}],
"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}},
"responses":{"200":{"description":"OK","headers":{"X-Left":{"schema":{"type":"integer"}}},
"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Pet"}}}}},
"default":{"$ref":"#/components/responses/Problem"}}}}},
"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"}},
"parameters":{"Trace":{"name":"trace","in":"header","required":true,"schema":{"type":"string","enum":["on","off"]}}},
"responses":{"Problem":{"description":"Failed"}},
"schemas":{"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string","maxLength":9,"examples":["Rex"]},
"id":{"type":"integer","readOnly":true},"owner":{"anyOf":[{"$ref":"#/components/schemas/Person"},{"type":"null"}]},
"friends":{"type":"array","items":{"$ref":"#/components/schemas/Pet"}},"far":{"$ref":"other.json#/X"},"gone":{"$ref":"#/components/schemas/Gone"}}},
"Person":{"allOf":[{"type":"object","properties":{"email":{"type":"string","format":"email"}}},{"properties":{"age":{"type":"integer"}}}]}}}}`

func TestDescribeOperation(t *testing.T) {
	op := NewView(mustParse(t, []byte(describedOperation))).Operation()
	if op.Summary != "Change" || !op.Deprecated || op.Method != "put" {
		t.Errorf("%+v", op)
	}
	if len(op.Parameters) != 2 || op.Parameters[1].Name != "trace" || !op.Parameters[1].Required || len(op.Parameters[1].Schema.Enum) != 2 {
		t.Errorf("the operation's parameter does not take the place of the path's: %+v", op.Parameters)
	}
	if got := string(op.Parameters[0].Schema.Sample(true)); got != "3" {
		t.Errorf("sample of an integer from 3: %s", got)
	}
	if len(op.Security) != 1 || op.Security[0].Schemes[0].Param != "X-Key" {
		t.Errorf("security of the root: %+v", op.Security)
	}
	if len(op.Responses) != 2 || op.Responses[0].Headers[0].Name != "X-Left" || op.Responses[1].Description != "Failed" {
		t.Errorf("responses: %+v", op.Responses)
	}
	pet := op.Body.Content[0].Schema
	if pet.Ref != "Pet" || pet.Folded || len(pet.Properties) != 6 || !pet.Properties[0].Required {
		t.Fatalf("body: %+v", pet)
	}
	owner, friends, far, gone := pet.Properties[2].Schema, pet.Properties[3].Schema, pet.Properties[4].Schema, pet.Properties[5].Schema
	if !owner.Nullable || len(owner.AnyOf) != 1 || owner.AnyOf[0].Ref != "Person" || len(owner.AnyOf[0].Merged()) != 2 {
		t.Errorf("owner: %+v", owner)
	}
	if !friends.Items.Folded || friends.Items.Ref != "Pet" {
		t.Errorf("a reference to what is open: %+v", friends.Items)
	}
	if far.Unresolved != "other.json#/X" || gone.Ref != "Gone" || !gone.Folded {
		t.Errorf("references that lead elsewhere or nowhere: %+v %+v", far, gone)
	}
	got := string(op.Body.Content[0].Sample(true))
	want := `{"name":"Rex","owner":{"email":"mika@example.com","age":1},"friends":[{}],"far":null,"gone":{}}`
	if got != want {
		t.Errorf("sample of the body:\n%s\n%s", got, want)
	}
}

func TestDescribeDialects(t *testing.T) {
	swagger := `{"swagger":"2.0","info":{"title":"a","version":"1"},"consumes":["application/json"],"produces":["application/json"],
	"paths":{"/a":{"post":{"parameters":[{"name":"q","in":"query","type":"array","items":{"type":"string"},"collectionFormat":"multi"},
	{"name":"b","in":"body","schema":{"$ref":"#/definitions/Page«Pet»"}}],"responses":{"200":{"description":"","schema":{"type":"string"}}}}}},
	"definitions":{"Page«Pet»":{"type":"object","properties":{"n":{"type":"integer","minimum":0,"exclusiveMinimum":true}}}}}`
	op := NewView(mustParse(t, []byte(swagger))).Operation()
	body := op.Body.Content[0]
	if body.Type != "application/json" || body.Schema.Ref != "Page«Pet»" || body.Schema.Properties[0].Schema.Rules[0].Name != "exclusiveMinimum" {
		t.Errorf("body of Swagger 2.0: %+v", body.Schema)
	}
	if op.Parameters[0].Schema.Type() != "array" || op.Responses[0].Content[0].Schema.Type() != "string" {
		t.Errorf("%+v %+v", op.Parameters, op.Responses)
	}
	v := NewView(mustParse(t, []byte(swagger)))
	if s := v.Schema("Page«Pet»"); s == nil || len(s.Properties) != 1 {
		t.Errorf("a schema by its name in Swagger 2.0: %+v", s)
	}
	three := strings.NewReplacer(`"3.1.0"`, `"3.0.3"`, `"maxLength":9`, `"maxLength":9,"nullable":true`).Replace(describedOperation)
	name := NewView(mustParse(t, []byte(three))).Operation().Body.Content[0].Schema.Properties[0].Schema
	if !name.Nullable || name.Type() != "string" {
		t.Errorf("nullable of 3.0: %+v", name)
	}
}

func TestReferences(t *testing.T) {
	d := mustParse(t, []byte(describedOperation))
	got := fmt.Sprint(References(d.Operations[0].Raw))
	if want := "[{parameters Trace} {schemas Pet} {responses Problem}]"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	const answersFirst = `{"responses":{"200":{"$ref":"#/components/responses/A"}},"requestBody":{"$ref":"#/components/requestBodies/B"}}`
	if got := fmt.Sprint(References(Raw(answersFirst))); got != "[{requestBodies B} {responses A}]" {
		t.Errorf("the request does not come first: %s", got)
	}
}

// What is described of a bomb is no larger than of anything else.
func TestDescribeIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"","content":{"a/b":{"schema":{"$ref":"#/components/schemas/S0"}}}}}}}},"components":{"schemas":{`)
	for i := range 40 { // each refers to the next one fifty times
		fmt.Fprintf(&b, `"S%d":{"type":"object","properties":{`, i)
		for j := range 50 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"p%d":{"$ref":"#/components/schemas/S%d"}`, j, i+1)
		}
		b.WriteString(`}},`)
	}
	b.WriteString(`"S40":{"type":"string","enum":["` + strings.Repeat(`x","`, 5000) + `y"]}}}}`)
	op := NewView(mustParse(t, []byte(b.String()))).Operation()
	schema := op.Responses[0].Content[0].Schema
	if n := countSchemas(schema); n > maxSchemas+maxProperties {
		t.Errorf("%d schemas", n)
	}
	if out := schema.Sample(false); len(out) > 1<<20 {
		t.Errorf("a sample of %d bytes", len(out))
	}
}

func countSchemas(s *SchemaView) int {
	if s == nil {
		return 0
	}
	n := 1 + countSchemas(s.Items) + countSchemas(s.Additional) + countSchemas(s.Not) + countSchemas(s.Contains) +
		countSchemas(s.If) + countSchemas(s.Then) + countSchemas(s.Else)
	for _, p := range s.Properties {
		n += countSchemas(p.Schema)
	}
	for _, list := range [][]SchemaView{s.AllOf, s.AnyOf, s.OneOf, s.Prefix} {
		for i := range list {
			n += countSchemas(&list[i])
		}
	}
	return n
}

// Whatever Parse accepts can be described, within bounds, and its samples are JSON.
func FuzzDescribe(f *testing.F) {
	seed(f)
	f.Add([]byte(describedOperation))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			return
		}
		v := NewView(d)
		if op := v.Operation(); op != nil {
			for _, p := range op.Parameters {
				mustSample(t, p.Schema.Sample(true))
			}
			if op.Body != nil {
				for i := range op.Body.Content {
					if raw := op.Body.Content[i].Sample(true); raw != nil {
						mustSample(t, raw)
					}
				}
			}
		}
		for _, c := range d.Components {
			if c.Kind == "schemas" {
				mustSample(t, v.Schema(c.Name).Sample(false))
			}
			References(c.Raw)
		}
	})
}

func mustSample(t *testing.T, raw Raw) {
	t.Helper()
	if !json.Valid(raw) {
		t.Fatalf("a sample that is no JSON: %s", raw)
	}
}
