package openapi

import (
	"bytes"
	"encoding/json"
)

// maxIndented bounds an export that is indented, in bytes: clients take no more, and
// the indents of a large description are most of it.
const maxIndented = 50 << 20

// indented writes JSON for people. What would be too long or mostly indent stays
// compact.
func indented(compact Raw) ([]byte, error) {
	extra := indents(compact)
	if isDeep(compact, extra) || len(compact)+extra > maxIndented {
		return append(compact, '\n'), nil
	}
	var out bytes.Buffer
	out.Grow(len(compact) + extra + bytes.MinRead)
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// indents returns how many bytes json.Indent adds at most.
func indents(compact Raw) int {
	depth, extra := 0, 0
	for i := 0; i < len(compact); i++ {
		switch compact[i] {
		case '"':
			i = skipString(compact, i) - 1
		case '{', '[':
			depth++
			extra += 2*depth + 1
		case '}', ']':
			depth--
			extra += 2*depth + 1
		case ',':
			extra += 2*depth + 1
		case ':':
			extra++
		}
	}
	return extra
}

// isDeep reports whether indents make most of a text. Text that is nested 512 deep
// would grow a thousandfold.
func isDeep(compact Raw, indents int) bool { return indents > 1<<20+16*len(compact) }
