package main

import (
	"fmt"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestTokensByFilter(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		addAdmin(t)
		mustTessera(t, modeltest.Password, "user", "add", "mika@example.com", "--name=Mika", "--password-stdin")
		for i, owner := range []string{"admin@example.com", "mika@example.com", "mika@example.com"} {
			mustTessera(t, "", "token", "create", "--user="+owner, fmt.Sprint("--name=deploy ", i), "--validity=never")
		}
		mustTessera(t, "", "token", "create", "--user=mika@example.com", "--name=ci")
		list := func(filter string) []adminTokenRow {
			return listJSON[adminTokenRow](t, "token", "list", "--filter="+filter)
		}
		if all := list("status=live"); len(all) != 4 || all[0].Name != "ci" || all[0].Owner != "mika@example.com" || all[0].Status != models.StatusActive {
			t.Errorf("all: %+v", all)
		}
		if page := list("status=live&sort=name&dir=asc&last=1&after=x&before="); len(page) != 4 {
			t.Errorf("by an address that was copied: %+v", page)
		}
		if none := list("q=nothing"); none == nil || len(none) != 0 {
			t.Errorf("none: %+v", none)
		}
		shown := mustTessera(t, "", "token", "list", "--filter=never=1&owner=MIKA@example.com")
		if lines := strings.Split(strings.TrimSpace(shown), "\n"); len(lines) != 3 || !strings.Contains(lines[1], "mika@example.com  deploy") {
			t.Errorf("as a table: %s", shown)
		}

		asked := tessera(t, "", "token", "revoke", "--filter=q=deploy")
		if asked.code != 1 || !strings.Contains(asked.out, "chooses 3 tokens; 0 of them need not be revoked. The others belong to 2 people") || !strings.Contains(asked.err, "--yes") {
			t.Errorf("without --yes: %+v", asked)
		}
		if left := list("status=live"); len(left) != 4 {
			t.Fatalf("without --yes %d are left", len(left))
		}
		done := mustTessera(t, "", "token", "revoke", "--filter=q=deploy", "--yes")
		if !strings.HasSuffix(done, "3 tokens are revoked, 0 were left as they are.\n") {
			t.Errorf("with --yes: %s", done)
		}
		if left := list("status=live"); len(left) != 1 || left[0].Name != "ci" {
			t.Errorf("left: %+v", left)
		}
		again := mustTessera(t, "", "token", "revoke", "--filter=q=deploy", "--yes")
		if !strings.Contains(again, "3 of them need not be revoked") || strings.Contains(again, "are revoked,") {
			t.Errorf("a second time: %s", again)
		}
		if got := mustTessera(t, "", "audit", "export", "--kind=token.revoked", "--actor=cli"); strings.Count(got, "\n") != 4 {
			t.Errorf("events: %s", got)
		}
	})
}

func TestFilterIsReadWithCare(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"list"}, "either a person or a --filter"},
		{[]string{"list", "--user=admin@example.com", "--filter=status=live"}, "either a person or a --filter"},
		{[]string{"revoke", "--filter=unsued=90", "--yes"}, `there is no "unsued"`},
		{[]string{"list", "--filter=sort=name"}, "every token"},
		{[]string{"revoke", "--filter=never=0", "--yes"}, "every token"},
		{[]string{"revoke", "--filter=q=%20", "--yes"}, "every token"},
		{[]string{"list", "--filter=q=tsr_pat_12345"}, "--filter: q: A filter is kept"},
		{[]string{"revoke", "--filter=unused=", "--yes"}, `"unused" wants one value`},
		{[]string{"revoke", "--filter=unused=1&unused=2", "--yes"}, `"unused" wants one value`},
		{[]string{"revoke", "--filter=unused=soon", "--yes"}, "--filter: unused: Enter a number of days"},
		{[]string{"revoke", "--filter=status=dead", "--yes"}, "--filter: status: "},
		{[]string{"revoke", "--filter=%zz", "--yes"}, "--filter: "},
		{[]string{"revoke", "--filter=status=live", "abc", "--yes"}, "--filter none"},
		{[]string{"revoke", "--user=admin@example.com"}, "wants the id of a token"},
	} {
		r := tessera(t, "", append([]string{"token"}, c.args...)...)
		if r.code != 1 || r.out != "" || !strings.Contains(r.err, c.want) {
			t.Errorf("token %q: %+v, not %q", c.args, r, c.want)
		}
	}
}
