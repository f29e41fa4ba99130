package main

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tessera/models"
)

func TestAuditOnTheCommandLine(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		if r := tessera(t, "", "audit", "head"); r.code != 1 || !strings.Contains(r.err, "nothing has been recorded") {
			t.Errorf("the head of nothing: %+v", r)
		}
		if got := mustTessera(t, "", "audit", "export", "--format=json"); got != "[]\n" {
			t.Errorf("nothing is exported as %q", got)
		}
		addAdmin(t)
		mustTessera(t, "", "token", "create", "--user=admin@example.com", "--name==cmd")
		head := mustTessera(t, "", "audit", "head")
		if kept, err := models.ParseAuditHead(strings.TrimSuffix(head, "\n")); err != nil || kept.Seq != 2 {
			t.Errorf("the head is %q", head)
		}
		mustTessera(t, "", "user", "disable", "admin@example.com")
		for _, args := range [][]string{{}, {"--head=" + strings.TrimSpace(head)}} {
			r := tessera(t, "", append([]string{"audit", "verify"}, args...)...)
			if r.code != 0 || !strings.HasPrefix(r.out, "3 events are as they were recorded") || !strings.Contains(r.out, "\nHead: 3:") || r.err != "" {
				t.Errorf("audit verify %v: %+v", args, r)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(mustTessera(t, "", "audit", "export"))).ReadAll()
		if err != nil || len(rows) != 4 || !slices.Equal(rows[0], models.AuditColumns) || rows[2][8] != "'=cmd" || rows[3][2] != models.AuditUserDisabled {
			t.Errorf("as a table: %q, %v", rows, err)
		}
		var entries []models.AuditEntry
		out := mustTessera(t, "", "audit", "export", "--format=json", "--kind=user.", "--actor=cli", "--from=2020-01-01")
		if err := json.Unmarshal([]byte(out), &entries); err != nil || len(entries) != 2 || entries[1].Kind != models.AuditUserDisabled {
			t.Errorf("as JSON: %s, %v", out, err)
		}
		if got := mustTessera(t, "", "audit", "export", "--to=2020-01-01"); strings.Count(got, "\n") != 1 {
			t.Errorf("of long ago: %s", got)
		}
	})
}

func TestBrokenAuditLogIsTold(t *testing.T) {
	data := t.TempDir()
	t.Setenv("TESSERA_DATA", data)
	addAdmin(t)
	mustTessera(t, "", "user", "disable", "admin@example.com")
	mustTessera(t, "", "user", "enable", "admin@example.com")
	head := strings.TrimSpace(mustTessera(t, "", "audit", "head"))
	for _, c := range []struct{ statement, want string }{
		{"DROP TRIGGER audit_events_no_delete; DELETE FROM audit_events WHERE seq = 3", "the log ends before event 3"},
		{"DROP TRIGGER audit_events_no_update; UPDATE audit_events SET label = 'x' WHERE seq = 2", "event 2 is not what was recorded"},
		{"DELETE FROM audit_events WHERE seq = 1", "event 1 is missing"},
	} {
		execSQLite(t, data, c.statement)
		r := tessera(t, "", "audit", "verify", "--head="+head)
		if r.code != 1 || !strings.Contains(r.out, c.want) {
			t.Errorf("%s: %+v", c.statement, r)
		}
	}
	for _, b := range []models.AuditFault{models.FaultUnlinked, models.FaultReplaced} {
		if got := faultSentence(models.AuditBreak{Seq: 7, Fault: b}); !strings.Contains(got, "event 7 ") {
			t.Errorf("%s is told as %q", b, got)
		}
	}
	for _, args := range [][]string{{"verify", "--head=x"}, {"export", "--from=soon"}, {"export", "--format=xml"}} {
		if r := tessera(t, "", append([]string{"audit"}, args...)...); r.code == 0 || r.out != "" || !strings.Contains(r.err, "--") {
			t.Errorf("audit %v: %+v", args, r)
		}
	}
}
