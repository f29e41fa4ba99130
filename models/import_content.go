package models

import "tessera/models/openapi"

// importSchemas comes first: CREATE_NEW gives a schema another name, which the
// operations of the document must follow.
func (im *importer) importSchemas() error {
	if im.options.Schemas == CreateNew {
		im.renameComponents()
	}
	now := im.tx.Now()
	for i := range im.doc.Components {
		c := &im.doc.Components[i]
		if c.Kind != schemasKind {
			continue
		}
		old := im.schemas[c.Name]
		if old == nil {
			folder, err := im.folders[SchemaFolder].place(im.options.SchemaFolder, c.Folder)
			if err != nil {
				return err
			}
			im.newRows.schemas = append(im.newRows.schemas, Schema{ProjectID: im.project.ID, FolderID: folder, Name: c.Name,
				Dialect: c.Dialect, Raw: string(c.Raw), Position: im.position(), CreatedAt: now, UpdatedAt: now})
			im.note("schema", "created", c.Name, 0)
			continue
		}
		if im.options.Schemas == KeepExisting {
			im.note("schema", "ignored", c.Name, old.ID)
			continue
		}
		incoming := *c
		if im.options.Schemas == AutoMerge {
			incoming = openapi.MergeComponent(openapi.Component{Kind: schemasKind, Name: old.Name, Dialect: old.Dialect, Raw: openapi.Raw(old.Raw)}, *c)
		}
		if incoming.Dialect == old.Dialect && sameText(string(incoming.Raw), old.Raw) {
			im.note("schema", "ignored", c.Name, old.ID)
			continue
		}
		changed := *old
		changed.Raw, changed.Dialect, changed.UpdatedAt = string(incoming.Raw), incoming.Dialect, now
		im.changed.schemas = append(im.changed.schemas, changed)
		im.note("schema", "updated", c.Name, old.ID)
	}
	return nil
}

func (im *importer) importOperations() error {
	now := im.tx.Now()
	if !im.standsForAll() {
		im.doc.Rebase(im.storedRoot())
		im.doc.RebasePaths(im.keptPaths())
	}
	for i := range im.doc.Operations {
		op := &im.doc.Operations[i]
		old := im.endpoints[op.Label()]
		if im.options.Endpoints == CreateNew {
			old = nil
		}
		if old == nil {
			folder, err := im.folders[EndpointFolder].place(im.options.EndpointFolder, op.Folder)
			if err != nil {
				return err
			}
			e := Endpoint{ProjectID: im.project.ID, FolderID: folder, Position: im.position(), CreatedAt: now}
			e.take(op)
			e.UpdatedAt = now
			im.newRows.endpoints = append(im.newRows.endpoints, e)
			im.note("endpoint", "created", e.Label(), 0)
			continue
		}
		if im.options.Endpoints == KeepExisting {
			im.note("endpoint", "ignored", old.Label(), old.ID)
			continue
		}
		action, err := im.update(old, op)
		if err != nil {
			return err
		}
		im.note("endpoint", action, old.Label(), old.ID)
	}
	return nil
}

// update brings an operation into the endpoint that it matches. One that is what
// is stored already counts as ignored.
func (im *importer) update(old *Endpoint, op *openapi.Operation) (action string, err error) {
	incoming := *op
	if im.options.Endpoints == AutoMerge {
		incoming = openapi.MergeOperation(old.operation(nil), *op)
	}
	changed := *old
	changed.take(&incoming)
	if im.options.MoveFolders {
		folder, err := im.folders[EndpointFolder].place(im.options.EndpointFolder, op.Folder)
		if err != nil {
			return "", err
		}
		changed.FolderID = folder
	}
	if changed.Dialect == old.Dialect && sameText(changed.Raw, old.Raw) &&
		changed.Status == old.Status && changed.Maintainer == old.Maintainer && equalPointers(changed.FolderID, old.FolderID) {
		return "ignored", nil
	}
	changed.UpdatedAt = im.tx.Now()
	im.changed.endpoints = append(im.changed.endpoints, changed)
	return "updated", nil
}

// sameText reports whether an import may leave a text as it is stored.
func sameText(a, b string) bool { return a == b || openapi.Same(openapi.Raw(a), openapi.Raw(b)) }

// take copies what an operation says; a status and maintainer that it does not set stay.
func (e *Endpoint) take(op *openapi.Operation) {
	e.Method, e.Path, e.Dialect, e.Raw, e.Name = op.Method, op.Path, op.Dialect, string(op.Raw), op.Name
	e.Tags = op.Tags
	if e.Tags == nil {
		e.Tags = []string{}
	}
	if op.Status != "" {
		e.Status = op.Status
	}
	if op.Maintainer != "" {
		e.Maintainer = op.Maintainer
	}
}
