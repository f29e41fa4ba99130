package openapi

import "slices"

// share31 makes the parts of an OpenAPI 3.2 document say only what 3.1 can say too:
// other members become extensions, with a warning each. 3.0's members of these
// objects are 3.1's.
func (p *parser) share31() {
	w := walker{visit: func(w *walker, n *node, c class) {
		known := knownMembers[V30][c]
		if known == nil || c == classSchema {
			return
		}
		for _, name := range slices.Clone(n.keys) {
			if !known[name] && !isExtension(name) && len(p.doc.Warnings) < maxRefWarnings {
				p.warn(IssueUnknownMember, name, append(slices.Clone(w.at), name)...)
				n.rename(name, "x-"+name)
			}
		}
	}}
	p.doc.eachPart(func(raw *Raw, c class, at ...string) {
		w.at = at
		n := decode(*raw)
		w.walk(n, c)
		*raw = n.encode()
	})
	for i := range p.doc.Root {
		p.shareRoot(&p.doc.Root[i])
	}
}

// shareRoot does the same for the members of the root that 3.2 has added to.
func (p *parser) shareRoot(m *Member) {
	switch m.Name {
	case "$self":
		p.warn(IssueUnknownMember, m.Name, m.Name)
		m.Name = "x-self"
	case "tags":
		n := decode(m.Raw)
		for _, tag := range n.kids {
			for _, name := range []string{"summary", "parent", "kind"} {
				if tag.isObject() {
					tag.rename(name, "x-"+name)
				}
			}
		}
		m.Raw = n.encode()
	}
}

// operations32 fails the operations that only 3.2 has, and reports whether the
// member of a path item was one.
func (p *parser) operations32(name, path string, value Raw) bool {
	switch {
	case !p.is32:
		return false
	case name == "query":
		p.fail(IssueMethod, "QUERY", "paths", path, name)
		return true
	case name == "additionalOperations":
		for method := range members(value) {
			p.fail(IssueMethod, method, "paths", path, name, method)
		}
		return true
	}
	return false
}
