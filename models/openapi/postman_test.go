package openapi

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestPostman(t *testing.T) {
	data, err := os.ReadFile("testdata/postman21.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParsePostman(data)
	if err != nil {
		t.Fatal(err)
	}
	out := mustExport(t, c.Document, ExportOptions{Version: V31, Extensions: true})
	golden(t, "postman21-openapi.json", out)
	validate(t, out, V31)
	cases := map[string][]Case{}
	for _, o := range c.Document.Operations {
		cases[o.Method+" "+o.Path] = o.Cases
	}
	rest, err := json.MarshalIndent(struct {
		Cases     map[string][]Case
		Variables []Variable
	}{cases, c.Variables}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "postman21-cases.json", append(rest, '\n'))
	if all := string(out) + string(rest); strings.Contains(all, "s3cret") {
		t.Error("a secret was kept")
	}
	if got := codes(c.Document.Failed); got != "operation_method /item/7" {
		t.Errorf("failed %s", got)
	}
	if got := codes(c.Document.Warnings); got != "postman_script /item/0/item/0" {
		t.Errorf("warnings %s", got)
	}
}

// Version 2.0 has objects where 2.1 has lists.
func TestPostman20(t *testing.T) {
	c, err := ParsePostman([]byte(`{"info":{"name":"A","schema":"https://schema.getpostman.com/json/collection/v2.0.0/collection.json"},
"item":[{"name":"a","request":{"method":"get","auth":{"type":"apikey","apikey":{"key":"K","in":"query"}},"header":"X-A: 1\nX-B: 2","url":"http://h/a/:b?c=d%20e#f"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := string(c.Document.Operations[0].Raw)
	want := `{"summary":"a","parameters":[{"name":"b","in":"path","required":true,"schema":{"type":"string"}},{"name":"c","in":"query","schema":{"type":"string"},"example":"d e"},{"name":"X-A","in":"header","schema":{"type":"string"},"example":"1"},{"name":"X-B","in":"header","schema":{"type":"string"},"example":"2"}],"responses":{"200":{"description":""}},"security":[{"apiKey":[]}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if s := c.Document.Components[0]; string(s.Raw) != `{"type":"apiKey","name":"K","in":"query"}` {
		t.Errorf("scheme %s", s.Raw)
	}
}

func TestPostmanRefuses(t *testing.T) {
	for _, data := range []string{
		`{"openapi":"3.0.0"}`, `[]`, `{"info":{"schema":"https://schema.getpostman.com/json/collection/v1.0.0/"},"item":[]}`,
		`{"id":"1","requests":[],"order":[]}`,
	} {
		var syntax *SyntaxError
		if _, err := ParsePostman([]byte(data)); !errors.As(err, &syntax) || syntax.Code != CodeNotPostman {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestPostmanPaths(t *testing.T) {
	for address, want := range map[string]string{
		"{{baseUrl}}/a/b": "/a/b", "https://h.example/a?b=c": "/a", "http://{{host}}:80/a/": "/a/", "{{url}}": "/",
		"h.example.com/a": "/a", "localhost:80/a": "/a", "/a/:id": "/a/{id}", "a/{{b}}/c": "/a/{b}/c",
		"{{a}}{{b}}/c/:x/:x": "/c/{x}/{x2}", "https://h": "/", "{{h}}/a#b": "/a", ":id/a": "/{id}/a",
	} {
		if got := readURL(Quote(address)).path; got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}
