package openapi

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// yamlWriter writes block YAML, and flow YAML below some depth: there it would be
// mostly indent.
type yamlWriter struct {
	out     []byte
	deepest int // level that is written in blocks
}

// appendYAML writes a compact JSON value as YAML that readers of YAML 1.1 and 1.2
// take for the same value.
func appendYAML(b []byte, r Raw) []byte {
	w := yamlWriter{out: b, deepest: 100}
	if isDeep(r, indents(r)) {
		w.deepest = 8
	}
	if !w.isBlock(r, 0) {
		w.inline(r, 0)
		return append(w.out, '\n')
	}
	w.block(r, 0, false)
	return w.out
}

// isBlock reports whether a value gets lines of its own.
func (w *yamlWriter) isBlock(r Raw, depth int) bool {
	return (isObject(r) || isArray(r)) && len(r) > 2 && depth <= w.deepest
}

func (w *yamlWriter) indent(depth int) {
	for range depth {
		w.out = append(w.out, ' ', ' ')
	}
}

// block writes an object or array. In the first line the indent may stand already.
func (w *yamlWriter) block(r Raw, depth int, indented bool) {
	if isArray(r) {
		for value := range elements(r) {
			w.item(depth, indented)
			indented = false
			w.out = append(w.out, '-', ' ')
			if w.isBlock(value, depth+1) {
				w.block(value, depth+1, true)
			} else {
				w.inline(value, depth+1)
				w.out = append(w.out, '\n')
			}
		}
		return
	}
	for key, value := range rawMembers(r) {
		w.item(depth, indented)
		indented = false
		w.key(key, depth)
		if w.isBlock(value, depth+1) {
			w.out = append(w.out, ':', '\n')
			w.block(value, depth+1, false)
		} else {
			w.out = append(w.out, ':', ' ')
			w.inline(value, depth+1)
			w.out = append(w.out, '\n')
		}
	}
}

func (w *yamlWriter) item(depth int, indented bool) {
	if !indented {
		w.indent(depth)
	}
}

// maxKey is the longest key that YAML lets stand before a colon in one line.
const maxKey = 1000

func (w *yamlWriter) key(key Raw, depth int) {
	s := unquote(key)
	switch {
	case isPlainSafe(s):
		w.out = append(w.out, s...)
	case len(s) > maxKey:
		w.out = append(yamlQuoted(append(w.out, '?', ' '), s), '\n')
		w.indent(depth)
	default:
		w.out = yamlQuoted(w.out, s)
	}
}

// inline writes a scalar, or an object or array that has no lines of its own.
func (w *yamlWriter) inline(r Raw, depth int) {
	if !isString(r) {
		w.out = yamlFlow(w.out, r)
		return
	}
	s := unquote(r)
	switch {
	case isPlainSafe(s):
		w.out = append(w.out, s...)
	case isLiteralSafe(s) && 2*depth*strings.Count(s, "\n") <= 1000+8*len(s):
		w.literal(s, depth)
	default:
		w.out = yamlQuoted(w.out, s)
	}
}

// yamlFlow writes JSON, which is YAML except for some of its strings.
func yamlFlow(b []byte, r Raw) []byte {
	for i := 0; i < len(r); i++ {
		if r[i] != '"' {
			b = append(b, r[i])
			continue
		}
		end := skipString(r, i)
		b = yamlQuoted(b, unquote(r[i:end]))
		i = end - 1
		if end < len(r) && r[end] == ':' {
			b = append(b, ':', ' ')
			i++
		}
	}
	return b
}

// literal writes a text of several lines as it is.
func (w *yamlWriter) literal(s string, depth int) {
	w.out = append(w.out, '|')
	body := strings.TrimRight(s, "\n")
	switch len(s) - len(body) {
	case 0:
		w.out = append(w.out, '-')
	case 1:
	default:
		w.out = append(w.out, '+')
	}
	for line := range strings.SplitSeq(body, "\n") {
		w.out = append(w.out, '\n')
		if line != "" {
			w.indent(depth)
			w.out = append(w.out, line...)
		}
	}
	for range len(s) - len(body) - 1 {
		w.out = append(w.out, '\n')
	}
}

func isLiteralSafe(s string) bool {
	first, _, found := strings.Cut(s, "\n")
	if !found || first == "" || first[0] == ' ' || first[0] == '\t' {
		return false
	}
	for _, r := range s {
		if r != '\n' && r != '\t' && !isPrintable(r) {
			return false
		}
	}
	return true
}

// isPrintable reports whether every reader of YAML takes r for a character of text.
func isPrintable(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r <= 0xA0, r == 0x2028, r == 0x2029, r == 0xFEFF:
		return false
	}
	return r != utf8.RuneError && r < 0xFFFE || r >= 0x10000
}

// plainWords are read as something else than a string by some version of YAML.
var plainWords = map[string]bool{
	"null": true, "true": true, "false": true, "yes": true, "no": true, "on": true, "off": true,
	"y": true, "n": true,
}

// isPlainSafe reports whether s is the same string without quotes. It errs on the
// side of quotes.
func isPlainSafe(s string) bool {
	if s == "" || len(s) > maxKey || plainWords[strings.ToLower(s)] {
		return false
	}
	c := s[0]
	if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '/' || c == '$' || c >= 0x80) {
		return false
	}
	if last := s[len(s)-1]; last == ' ' || last == ':' {
		return false
	}
	for i, r := range s {
		switch {
		case r == ':' && s[i+1] == ' ', r == '#' && s[i-1] == ' ':
			return false
		case !isPrintable(r):
			return false
		}
	}
	return true
}

// yamlQuoted writes a string in double quotes. Unlike JSON, YAML has no pairs of
// surrogates.
func yamlQuoted(b []byte, s string) []byte {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x7F && !isPrintable(r) }) {
		return appendQuoted(b, s)
	}
	var out bytes.Buffer
	for _, r := range s {
		if r >= 0x7F && !isPrintable(r) && r < 0x10000 {
			out.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				out.WriteByte(hexDigits[r>>shift&15])
			}
			continue
		}
		quoted := appendQuoted(nil, string(r))
		out.Write(quoted[1 : len(quoted)-1])
	}
	return append(append(append(b, '"'), out.Bytes()...), '"')
}
