package openapi

import (
	"bytes"
	"slices"
)

// convert returns the description with every part in one dialect, and what that
// dialect can't say. Parts that are in it already are not touched. Swagger 2.0 and
// OpenAPI 3.1 meet in 3.0.
func (d *Document) convert(to Dialect) (*Document, []Omission) {
	doc := *d
	var omitted []Omission
	step := func(from, to Dialect, rules rules) {
		if doc.has(from) {
			c := &converter{doc: &doc, from: from, to: to, rules: rules}
			c.run()
			omitted = append(omitted, c.omitted...)
		}
	}
	if to != V20 {
		step(V20, V30, &up20{})
	}
	if to != V31 {
		step(V31, V30, &down31{})
	}
	switch to {
	case V20:
		step(V30, V20, &down30{})
	case V31:
		step(V30, V31, up30{})
	}
	return &doc, omitted
}

func (d *Document) has(dialect Dialect) bool {
	return slices.ContainsFunc(d.Operations, func(o Operation) bool { return o.Dialect == dialect }) ||
		slices.ContainsFunc(d.Components, func(c Component) bool { return c.Dialect == dialect }) ||
		slices.ContainsFunc(d.Paths, func(p PathItem) bool { return p.Dialect == dialect }) ||
		hasMember(d.Webhooks, dialect) || hasMember(d.Root, dialect)
}

func hasMember(all []Member, dialect Dialect) bool {
	return slices.ContainsFunc(all, func(m Member) bool { return m.Dialect == dialect })
}

// rules are what one step between neighbouring dialects does.
type rules interface {
	// prepare looks at the whole description before any part is rewritten.
	prepare(c *converter)
	// visit rewrites one object, the inner ones have been visited.
	visit(c *converter, n *node, class class)
	// component rewrites what depends on a component being one. It may change its
	// kind or name; an empty kind drops it.
	component(c *converter, n *node, part *Component)
	// root rewrites one member of the root and returns it, or nil to drop it.
	root(c *converter, m Member) Raw
}

type converter struct {
	doc        *Document
	from, to   Dialect
	rules      rules
	components map[[2]string]Raw  // by kind and name, in the dialect from
	used       map[[2]string]bool // components that a reference was replaced by
	walker     walker
	refData    func(n, ref *node) // rewrites references in data: examples and extensions
	omitted    []Omission
	said       int // bytes of omitted
	budget     int // bytes that may still be copied from one place to others
	resolving  int // depth of references that are being replaced by their targets
}

// What conversion copies (targets of references, a body for each media type) is
// bounded by this much and so many times the description, or references to
// references could grow a small one beyond all memory.
const (
	copyBase   = 4 << 20
	copyFactor = 8
	maxOmitted = 4 << 20 // bytes of omissions that are listed
)

func (c *converter) run() {
	c.components = make(map[[2]string]Raw, len(c.doc.Components))
	c.used = map[[2]string]bool{}
	for i := range c.doc.Components {
		if p := &c.doc.Components[i]; p.Dialect == c.from {
			c.components[[2]string{p.Kind, p.Name}] = p.Raw
		}
	}
	c.budget = copyBase
	c.doc.eachPart(func(raw *Raw, _ class, _ ...string) { c.budget += copyFactor * len(*raw) })
	c.walker.visit = func(_ *walker, n *node, class class) { c.rules.visit(c, n, class) }
	c.rules.prepare(c)
	c.runPaths()
	c.runComponents()
	var root []Member
	for _, m := range c.doc.Root {
		if m.Dialect == c.from {
			c.walker.at = []string{m.Name}
			m.Dialect = c.to
			if m.Raw = c.rules.root(c, m); m.Raw == nil {
				continue
			}
			if isExtension(m.Name) && bytes.Contains(m.Raw, refMember) {
				n := decode(m.Raw)
				c.data(n)
				m.Raw = n.encode()
			}
		}
		root = append(root, m)
	}
	c.doc.Root = root
}

