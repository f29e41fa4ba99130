package openapi

import (
	"bytes"
	"slices"
)

// maxRefWarnings bounds the list of references that lead out or nowhere.
const maxRefWarnings = 200

var refMember = []byte(`"$ref":"`)

// checkRefs warns of references that are not followed: those to other documents,
// and those that lead nowhere.
func (p *parser) checkRefs() {
	index := p.newIndex()
	known := map[string]string{} // the issue of each reference met so far, "" for none
	text := p.src.json
	places := tracker{text: text}
	for at := 0; len(p.doc.Warnings) < maxRefWarnings; {
		i := bytes.Index(text[at:], refMember)
		if i < 0 {
			return
		}
		start := at + i + len(refMember) - 1
		at = skipString(text, start)
		ref := text[start:at]
		code, ok := known[string(ref)]
		if !ok {
			code = index.issue(unquote(ref))
			known[string(ref)] = code
		}
		if code != "" {
			p.warn(code, unquote(ref), places.namesAt(start)...)
		}
	}
}

func (x *refIndex) issue(ref string) string {
	if ref == "" {
		return IssueRefDangling
	}
	if ref[0] != '#' {
		return IssueRefExternal
	}
	names, ok := refNames(ref)
	if !ok || x.find(names) {
		return "" // an $anchor of JSON Schema is left to those who know it
	}
	return IssueRefDangling
}

// maxScanned bounds how much is scanned for the targets of references, in bytes.
const maxScanned = 128 << 20

// refIndex finds components and paths without a scan of the document.
type refIndex struct {
	root  Raw
	parts map[[3]string]Raw
	bytes int // scanned so far
}

func (p *parser) newIndex() *refIndex {
	x := &refIndex{root: p.src.json, parts: map[[3]string]Raw{}}
	for i := range p.doc.Components {
		c := &p.doc.Components[i]
		key, _ := partKey(pointerNames(c.Pointer()))
		x.parts[key] = c.Raw
	}
	for path, item := range members(get(p.src.json, "paths")) {
		x.parts[[3]string{"paths", path}] = item
	}
	return x
}

// partKey returns the names that lead to a part, and how many they are: three for
// components, else two.
func partKey(names []string) (key [3]string, n int) {
	n = 2
	if len(names) > 0 && names[0] == "components" {
		n = 3
	}
	return key, copy(key[:n], names)
}

// find reports whether names lead anywhere; in doubt they do.
func (x *refIndex) find(names []string) bool {
	key, n := partKey(names)
	from, rest := x.root, names
	if part, ok := x.parts[key]; ok {
		from, rest = part, names[n:]
	} else if len(names) > 2 && names[0] == "components" && slices.Contains(componentKinds, names[1]) {
		return false
	}
	if len(rest) == 0 {
		return true
	}
	if x.bytes += len(from); x.bytes > maxScanned {
		return true
	}
	return lookup(from, rest) != nil
}
