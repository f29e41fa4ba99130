package openapi

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

var (
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// pointer joins names to a JSON pointer (RFC 6901).
func pointer(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteByte('/')
		pointerEscaper.WriteString(&b, name)
	}
	return b.String()
}

func pointerNames(p string) []string {
	if p == "" {
		return nil
	}
	names := strings.Split(p[1:], "/")
	for i, name := range names {
		names[i] = pointerUnescaper.Replace(name)
	}
	return names
}

// refNames returns the names in a reference to a place in the same document, such
// as "#/components/schemas/Pet"; ok is false for any other reference.
func refNames(ref string) (names []string, ok bool) {
	p, ok := strings.CutPrefix(ref, "#")
	if !ok || p != "" && p[0] != '/' {
		return nil, false
	}
	if strings.IndexByte(p, '%') >= 0 {
		if plain, err := url.PathUnescape(p); err == nil {
			p = plain
		}
	}
	return pointerNames(p), true
}

// lookup follows names from r, nil when they lead nowhere.
func lookup(r Raw, names []string) Raw {
	for _, name := range names {
		if isArray(r) {
			r = element(r, name)
		} else {
			r = get(r, name)
		}
		if r == nil {
			return nil
		}
	}
	return r
}

func element(r Raw, index string) Raw {
	want, err := strconv.Atoi(index)
	if err != nil {
		return nil
	}
	i := 0
	for e := range elements(r) {
		if i == want {
			return e
		}
		i++
	}
	return nil
}

// tracker walks along a text and knows where in the value it is. The text need only
// be valid up to there.
type tracker struct {
	text  []byte
	at    int
	stack []level
	inKey bool // the next string is a key
}

type level struct {
	name  string
	index int
	array bool
}

// pointerAt returns the pointer of the innermost value around the offset.
func pointerAt(text []byte, offset int) string {
	t := tracker{text: text}
	return pointer(t.namesAt(offset)...)
}

// namesAt returns the names that lead to the value around an offset, which must not
// be smaller than that of the call before.
func (t *tracker) namesAt(offset int) []string {
	for ; t.at < offset && t.at < len(t.text); t.at++ {
		t.step(offset)
	}
	names := make([]string, 0, len(t.stack))
	for _, l := range t.stack {
		if l.array {
			l.name = strconv.Itoa(l.index)
		}
		names = append(names, l.name)
	}
	if t.inKey && len(names) > 0 {
		names = names[:len(names)-1]
	}
	return names
}

// step goes on by one character or string. A string that ends after offset, or is
// none of JSON, names nothing.
func (t *tracker) step(offset int) {
	top := len(t.stack) - 1
	switch c := t.text[t.at]; c {
	case '{', '[':
		t.stack = append(t.stack, level{array: c == '['})
		t.inKey = c == '{'
	case '}', ']':
		t.stack = t.stack[:max(top, 0)]
		t.inKey = false
	case ',':
		if top >= 0 && t.stack[top].array {
			t.stack[top].index++
		}
		t.inKey = top >= 0 && !t.stack[top].array
	case '"':
		end := stringEnd(t.text, t.at)
		if t.inKey && top >= 0 && end <= offset {
			t.stack[top].name = ""
			if key := t.text[t.at:end]; bytes.IndexByte(key, '\\') < 0 || json.Valid(key) {
				t.stack[top].name = unquote(key)
			}
			t.inKey = false
		}
		t.at = end - 1
	}
}

// stringEnd is skipString for text that may end within the string.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}