func (c *converter) runPaths() {
	c.doc.Paths = slices.Clone(c.doc.Paths)
	c.doc.Operations = slices.Clone(c.doc.Operations)
	c.doc.Webhooks = slices.Clone(c.doc.Webhooks)
	for i := range c.doc.Operations {
		if o := &c.doc.Operations[i]; o.Dialect == c.from {
			o.Raw = c.part(o.Raw, classOperation, "paths", o.Path, o.Method)
			o.Dialect = c.to
		}
	}
	for i := range c.doc.Paths {
		if p := &c.doc.Paths[i]; p.Dialect == c.from {
			p.Raw = c.part(p.Raw, classPathItem, "paths", p.Path)
			p.Dialect = c.to
		}
	}
	for i := range c.doc.Webhooks {
		if m := &c.doc.Webhooks[i]; m.Dialect == c.from {
			m.Raw = c.part(m.Raw, classPathItem, "webhooks", m.Name)
			m.Dialect = c.to
		}
	}
}

// inPlace are the kinds of components that the next lower dialect lacks, but which
// may stand where they were referred to.
var inPlace = map[Dialect][]string{V30: {"pathItems"}, V20: {"requestBodies", "headers", "examples"}}

func (c *converter) runComponents() {
	var kept, placed []Component
	for _, p := range c.doc.Components {
		if p.Dialect == c.from {
			if slices.Contains(inPlace[c.to], p.Kind) {
				placed = append(placed, p)
				continue
			}
			c.walker.at = pointerNames(p.Pointer())
			n := decode(p.Raw)
			c.walker.walk(n, componentClasses[p.Kind])
			c.data(n)
			c.rules.component(c, n, &p)
			p.Raw, p.Dialect = n.encode(), c.to
		}
		if p.Kind != "" {
			kept = append(kept, p)
		}
	}
	c.doc.Components = kept
	for _, p := range placed {
		if !c.used[[2]string{p.Kind, p.Name}] {
			c.walker.at = pointerNames(p.Pointer())
			c.omit(p.Kind, decode(p.Raw))
		}
	}
}

func (c *converter) part(raw Raw, class class, names ...string) Raw {
	c.walker.at = names
	n := decode(raw)
	c.walker.walk(n, class)
	c.data(n)
	return n.encode()
}

// omit notes that a member of the object being visited can't be said.
func (c *converter) omit(reason string, value ...*node) {
	if c.said > maxOmitted {
		return
	}
	o := Omission{Pointer: c.walker.pointer(), Reason: reason}
	if len(value) > 0 {
		o.Value = value[0].encode()
	}
	if c.said += len(o.Pointer) + len(reason) + len(o.Value); c.said > maxOmitted {
		o = Omission{Reason: "more"}
	}
	c.omitted = append(c.omitted, o)
}

// drop takes members away, noting each that was there.
func (c *converter) drop(n *node, names ...string) {
	for _, name := range names {
		if n.take(name) != nil {
			c.omit(name)
		}
	}
}

// only drops what is neither an extension nor known to the class in the dialect to.
func (c *converter) only(n *node, class class) {
	allowed := knownMembers[c.to][class]
	if allowed == nil {
		return
	}
	c.filter(n, func(name string) bool { return allowed[name] || isExtension(name) })
}

// filter drops the members whose names don't pass, noting each.
func (c *converter) filter(n *node, keep func(name string) bool) {
	if !n.isObject() || !slices.ContainsFunc(n.keys, func(name string) bool { return !keep(name) }) {
		return
	}
	kept := newObject()
	for i, name := range n.keys {
		if keep(name) {
			kept.keys = append(kept.keys, name)
			kept.kids = append(kept.kids, n.kids[i])
		} else {
			c.omit(name)
		}
	}
	*n = *kept
}

// onlyRef drops what stands beside a reference.
func (c *converter) onlyRef(n *node) {
	c.filter(n, func(name string) bool { return name == "$ref" })
}

func isExtension(name string) bool { return len(name) > 1 && name[0] == 'x' && name[1] == '-' }

// rootAs rewrites a member of the root as if it stood in an operation.
func (c *converter) rootAs(m Member, rewrite func(n *node)) Raw {
	n := newPair(m.Name, decode(m.Raw))
	rewrite(n)
	if v := n.get(m.Name); v != nil {
		return v.encode()
	}
	return nil
}
