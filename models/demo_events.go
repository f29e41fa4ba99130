package models

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"gorm.io/gorm"
)

// auditInsert inserts one event; more rows of values can follow.
const (
	auditInsert = "INSERT INTO audit_events (seq, at, kind, actor_kind, actor_id, actor_name, user_id, subject, label, address, client, changes, prev_hash, hash) VALUES "
	auditValues = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)

// InsertDemoEvents appends made-up events to the audit log, in one transaction.
// They come in the order of their times, none of them before the log's last one,
// and are chained like real ones.
func (s *Store) InsertDemoEvents(ctx context.Context, events iter.Seq[AuditEvent]) error {
	return s.Tx(ctx, func(tx *Store) error {
		db := tx.write(ctx)
		if err := tx.largeCache(db); err != nil {
			return err
		}
		return tx.withoutIndexes(db, "audit_events", func() error {
			last, err := tx.lastEvent(db)
			if err != nil {
				return err
			}
			full := auditInsert + strings.Repeat(auditValues+",", demoRows-1) + auditValues
			var values []any
			for e := range events {
				if last, err = e.chain(last); err != nil {
					return err
				}
				changes, err := json.Marshal(e.Changes)
				if err != nil {
					return err
				}
				values = append(values, e.Seq, e.At.UnixMicro(), e.Kind, e.ActorKind, e.ActorID, e.ActorName, e.UserID, e.Subject, e.Label,
					e.Address, e.Client, string(changes), e.PrevHash, e.Hash)
				if len(values) == demoRows*strings.Count(auditValues, "?") {
					if err := db.Exec(full, values...).Error; err != nil {
						return err
					}
					values = values[:0]
				}
			}
			if rest := len(values) / strings.Count(auditValues, "?"); rest > 0 {
				return db.Exec(auditInsert+strings.Repeat(auditValues+",", rest-1)+auditValues, values...).Error
			}
			return nil
		})
	})
}

// largeCache lets SQLite keep index pages in memory that very many rows change:
// with the usual 2 MB it would write each of them many times over.
func (s *Store) largeCache(db *gorm.DB) error {
	if s.postgres {
		return nil
	}
	return db.Exec("PRAGMA cache_size = -400000").Error
}

// withoutIndexes lets f fill a table before its indexes, other than those of
// constraints, are made anew: for very many rows that is many times faster.
func (s *Store) withoutIndexes(db *gorm.DB, table string, f func() error) error {
	find := "SELECT name, sql AS definition FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
	if s.postgres {
		find = `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ?
			AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)`
	}
	var indexes []struct{ Name, Definition string }
	if err := db.Raw(find, table).Scan(&indexes).Error; err != nil {
		return err
	}
	for _, i := range indexes {
		if err := db.Exec("DROP INDEX " + i.Name).Error; err != nil {
			return err
		}
	}
	if err := f(); err != nil {
		return err
	}
	for _, i := range indexes {
		if err := db.Exec(i.Definition).Error; err != nil {
			return err
		}
	}
	return nil
}
