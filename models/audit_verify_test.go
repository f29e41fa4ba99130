package models_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// verified is the result of a verification in words.
func verified(t *testing.T, s *models.Store, kept *models.AuditHead) string {
	t.Helper()
	r := must(s.VerifyAudit(t.Context(), kept, nil))(t)
	if r.Broken != nil {
		return fmt.Sprintf("%d %s, %d checked", r.Broken.Seq, r.Broken.Fault, r.Checked)
	}
	return fmt.Sprintf("%d checked, %d", r.Checked, r.Head.Seq)
}

// tamper runs statements against the audit log, which refuses them no longer.
func tamper(t *testing.T, s *models.Store, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := s.SQL().ExecContext(t.Context(), statement)
		ok(t, err)
	}
}

func TestVerifyAudit(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		n := int64(eventful(t, s))
		ok(t, s.AllowTampering(t.Context()))
		before := chain(t, s)
		kept := must(s.AuditHead(t.Context()))(t)
		if got := verified(t, s, &kept); got != "10 checked, 10" || kept.Seq != n {
			t.Fatalf("untouched: %s", got)
		}
		for what, c := range map[string]struct {
			statement, want, withHead string
		}{
			"a changed name":       {`UPDATE audit_events SET label = 'x' WHERE seq = 5`, "5 changed, 4 checked", ""},
			"a changed value":      {`UPDATE audit_events SET changes = '[]' WHERE seq = 4`, "4 changed, 3 checked", ""},
			"a member more":        {`UPDATE audit_events SET changes = replace(changes, '}', ',"x":1}') WHERE seq = 4`, "4 changed, 3 checked", ""},
			"no JSON":              {`UPDATE audit_events SET changes = '' WHERE seq = 4`, "4 changed, 3 checked", ""},
			"a changed time":       {`UPDATE audit_events SET at = at + 1 WHERE seq = 2`, "2 changed, 1 checked", ""},
			"nobody's":             {`UPDATE audit_events SET user_id = NULL WHERE seq = 3`, "3 changed, 2 checked", ""},
			"a removed row":        {`DELETE FROM audit_events WHERE seq = 6`, "6 missing, 5 checked", ""},
			"a removed start":      {`DELETE FROM audit_events WHERE seq < 3`, "1 missing, 0 checked", ""},
			"two faults":           {`DELETE FROM audit_events WHERE seq = 9 OR seq = 4`, "4 missing, 3 checked", ""},
			"a cut tail":           {`DELETE FROM audit_events WHERE seq > 7`, "7 checked, 7", "8 cut, 7 checked"},
			"all gone":             {`DELETE FROM audit_events`, "0 checked, 0", "1 cut, 0 checked"},
			"two swapped rows":     {`UPDATE audit_events SET seq = CASE seq WHEN 4 THEN 15 WHEN 5 THEN 4 ELSE seq END WHERE seq IN (4, 5)`, "4 changed, 3 checked", ""},
			"an event before all":  {`UPDATE audit_events SET seq = -1 WHERE seq = 10`, "-1 changed, 0 checked", ""},
			"renumbered to follow": {`UPDATE audit_events SET seq = 11 WHERE seq = 10`, "10 missing, 9 checked", ""},
		} {
			tamper(t, s, c.statement)
			if what == "two swapped rows" {
				tamper(t, s, `UPDATE audit_events SET seq = 5 WHERE seq = 15`)
			}
			if got := verified(t, s, nil); got != c.want {
				t.Errorf("%s: %s, not %s", what, got, c.want)
			}
			if c.withHead == "" {
				c.withHead = c.want
			}
			if got := verified(t, s, &kept); got != c.withHead {
				t.Errorf("%s, with the head: %s, not %s", what, got, c.withHead)
			}
			ok(t, s.ReplaceEvents(t.Context(), before))
		}
		if got := verified(t, s, &kept); got != "10 checked, 10" {
			t.Errorf("put right: %s", got)
		}
	})
}

