package models

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"time"

	"gorm.io/gorm"
)

// Why a revision was kept: what came after it.
const (
	RevisionImport  = "import"
	RevisionPostman = "postman"
	RevisionRestore = "restore"
	RevisionEdit    = "edit"
)

// keepRevisions is how many a project keeps.
const keepRevisions = 20

// Revision is a project's description as it was before a change.
type Revision struct {
	ID        int64 `gorm:"primaryKey"`
	ProjectID int64
	UserID    int64 // who made the change after it
	Reason    string
	Counters  Counters  `gorm:"serializer:json"` // of the change, for an import
	Snapshot  []byte    // gzip of JSON
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

// snapshot is the form in which a description is kept.
type snapshot struct {
	Folders   []Folder
	Endpoints []Endpoint
	Schemas   []Schema
	Parts     []Part
	Cases     []EndpointCase
}

// keepRevision stores what a project's description is now, within the
// transaction that changes it. It locks the description.
func (s *Store) keepRevision(ctx context.Context, u *User, projectID int64, reason string, counters Counters) error {
	if err := s.lockContent(ctx, projectID); err != nil {
		return err
	}
	c, err := s.readContent(ctx, projectID)
	if err != nil {
		return err
	}
	return s.keepContent(ctx, u, projectID, reason, counters, c)
}

func (s *Store) keepContent(ctx context.Context, u *User, projectID int64, reason string, counters Counters, c *content) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(z).Encode(snapshot{c.folders, c.endpoints, c.schemas, c.parts, c.cases}); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if counters == nil {
		counters = Counters{}
	}
	r := &Revision{ProjectID: projectID, UserID: u.ID, Reason: reason, Counters: counters, Snapshot: b.Bytes(), CreatedAt: s.Now()}
	if err := s.write(ctx).Create(r).Error; err != nil {
		return err
	}
	return s.write(ctx).Exec(`DELETE FROM revisions WHERE project_id = ? AND id NOT IN
		(SELECT id FROM revisions WHERE project_id = ? ORDER BY id DESC LIMIT ?)`, projectID, projectID, keepRevisions).Error
}

// RevisionInfo is a revision in a list.
type RevisionInfo struct {
	ID        int64
	Reason    string
	Counters  Counters  `gorm:"serializer:json"`
	CreatedAt time.Time `gorm:"serializer:micros"`
	UserName  string
}

// Revisions lists what a project can be restored to, newest first.
func (s *Store) Revisions(ctx context.Context, p *Project) ([]RevisionInfo, error) {
	var out []RevisionInfo
	err := s.read(ctx).Table("revisions r").Select("r.id, r.reason, r.counters, r.created_at, u.name AS user_name").
		Joins("JOIN users u ON u.id = r.user_id").Where("r.project_id = ?", p.ID).Order("r.id DESC").Find(&out).Error
	return out, err
}

// RestoreRevision makes a project's description what it was; what it is now
// becomes a revision itself. Endpoints keep their ids. Errors: as Project, ErrNotFound.
func (s *Store) RestoreRevision(ctx context.Context, actor Actor, projectID, id int64) error {
	return s.Tx(ctx, func(tx *Store) error {
		p, err := tx.Project(ctx, actor.User, projectID, RestoreRevisions)
		if err != nil {
			return err
		}
		var r Revision
		if err := tx.read(ctx).Where("id = ? AND project_id = ?", id, projectID).Take(&r).Error; err != nil {
			return found(err)
		}
		old, err := r.content()
		if err != nil {
			return err
		}
		if err := tx.keepRevision(ctx, actor.User, projectID, RevisionRestore, nil); err != nil {
			return err
		}
		if err := tx.replaceContent(ctx, projectID, old); err != nil {
			return err
		}
		return tx.auditContent(ctx, actor, AuditRevisionRestored, p, p.Name, nil)
	})
}

func (r *Revision) content() (*content, error) {
	z, err := gzip.NewReader(bytes.NewReader(r.Snapshot))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	var sn snapshot
	if err := json.Unmarshal(b, &sn); err != nil {
		return nil, err
	}
	return &content{sn.Folders, sn.Endpoints, sn.Schemas, sn.Parts, sn.Cases}, nil
}

// replaceContent writes c with its ids in place of all that a project has. Cases go with their endpoints.
func (s *Store) replaceContent(ctx context.Context, projectID int64, c *content) error {
	db := s.write(ctx)
	for _, model := range []any{&Endpoint{}, &Schema{}, &Part{}, &Folder{}} {
		if err := db.Where("project_id = ?", projectID).Delete(model).Error; err != nil {
			return err
		}
	}
	return s.insertContent(ctx, c)
}

// insertContent writes rows in batches; parents come before their children.
func (s *Store) insertContent(ctx context.Context, c *content) error {
	db := s.write(ctx)
	for _, f := range c.folders { // few, and each may be the parent of the next
		if err := db.Create(&f).Error; err != nil {
			return err
		}
	}
	if err := insertRows(db, c.endpoints); err != nil {
		return err
	}
	if err := insertRows(db, c.schemas); err != nil {
		return err
	}
	if err := insertRows(db, c.parts); err != nil {
		return err
	}
	return insertRows(db, c.cases)
}

func insertRows[T any](db *gorm.DB, rows []T) error {
	const batch = 50 // rows a statement: exact texts are long
	if len(rows) == 0 {
		return nil
	}
	return db.CreateInBatches(rows, batch).Error
}
