package models

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// lookForEvents returns the numbers of the first events of a range, in the order
// in which they were recorded or against it, until there are enough or scanLimit
// have been looked at: stopped is then the last of these.
func (s *Store) lookForEvents(ctx context.Context, r auditRange, forward bool, enough int) (hits []int64, stopped int64, err error) {
	for size, scanned := enough, 0; ; size = min(4*size, scanLimit-scanned) {
		var seen []struct {
			Seq int64
			Hit bool
		}
		sql, args := r.statement(forward, size)
		if err := s.read(ctx).Raw(sql, args...).Scan(&seen).Error; err != nil {
			return nil, 0, err
		}
		for _, e := range seen {
			if e.Hit {
				hits = append(hits, e.Seq)
			}
			if len(hits) == enough {
				return hits, 0, nil
			}
		}
		if len(seen) < size {
			return hits, 0, nil
		}
		last := seen[size-1].Seq
		if scanned += size; scanned >= scanLimit {
			return hits, last, nil
		}
		if forward {
			r.from = last + 1
		} else {
			r.to = last
		}
	}
}

// statement reads up to size events of the range, and whether each is meant.
func (r auditRange) statement(forward bool, size int) (sql string, args []any) {
	direction := "DESC"
	if forward {
		direction = "ASC"
	}
	if len(r.kinds) > 0 {
		return r.merged(direction, size)
	}
	hit, args := and(r.check)
	where, whereArgs := r.where(r.along)
	return fmt.Sprintf("SELECT seq, %s AS hit FROM audit_events WHERE %s ORDER BY seq %s LIMIT %d", hit, where, direction, size),
		append(args, whereArgs...)
}

// merged is statement for the events of several kinds: of each the first ones, and of
// these again.
func (r auditRange) merged(direction string, size int) (sql string, args []any) {
	parts := make([]string, len(r.kinds))
	for i, kind := range r.kinds {
		where, whereArgs := r.where([]condition{{"kind", "kind = ?", []any{kind}}})
		parts[i] = fmt.Sprintf("SELECT * FROM (SELECT seq, TRUE AS hit FROM audit_events WHERE %s ORDER BY seq %s LIMIT %d) AS k%d", where, direction, size, i)
		args = append(args, whereArgs...)
	}
	return fmt.Sprintf("%s ORDER BY seq %s LIMIT %d", strings.Join(parts, " UNION ALL "), direction, size), args
}

// where are the events of the range that fulfil conditions.
func (r auditRange) where(conditions []condition) (sql string, args []any) {
	sql, args = and(conditions)
	return strings.Join([]string{sql, "seq >= ?", "seq < ?"}, " AND "), append(args, r.from, r.to)
}

// seqRange is which numbers the events of a period have; to is excluded. Since
// their times never go back, they are found without an index on these.
func (s *Store) seqRange(ctx context.Context, from, to time.Time) (first, end int64, err error) {
	end = math.MaxInt64
	if from.IsZero() && to.IsZero() {
		return 0, end, nil
	}
	last, err := s.lastEvent(s.read(ctx))
	if err != nil {
		return 0, 0, err
	}
	if !from.IsZero() {
		if first, err = s.firstSince(ctx, from, last.Seq+1); err != nil {
			return 0, 0, err
		}
	}
	if !to.IsZero() {
		end, err = s.firstSince(ctx, to, last.Seq+1)
	}
	return first, end, err
}

// firstSince is the number of the first event at a time or later, or end when
// there is none before that.
func (s *Store) firstSince(ctx context.Context, at time.Time, end int64) (int64, error) {
	low := int64(1)
	for low < end {
		middle := low + (end-low)/2
		var e []auditEnd
		err := s.read(ctx).Model(&AuditEvent{}).Select("seq", "at").Where("seq >= ?", middle).Order("seq").Limit(1).Find(&e).Error
		if err != nil {
			return 0, err
		}
		if len(e) == 0 || !e[0].At.Before(at) {
			end = middle
		} else {
			low = e[0].Seq + 1
		}
	}
	return low, nil
}

// exportBatch is how many events an export reads at a time.
const exportBatch = 1000

// AuditExport gives all events of f that there are when it begins to each, the
// oldest first. It reads some at a time, so that no transaction lasts.
func (s *Store) AuditExport(ctx context.Context, f AuditFilter, each func(*AuditEvent) error) error {
	r, err := s.auditRange(ctx, f)
	if err != nil {
		return err
	}
	last, err := s.lastEvent(s.read(ctx))
	if err != nil {
		return err
	}
	r.to = min(r.to, last.Seq+1)
	for r.from < r.to {
		found, next, err := s.exportPart(ctx, r)
		if err != nil {
			return err
		}
		for i := range found {
			if err := each(&found[i]); err != nil {
				return err
			}
		}
		r.from = next
	}
	return nil
}

// exportPart reads the events that are meant among the next ones of a range, and
// tells where to go on.
func (s *Store) exportPart(ctx context.Context, r auditRange) (found []AuditEvent, next int64, err error) {
	seqs, stopped, err := s.lookForEvents(ctx, r, true, exportBatch)
	switch {
	case err != nil || len(seqs) == 0 && stopped == 0:
		return nil, r.to, err
	case stopped != 0:
		next = stopped + 1
	case len(seqs) < exportBatch:
		next = r.to
	default:
		next = seqs[len(seqs)-1] + 1
	}
	if len(seqs) == 0 {
		return nil, next, nil
	}
	return found, next, s.read(ctx).Where("seq IN ?", seqs).Order("seq").Find(&found).Error
}
