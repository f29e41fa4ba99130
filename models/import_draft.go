package models

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"tessera/models/openapi"
)

// ImportDraft is a document that a person is about to import: it waits between the
// preview and the import, and afterwards tells what the import did.
type ImportDraft struct {
	ID        string `gorm:"primaryKey"`
	ProjectID int64
	UserID    int64
	Name      string        // of the file, or the address
	Options   ImportOptions `gorm:"serializer:json"`
	Result    ImportResult  `gorm:"serializer:json"` // of the preview; once Done, of the import
	Done      bool
	Document  []byte    // packed
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// Bounds of drafts.
const (
	KeepDrafts  = 2 * time.Hour
	draftsKept  = 3       // of one person; older ones make way
	draftListed = 2000    // changes and issues that a draft remembers
	maxUnpacked = 1 << 30 // bytes; the limit of an import is checked before
)

// KeepDraft previews an import, which changes nothing, and keeps the document for
// it. Errors: as Import.
func (s *Store) KeepDraft(ctx context.Context, actor Actor, projectID int64, name string, document []byte, o ImportOptions) (*ImportDraft, error) {
	o.DryRun = true
	d := &ImportDraft{ID: rand.Text(), ProjectID: projectID, UserID: actor.User.ID, Name: storableText(name), Options: o, CreatedAt: s.Now()}
	result, err := s.importText(ctx, actor, projectID, document, o)
	if err != nil {
		return nil, err
	}
	d.Result = result.shortened()
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is a known one
	if _, err := z.Write(document); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	d.Document = b.Bytes()
	return d, s.Tx(ctx, func(tx *Store) error {
		if err := tx.write(ctx).Create(d).Error; err != nil {
			return err
		}
		return tx.write(ctx).Exec(`DELETE FROM import_drafts WHERE user_id = ? AND id NOT IN
			(SELECT id FROM import_drafts WHERE user_id = ? ORDER BY created_at DESC, id LIMIT ?)`, d.UserID, d.UserID, draftsKept).Error
	})
}

// readImport parses OpenAPI, Swagger or a Postman collection, whichever it is.
// Error: *openapi.SyntaxError.
func readImport(document []byte) (*openapi.Document, *openapi.Collection, error) {
	d, err := openapi.Parse(document)
	var syntax *openapi.SyntaxError
	if errors.As(err, &syntax) && syntax.Code == openapi.CodeNotOpenAPI {
		collection, postmanErr := openapi.ParsePostman(document)
		if postmanErr == nil {
			return collection.Document, collection, nil
		}
	}
	return d, nil, err
}

func (s *Store) importText(ctx context.Context, actor Actor, projectID int64, document []byte, o ImportOptions) (*ImportResult, error) {
	d, collection, err := readImport(document)
	if err != nil {
		return nil, err
	}
	return s.Import(ctx, actor, projectID, d, collection, o)
}

// shortened is what a draft remembers of a result.
func (r *ImportResult) shortened() ImportResult {
	out := *r
	out.Changes = out.Changes[:min(len(out.Changes), draftListed)]
	out.Failed = out.Failed[:min(len(out.Failed), draftListed)]
	out.Warnings = out.Warnings[:min(len(out.Warnings), draftListed)]
	return out
}

// Draft returns one of u's own drafts. Error: ErrNotFound, also for one that is too old.
func (s *Store) Draft(ctx context.Context, u *User, p *Project, id string) (*ImportDraft, error) {
	var d ImportDraft
	err := s.read(ctx).Omit("document").Where("id = ? AND user_id = ? AND project_id = ? AND created_at > ?",
		id, u.ID, p.ID, s.Now().Add(-KeepDrafts).UnixMicro()).Take(&d).Error
	return &d, found(err)
}

// ImportDraft imports a draft's document with its options. One that was imported
// already is not imported again. Errors: as Draft and Import.
func (s *Store) ImportDraft(ctx context.Context, actor Actor, p *Project, id string) (*ImportDraft, error) {
	d, err := s.Draft(ctx, actor.User, p, id)
	if err != nil || d.Done {
		return d, err
	}
	return d, s.Tx(ctx, func(tx *Store) error {
		if err := tx.lockContent(ctx, p.ID); err != nil { // who presses twice waits here
			return err
		}
		if err := tx.read(ctx).Where("id = ?", id).Take(d).Error; err != nil || d.Done {
			return found(err)
		}
		document, err := d.unpack()
		if err != nil {
			return err
		}
		d.Options.DryRun = false
		result, err := tx.importText(ctx, actor, p.ID, document, d.Options)
		if err != nil {
			return err
		}
		d.Result, d.Done, d.Document = result.shortened(), true, nil
		return tx.write(ctx).Select("result", "done", "document").Updates(d).Error
	})
}

func (d *ImportDraft) unpack() ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(d.Document))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, maxUnpacked))
}
