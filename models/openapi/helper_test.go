package openapi

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shapes reads the test documents, which differ in dialect, format and oddities.
func shapes(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/shapes/*")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d shapes, %v", len(files), err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = data
	}
	return all
}

func mustParse(t testing.TB, data []byte) *Document {
	t.Helper()
	d, err := Parse(data)
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, data)
	}
	return d
}

func mustExport(t testing.TB, d *Document, o ExportOptions) []byte {
	t.Helper()
	out, _, err := Export(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same is an export that keeps everything.
func same(d *Document, f Format) ExportOptions {
	return ExportOptions{Version: d.Dialect, Format: f, Extensions: true, Servers: d.Servers}
}

// meaning decodes a document, with exact numbers, without the members that an export
// always has when they are empty, and without those that are never read.
func meaning(t testing.TB, data []byte) map[string]any {
	t.Helper()
	src, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(src.json))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	c, _ := m["components"].(map[string]any)
	dropEmpty(c, "schemas", "securitySchemes")
	dropEmpty(m, "components", "tags", "security", "servers", "paths", "definitions", "securityDefinitions", "webhooks")
	for _, name := range []string{"host", "basePath", "schemes"} { // of several servers one comes back
		delete(m, name)
	}
	return m
}

func dropEmpty(m map[string]any, names ...string) {
	for _, name := range names {
		switch v := m[name].(type) {
		case map[string]any:
			if len(v) == 0 {
				delete(m, name)
			}
		case []any:
			if len(v) == 0 {
				delete(m, name)
			}
		}
	}
}

func codes(issues []Issue) string {
	var all []string
	for _, i := range issues {
		all = append(all, i.Code+" "+i.Pointer)
	}
	return strings.Join(all, "\n")
}
