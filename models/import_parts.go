package models

import (
	"slices"

	"tessera/models/openapi"
)

// standsForAll reports whether the document speaks for the whole project, so
// that its root (tags, security, …) takes the place of the stored one.
func (im *importer) standsForAll() bool {
	if im.options.DeleteEndpoints && im.options.EndpointFolder == 0 {
		return true
	}
	have := map[string]bool{}
	for _, op := range im.doc.Operations {
		have[op.Label()] = true
	}
	for label := range im.endpoints {
		if !have[label] {
			return false
		}
	}
	for _, p := range im.before.parts {
		if p.Kind == partWebhook && !slices.ContainsFunc(im.doc.Webhooks, func(m openapi.Member) bool { return m.Name == p.Name }) {
			return false
		}
	}
	return im.options.Endpoints != KeepExisting || len(im.endpoints) == 0
}

// keptPaths returns the stored path items, by path, that stay in force: of paths
// with operations that the document doesn't bring.
func (im *importer) keptPaths() map[string]openapi.PathItem {
	kept := map[string]openapi.PathItem{}
	if im.standsForAll() {
		return kept
	}
	bring := map[string]bool{}
	if im.options.Endpoints != KeepExisting {
		for _, op := range im.doc.Operations {
			bring[op.Label()] = true
		}
	}
	stays := map[string]bool{}
	for label, e := range im.endpoints {
		stays[e.Path] = stays[e.Path] || !bring[label]
	}
	for _, p := range im.before.parts {
		if p.Kind == partPath && stays[p.Name] {
			kept[p.Name] = openapi.PathItem{Path: p.Name, Dialect: p.Dialect, Raw: openapi.Raw(p.Raw)}
		}
	}
	return kept
}

func (im *importer) storedRoot() []openapi.Member {
	var out []openapi.Member
	for _, p := range im.before.parts {
		if p.Kind == partRoot {
			out = append(out, openapi.Member{Name: p.Name, Dialect: p.Dialect, Raw: openapi.Raw(p.Raw)})
		}
	}
	return out
}

// importParts merges what is neither an endpoint nor a schema.
func (im *importer) importParts() error {
	stored := map[string]*Part{}
	for i := range im.before.parts {
		p := &im.before.parts[i]
		stored[p.Kind+"\x00"+p.Name] = p
	}
	put := func(kind, name string, dialect openapi.Dialect, raw openapi.Raw, keep bool) (action string) {
		old := stored[kind+"\x00"+name]
		if old == nil {
			im.newRows.parts = append(im.newRows.parts, Part{ProjectID: im.project.ID, Kind: kind, Name: name, Dialect: dialect,
				Raw: string(raw), Position: im.position()})
			return "Created"
		}
		if keep || old.Raw == string(raw) && old.Dialect == dialect {
			return "Ignored"
		}
		changed := *old
		changed.Raw, changed.Dialect = string(raw), dialect
		im.changed.parts = append(im.changed.parts, changed)
		return "Updated"
	}
	for _, m := range openapi.MergeRoot(im.storedRoot(), im.doc.Root, im.standsForAll()) {
		put(partRoot, m.Name, m.Dialect, m.Raw, false)
	}
	keepEndpoints, keepSchemas := im.options.Endpoints == KeepExisting, im.options.Schemas == KeepExisting
	kept := im.keptPaths()
	for _, p := range im.doc.Paths {
		if ours, ok := kept[p.Path]; ok {
			p = openapi.MergePathItem(ours, p)
		}
		put(partPath, p.Path, p.Dialect, p.Raw, false)
	}
	for _, m := range im.doc.Webhooks {
		put(partWebhook, m.Name, m.Dialect, m.Raw, keepEndpoints)
	}
	for _, c := range im.doc.Components {
		if c.Kind == schemasKind {
			continue
		}
		action := put(partComponent+c.Kind, c.Name, c.Dialect, c.Raw, keepSchemas)
		if c.Kind == "securitySchemes" {
			im.result.Counters["securityScheme"+action]++
		}
	}
	return nil
}

// deleteUnmatched removes what the document does not have, where that was asked
// for. Schemas have no place below a folder of endpoints: with such a target they
// are deleted only below a folder of their own.
func (im *importer) deleteUnmatched() error {
	var endpoints, schemas []int64
	if im.options.DeleteEndpoints {
		for _, e := range im.before.endpoints {
			if !im.named[e.Label()] && im.folders[EndpointFolder].within(e.FolderID, im.options.EndpointFolder) {
				endpoints = append(endpoints, e.ID)
				im.note("endpoint", "deleted", e.Label(), e.ID)
			}
		}
	}
	if im.options.DeleteSchemas && (im.options.EndpointFolder == 0 || im.options.SchemaFolder != 0) {
		for _, x := range im.before.schemas {
			if !im.named[schemaName(x.Name)] && im.folders[SchemaFolder].within(x.FolderID, im.options.SchemaFolder) {
				schemas = append(schemas, x.ID)
				im.note("schema", "deleted", x.Name, x.ID)
			}
		}
	}
	db := im.tx.write(im.ctx)
	if err := deleteByID(db, &Endpoint{}, endpoints); err != nil {
		return err
	}
	return deleteByID(db, &Schema{}, schemas)
}
