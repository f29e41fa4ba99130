package openapi

import (
	"bytes"
	"strconv"
)

// A YAML parser that fails tells the line but not the value. Where that value stands
// shows in the indents of the lines before, as far as they are in block style.

// yamlWhere is how far the lines have been read.
type yamlWhere struct {
	stack  []yamlLevel
	scalar int // indent of the block scalar around the next lines; -1: none
}

// yamlLevel is a mapping or a sequence that is open.
type yamlLevel struct {
	indent int
	name   string // of the last key
	index  int    // of the last item; -1: a mapping
}

// yamlPointer returns the pointer of the innermost value around a place, from 1, of
// text that is YAML up to there.
func yamlPointer(data []byte, line, column int) string {
	w := yamlWhere{scalar: -1}
	for n := 1; n <= line && len(data) > 0 && len(w.stack) <= maxNesting; n++ {
		text, rest, _ := bytes.Cut(data, []byte{'\n'})
		most := len(text)
		if n == line {
			most = min(most, column-1)
		}
		open := w.line(text, most)
		if n == line {
			break
		}
		if open < 0 {
			data = rest
			continue
		}
		end := open + flowEnd(data[open:])
		n += bytes.Count(data[:end], []byte{'\n'})
		_, data, _ = bytes.Cut(data[end:], []byte{'\n'})
	}
	names := make([]string, 0, len(w.stack))
	for _, l := range w.stack {
		if l.index >= 0 {
			l.name = strconv.Itoa(l.index)
		}
		names = append(names, l.name)
	}
	return cut(pointer(names...))
}

// line reads the keys and dashes of a line that begin before most, and returns where
// a value begins that may go on in the next lines: in quotes or brackets. -1: none.
func (w *yamlWhere) line(text []byte, most int) (open int) {
	at := indentOf(text, 0)
	if at == len(text) || text[at] == '#' || text[at] == '\t' || text[at] == '\r' || w.scalar >= 0 && at > w.scalar {
		return -1
	}
	w.scalar = -1
	if bytes.HasPrefix(text, []byte("---")) {
		w.stack = w.stack[:0]
		return -1
	}
	indent := at
	for ; at < most && text[at] == '-' && (at+1 == len(text) || text[at+1] == ' '); at = indentOf(text, at+1) {
		w.close(at, true)
		if top := len(w.stack) - 1; top >= 0 && w.stack[top].indent == at && w.stack[top].index >= 0 {
			w.stack[top].index++
		} else {
			w.stack = append(w.stack, yamlLevel{indent: at})
		}
		indent = at
		if len(w.stack) > maxNesting {
			return -1
		}
	}
	if at >= most {
		if at < len(text) { // what fails begins here
			w.close(at-1, true)
		}
		return -1
	}
	if name, after := yamlKey(text[at:]); after > 0 {
		w.close(at, false)
		if top := len(w.stack) - 1; top >= 0 && w.stack[top].indent == at {
			w.stack[top].name = name
		} else {
			w.stack = append(w.stack, yamlLevel{indent: at, name: name, index: -1})
		}
		indent, at = at, indentOf(text, at+after)
	}
	for at < len(text) && (text[at] == '&' || text[at] == '!') { // an anchor or a tag
		for at < len(text) && text[at] != ' ' {
			at++
		}
		at = indentOf(text, at)
	}
	if at < len(text) {
		switch text[at] {
		case '|', '>':
			w.scalar = indent
		case '"', '\'', '[', '{':
			return at
		}
	}
	return -1
}

// close ends what is indented deeper; before a key that is a sequence at the same
// indent too.
func (w *yamlWhere) close(indent int, item bool) {
	for top := len(w.stack) - 1; top >= 0; top-- {
		if l := w.stack[top]; l.indent < indent || l.indent == indent && (item || l.index < 0) {
			return
		}
		w.stack = w.stack[:top]
	}
}

func indentOf(text []byte, at int) int {
	for at < len(text) && text[at] == ' ' {
		at++
	}
	return at
}

// yamlKey returns the key that text begins with and the index after its colon, 0
// when there is none.
func yamlKey(text []byte) (name string, after int) {
	end := 0
	switch text[0] {
	case '"', '\'':
		end = flowEnd(text)
		name = string(text[1:max(end-1, 1)])
	case '[', '{', '|', '>', '#':
		return "", 0
	}
	for i := end; i < len(text); i++ {
		switch {
		case text[i] == ':' && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\r'):
			if end == 0 {
				name = string(bytes.TrimRight(text[:i], " "))
			}
			return name, i + 1
		case end > 0 && text[i] != ' ', text[i] == '#' && i > 0 && text[i-1] == ' ':
			return "", 0
		}
	}
	return "", 0
}

// flowEnd returns the index after the quoted text or the brackets that text begins
// with, its length when they do not end.
func flowEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		begins := i == 0 || bytes.IndexByte([]byte("[{,: \n"), text[i-1]) >= 0
		switch c := text[i]; {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == '"' && begins:
			i = stringEnd(text, i) - 1
		case c == '\'' && begins:
			for i++; i < len(text) && text[i] != '\''; i++ {
			}
			if i+1 < len(text) && text[i+1] == '\'' { // twice stands for itself
				i++
			}
		case c == '#' && begins && i > 0:
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		}
		if depth <= 0 {
			return min(i+1, len(text))
		}
	}
	return len(text)
}
