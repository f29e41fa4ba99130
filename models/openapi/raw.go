package openapi

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Raw is the exact JSON text of one value. The functions of this file walk text
// that is known to be valid JSON; they check nothing.
type Raw = json.RawMessage

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i.
func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the index after the value that starts at i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) && b[i] > ' ' && b[i] != ',' && b[i] != ']' && b[i] != '}' {
		i++
	}
	return i
}

func skipNested(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

// members yields the members of an object in their order, and nothing for any
// other value.
func members(r Raw) iter.Seq2[string, Raw] {
	return func(yield func(string, Raw) bool) {
		for key, value := range rawMembers(r) {
			if !yield(unquote(key), value) {
				return
			}
		}
	}
}

// rawMembers is members with the keys as they stand in the text, quotes included.
func rawMembers(r Raw) iter.Seq2[Raw, Raw] {
	return func(yield func(Raw, Raw) bool) {
		if !isObject(r) {
			return
		}
		for i := skipSpace(r, 1); r[i] != '}'; {
			end := skipString(r, i)
			start := skipSpace(r, skipSpace(r, end)+1)
			next := skipValue(r, start)
			if !yield(r[i:end:end], r[start:next:next]) {
				return
			}
			i = skipComma(r, next)
		}
	}
}

// elements yields the elements of an array, and nothing for any other value.
func elements(r Raw) iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		if !isArray(r) {
			return
		}
		for i := skipSpace(r, 1); r[i] != ']'; {
			next := skipValue(r, i)
			if !yield(r[i:next:next]) {
				return
			}
			i = skipComma(r, next)
		}
	}
}

func skipComma(r Raw, i int) int {
	if i = skipSpace(r, i); r[i] == ',' {
		i = skipSpace(r, i+1)
	}
	return i
}

func isObject(r Raw) bool { return len(r) > 0 && r[0] == '{' }
func isArray(r Raw) bool  { return len(r) > 0 && r[0] == '[' }
func isString(r Raw) bool { return len(r) > 0 && r[0] == '"' }
func isNull(r Raw) bool   { return string(r) == "null" }

// get returns the named member of an object, nil when there is none.
func get(r Raw, name string) Raw {
	for key, value := range rawMembers(r) {
		if keyIs(key, name) {
			return value
		}
	}
	return nil
}

func keyIs(key Raw, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1:len(key)-1]) == name
	}
	return unquote(key) == name
}

// text returns the value of a JSON string, "" for any other value.
func text(r Raw) string {
	if !isString(r) {
		return ""
	}
	return unquote(r)
}

func unquote(r Raw) string {
	if bytes.IndexByte(r, '\\') < 0 {
		return string(r[1 : len(r)-1])
	}
	return string(Unquote(r))
}

var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// Unquote returns the value of a JSON string, which is known to be valid: a document
// within a document is read in a fraction of the time that checking it once more
// takes. As in encoding/json, half a surrogate pair becomes U+FFFD.
func Unquote(r Raw) []byte {
	r = r[1 : len(r)-1]
	out := make([]byte, 0, len(r))
	for {
		i := bytes.IndexByte(r, '\\')
		if i < 0 {
			return append(out, r...)
		}
		out = append(out, r[:i]...)
		c := r[i+1]
		r = r[i+2:]
		if c != 'u' {
			out = append(out, unescaped[c])
			continue
		}
		code := codeUnit(r)
		r = r[4:]
		if utf16.IsSurrogate(code) {
			first := code
			if code = utf8.RuneError; len(r) >= 6 && r[0] == '\\' && r[1] == 'u' {
				code = utf16.DecodeRune(first, codeUnit(r[2:]))
			}
			if code != utf8.RuneError {
				r = r[6:]
			}
		}
		out = utf8.AppendRune(out, code)
	}
}

// codeUnit reads four hexadecimal digits.
func codeUnit(digits Raw) (code rune) {
	for _, c := range digits[:4] {
		code = code<<4 | rune(c&0xF)
		if c > '9' {
			code += 9
		}
	}
	return code
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string. Unlike encoding/json it leaves <, >, &
// and U+2028 alone, so that texts read in the export as they were written.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// Quote returns s as a JSON string.
func Quote(s string) Raw {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return appendQuoted(make([]byte, 0, len(s)+2), s)
}

func appendKey(b []byte, key string) []byte {
	return append(appendQuoted(b, key), ':')
}

// arrayOf is the array of what raw makes of each.
func arrayOf[T any](all []T, raw func(T) Raw) Raw {
	out := Raw("[")
	for _, e := range all {
		out = append(appendComma(out), raw(e)...)
	}
	return append(out, ']')
}

// texts returns the strings of an array of strings.
func texts(r Raw) []string {
	var all []string
	for e := range elements(r) {
		if isString(e) {
			all = append(all, unquote(e))
		}
	}
	return all
}

// SetMember returns a copy of the object in which the named member has the value;
// a new one is added at the end, and a nil value removes it.
func SetMember(object Raw, name string, value Raw) Raw {
	out := make(Raw, 0, len(object)+len(name)+len(value)+4)
	out = append(out, '{')
	found := false
	for key, old := range rawMembers(object) {
		if keyIs(key, name) {
			found = true
			if value == nil {
				continue
			}
			old = value
		}
		out = append(appendComma(out), key...)
		out = append(append(out, ':'), old...)
	}
	if !found && value != nil {
		out = append(appendKey(appendComma(out), name), value...)
	}
	return append(out, '}')
}

// setText is SetMember for a text, of which the empty one is none: it removes the
// member, but leaves one that is empty already.
func setText(object Raw, name, value string) Raw {
	old := get(object, name)
	switch {
	case old == nil && value == "" || isString(old) && text(old) == value:
		return object
	case value == "":
		return SetMember(object, name, nil)
	}
	return SetMember(object, name, Quote(value))
}

// appendComma appends a comma unless b ends with an opening bracket.
func appendComma(b []byte) []byte {
	if last := b[len(b)-1]; last == '{' || last == '[' {
		return b
	}
	return append(b, ',')
}
