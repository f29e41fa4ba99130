package models

import (
	"context"
	"time"
)

// deviceLife is how long a browser is remembered after its last sign-in: as
// long as browsers keep its cookie.
const deviceLife = 400 * day

// Cleanup removes what has served its time: old sessions, links and
// half-finished reveals, tokens and jobs that ended Limits.KeepEnded ago and
// projects that were deleted KeepDeleted ago. Their audit events stay.
func (s *Store) Cleanup(ctx context.Context) error {
	now := s.Now()
	before := func(d time.Duration) int64 { return now.Add(-d).UnixMicro() }
	db := s.write(ctx)
	for _, err := range []error{
		db.Where("expires_at <= ?", now.UnixMicro()).Delete(&Reveal{}).Error,
		db.Where("expires_at <= ?", now.UnixMicro()).Delete(&SetupLink{}).Error,
		db.Where("seen_at <= ? OR created_at <= ?",
			before(max(s.Limits.SessionIdle, s.Limits.AdminSessionIdle)),
			before(max(s.Limits.SessionMax, s.Limits.AdminSessionMax))).Delete(&Session{}).Error,
		db.Where("used_at <= ?", before(deviceLife)).Delete(&Device{}).Error,
		db.Where("expires_at <= ?", now.UnixMicro()).Delete(&Invitation{}).Error,
		s.removeDeleted(ctx, before(KeepDeleted)),
		db.Where("created_at <= ?", before(KeepAnswers)).Delete(&IdempotentAnswer{}).Error,
		db.Where("created_at <= ?", before(KeepConsole)).Delete(&ConsoleRequest{}).Error,
		db.Where("created_at <= ?", before(KeepDrafts)).Delete(&ImportDraft{}).Error,
		s.removeJobs(ctx, before(s.Limits.KeepEnded)),
		s.trimChanges(ctx),
	} {
		if err != nil {
			return err
		}
	}
	for {
		n, err := s.removeEnded(ctx, before(s.Limits.KeepEnded))
		if err != nil || n < removeBatch {
			return err
		}
	}
}

// removeBatch bounds a transaction, so that others get their turn.
const removeBatch = 200

func (s *Store) removeEnded(ctx context.Context, endedBefore int64) (int, error) {
	var ended []Token
	err := s.Tx(ctx, func(tx *Store) error {
		var ids []int64
		const end = "COALESCE(revoked_at, expires_at)"
		err := tx.read(ctx).Model(&Token{}).Where(end+" <= ?", endedBefore).Order(end).Limit(removeBatch).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		// Locked in the order of their ids, as all that lock several tokens do; one may have got a later date meanwhile.
		if err := tx.forUpdate(ctx).Where("id IN ? AND "+end+" <= ?", ids, endedBefore).Order("id").Find(&ended).Error; err != nil {
			return err
		}
		for _, t := range ended {
			if err := tx.write(ctx).Delete(&t).Error; err != nil {
				return err
			}
			if err := tx.tokenChanged(ctx, &t); err != nil {
				return err
			}
			if err := tx.audit(ctx, System, AuditEvent{Kind: AuditTokenRemoved, UserID: &t.UserID, Subject: t.PublicID, Label: t.Name}); err != nil {
				return err
			}
		}
		return nil
	})
	return len(ended), err
}

// removeDeleted ends projects for good, each with all that it holds in a
// transaction of its own.
func (s *Store) removeDeleted(ctx context.Context, deletedBefore int64) error {
	var gone []Project
	if err := s.read(ctx).Where("deleted_at <= ?", deletedBefore).Find(&gone).Error; err != nil {
		return err
	}
	for _, p := range gone {
		err := s.Tx(ctx, func(tx *Store) error {
			removed := tx.write(ctx).Where("id = ? AND deleted_at <= ?", p.ID, deletedBefore).Delete(&Project{})
			if removed.Error != nil || removed.RowsAffected == 0 {
				return removed.Error
			}
			return tx.auditProject(ctx, System, AuditProjectRemoved, &p, nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// removeJobs removes jobs that ended long ago.
func (s *Store) removeJobs(ctx context.Context, endedBefore int64) error {
	var ids []int64
	if err := s.read(ctx).Model(&Job{}).Where("finished_at <= ?", endedBefore).Pluck("id", &ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		for { // a transaction for some, so that others get their turn
			removed := s.write(ctx).Exec(`DELETE FROM job_items WHERE job_id = ? AND token_id IN
				(SELECT token_id FROM job_items WHERE job_id = ? LIMIT ?)`, id, id, collectBatch)
			if removed.Error != nil {
				return removed.Error
			}
			if removed.RowsAffected < collectBatch {
				break
			}
		}
		if err := s.write(ctx).Where("id = ?", id).Delete(&Job{}).Error; err != nil {
			return err
		}
	}
	return nil
}
