package openapi

import "slices"

// data rewrites the references that the walk doesn't come to. By the specification
// they are only data, but tools that resolve references don't know that.
func (c *converter) data(n *node) {
	if c.refData == nil {
		return
	}
	if ref := n.get("$ref"); ref.isString() {
		c.refData(n, ref)
	}
	for _, kid := range n.kids {
		c.data(kid)
	}
}

// maxResolve bounds the references that are followed from one place.
const maxResolve = 16

// resolve returns what a reference of the dialect from leads to, as a tree of its
// own in that dialect; the node itself when it is no reference, nil when it leads
// nowhere.
func (c *converter) resolve(n *node) *node {
	for range maxResolve {
		ref := n.get("$ref")
		if !ref.isString() {
			return n
		}
		names, ok := refNames(ref.text())
		if !ok {
			return nil
		}
		key, length := partKey(names)
		kind, name := key[1], key[2]
		if c.from == V20 {
			kind, name = kindOf20(key[0]), key[1]
		}
		part := [2]string{kind, name}
		if n = c.copyOf(lookup(c.components[part], names[min(length, len(names)):])); n == nil {
			return nil
		}
		c.used[part] = true
	}
	return nil
}

// copyOf returns a tree of what stands somewhere else too, nil when there is nothing
// or no budget left.
func (c *converter) copyOf(raw Raw) *node {
	if c.budget -= len(raw); raw == nil || c.budget < 0 {
		return nil
	}
	return decode(raw)
}

// clone is copyOf for a tree; without budget it returns an empty object.
func (c *converter) clone(n *node) *node {
	if c.budget < 0 {
		return newObject()
	}
	c.budget -= len(n.encode())
	return n.clone()
}

// inline replaces a reference by its target, which is rewritten like the rest. It
// reports whether it could.
func (c *converter) inline(n *node, class class) bool {
	if c.resolving >= maxResolve {
		return false
	}
	target := c.resolve(n)
	if target == nil || target == n {
		return false
	}
	c.resolving++
	c.walker.walk(target, class)
	c.resolving--
	*n = *target
	return true
}

// security drops the requirements that name a scheme which the dialect lacks. The
// member goes when none is left: an empty list would open what was closed.
func (c *converter) security(n *node, gone map[string]bool) {
	list := n.get("security")
	if !list.isList() || len(list.kids) == 0 || len(gone) == 0 {
		return
	}
	before := len(list.kids)
	list.kids = slices.DeleteFunc(list.kids, func(alternative *node) bool {
		return slices.ContainsFunc(alternative.keys, func(name string) bool { return gone[name] })
	})
	if len(list.kids) < before {
		c.omit("security")
	}
	if len(list.kids) == 0 {
		n.take("security")
	}
}

// schemesLike returns the names of security schemes that pass a test.
func (c *converter) schemesLike(test func(scheme *node) bool) map[string]bool {
	found := map[string]bool{}
	for key, raw := range c.components {
		if key[0] == "securitySchemes" && test(decode(raw)) {
			found[key[1]] = true
		}
	}
	return found
}
