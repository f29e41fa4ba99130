package openapi

import (
	"bytes"
	"slices"
)

// MergePathItem merges a document's path item into a stored one that has operations
// which the document lacks. Ours stays, for they depend on it, and gains what it
// lacks, but nothing that they would inherit: RebasePaths has written that into the
// document's own operations.
func MergePathItem(ours, theirs PathItem) PathItem {
	for name, value := range members(theirs.Raw) {
		switch {
		case get(ours.Raw, name) != nil || name == "parameters" || name == "servers" || name == "$ref":
		case slices.Contains(methods, name), isExtension(name), ours.Dialect == theirs.Dialect:
			ours.Raw = SetMember(ours.Raw, name, value)
		}
	}
	return ours
}

// RebasePaths makes the operations of a document mean the same under the path items
// that stay stored, by path: what they inherit from their own item and would not
// from the stored one is written into each. Use it before MergePathItem.
func (d *Document) RebasePaths(stored map[string]PathItem) {
	inherit := map[string]func(operation Raw) Raw{}
	for _, theirs := range d.Paths {
		ours, ok := stored[theirs.Path]
		if !ok || len(theirs.Raw) > maxInherited || theirs.Dialect == ours.Dialect && bytes.Equal(theirs.Raw, ours.Raw) {
			continue
		}
		parameters := newParameters(ours.Raw, theirs.Raw)
		servers := get(theirs.Raw, "servers")
		if bytes.Equal(servers, get(ours.Raw, "servers")) {
			servers = nil
		}
		inherit[theirs.Path] = func(operation Raw) Raw {
			if servers != nil && get(operation, "servers") == nil {
				operation = SetMember(operation, "servers", servers)
			}
			return addParameters(operation, parameters)
		}
	}
	for i := range d.Operations {
		if o := &d.Operations[i]; inherit[o.Path] != nil {
			o.Raw = inherit[o.Path](o.Raw)
		}
	}
}

// newParameters are those of an item that another doesn't have just so.
func newParameters(ours, theirs Raw) []Raw {
	known := slices.Collect(elements(get(ours, "parameters")))
	return slices.DeleteFunc(slices.Collect(elements(get(theirs, "parameters"))), func(p Raw) bool {
		return slices.ContainsFunc(known, func(k Raw) bool { return bytes.Equal(k, p) })
	})
}

// addParameters puts those before the operation's own that these don't replace.
func addParameters(operation Raw, inherited []Raw) Raw {
	own := slices.Collect(elements(get(operation, "parameters")))
	key := func(p Raw) [3]string {
		return [3]string{text(get(p, "in")), text(get(p, "name")), text(get(p, "$ref"))}
	}
	list := slices.DeleteFunc(slices.Clone(inherited), func(p Raw) bool {
		return slices.ContainsFunc(own, func(o Raw) bool { return key(o) == key(p) })
	})
	if len(list) == 0 {
		return operation
	}
	return SetMember(operation, "parameters", arrayOf(append(list, own...), func(p Raw) Raw { return p }))
}
