package models

import (
	"strings"

	"tessera/models/openapi"
)

// maxKey bounds what stands in an index of the database, in bytes: PostgreSQL
// refuses longer ones.
const maxKey = 1000

// maxFolderName bounds the name of a folder, in bytes.
const maxFolderName = 255

// prepareImport refuses what neither database could keep, and takes out of the
// texts beside the exact ones what PostgreSQL can't store. Error: CodeInvalid.
func prepareImport(d *openapi.Document) error {
	usable := d.Operations[:0]
	for _, op := range d.Operations {
		if len(op.Path) > maxKey {
			d.Failed = append(d.Failed, openapi.Issue{Code: openapi.IssuePath, Pointer: op.Pointer()})
			continue
		}
		op.Name, op.Status, op.Maintainer = storableText(op.Name), storableText(op.Status), storableText(op.Maintainer)
		for i := range op.Tags {
			op.Tags[i] = storableText(op.Tags[i])
		}
		op.Folder = folderNames(op.Folder)
		usable = append(usable, op)
	}
	d.Operations = usable
	paths := d.Paths[:0]
	for _, p := range d.Paths {
		if len(p.Path) <= maxKey && storable(p.Path) {
			paths = append(paths, p)
		}
	}
	d.Paths = paths
	var v Invalid
	check := func(name, pointer string) {
		if len(name) > maxKey || !storable(name) {
			v.Add("input", "name_unusable", "pointer", pointer[:min(len(pointer), 200)])
		}
	}
	for i := range d.Components {
		c := &d.Components[i]
		check(c.Name, c.Pointer())
		c.Folder = folderNames(c.Folder)
	}
	for _, m := range d.Root {
		check(m.Name, "/"+m.Name)
	}
	for _, m := range d.Webhooks {
		check(m.Name, "/webhooks/"+m.Name)
	}
	return v.Err()
}

// storableText is text without what PostgreSQL can't store.
func storableText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

func folderNames(names []string) []string {
	var out []string
	for _, name := range names {
		name = storableText(name)
		if len(name) > maxFolderName {
			name = strings.ToValidUTF8(name[:maxFolderName], "")
		}
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// schemaName is a schema's key among the names of a document.
func schemaName(name string) string { return "schema " + name }

// namesOf lists what a document has, by its names there: operations as Label
// writes them, whether or not they can be used, and schemas.
func namesOf(d *openapi.Document) map[string]bool {
	names := map[string]bool{}
	for _, op := range d.Operations {
		names[op.Label()] = true
	}
	for _, issue := range d.Failed {
		if label := issue.Label(); label != "" {
			names[label] = true
		}
	}
	for _, c := range d.Components {
		if c.Kind == schemasKind {
			names[schemaName(c.Name)] = true
		}
	}
	return names
}
