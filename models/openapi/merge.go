package openapi

import (
	"slices"
	"strings"
)

// MergeOperation merges an operation that people have worked on with the one that
// a document brings: the structure is the document's, non-empty summaries,
// descriptions, examples and mock rules of ours stay, and so do status and
// maintainer unless the document sets them.
func MergeOperation(ours, theirs Operation) Operation {
	if ours.Dialect != theirs.Dialect {
		one := Document{Operations: []Operation{ours}}
		if converted, _ := one.convert(theirs.Dialect); len(converted.Operations) == 1 {
			ours.Raw = converted.Operations[0].Raw
		}
	}
	merged := theirs
	merged.Raw = mergeProse(ours.Raw, theirs.Raw, classOperation)
	merged.Name, merged.Tags, merged.Folder = "", nil, nil
	merged.read()
	merged.Folder = theirs.Folder
	if theirs.Status == "" {
		merged.Status = ours.Status
	}
	if theirs.Maintainer == "" {
		merged.Maintainer = ours.Maintainer
	}
	return merged
}

// MergeComponent does for a component what MergeOperation does for an operation.
func MergeComponent(ours, theirs Component) Component {
	if ours.Dialect != theirs.Dialect {
		one := Document{Components: []Component{ours}}
		if converted, _ := one.convert(theirs.Dialect); len(converted.Components) == 1 {
			ours = converted.Components[0]
		}
	}
	merged := theirs
	if ours.Kind == theirs.Kind {
		merged.Raw = mergeProse(ours.Raw, theirs.Raw, componentClasses[theirs.Kind])
	}
	return merged
}

func mergeProse(ours, theirs Raw, c class) Raw {
	n := decode(theirs)
	keepProse(decode(ours), n, c)
	return n.encode()
}

var (
	proseMembers   = []string{"summary", "description"}
	exampleMembers = []string{"example", "examples"}
	mockMembers    = []string{"x-apidog-mock", "x-apifox-mock"}
)

// keepProse carries what people wrote over from one tree to another that describes
// the same thing.
func keepProse(ours, theirs *node, c class) {
	if !ours.isObject() || !theirs.isObject() || theirs.has("$ref") {
		return
	}
	for _, name := range proseMembers {
		if prose := ours.get(name); strings.TrimSpace(prose.text()) != "" {
			theirs.set(name, prose)
		}
	}
	for _, group := range [][]string{exampleMembers, mockMembers} {
		keepGroup(ours, theirs, group)
	}
	for i, name := range theirs.keys {
		if p := placeOf(c, name); p.class != classOther {
			keepPlace(ours.get(name), theirs.kids[i], p)
		}
	}
}

// keepGroup carries over members that stand for each other: only one of them may be
// in an object.
func keepGroup(ours, theirs *node, names []string) {
	if !slices.ContainsFunc(names, func(name string) bool { return !ours.get(name).empty() }) {
		return
	}
	for _, name := range names {
		if v := ours.get(name); v.empty() {
			theirs.take(name)
		} else {
			theirs.set(name, v)
		}
	}
}

func keepPlace(ours, theirs *node, p place) {
	switch {
	case ours == nil:
	case ours.isList() && theirs.isList():
		keepList(ours, theirs, p.class)
	case p.many == inMap || p.many == inMapToo:
		for i, name := range theirs.keys {
			keepPlace(ours.get(name), theirs.kids[i], place{p.class, one})
		}
	default:
		keepProse(ours, theirs, p.class)
	}
}

// keepList carries prose over between lists: parameters match by name and place,
// other elements by position when both lists are of one length.
func keepList(ours, theirs *node, c class) {
	if c != classParameter {
		if len(ours.kids) == len(theirs.kids) {
			for i, kid := range theirs.kids {
				keepProse(ours.kids[i], kid, c)
			}
		}
		return
	}
	byName := make(map[[2]string]*node, len(ours.kids))
	key := func(p *node) [2]string { return [2]string{p.get("in").text(), p.get("name").text()} }
	for _, kid := range ours.kids {
		byName[key(kid)] = kid
	}
	for _, kid := range theirs.kids {
		keepProse(byName[key(kid)], kid, c)
	}
}

// inherited are the members of the root that its operations inherit, in each
// dialect that has them.
var inherited = []string{"security", "consumes", "produces"}

// MergeRoot merges the root of a document into the one that is stored. With replace
// the document stands for all that is stored, and its members win; else ours stay
// and only what we lack is added, but nothing that our operations would inherit:
// Rebase has written that into the document's own. The title and version (info)
// always stay.
func MergeRoot(ours, theirs []Member, replace bool) []Member {
	merged := slices.Clone(ours)
	for _, m := range theirs {
		i := slices.IndexFunc(merged, func(o Member) bool { return o.Name == m.Name })
		switch {
		case i < 0 && !replace && len(m.Raw) <= maxInherited && slices.Contains(inherited, m.Name):
		case i < 0:
			merged = append(merged, m)
		case m.Name == "tags":
			merged[i].Raw = mergeTags(merged[i].Raw, m.Raw, replace)
		case m.Name == "components":
			merged[i].Raw = addMembers(merged[i].Raw, m.Raw)
		case replace && m.Name != "info":
			merged[i] = m
		}
	}
	return merged
}

// addMembers adds the members of an object that another lacks.
func addMembers(ours, theirs Raw) Raw {
	n := decode(ours)
	for name, value := range members(theirs) {
		if !n.has(name) {
			n.set(name, &node{raw: value})
		}
	}
	return n.encode()
}

// mergeTags joins two lists of tags by their names.
func mergeTags(ours, theirs Raw, replace bool) Raw {
	list := slices.Collect(elements(ours))
	places := make(map[string]int, len(list))
	for i, tag := range list {
		places[text(get(tag, "name"))] = i
	}
	for tag := range elements(theirs) {
		name := text(get(tag, "name"))
		if i, ok := places[name]; !ok {
			places[name] = len(list)
			list = append(list, tag)
		} else if replace {
			list[i] = tag
		}
	}
	return arrayOf(list, func(tag Raw) Raw { return tag })
}

// maxInherited bounds what Rebase writes into each operation, in bytes.
const maxInherited = 64 << 10

// Rebase makes the operations of a document mean the same under the root that is
// stored: what they inherit from their own root and would not from the stored one
// (security, and Swagger's consumes and produces) is written into each. Use it
// before MergeRoot without replace.
func (d *Document) Rebase(stored []Member) {
	names := inherited
	if d.Dialect != V20 {
		names = inherited[:1]
	}
	for _, name := range names {
		theirs, ours := rootList(d.Root, name), rootList(stored, name)
		if string(theirs) == string(ours) || len(theirs) > maxInherited {
			continue
		}
		for i := range d.Operations {
			if o := &d.Operations[i]; get(o.Raw, name) == nil {
				o.Raw = SetMember(o.Raw, name, theirs)
			}
		}
	}
}

// rootMember returns the named member of a root, nil when it isn't there.
func rootMember(root []Member, name string) Raw {
	for _, m := range root {
		if m.Name == name {
			return m.Raw
		}
	}
	return nil
}

// rootList is rootMember for a list, which is the empty one when it isn't there.
func rootList(root []Member, name string) Raw {
	if list := rootMember(root, name); list != nil {
		return list
	}
	return Raw("[]")
}
