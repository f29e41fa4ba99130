package models

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// change is a token after a change, and what the audit log says of it.
type change struct {
	token *Token
	event AuditEvent // its subject is filled in
}

// planChange plans the end of a token, or, with no moment, cancels the plan.
func planChange(t *Token, kind string, at *time.Time) change {
	e := AuditEvent{Kind: kind, Changes: AuditChanges{{Field: "revoke_at", Old: stamp(t.RevokeAt), New: stamp(at)}}}
	t.RevokeAt = at
	return change{t, e}
}

// saveMany writes what changed of tokens, which are locked, in few statements:
// columns are those that hold what changed, each a time. It records everything
// that one change records, the audit events last.
func (s *Store) saveMany(ctx context.Context, actor Actor, changes []change, columns ...string) error {
	if len(changes) == 0 {
		return nil
	}
	sets, tuple := "", "(CAST(? AS BIGINT)"+strings.Repeat(", CAST(? AS BIGINT)", len(columns))+")"
	revoked := false
	for i, c := range columns {
		sets += fmt.Sprintf("%s = column%d, ", c, i+2) // so both databases call the columns of a VALUES list
		if c == "revoked_at" {
			revoked = true
			sets += "live_name = NULL, "
		}
	}
	var rows tuples
	entries, events := make([]forgetEntry, len(changes)), make([]AuditEvent, len(changes))
	ids := make([]int64, len(changes))
	for i, c := range changes {
		t := c.token
		t.Version++
		row := []any{t.ID}
		for _, column := range columns {
			row = append(row, t.micros(column))
		}
		rows.add(row...)
		hash := [32]byte(t.Hash)
		ids[i], entries[i], events[i] = t.ID, forgetEntry{hash: &hash}, c.event
		events[i].UserID, events[i].Subject, events[i].Label = &t.UserID, t.PublicID, t.Name
	}
	err := rows.exec(s.write(ctx), tuple, "UPDATE tokens SET "+sets+"version = version + 1 FROM (VALUES %s) AS v WHERE id = column1")
	if err != nil {
		return err
	}
	if revoked {
		if err := s.write(ctx).Where("token_id IN ?", ids).Delete(&Reveal{}).Error; err != nil {
			return err
		}
	}
	if err := s.standingChanged(ctx, entries...); err != nil {
		return err
	}
	return s.auditMany(ctx, actor, events)
}

// micros is what a column of a time holds: Unix microseconds, or null.
func (t *Token) micros(column string) any {
	var at *time.Time
	switch column {
	case "expires_at":
		at = t.ExpiresAt
	case "revoked_at":
		at = t.RevokedAt
	case "paused_at":
		at = t.PausedAt
	case "revoke_at":
		at = t.RevokeAt
	case "refused_at":
		at = t.RefusedAt
	}
	if at == nil {
		return nil
	}
	return at.UnixMicro()
}
