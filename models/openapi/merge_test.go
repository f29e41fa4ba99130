package openapi

import (
	"slices"
	"strings"
	"testing"
)

func TestMergeOperation(t *testing.T) {
	ours := Operation{Method: "get", Path: "/a", Dialect: V30, Status: "released", Maintainer: "kim", Raw: Raw(`{"summary":"Ours","description":" ","parameters":[{"name":"b","in":"query","description":"B of ours","example":1,"schema":{"type":"string"}},{"name":"gone","in":"query","description":"x"}],"responses":{"200":{"description":"Fine","content":{"application/json":{"schema":{"type":"object","properties":{"p":{"type":"string","description":"P of ours"}}},"examples":{"mine":{"value":1}}}}}}}`)}
	theirs := Operation{Method: "get", Path: "/a", Dialect: V30, Folder: []string{"f"}, Raw: Raw(`{"summary":"Theirs","description":"Told","operationId":"x","parameters":[{"name":"a","in":"query","schema":{"type":"string"}},{"name":"b","in":"query","required":true,"schema":{"type":"integer"}}],"responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"type":"object","properties":{"p":{"type":"integer"},"q":{}}},"example":2}}},"404":{"description":"No"}}}`)}
	got := MergeOperation(ours, theirs)
	want := `{"summary":"Ours","description":"Told","operationId":"x","parameters":[{"name":"a","in":"query","schema":{"type":"string"}},{"name":"b","in":"query","required":true,"schema":{"type":"integer"},"description":"B of ours","example":1}],"responses":{"200":{"description":"Fine","content":{"application/json":{"schema":{"type":"object","properties":{"p":{"type":"integer","description":"P of ours"},"q":{}}},"examples":{"mine":{"value":1}}}}},"404":{"description":"No"}}}`
	if string(got.Raw) != want {
		t.Errorf("got  %s\nwant %s", got.Raw, want)
	}
	if got.Name != "Ours" || got.Status != "released" || got.Maintainer != "kim" || !slices.Equal(got.Folder, []string{"f"}) {
		t.Errorf("merged %+v", got)
	}
	ours.Dialect, ours.Raw = V20, Raw(`{"description":"From 2.0","responses":{"200":{"description":"Two"}}}`)
	if got := MergeOperation(ours, theirs); !strings.Contains(string(got.Raw), `"description":"From 2.0"`) || !strings.Contains(string(got.Raw), `"description":"Two"`) {
		t.Errorf("across dialects: %s", got.Raw)
	}
}

func TestMergeComponent(t *testing.T) {
	ours := Component{Kind: "schemas", Name: "A", Dialect: V31, Raw: Raw(`{"description":"Ours","examples":[1]}`)}
	theirs := Component{Kind: "schemas", Name: "A", Dialect: V30, Raw: Raw(`{"type":"integer"}`)}
	if got := MergeComponent(ours, theirs); string(got.Raw) != `{"type":"integer","description":"Ours","example":1}` {
		t.Errorf("merged %s", got.Raw)
	}
}

func TestRenameComponents(t *testing.T) {
	d := mustParse(t, []byte(`{"openapi":"3.0.0","security":[{"k":[]}],"paths":{"/a":{"get":{"security":[{"k":[],"l":[]},{}],"responses":{"200":{"description":"Pet","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"},"example":{"$ref":"#/components/schemas/Pet"}}}}}}}},
"components":{"schemas":{"Pet":{"discriminator":{"propertyName":"k","mapping":{"p":"Pet","q":"#/components/schemas/Pet/properties/x","r":"Pets"}},"properties":{"x":{"$ref":"#/components/schemas/Pet/properties/y"}}},"Pets":{"items":{"$ref":"#/components/schemas/Pet"}}},"responses":{"Pet":{"description":""}},"securitySchemes":{"k":{"type":"http","scheme":"basic"}}}}`))
	d.RenameComponents(map[[2]string]string{{"schemas", "Pet"}: "Pet_2", {"securitySchemes", "k"}: "k_2"})
	out := string(mustExport(t, d, ExportOptions{Version: V30}))
	for want, n := range map[string]int{`"#/components/schemas/Pet_2"`: 2, `"#/components/schemas/Pet"`: 1, `"#/components/schemas/Pet_2/properties/y"`: 1, `"p": "Pet_2"`: 1, `"r": "Pets"`: 1, `"Pet": {`: 1, `"#/components/schemas/Pet_2/properties/x"`: 1, `"k_2": `: 3, `"k": `: 0, `"l": `: 1} {
		if got := strings.Count(out, want); got != n {
			t.Errorf("%s occurs %d times, not %d, in\n%s", want, got, n, out)
		}
	}
}

