package models

import (
	"context"
	"strings"

	"tessera/models/openapi"
)

// importer is one import on its way.
type importer struct {
	tx      *Store
	ctx     context.Context
	project *MyProject
	doc     *openapi.Document
	options ImportOptions
	result  *ImportResult

	collection *openapi.Collection // nil unless it is one of Postman

	before    *content
	folders   map[FolderKind]*folderTree
	endpoints map[string]*Endpoint // by method and path, the newest
	schemas   map[string]*Schema
	next      int64           // position of what is added
	named     map[string]bool // operations and schemas of the document, the unusable ones too
	newRows   content
	changed   content
	cleared   AuditChanges // shared secrets of environments that lead elsewhere now
}

func (im *importer) reason() string {
	if im.collection != nil {
		return RevisionPostman
	}
	return RevisionImport
}

func (im *importer) run() error {
	var err error
	if im.before, err = im.tx.readContent(im.ctx, im.project.ID); err != nil {
		return err
	}
	im.index()
	for kind, target := range map[FolderKind]int64{EndpointFolder: im.options.EndpointFolder, SchemaFolder: im.options.SchemaFolder} {
		if target != 0 && im.folders[kind].byID[target] == nil {
			field := "targetEndpointFolderId"
			if kind == SchemaFolder {
				field = "targetSchemaFolderId"
			}
			return &Error{Code: CodeInvalid, Fields: []FieldError{{Field: field, Code: "folder_unknown"}}}
		}
	}
	im.result.Counters["endpointFailed"] = len(im.doc.Failed)
	for _, step := range []func() error{
		im.importSchemas, im.importOperations, im.importParts, im.deleteUnmatched, im.save, im.importCases, im.importEnvironments,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) index() {
	im.named = namesOf(im.doc)
	im.endpoints, im.schemas = map[string]*Endpoint{}, map[string]*Schema{}
	for i := range im.before.endpoints {
		e := &im.before.endpoints[i]
		im.endpoints[e.Label()] = e // the newest of several wins: it comes last
		im.next = max(im.next, e.Position)
	}
	for i := range im.before.schemas {
		x := &im.before.schemas[i]
		im.schemas[x.Name] = x
		im.next = max(im.next, x.Position)
	}
	for _, p := range im.before.parts {
		im.next = max(im.next, p.Position)
	}
	im.folders = map[FolderKind]*folderTree{}
	for _, kind := range []FolderKind{EndpointFolder, SchemaFolder} {
		im.folders[kind] = newFolderTree(im, kind)
	}
}

func (im *importer) position() int64 { im.next++; return im.next }

func (im *importer) note(kind, action, name string, id int64) {
	im.result.Counters[kind+strings.ToUpper(action[:1])+action[1:]]++
	im.result.Changes = append(im.result.Changes, ImportChange{Kind: kind, Action: action, Name: name, ID: id})
}

// save writes the rows that are new and those that changed.
func (im *importer) save() error {
	db := im.tx.write(im.ctx)
	for _, e := range im.changed.endpoints {
		err := db.Select("folder_id", "name", "status", "maintainer", "tags", "dialect", "raw", "updated_at").Updates(&e).Error
		if err != nil {
			return err
		}
	}
	for _, x := range im.changed.schemas {
		if err := db.Select("dialect", "raw", "updated_at").Updates(&x).Error; err != nil {
			return err
		}
	}
	for _, p := range im.changed.parts {
		if err := db.Select("dialect", "raw").Updates(&p).Error; err != nil {
			return err
		}
	}
	if err := im.tx.insertContent(im.ctx, &im.newRows); err != nil {
		return err
	}
	ids := map[string]int64{}
	for _, e := range im.newRows.endpoints {
		ids["endpoint "+e.Label()] = e.ID
	}
	for _, x := range im.newRows.schemas {
		ids["schema "+x.Name] = x.ID
	}
	for i := range im.result.Changes {
		if c := &im.result.Changes[i]; c.ID == 0 {
			c.ID = ids[c.Kind+" "+c.Name]
		}
	}
	return nil
}
