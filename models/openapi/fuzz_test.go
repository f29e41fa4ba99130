package openapi

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func seed(f *testing.F) {
	for _, data := range shapes(f) {
		f.Add(data)
	}
	for _, data := range []string{`{"\"`, `{"a": {"\u12": 1}}`, "{\"\\u\"\xd9"} {
		f.Add([]byte(data))
	}
	for data := range brokenYAML {
		f.Add([]byte(data))
	}
	for name, data := range bombs() {
		if name != "keys" && name != "hex" && len(data) < 1<<14 {
			f.Add([]byte(data))
		}
	}
}

// Whatever Parse accepts it accepts again after an export, which stays the same from
// then on; whatever it refuses has a place.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, format := range []Format{JSON, YAML} {
			out := mustExport(t, d, same(d, format))
			again, err := Parse(out)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if len(again.Operations) != len(d.Operations) || len(again.Components) != len(d.Components) {
				t.Fatalf("parts are lost\n%s", out)
			}
			if second := mustExport(t, again, same(again, format)); !bytes.Equal(out, second) {
				t.Fatalf("second export differs\n%s\n%s", out, second)
			}
		}
	})
}

// Any string is the same string after a way through YAML.
func FuzzYAML(f *testing.F) {
	for _, s := range []string{"", "no", "1", "a: b", "a #b", "- a", "x\ny", "x\n\n", " x", "\u2028", "\u0085", "😀", "\x00", "<<", "?", "| a", "a:", "\ta", "é", "a\n b\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		n := newPair(s, newText(s))
		n.set("list"+s, newList(newText(s), newPair("k", newText(s))))
		want := n.encode()
		out := appendYAML(nil, want)
		src, err := read(append([]byte("# YAML\n"), out...))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if string(src.json) != string(want) {
			t.Fatalf("%q became %s\n%s", s, src.json, out)
		}
	})
}

// Every conversion of whatever Parse accepts can be parsed again, and keeps its
// operations but for those of methods that the version lacks.
func FuzzConvert(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			return
		}
		for _, v := range []Dialect{V20, V30, V31} {
			out := mustExport(t, d, ExportOptions{Version: v, Servers: d.Servers, AddFoldersToTags: true})
			again, err := Parse(out)
			if err != nil {
				t.Fatalf("%s: %v\n%s", v, err, out)
			}
			if lost := len(d.Operations) - len(again.Operations); lost > 0 && !strings.Contains(string(out), `"trace"`) {
				t.Fatalf("%s: %d operations are lost, %v\n%s", v, lost, codes(again.Failed), out)
			}
		}
	})
}

func FuzzPostman(f *testing.F) {
	f.Add([]byte(`{"info":{"name":"a"},"item":[{"name":"b","item":[{"request":"{{h}}/:a/{{b}}?c=d"}]}]}`))
	f.Add([]byte(`{"item":[{"request":{"method":"POST","url":{"path":["a",":b"]},"body":{"mode":"raw","raw":"{\"a\":1}"}},"response":[{"code":200,"body":"[]","_postman_previewlanguage":"json"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParsePostman(data)
		if err != nil {
			return
		}
		out := mustExport(t, c.Document, ExportOptions{})
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if len(again.Operations) != len(c.Document.Operations) {
			t.Fatalf("%s\n%s", codes(again.Failed), out)
		}
	})
}
