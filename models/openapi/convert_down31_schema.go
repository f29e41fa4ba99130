package openapi

import "slices"

// isFlag reports whether a boolean schema stands where 3.0 allows it.
func isFlag(at []string) bool {
	last := len(at) - 1
	return last > 0 && at[last] == "additionalProperties" && at[last-1] != "properties"
}

func downConst(n *node) {
	if value := n.get("const"); value != nil {
		n.take("enum") // const is narrower
		n.set("const", newList(value))
		n.rename("const", "enum")
	}
}

// downLists makes lists what they must be before 3.1: with something in them, and of
// names nothing twice.
func downLists(c *converter, n *node) {
	unique(n.get("required"))
	if required := n.get("required"); required.isList() && required.empty() {
		n.take("required") // requires nothing
	}
	if enum := n.get("enum"); enum.isList() && enum.empty() {
		c.drop(n, "enum")
	}
}

// unique drops values that a list has twice.
func unique(list *node) {
	if !list.isList() {
		return
	}
	seen := make(map[string]bool, len(list.kids))
	list.kids = slices.DeleteFunc(list.kids, func(value *node) bool {
		text := string(value.encode())
		again := seen[text]
		seen[text] = true
		return again
	})
}

// types turns a list of types into one type, nullable, or alternatives.
func (r *down31) types(n *node) {
	t := n.get("type")
	if t.text() == "null" {
		n.take("type")
		n.set("nullable", newScalar("true"))
		n.set("enum", newList(newScalar("null")))
		return
	}
	if !t.isList() {
		return
	}
	names := without(t.texts(), "null")
	if len(names) < len(t.kids) {
		n.set("nullable", newScalar("true"))
	}
	switch len(names) {
	case 0:
		n.take("type")
		n.set("enum", newList(newScalar("null")))
	case 1:
		n.set("type", newText(names[0]))
	default:
		n.take("type")
		r.alternatives(n, names)
	}
}

// alternatives says that a value has one of some types. Keywords for one type don't
// touch values of another, so they may stay beside.
func (r *down31) alternatives(n *node, names []string) {
	list := newList()
	for _, name := range names {
		one := newPair("type", newText(name))
		if name == "array" {
			one.set("items", newObject())
			if items := n.take("items"); items != nil {
				one.set("items", items)
			}
		}
		list.add(one)
	}
	if nullable := n.get("nullable"); nullable != nil {
		for _, one := range list.kids {
			one.set("nullable", newScalar("true"))
		}
		n.take("nullable")
	}
	if !n.has("anyOf") {
		n.set("anyOf", list)
		return
	}
	both := n.get("allOf")
	if !both.isList() {
		both = newList()
		n.set("allOf", both)
	}
	both.add(newPair("anyOf", list))
}

// downNullAlternative turns an alternative that is only null, as types has left it,
// into nullable.
func downNullAlternative(n *node, name string) {
	list := n.get(name)
	if !list.isList() {
		return
	}
	before := len(list.kids)
	list.kids = slices.DeleteFunc(list.kids, isOnlyNull)
	if len(list.kids) == before {
		return
	}
	n.set("nullable", newScalar("true"))
	switch len(list.kids) {
	case 0:
		n.take(name)
		n.set("enum", newList(newScalar("null")))
	case 1:
		if !n.has("allOf") {
			n.rename(name, "allOf")
		}
	}
}

func isOnlyNull(n *node) bool {
	enum := n.get("enum")
	return len(n.keys) == 2 && n.get("nullable").is("true") && enum.isList() && len(enum.kids) == 1 && enum.kids[0].is("null")
}

func downExclusive(n *node, limit, exclusive string) {
	value := n.get(exclusive)
	if value == nil || value.is("true") || value.is("false") {
		return
	}
	if n.has(limit) && !isStricter(value.raw, n.get(limit).raw, limit == "minimum") {
		n.take(exclusive)
		return
	}
	n.take(limit)
	n.rename(exclusive, limit)
	n.set(exclusive, newScalar("true"))
}

func (r *down31) examples(c *converter, n *node) {
	list := n.take("examples")
	if !list.isList() || len(list.kids) == 0 {
		return
	}
	rest := list.kids
	if !n.has("example") {
		n.set("example", rest[0])
		rest = rest[1:]
	}
	if len(rest) > 0 {
		c.omit("examples", newList(rest...))
	}
}

// content turns contentEncoding and contentMediaType into the formats byte and
// binary.
func (r *down31) content(n *node) {
	if n.has("format") {
		return
	}
	switch {
	case n.get("contentEncoding").text() == "base64":
		n.set("contentEncoding", newText("byte"))
		n.rename("contentEncoding", "format")
	case !n.has("contentEncoding") && n.get("contentMediaType").text() == "application/octet-stream":
		n.set("contentMediaType", newText("binary"))
		n.rename("contentMediaType", "format")
		if !n.has("type") {
			n.set("type", newText("string"))
		}
	}
}

// tuple widens a tuple to a list of any of its parts.
func (r *down31) tuple(c *converter, n *node) {
	prefix := n.get("prefixItems")
	if !prefix.isList() {
		return
	}
	c.drop(n, "prefixItems")
	any := slices.Clone(prefix.kids)
	if items := n.get("items"); items != nil && !items.get("not").isObject() {
		any = append(any, items)
	}
	n.set("items", newPair("anyOf", newList(any...)))
}

// patterns keeps patternProperties possible where further ones are forbidden.
func (r *down31) patterns(c *converter, n *node) {
	patterns := n.get("patternProperties")
	if !patterns.isObject() {
		return
	}
	c.drop(n, "patternProperties")
	if n.get("additionalProperties").is("false") {
		n.set("additionalProperties", newPair("anyOf", newList(patterns.kids...)))
	}
}