// Who can write to the database can also hash it anew; only the kept head tells.
func TestVerifyAuditFindsAForgedChain(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		eventful(t, s)
		kept := must(s.AuditHead(t.Context()))(t)
		ok(t, s.AllowTampering(t.Context()))
		events := chain(t, s)
		last := make([]byte, 32)
		events[9].Hash = last
		ok(t, s.ReplaceEvents(t.Context(), events))
		if got := verified(t, s, nil); got != "10 changed, 9 checked" {
			t.Errorf("another hash: %s", got)
		}
		for i := range events { // one that is genuine but follows another
			if i == 5 {
				last = events[1].Hash
			}
			events[i].PrevHash = last
			events[i].Hash = must(events[i].Digest())(t)
			last = events[i].Hash
		}
		ok(t, s.ReplaceEvents(t.Context(), events))
		if got := verified(t, s, nil); got != "6 unlinked, 5 checked" {
			t.Errorf("another order: %s", got)
		}
		last = make([]byte, 32)
		for i := range events {
			events[i].Label, events[i].PrevHash = "forged", last
			events[i].Hash = must(events[i].Digest())(t)
			last = events[i].Hash
		}
		ok(t, s.ReplaceEvents(t.Context(), events))
		if got := verified(t, s, nil); got != "10 checked, 10" {
			t.Errorf("without the head: %s", got)
		}
		if got := verified(t, s, &kept); got != "10 replaced, 9 checked" {
			t.Errorf("with the head: %s", got)
		}
	})
}

// The log is read in parts by several at once; the first fault is told, whoever finds it.
func TestVerifyAuditInParts(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ok(t, s.AuditMany(t.Context(), models.CLI, make([]models.AuditEvent, 3*models.VerifyRange+7)))
		all := int64(3*models.VerifyRange + 7)
		var told []int64
		r := must(s.VerifyAudit(t.Context(), nil, func(n int64) { told = append(told, n) }))(t)
		if r.Broken != nil || r.Checked != all || r.Head.Seq != all {
			t.Errorf("untouched: %+v", r)
		}
		if len(told) != 4 || !slices.IsSorted(told) || told[3] != all {
			t.Errorf("progress: %v", told)
		}
		ok(t, s.AllowTampering(t.Context()))
		for _, seq := range []int64{all, 2*models.VerifyRange + 1, 2 * models.VerifyRange, models.VerifyRange + 1, models.VerifyRange} {
			tamper(t, s, fmt.Sprintf("UPDATE audit_events SET label = 'x' WHERE seq = %d", seq))
			if got, want := verified(t, s, nil), fmt.Sprintf("%d changed, %d checked", seq, seq-1); got != want {
				t.Errorf("%s, not %s", got, want)
			}
		}
		tamper(t, s, fmt.Sprintf("DELETE FROM audit_events WHERE seq = %d", models.VerifyRange-1))
		if got, want := verified(t, s, nil), fmt.Sprintf("%d missing, %d checked", models.VerifyRange-1, models.VerifyRange-2); got != want {
			t.Errorf("%s, not %s", got, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.VerifyAudit(ctx, nil, nil); err == nil {
			t.Error("a verification that was ended tells of no error")
		}
	})
}

// SQLite lets a column hold what it is not for.
func TestVerifyAuditWithStrangeValues(t *testing.T) {
	s := modeltest.NewSQLite(t)
	eventful(t, s)
	ok(t, s.AllowTampering(t.Context()))
	for _, statement := range []string{`at = 'x'`, `user_id = 'x'`, `kind = x'ff00'`, `changes = 1`} {
		before := chain(t, s)
		tamper(t, s, `UPDATE audit_events SET `+statement+` WHERE seq = 4`)
		if got := verified(t, s, nil); got != "4 changed, 3 checked" {
			t.Errorf("%s: %s", statement, got)
		}
		ok(t, s.ReplaceEvents(t.Context(), before))
	}
}

func TestAuditHead(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		_, err := s.AuditHead(t.Context())
		wantError(t, err, models.ErrNotFound)
		eventful(t, s)
		events := chain(t, s)
		head := must(s.AuditHead(t.Context()))(t)
		if head.String() != fmt.Sprintf("10:%x", events[9].Hash) {
			t.Errorf("the head is %s", head)
		}
		if back := must(models.ParseAuditHead(head.String()))(t); back != head {
			t.Errorf("read back as %s", back)
		}
		hash := strings.Repeat("ab", 32)
		for _, wrong := range []string{"", "10", "10:", "x:" + hash, "0:" + hash, "-1:" + hash, "10:" + hash + "00", "10:" + hash[2:], "10:" + hash[1:] + "g", ":" + hash, "10:" + hash + ":1"} {
			_, err := models.ParseAuditHead(wrong)
			wantError(t, err, models.ErrInvalid)
		}
	})
}