func TestMergeRoot(t *testing.T) {
	ours := []Member{{"openapi", V30, Quote("3.0.1")}, {"info", V30, Raw(`{"title":"A"}`)}, {"tags", V30, Raw(`[{"name":"a","description":"old"}]`)}, {"components", V30, Raw(`{"schemas":null}`)}, {"x-a", V30, Raw(`1`)}}
	theirs := []Member{{"openapi", V30, Quote("3.0.3")}, {"info", V30, Raw(`{"title":"B"}`)}, {"tags", V30, Raw(`[{"name":"b"},{"name":"a","description":"new"}]`)}, {"components", V30, Raw(`{"responses":null}`)}, {"x-a", V30, Raw(`2`)}, {"x-b", V30, Raw(`3`)}, {"security", V30, Raw(`[{"key":[]}]`)}}
	for replace, want := range map[bool]string{
		false: `openapi="3.0.1" info={"title":"A"} tags=[{"name":"a","description":"old"},{"name":"b"}] components={"schemas":null,"responses":null} x-a=1 x-b=3`,
		true:  `openapi="3.0.3" info={"title":"A"} tags=[{"name":"a","description":"new"},{"name":"b"}] components={"schemas":null,"responses":null} x-a=2 x-b=3 security=[{"key":[]}]`,
	} {
		var got []string
		for _, m := range MergeRoot(ours, theirs, replace) {
			got = append(got, m.Name+"="+string(m.Raw))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("replace %v:\n%s\n%s", replace, strings.Join(got, " "), want)
		}
	}
}

func TestFolders(t *testing.T) {
	for path, want := range map[string][]string{
		"": nil, "a": {"a"}, "a/b": {"a", "b"}, `a\/b/c`: {"a/b", "c"}, `a\\/b`: {`a\`, "b"}, `a\b`: {`a\b`},
		" a / /b/": {"a", "b"}, `\`: {`\`},
	} {
		got := splitFolder(path)
		if !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
		if again := splitFolder(joinFolder(got)); !slices.Equal(again, want) {
			t.Errorf("%q joined and split is %q", want, again)
		}
	}
}

func TestBasePath(t *testing.T) {
	for data, want := range map[string]string{
		`{"swagger":"2.0","basePath":"/v1/","host":"h","paths":{"/a":{"get":{}},"/v1/b":{"get":{}},"/v1x":{"get":{}}}}`:                                                      "/v1/a /v1/b /v1/v1x",
		`{"openapi":"3.0.0","servers":[{"url":"https://h/{v}?x","variables":{"v":{"default":"v2"}}},{"url":"/v3"}],"paths":{"/a":{"get":{"summary":"s"}},"/v2":{"get":{}}}}`: "/v2/a /v2",
		`{"openapi":"3.0.0","servers":[{"url":"https://h"}],"paths":{"/a":{"get":{}}}}`:                                                                                      "/a",
		`{"openapi":"3.0.0","servers":[{"url":"/"}],"paths":{"/a":{"get":{}}}}`:                                                                                              "/a",
	} {
		d := mustParse(t, []byte(data))
		d.PrependBasePath()
		var got []string
		for i, o := range d.Operations {
			got = append(got, o.Path)
			if d.Paths[i].Path != o.Path || strings.HasPrefix(o.Name, "/") && o.Name != o.Path {
				t.Errorf("path item %s, operation %s named %s", d.Paths[i].Path, o.Path, o.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", data, got)
		}
	}
}
