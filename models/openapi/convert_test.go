package openapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (go test -update writes it anew); got\n%s", path, got)
	}
}

// validate asks an independent implementation. External references are left alone.
func validate(t *testing.T, out []byte, v Dialect) {
	t.Helper()
	if v == V20 {
		var doc openapi2.T
		if err := json.Unmarshal(out, &doc); err != nil {
			t.Error(err)
		}
		return
	}
	doc, err := openapi3.NewLoader().LoadFromData(out)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
		return
	}
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Every dialect becomes every other, as the golden files say, and is valid there.
func TestConvert(t *testing.T) {
	for _, name := range []string{"swagger20.yaml", "compact20.json", "openapi30.json", "openapi31.yaml"} {
		d := mustParse(t, shapes(t)[name])
		for _, v := range []Dialect{V20, V30, V31} {
			if v == d.Dialect {
				continue
			}
			base := strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".yaml")
			t.Run(base+" to "+string(v), func(t *testing.T) {
				out := mustExport(t, d, ExportOptions{Version: v, Format: JSON, Servers: d.Servers})
				golden(t, "convert/"+base+"-"+string(v)+".json", out)
				validate(t, out, v)
				again := mustParse(t, out)
				if len(again.Failed) > 0 || strings.Contains(codes(again.Warnings), IssueRefDangling) {
					t.Errorf("converted document: %s %s", codes(again.Failed), codes(again.Warnings))
				}
			})
		}
	}
}

// What 2.0 says survives a way up and down again.
func TestConvertThereAndBack(t *testing.T) {
	d := mustParse(t, shapes(t)["swagger20.yaml"])
	for _, v := range []Dialect{V30, V31} {
		up := mustParse(t, mustExport(t, d, ExportOptions{Version: v, Servers: d.Servers}))
		down, omitted, err := Export(up, ExportOptions{Version: V20, Servers: up.Servers})
		if err != nil || len(omitted) != 1 || omitted[0].Pointer != "/components/requestBodies/Spare" { // to which nothing refers
			t.Errorf("%s: %v, omitted %v", v, err, omitted)
		}
		back := mustParse(t, down)
		if len(back.Operations) != len(d.Operations) {
			t.Errorf("%s: %d operations", v, len(back.Operations))
		}
		for i, o := range back.Operations {
			want, got := get(d.Operations[i].Raw, "parameters"), get(o.Raw, "parameters")
			if count(want) != count(got) {
				t.Errorf("%s %s %s: parameters\n%s\n%s", v, o.Method, o.Path, want, got)
			}
		}
	}
}

func count(list Raw) (n int) {
	for range elements(list) {
		n++
	}
	return n
}

// What a version can't say is returned and listed in the document.
func TestOmissions(t *testing.T) {
	d := mustParse(t, shapes(t)["openapi31.yaml"])
	out, omitted, err := Export(d, ExportOptions{Version: V30})
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]bool{}
	for _, o := range omitted {
		reasons[o.Reason] = true
	}
	for _, want := range []string{"webhooks", "mutualTLS", "security", "prefixItems", "patternProperties", "if", "then", "dependentRequired", "unevaluatedProperties", "examples", "identifier", "summary", "$defs", "jsonSchemaDialect"} {
		if !reasons[want] {
			t.Errorf("%s isn't listed among %v", want, reasons)
		}
	}
	if n := count(get(mustRead(t, out), OmittedMember)); n != len(omitted) {
		t.Errorf("the document lists %d of %d omissions", n, len(omitted))
	}
	if _, omitted, _ := Export(d, ExportOptions{Version: V31}); len(omitted) > 0 {
		t.Errorf("the same version omits %v", omitted)
	}
}

