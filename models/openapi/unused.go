package openapi

import "bytes"

// dropUnused leaves out the components that nothing exported refers to, directly or
// through another component. Security schemes stay.
func (d *Document) dropUnused() {
	index := make(map[[2]string]*Component, len(d.Components))
	for i := range d.Components {
		c := &d.Components[i]
		index[[2]string{c.Kind, c.Name}] = c
	}
	used := map[*Component]bool{}
	var queue []Raw
	written := map[string]bool{}
	for i := range d.Operations {
		queue = append(queue, d.Operations[i].Raw)
		written[d.Operations[i].Path] = true
	}
	for i := range d.Paths {
		if written[d.Paths[i].Path] {
			queue = append(queue, d.Paths[i].Raw)
		}
	}
	for _, m := range d.Webhooks {
		queue = append(queue, m.Raw)
	}
	for len(queue) > 0 {
		raw := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, ref := range refsIn(raw) {
			if c := index[refTarget(ref)]; c != nil && !used[c] {
				used[c] = true
				queue = append(queue, c.Raw)
			}
		}
	}
	var kept []Component
	for i := range d.Components {
		if c := &d.Components[i]; used[c] || c.Kind == "securitySchemes" {
			kept = append(kept, *c)
		}
	}
	d.Components = kept
}

// refsIn returns what the references in a part say, in examples too.
func refsIn(raw Raw) []string {
	var refs []string
	for {
		i := bytes.Index(raw, refMember)
		if i < 0 {
			return refs
		}
		raw = raw[i+len(refMember)-1:]
		end := skipString(raw, 0)
		refs = append(refs, unquote(raw[:end]))
		raw = raw[end:]
	}
}

// refTarget returns kind and name of the component that a reference leads to or
// into, empty when it is none.
func refTarget(ref string) [2]string {
	names, ok := refNames(ref)
	switch {
	case !ok || len(names) < 2:
	case names[0] == "components" && len(names) > 2:
		return [2]string{names[1], names[2]}
	case kindOf20(names[0]) != "":
		return [2]string{kindOf20(names[0]), names[1]}
	}
	return [2]string{}
}
