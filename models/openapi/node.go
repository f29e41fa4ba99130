package openapi

import "slices"

// node is a value as a tree that may be rewritten. The order of members is kept, and
// scalars keep their text.
type node struct {
	raw   Raw // a scalar; nil for objects and arrays
	list  bool
	keys  []string       // of an object
	kids  []*node        // values of an object, or elements of an array
	index map[string]int // of keys, once a wide object was searched; nil when out of date
}

func decode(r Raw) *node {
	n, _ := decodeAt(r, 0)
	return n
}

// decodeAt reads the value that starts at i in one go, and returns the index after
// it.
func decodeAt(r Raw, i int) (*node, int) {
	if r[i] != '{' && r[i] != '[' {
		end := skipValue(r, i)
		return &node{raw: r[i:end:end]}, end
	}
	n := &node{list: r[i] == '['}
	for i = skipSpace(r, i+1); r[i] != '}' && r[i] != ']'; i = skipComma(r, i) {
		if !n.list {
			end := skipString(r, i)
			n.keys = append(n.keys, unquote(r[i:end]))
			i = skipSpace(r, skipSpace(r, end)+1)
		}
		var kid *node
		kid, i = decodeAt(r, i)
		n.kids = append(n.kids, kid)
	}
	return n, i + 1
}

func (n *node) append(b []byte) []byte {
	if n.raw != nil {
		return append(b, n.raw...)
	}
	if n.list {
		b = append(b, '[')
		for _, kid := range n.kids {
			b = kid.append(appendComma(b))
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, key := range n.keys {
		b = n.kids[i].append(appendKey(appendComma(b), key))
	}
	return append(b, '}')
}

func (n *node) encode() Raw { return n.append(nil) }

func (n *node) isObject() bool { return n != nil && n.raw == nil && !n.list }
func (n *node) isList() bool   { return n != nil && n.list }
func (n *node) isString() bool { return n != nil && isString(n.raw) }

// is reports whether the node is this scalar, written this way.
func (n *node) is(raw string) bool { return n != nil && string(n.raw) == raw }

// text returns the value of a string, "" for anything else.
func (n *node) text() string {
	if n == nil {
		return ""
	}
	return text(n.raw)
}

// get returns the named member of an object, nil when there is none.
func (n *node) get(name string) *node {
	if n.isObject() {
		if i := n.find(name); i >= 0 {
			return n.kids[i]
		}
	}
	return nil
}

// find returns the index of a member, -1 when there is none.
func (n *node) find(name string) int {
	const narrow = 32
	if len(n.keys) <= narrow {
		return slices.Index(n.keys, name)
	}
	if n.index == nil {
		n.index = make(map[string]int, len(n.keys))
		for i, key := range n.keys {
			n.index[key] = i
		}
	}
	if i, ok := n.index[name]; ok {
		return i
	}
	return -1
}

func (n *node) has(name string) bool { return n.get(name) != nil }

// set replaces a member where it stands, or adds it at the end.
func (n *node) set(name string, value *node) {
	if i := n.find(name); i >= 0 {
		n.kids[i] = value
		return
	}
	if n.index != nil {
		n.index[name] = len(n.keys)
	}
	n.keys = append(n.keys, name)
	n.kids = append(n.kids, value)
}

// setFirst is set, but adds at the front.
func (n *node) setFirst(name string, value *node) {
	if n.has(name) {
		n.set(name, value)
		return
	}
	n.index = nil
	n.keys = slices.Insert(n.keys, 0, name)
	n.kids = slices.Insert(n.kids, 0, value)
}

// take removes a member and returns it, nil when there was none.
func (n *node) take(name string) *node {
	if !n.isObject() {
		return nil
	}
	i := n.find(name)
	if i < 0 {
		return nil
	}
	value := n.kids[i]
	n.index = nil
	n.keys = slices.Delete(n.keys, i, i+1)
	n.kids = slices.Delete(n.kids, i, i+1)
	return value
}

// rename gives a member another name where it stands, unless that name is taken.
func (n *node) rename(from, to string) {
	if i := n.find(from); i >= 0 && !n.has(to) {
		n.keys[i] = to
		n.index = nil
	}
}

// move takes a member from one object to another.
func (n *node) move(to *node, from, name string) {
	if v := n.take(from); v != nil {
		to.set(name, v)
	}
}

func (n *node) clone() *node {
	c := *n
	c.index = nil
	c.keys = slices.Clone(n.keys)
	c.kids = make([]*node, len(n.kids))
	for i, kid := range n.kids {
		c.kids[i] = kid.clone()
	}
	return &c
}

func newObject() *node                { return &node{} }
func newList(kids ...*node) *node     { return &node{list: true, kids: kids} }
func newText(s string) *node          { return &node{raw: Quote(s)} }
func newScalar(raw string) *node      { return &node{raw: Raw(raw)} }
func (n *node) add(kid *node)         { n.kids = append(n.kids, kid) }
func (n *node) empty() bool           { return n == nil || n.raw == nil && len(n.kids) == 0 }
func newPair(k string, v *node) *node { return &node{keys: []string{k}, kids: []*node{v}} }

// texts returns the strings of a list of strings.
func (n *node) texts() []string {
	var all []string
	if n.isList() {
		for _, kid := range n.kids {
			if kid.isString() {
				all = append(all, kid.text())
			}
		}
	}
	return all
}

func newTexts(all []string) *node {
	n := newList()
	for _, s := range all {
		n.add(newText(s))
	}
	return n
}
