package openapi

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What is imported comes out again: the same value, and from then on the same bytes,
// in both formats.
func TestRoundTrip(t *testing.T) {
	for name, data := range shapes(t) {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, data)
			first := mustExport(t, d, same(d, JSON))
			want, got := meaning(t, data), meaning(t, first)
			renameVendor(want)
			addFolders(want, got)
			if !reflect.DeepEqual(want, got) {
				t.Errorf("export differs\nwant %v\ngot  %v", want, got)
			}
			for _, format := range []Format{JSON, YAML} {
				out := mustExport(t, d, same(d, format))
				again := mustParse(t, out)
				if second := mustExport(t, again, same(again, format)); !bytes.Equal(out, second) {
					t.Errorf("second %s export differs:\n%s\n%s", format, out, second)
				}
				if via := meaning(t, mustExport(t, again, same(again, JSON))); !reflect.DeepEqual(got, via) {
					t.Errorf("%s changes the document:\n%v\n%v", format, got, via)
				}
			}
		})
	}
}

// renameVendor does what an export does to the extensions of testdata: one prefix,
// and run links are written anew.
func renameVendor(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "x-run-in-apidog")
		if status, ok := v["x-apifox-status"]; ok {
			delete(v, "x-apifox-status")
			v["x-apidog-status"] = status
		}
		for _, kid := range v {
			renameVendor(kid)
		}
	case []any:
		for _, kid := range v {
			renameVendor(kid)
		}
	}
}

// addFolders copies the folders that an export tells of operations which had none.
func addFolders(to, from any) {
	want, isMap := to.(map[string]any)
	got, isToo := from.(map[string]any)
	if !isMap || !isToo {
		return
	}
	if folder, ok := got["x-apidog-folder"]; ok && want["x-apidog-folder"] == nil {
		want["x-apidog-folder"] = folder
	}
	for name, kid := range got {
		addFolders(want[name], kid)
	}
}

// An edit of one operation changes nothing else.
func TestEditChangesOneOperation(t *testing.T) {
	for name, data := range shapes(t) {
		d := mustParse(t, data)
		if len(d.Operations) == 0 {
			continue
		}
		before := mustExport(t, d, same(d, JSON))
		o := &d.Operations[len(d.Operations)/2]
		old := get(o.Raw, "summary")
		o.Raw = SetMember(o.Raw, "summary", Quote("edited"))
		edited := mustExport(t, d, same(d, JSON))
		if bytes.Equal(before, edited) {
			t.Errorf("%s: the edit is lost", name)
		}
		d = mustParse(t, edited)
		o = &d.Operations[len(d.Operations)/2]
		o.Raw = SetMember(o.Raw, "summary", old)
		if after := mustExport(t, d, same(d, JSON)); !bytes.Equal(before, after) {
			t.Errorf("%s: more than the edit has changed\n%s\n%s", name, before, after)
		}
	}
}

// half returns the document with only those operations, components and paths whose
// index has the given remainder.
func half(d *Document, rest int) *Document {
	h := *d
	h.Paths, h.Components, h.Operations = nil, nil, nil
	for i, p := range d.Paths {
		if i%2 == rest {
			h.Paths = append(h.Paths, p)
			for _, o := range d.Operations {
				if o.Path == p.Path {
					h.Operations = append(h.Operations, o)
				}
			}
		}
	}
	for i, c := range d.Components {
		if i%2 == rest {
			h.Components = append(h.Components, c)
		}
	}
	return &h
}

// Two halves, each imported by itself, make the whole again, in whatever order.
func TestTwoHalves(t *testing.T) {
	for name, data := range shapes(t) {
		whole := mustParse(t, data)
		a := mustParse(t, mustExport(t, half(whole, 0), same(whole, YAML)))
		b := mustParse(t, mustExport(t, half(whole, 1), same(whole, JSON)))
		b.Rebase(a.Root)
		stored := *a
		stored.Root = MergeRoot(a.Root, b.Root, false)
		stored.Paths = slices.Concat(a.Paths, b.Paths)
		stored.Operations = slices.Concat(a.Operations, b.Operations)
		stored.Components = slices.Concat(a.Components, b.Components)
		stored.Servers = whole.Servers
		got := meaning(t, mustExport(t, &stored, same(whole, JSON)))
		if want := meaning(t, mustExport(t, whole, same(whole, JSON))); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: halves differ from the whole\nwant %v\ngot  %v", name, want, got)
		}
	}
}

