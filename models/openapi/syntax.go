package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting is how deeply values may nest, in every format.
const maxNesting = 512

// Codes of SyntaxError.
const (
	CodeEmpty        = "document_empty"        // nothing but white space
	CodeEncoding     = "document_encoding"     // not UTF-8
	CodeJSON         = "document_json"         // no JSON
	CodeYAML         = "document_yaml"         // no YAML
	CodeDuplicateKey = "document_duplicate"    // one key twice in an object; Detail is the key
	CodeTooDeep      = "document_depth"        // nested deeper than 512
	CodeTooLarge     = "document_expansion"    // aliases or merge keys expand to too much
	CodeNotOpenAPI   = "document_no_openapi"   // neither "openapi" nor "swagger"
	CodeVersion      = "document_version"      // a version that is not read; Detail is the version
	CodeWrongType    = "document_wrong_type"   // Detail is the type that was expected
	CodeNotPostman   = "document_no_postman"   // no Postman collection of version 2.0 or 2.1
	CodeFormatNeeded = "export_unknown_format" // Export was asked for a version or format that is not written
)

// SyntaxError says why a document can't be read, and where.
type SyntaxError struct {
	Code    string // one of the Code constants
	Line    int    // from 1; 0 when unknown
	Column  int    // from 1, in bytes
	Pointer string // JSON pointer (RFC 6901) of the innermost value around the place
	Detail  string // English words of the parser, a key or a version; may be empty

	names []string // of Pointer, innermost first, while the error is on its way up
}

// maxPointer bounds the pointer of an error, in bytes.
const maxPointer = 2000

// within notes one more name of the way to the error.
func (e *SyntaxError) within(name string) *SyntaxError {
	e.names = append(e.names, name)
	return e
}

// finish makes the pointer of the names.
func (e *SyntaxError) finish() *SyntaxError {
	slices.Reverse(e.names)
	e.Pointer = cut(pointer(e.names...))
	e.Detail = cut(e.Detail)
	return e
}

func cut(s string) string {
	if len(s) <= maxPointer {
		return s
	}
	return strings.ToValidUTF8(s[:maxPointer], "") + "…"
}

func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("%s at line %d, column %d, pointer %q", e.Code, e.Line, e.Column, e.Pointer)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// source is a document as compact JSON, with the way back to its lines.
type source struct {
	json   Raw
	locate func(names []string) (line, column int)
}

// fail returns an error at a place of the document that is read.
func (s *source) fail(code, detail string, names ...string) *SyntaxError {
	line, column := s.locate(names)
	return &SyntaxError{Code: code, Line: line, Column: column, Pointer: cut(pointer(names...)), Detail: cut(detail)}
}

// read turns JSON or YAML into compact JSON. Text that begins with an object and a
// quoted key or an end is taken for JSON, all else for YAML, of which JSON is a subset.
func read(data []byte) (*source, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(data) {
		bad := 0
		for r, n := utf8.DecodeRune(data); r != utf8.RuneError || n != 1; r, n = utf8.DecodeRune(data[bad:]) {
			bad += n
		}
		return nil, errorAt(data, bad, CodeEncoding, "")
	}
	start := skipSpace(data, 0)
	if start == len(data) {
		return nil, &SyntaxError{Code: CodeEmpty, Line: 1, Column: 1}
	}
	second := skipSpace(data, start+1)
	if data[start] == '[' || data[start] == '{' && (second == len(data) || data[second] == '"' || data[second] == '}') {
		return readJSON(data)
	}
	return readYAML(data)
}

func readJSON(data []byte) (*source, error) {
	var compact bytes.Buffer
	compact.Grow(len(data))
	if err := json.Compact(&compact, data); err != nil {
		return nil, jsonError(data)
	}
	c := checker{data: data}
	if _, err := c.value(skipSpace(data, 0), 1); err != nil {
		err.Line, err.Column = position(data, c.at)
		return nil, err.finish()
	}
	return &source{compact.Bytes(), func(names []string) (int, int) {
		return position(data, offsetOf(data, names))
	}}, nil
}

// jsonError finds out where data stops being JSON: unlike Unmarshal, Compact
// doesn't say.
func jsonError(data []byte) error {
	var r Raw
	err := json.Unmarshal(data, &r)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return &SyntaxError{Code: CodeJSON, Line: 1, Column: 1}
	}
	at := max(int(syntax.Offset)-1, 0)
	if syntax.Error() == "exceeded max depth" {
		return errorAt(data, at, CodeTooDeep, "")
	}
	return errorAt(data, at, CodeJSON, syntax.Error())
}

func errorAt(data []byte, offset int, code, detail string) *SyntaxError {
	line, column := position(data, offset)
	return &SyntaxError{Code: code, Line: line, Column: column, Pointer: cut(pointerAt(data, offset)), Detail: detail}
}

func position(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	return bytes.Count(before, []byte{'\n'}) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// offsetOf returns where the value stands that names lead to, or the last value on
// the way to it.
func offsetOf(data []byte, names []string) int {
	at := skipSpace(data, 0)
	for _, name := range names {
		next := childOffset(data, at, name)
		if next < 0 {
			break
		}
		at = next
	}
	return at
}

func childOffset(b []byte, at int, name string) int {
	if b[at] != '{' && b[at] != '[' {
		return -1
	}
	object := b[at] == '{'
	for n, i := 0, skipSpace(b, at+1); b[i] != '}' && b[i] != ']'; n++ {
		found := !object && strconv.Itoa(n) == name
		if object {
			end := skipString(b, i)
			found = keyIs(b[i:end], name)
			i = skipSpace(b, skipSpace(b, end)+1)
		}
		if found {
			return i
		}
		i = skipComma(b, skipValue(b, i))
	}
	return -1
}
