package openapi

import (
	"reflect"
	"testing"
)

// Cases go where extensions go, and come back; what is no list of them stays what it is.
func TestCases(t *testing.T) {
	const other = `{"openapi":"3.1.0","info":{"title":"A","version":"1"},"paths":{"/a":{"get":{"responses":{},"x-apidog-cases":`
	d := mustParse(t, []byte(other+`[{"name":"Small","query":[{"name":"size","value":"<s>"},{"name":"api_token","value":"abc"}],"headers":[{"name":"X","value":"{{x}}","disabled":true}]},{"name":"Form","mediaType":"multipart/form-data","form":[{"name":"f","value":"","file":true}]}]}}}}`))
	want := []Case{
		{Name: "Small", Query: []Value{{Name: "size", Value: "<s>"}, {Name: "api_token"}}, Headers: []Value{{Name: "X", Value: "{{x}}", Disabled: true}}},
		{Name: "Form", MediaType: "multipart/form-data", Form: []Value{{Name: "f", File: true}}},
	}
	if got := d.Operations[0]; !reflect.DeepEqual(got.Cases, want) || string(got.Raw) != `{"responses":{}}` {
		t.Errorf("read %+v, %s", got.Cases, got.Raw)
	}
	for _, o := range []ExportOptions{{Extensions: true}, {Extensions: true, ApifoxNames: true}, {Extensions: true, Version: V20, Format: YAML}} {
		if again := mustParse(t, mustExport(t, d, o)); !reflect.DeepEqual(again.Operations[0].Cases, want) {
			t.Errorf("%+v brings back %+v", o, again.Operations[0].Cases)
		}
	}
	if again := mustParse(t, mustExport(t, d, ExportOptions{})); again.Operations[0].Cases != nil {
		t.Errorf("without extensions %+v", again.Operations[0].Cases)
	}
	for _, odd := range []string{`"none"`, `[7]`, `[{"name":"a","more":1}]`, `[{"name":"a"},{"name":"a"}]`, `{"name":"a"}`} {
		o := mustParse(t, []byte(other+odd+`}}}}`)).Operations[0]
		if want := `{"responses":{},"x-apidog-cases":` + odd + `}`; o.Cases != nil || string(o.Raw) != want {
			t.Errorf("%s is read as %+v, %s", odd, o.Cases, o.Raw)
		}
	}
}

// Names of cases are theirs alone, also where a request is called as another would be.
func TestCaseNames(t *testing.T) {
	c, err := ParsePostman([]byte(`{"info":{"name":"A"},"item":[{"name":"a","request":"/p"},{"name":"a 2","request":"/p"},{"name":"a","request":"/p"},{"name":"a","request":"/p"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, c := range c.Document.Operations[0].Cases {
		names += c.Name + "; "
	}
	if names != "a; a 2; a 3; a 4; " {
		t.Errorf("names %s", names)
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`{"a":1}`, `{"a":1}`, true},
		{`{"a":1,"x-apidog-folder":"f"}`, `{"x-apidog-status":"released","a":1,"x-apifox-maintainer":"m"}`, true},
		{`{"a":1,"x-apidog-mock":"f"}`, `{"a":1}`, false},
		{`{"a":1,"x-apidog-folder":"f"}`, `{"a":2}`, false},
		{`{"a":{"x-apidog-folder":"f"}}`, `{"a":{}}`, false},
		{`true`, `{"x-apidog-folder":"f"}`, false},
	} {
		if got := Same(Raw(c.a), Raw(c.b)); got != c.same {
			t.Errorf("%s and %s: %t", c.a, c.b, got)
		}
	}
}