// Another document that is merged in, in another dialect, leaves every byte of the
// first alone.
func TestMergeKeepsTheFirst(t *testing.T) {
	all := shapes(t)
	first := mustParse(t, all["openapi30.json"])
	second := mustParse(t, all["swagger20.yaml"])
	second.Rebase(first.Root)
	stored := *first
	stored.Root = MergeRoot(first.Root, second.Root, false)
	stored.Paths = slices.Concat(first.Paths, second.Paths)
	stored.Operations = slices.Concat(first.Operations, second.Operations)
	stored.Components = slices.Concat(first.Components, second.Components)
	out := mustExport(t, &stored, same(first, JSON))
	merged := mustParse(t, out)
	for i, o := range first.Operations {
		if got := merged.Operations[i]; !Same(got.Raw, o.Raw) {
			t.Errorf("%s %s:\n%s\n%s", o.Method, o.Path, o.Raw, got.Raw)
		}
	}
	if got, want := len(merged.Operations), len(first.Operations)+len(second.Operations); got != want || len(second.Operations) == 0 {
		t.Fatalf("%d operations, want %d", got, want)
	}
	for _, o := range merged.Operations[len(first.Operations):] {
		if security := string(get(o.Raw, "security")); !strings.Contains(security, "key") {
			t.Errorf("%s %s has security %s, not that of its document", o.Method, o.Path, security)
		}
	}
}

// Without extensions an export has none of Apidog's, and every other one.
func TestExtensions(t *testing.T) {
	d := mustParse(t, shapes(t)["extensions.yaml"])
	out := string(mustExport(t, d, ExportOptions{Version: V30}))
	for _, gone := range []string{"x-apidog-status", "x-apifox-status", "x-apidog-maintainer", "x-run-in", "x-apidog-name", "x-apidog-enum", `"x-apidog"`} {
		if strings.Contains(out, gone) {
			t.Errorf("%s is still there", gone)
		}
	}
	for _, kept := range []string{`"x-other": "kept"`, `"x-apidog-mock": {`, `"x-apidog-folder": "data"`} {
		if !strings.Contains(out, kept) {
			t.Errorf("%s is gone", kept)
		}
	}
	a, b := d.Operations[0], d.Operations[1]
	if len(a.Folder) != 0 || a.Status != "testing" || a.Maintainer != "kim" || !slices.Equal(b.Folder, []string{"a", "b"}) {
		t.Errorf("read %+v %+v", a, b)
	}
	d.Operations[0].RunURL = "https://example.com/apis/api-9-run"
	fox := string(mustExport(t, d, ExportOptions{Version: V30, Extensions: true, ApifoxNames: true, AddFoldersToTags: true}))
	for _, want := range []string{`"x-apifox-status": "testing"`, `"x-run-in-apifox": "https://example.com/apis/api-9-run"`, `"x-apifox-folder": "Deep/er"`} {
		if !strings.Contains(fox, want) {
			t.Errorf("%s is missing in\n%s", want, fox)
		}
	}
}

// A selection takes along the components that it needs, and no others.
func TestUsedOnly(t *testing.T) {
	d := mustParse(t, shapes(t)["openapi30.json"])
	d.Operations = slices.DeleteFunc(d.Operations, func(o Operation) bool { return o.Path != "/login" })
	out := mustParse(t, mustExport(t, d, ExportOptions{Version: V30, UsedOnly: true}))
	var names []string
	for _, c := range out.Components {
		names = append(names, c.Name)
	}
	if want := []string{"Login", "bearer", "oidc", "mtls"}; !slices.Equal(names, want) {
		t.Errorf("components %v, want %v", names, want)
	}
}

// An export is indented unless that makes it longer than clients take.
func TestIndented(t *testing.T) {
	nested := func(n int) Raw {
		return Raw(strings.Repeat("[", 10) + "1" + strings.Repeat(",1", n) + strings.Repeat("]", 10))
	}
	for _, c := range []struct {
		compact  Raw
		indented bool
	}{{nested(1000), true}, {nested(2 << 20), true}, {nested(3 << 20), false}} {
		out, err := indented(c.compact)
		if err != nil || bytes.Contains(out, []byte("\n  ")) != c.indented || len(out) > maxIndented {
			t.Errorf("%d bytes become %d, %v", len(c.compact), len(out), err)
		}
		if most := len(c.compact) + indents(c.compact) + 1; len(out) > most {
			t.Errorf("%d bytes become %d, more than %d", len(c.compact), len(out), most)
		}
	}
	if raw := Raw(`{"a":[],"b":{"c":[1,{"d":":,"}]}}`); indents(raw) < len(must(indented(raw)))-len(raw)-1 {
		t.Errorf("indents of %s are %d", raw, indents(raw))
	}
}

func must(out []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return out
}
