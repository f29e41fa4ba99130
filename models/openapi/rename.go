package openapi

import "bytes"

// RenameComponents gives components of the document other names, from kind and old
// name to new. References to them in the document follow, also those of
// discriminators and of security requirements.
func (d *Document) RenameComponents(names map[[2]string]string) {
	rename := func(kind, name string) string { return names[[2]string{kind, name}] }
	for i := range d.Components {
		if c := &d.Components[i]; rename(c.Kind, c.Name) != "" {
			c.Name = rename(c.Kind, c.Name)
		}
	}
	d.eachPart(func(raw *Raw, c class, _ ...string) { *raw = renameRefs(*raw, c, rename) })
	for i := range d.Root {
		if m := &d.Root[i]; m.Name == "security" {
			m.Raw = get(renameRefs(inOperation(m.Raw), classOperation, rename), "security")
		}
	}
}

// inOperation is the root's security as if it stood in an operation.
func inOperation(security Raw) Raw {
	return append(append(Raw(`{"security":`), security...), '}')
}

// eachPart calls f with the text of each part, its class and the names that lead to it.
func (d *Document) eachPart(f func(raw *Raw, c class, at ...string)) {
	for i := range d.Operations {
		o := &d.Operations[i]
		f(&o.Raw, classOperation, "paths", o.Path, o.Method)
	}
	for i := range d.Paths {
		f(&d.Paths[i].Raw, classPathItem, "paths", d.Paths[i].Path)
	}
	for i := range d.Webhooks {
		f(&d.Webhooks[i].Raw, classPathItem, "webhooks", d.Webhooks[i].Name)
	}
	for i := range d.Components {
		c := &d.Components[i]
		f(&c.Raw, componentClasses[c.Kind], "components", c.Kind, c.Name)
	}
}

// renameRefs rewrites the references of a part. rename returns the new name of a
// component, "" when it stays.
func renameRefs(raw Raw, c class, rename func(kind, name string) string) Raw {
	needed := bytes.Contains(raw, []byte(`"discriminator"`)) || bytes.Contains(raw, []byte(`"security"`))
	for _, ref := range refsIn(raw) {
		target := refTarget(ref)
		needed = needed || rename(target[0], target[1]) != ""
	}
	if !needed {
		return raw
	}
	n := decode(raw)
	w := walker{visit: func(_ *walker, n *node, c class) {
		if ref := n.get("$ref"); ref.isString() {
			*ref = *newText(renamedRef(ref.text(), rename))
		}
		if c == classRequirement {
			renameKeys(n, rename)
		}
		if c != classSchema {
			return
		}
		if mapping := n.get("discriminator").get("mapping"); mapping.isObject() {
			for _, kid := range mapping.kids {
				*kid = *newText(renamedTarget(kid.text(), rename))
			}
		}
	}}
	w.walk(n, c)
	return n.encode()
}

// renameKeys gives the schemes of a security requirement their names.
func renameKeys(requirement *node, rename func(kind, name string) string) {
	for i, name := range requirement.keys {
		if to := rename("securitySchemes", name); to != "" {
			requirement.keys[i], requirement.index = to, nil
		}
	}
}

func renamedRef(ref string, rename func(kind, name string) string) string {
	target := refTarget(ref)
	to := rename(target[0], target[1])
	if to == "" {
		return ref
	}
	names, _ := refNames(ref)
	if names[0] == "components" {
		names[2] = to
	} else {
		names[1] = to
	}
	return "#" + pointer(names...)
}

// renamedTarget is renamedRef for a discriminator's mapping, where a schema's bare
// name stands for a reference too.
func renamedTarget(ref string, rename func(kind, name string) string) string {
	if to := rename("schemas", ref); to != "" {
		return to
	}
	return renamedRef(ref, rename)
}