// Components of a kind that a version lacks stand where they are referred to; those
// to which nothing refers are listed, with what they said.
func TestOmittedComponents(t *testing.T) {
	d := mustParse(t, []byte(`{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{
"/a":{"post":{"requestBody":{"$ref":"#/components/requestBodies/Used"},"responses":{"200":{"$ref":"#/components/responses/R"}}}},
"/b":{"$ref":"#/components/pathItems/Used"}},
"components":{
"pathItems":{"Used":{"get":{"responses":{}}},"Spare":{"get":{"responses":{}}}},
"headers":{"Used":{"schema":{"type":"string"}},"Spare":{"schema":{"type":"integer"},"example":{"$ref":"#/components/examples/Inner"}}},
"examples":{"Used":{"value":1},"Inner":{"value":2},"Spare":{"value":3}},
"requestBodies":{"Used":{"content":{"application/json":{"schema":{"type":"object"}}}},"Spare":{"content":{}}},
"responses":{"R":{"description":"","headers":{"H":{"$ref":"#/components/headers/Used"}},"content":{"application/json":{"examples":{"one":{"$ref":"#/components/examples/Used"}}}}}}}}`))
	for v, want := range map[Dialect]string{
		V31: "",
		V30: "/components/pathItems/Spare ",
		V20: "/components/pathItems/Spare /components/headers/Spare /components/examples/Inner /components/examples/Spare /components/requestBodies/Spare ",
	} {
		out, omitted, err := Export(d, ExportOptions{Version: v})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, o := range omitted {
			got += o.Pointer + " "
			if o.Value == nil {
				t.Errorf("%s: %s has no value", v, o.Pointer)
			}
		}
		if got != want {
			t.Errorf("%s omits %s", v, got)
		}
		if v != V31 { // of which the validator does not know pathItems
			validate(t, out, v)
		}
	}
}

func mustRead(t *testing.T, data []byte) Raw {
	t.Helper()
	src, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	return src.json
}

// What one version allows and the next does not is mended or listed, not passed on.
func TestConvertMends(t *testing.T) {
	const odd = `{"openapi":"3.1.0","info":{"title":"T","version":"1","contact":{"url":"/us"},"license":{"name":"L","url":"http://l.example"}},
"externalDocs":{"url":"docs"},"tags":[{"name":"a","externalDocs":{"url":"a.html"}}],
"paths":{"/a":{"get":{"externalDocs":{"url":"a"},"parameters":[{"name":"q","in":"query","schema":{"type":"string","enum":[]}}],"responses":{"200":{"description":""}}}}},
"components":{"securitySchemes":{"o":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"/token","scopes":{"s":""}}}}},"schemas":{
"Part":{"type":"object","properties":{"c":{"type":"string"}},"required":[]},
"Whole":{"type":"object","properties":{"a":{"type":"string"}},"required":["a","b","a","c","d"],"allOf":[{"$ref":"#/components/schemas/Part"},{"properties":{"d":{}}}]}}}}`
	d := mustParse(t, []byte(odd))
	for _, test := range []struct {
		o        ExportOptions
		has      []string
		omitted  string
		security string
	}{
		{ExportOptions{Version: V30}, []string{`"required":["a","b","c","d"],`, `"/token"`}, "enum", `"oauth2"`},
		{ExportOptions{Version: V20}, []string{`"properties":{"a":{"type":"string"},"b":{}}`},
			"enum externalDocs oauth2 contact/url externalDocs externalDocs", `{"type":"apiKey","in":"header","name":"Authorization"}`},
		{ExportOptions{Version: V20, Servers: []Server{{URL: "https://h.example/v1/"}}}, []string{`"https://h.example/v1/a"`, `"https://h.example/us"`, `"https://h.example/v1/a.html"`},
			"enum", `{"type":"oauth2","flow":"application","tokenUrl":"https://h.example/token","scopes":{"s":""}}`},
	} {
		out, omitted, err := Export(d, test.o)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, out, test.o.Version)
		var compact bytes.Buffer
		if err := json.Compact(&compact, out); err != nil {
			t.Fatal(err)
		}
		for _, want := range append(test.has, test.security) {
			if !strings.Contains(compact.String(), want) {
				t.Errorf("%s lacks %s:\n%s", test.o.Version, want, out)
			}
		}
		var reasons []string
		for _, o := range omitted {
			reasons = append(reasons, o.Reason)
		}
		if got := strings.Join(reasons, " "); got != test.omitted {
			t.Errorf("%s omits %s, not %s", test.o.Version, got, test.omitted)
		}
	}
}
