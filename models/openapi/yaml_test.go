package openapi

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The core schema of YAML 1.2, chapter 10.3.2, and numbers with their text.
func TestYAMLScalars(t *testing.T) {
	for in, want := range map[string]string{
		"no": `"no"`, "on": `"on"`, "yes": `"yes"`, "y": `"y"`, "2024-01-01": `"2024-01-01"`,
		"12:30": `"12:30"`, "1_000": `"1_000"`, "0b1": `"0b1"`, "1.2.3": `"1.2.3"`, ".inf": `".inf"`,
		"true": "true", "True": "true", "FALSE": "false", "~": "null", "": "null", "Null": "null", "nULL": `"nULL"`,
		"12": "12", "+12": "12", "-012": "-12", "0": "0", "000": "0", "0o17": "15", "0x1F": "31", "0xg": `"0xg"`,
		"1.0": "1.0", "1.": "1.0", ".5": "0.5", "-.5": "-0.5", "1e400": "1e400", "1.50E+3": "1.50E+3", ".": `"."`,
		"1e": `"1e"`, "-": `"-"`, "12345678901234567890": "12345678901234567890",
		`"1"`: `"1"`, `'no'`: `"no"`, "!!str 1": `"1"`, "!!int '1'": "1", "!foo bar": `"bar"`,
		"!!binary aGk=": `"aGk="`,
	} {
		if in == "-" {
			in = "[-]" // a plain dash can't stand alone
			want = "[" + want + "]"
		}
		src, err := read([]byte("a: " + in))
		if err != nil {
			if in != "[-]" {
				t.Errorf("%q: %v", in, err)
			}
			continue
		}
		if got := string(get(src.json, "a")); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestYAMLMerge(t *testing.T) {
	src, err := read([]byte("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {w: 0, <<: [*a, *b], x: 3}\nd: {<<: {<<: *b, q: 1}}\n\"<<\": 1\n*a : 2\n"))
	if err == nil {
		t.Fatalf("a mapping as a key: %s", src.json)
	}
	src, err = read([]byte("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {w: 0, <<: [*a, *b], x: 3}\nd: {<<: {<<: *b, q: 1}}\n\"<<\": 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"w":0,"y":1,"z":2,"x":3},"d":{"y":2,"z":2,"q":1},"<<":1}`
	if string(src.json) != want {
		t.Errorf("got  %s\nwant %s", src.json, want)
	}
}

// bombs are small documents that would grow, nest or loop without end.
func bombs() map[string]string {
	var laughs, merges strings.Builder
	laughs.WriteString("openapi: 3.0.0\na0: &a0 [lol]\n")
	merges.WriteString("openapi: 3.0.0\na0: &a0 {k: v}\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
		fmt.Fprintf(&merges, "a%d: &a%d {<<: [*a%d, *a%d], k%d: v}\n", i, i, i-1, i-1, i)
	}
	nested := "x: &n0 [1]\n"
	for i := 1; i < 600; i++ {
		nested += fmt.Sprintf("x%d: &n%d [*n%d]\n", i, i, i-1)
	}
	return map[string]string{
		"laughs":     laughs.String(),
		"merges":     merges.String(),
		"nested":     "openapi: 3.0.0\n" + nested,
		"flow depth": "openapi: " + strings.Repeat("[", 1<<20),
		"JSON depth": `{"openapi": ` + strings.Repeat("[", 1<<20),
		"block":      "openapi:\n" + strings.Repeat("- ", 1<<20),
		"hex":        "openapi: 3.0.0\nx: 0x" + strings.Repeat("f", 1<<20),
		"wide":       "openapi: 3.0.0\nx: [" + strings.Repeat("a,", 5<<20) + "]",
		"keys":       `{"` + strings.Repeat("k", 1<<18) + `":` + strings.Repeat(`{"`+strings.Repeat("n", 2000)+`":`, 511) + `{"a":1,"a":2}` + strings.Repeat("}", 512),
	}
}

func TestBombs(t *testing.T) {
	for name, data := range bombs() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Parse([]byte(data))
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		var syntax *SyntaxError
		if name != "hex" && (!errors.As(err, &syntax) || syntax.Line == 0) {
			t.Errorf("%s: %v", name, err)
		}
		if len(fmt.Sprint(err)) > 10000 {
			t.Errorf("%s: an error of %d bytes", name, len(fmt.Sprint(err)))
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 10*time.Second || used > 600 {
			t.Errorf("%s: %v, %d MiB", name, took, used)
		}
	}
}

// References to references would grow without end where conversion copies them.
func TestConversionBombs(t *testing.T) {
	var examples, headers strings.Builder
	for i := range 30 {
		ref := fmt.Sprintf(`{"$ref":"#/components/examples/e%d"}`, i+1)
		fmt.Fprintf(&examples, `"e%d":{"value":[%s,%s,%s,%s]},`, i, ref, ref, ref, ref)
		fmt.Fprintf(&headers, `"h%d":{"content":{"a/b":{"encoding":{"x":{"headers":{"p":{"$ref":"#/components/headers/h%d"},"q":{"$ref":"#/components/headers/h%d"}}}}}}},`, i, i+1, i+1)
	}
	data := `{"openapi":"3.0.0","paths":{"/a":{"get":{"responses":{"200":{"description":"","headers":{"h":{"$ref":"#/components/headers/h0"}},"content":{"application/json":{"examples":{"e":{"$ref":"#/components/examples/e0"}}}}}}}}},
"components":{"examples":{` + examples.String() + `"e30":{"value":1}},"headers":{` + headers.String() + `"h30":{}}}}`
	many := `{"swagger":"2.0","paths":{"/a":{"post":{"consumes":[` + strings.Repeat(`"a/b",`, 1<<14) + `"c/d"],"parameters":[{"name":"b","in":"body","schema":{"enum":[` + strings.Repeat(`"x",`, 1<<14) + `"y"]}}]}}}}`
	for _, data := range []string{data, many} {
		start := time.Now()
		d := mustParse(t, []byte(data))
		for _, v := range []Dialect{V20, V30, V31} {
			out := mustExport(t, d, ExportOptions{Version: v})
			if len(out) > 256<<20 {
				t.Errorf("%s has %d MiB", v, len(out)>>20)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %v", took)
		}
	}
}

// YAML nests as deep as JSON may, and no deeper, with aliases or without.
func TestYAMLDepth(t *testing.T) {
	lists := func(n int) string { return "a: " + strings.Repeat("[", n) + "1" + strings.Repeat("]", n) }
	for _, c := range []struct {
		yaml string
		fits bool
	}{
		{lists(maxNesting - 1), true},
		{lists(maxNesting), false},
		{"b: &b [[1]]\na: " + strings.Repeat("[", maxNesting-3) + "*b" + strings.Repeat("]", maxNesting-3), true},
		{"b: &b [[1]]\na: " + strings.Repeat("[", maxNesting-2) + "*b" + strings.Repeat("]", maxNesting-2), false},
	} {
		src, err := read([]byte(c.yaml))
		if (err == nil) != c.fits {
			t.Errorf("%.20s… %d: %v", c.yaml, len(c.yaml), err)
		}
		if err == nil {
			if _, err := readJSON(src.json); err != nil {
				t.Errorf("as JSON: %v", err)
			}
		}
	}
}
