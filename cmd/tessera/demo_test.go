package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"tessera/models"
)

func TestDemo(t *testing.T) {
	eachDatabase(t, func(t *testing.T) {
		out := mustTessera(t, "", "demo", "--users=12", "--tokens=300", "--events=2000")
		if !strings.Contains(out, "12 people, 300 tokens and 2000 events") || !strings.Contains(out, demoPassword) {
			t.Errorf("demo: %s", out)
		}
		if again := mustTessera(t, "", "demo"); !strings.Contains(again, "already") {
			t.Errorf("a second time: %s", again)
		}
		people, tokens := 0, 0
		statuses := map[models.Status]int{}
		for _, u := range listUsers(t) {
			people++
			for _, row := range listTokens(t, u.Email) {
				tokens++
				statuses[row.Status]++
			}
		}
		if people != 12 || tokens != 300 {
			t.Errorf("%d people with %d tokens", people, tokens)
		}
		for _, s := range []models.Status{models.StatusActive, models.StatusExpiring, models.StatusPaused, models.StatusExpired, models.StatusRevoked} {
			if statuses[s] == 0 {
				t.Errorf("no token is %s: %v", s, statuses)
			}
		}
		if got := mustTessera(t, "", "audit", "verify"); !strings.HasPrefix(got, "2001 events are as they were recorded") {
			t.Errorf("audit verify: %s", got)
		}
		checkDemoEvents(t)
		// What is made later gets ids of its own, and the server's first cleaning takes nothing away.
		addAdmin(t)
		mustTessera(t, "", "token", "create", "--user=admin@example.com", "--name=ci")
		withTestStore(t, func(ctx context.Context, store *models.Store) {
			if _, err := store.Authenticate(ctx, demoEmail, demoPassword); err != nil {
				t.Error("sign in:", err)
			}
			if err := store.Cleanup(ctx); err != nil {
				t.Error("clean up:", err)
			}
		})
		if left := len(listTokens(t, demoEmail)); left == 0 {
			t.Error("the first person has no tokens")
		}
	})
}

// The log is in the order of its times and tells of tokens that there are.
func checkDemoEvents(t *testing.T) {
	t.Helper()
	withTestStore(t, func(ctx context.Context, store *models.Store) {
		kinds := map[string]int{}
		var last time.Time
		err := store.AuditExport(ctx, models.AuditFilter{}, func(e *models.AuditEvent) error {
			kinds[e.Kind]++
			if e.At.Before(last) || e.At.After(store.Now()) {
				t.Errorf("event %d is of %v, after %v", e.Seq, e.At, last)
			}
			last = e.At
			if strings.HasPrefix(e.Kind, "token.") {
				if _, err := store.AdminToken(ctx, e.Subject); err != nil {
					t.Errorf("event %d tells of %s: %v", e.Seq, e.Subject, err)
				}
			}
			return nil
		})
		if err != nil || kinds[models.AuditTokenCreated] != 300 || kinds[models.AuditUserCreated] != 12 || kinds[models.AuditTokenRevoked] == 0 {
			t.Errorf("events %v, %v", kinds, err)
		}
	})
}

func TestDemoNeedsAnEmptyDatabase(t *testing.T) {
	t.Setenv("TESSERA_DATA", t.TempDir())
	addAdmin(t)
	r := tessera(t, "", "demo")
	if r.code != 1 || !strings.Contains(r.err, "--data") {
		t.Errorf("demo: %+v", r)
	}
}

func TestDemoIsDeterministic(t *testing.T) {
	made := func() string {
		t.Setenv("TESSERA_DATA", t.TempDir())
		mustTessera(t, "", "demo", "--users=3", "--tokens=20")
		var ids []string
		for _, r := range listTokens(t, demoEmail) {
			ids = append(ids, r.ID+" "+r.Name+" "+r.Masked)
		}
		return strings.Join(ids, "\n")
	}
	if a, b := made(), made(); a != b {
		t.Errorf("first\n%s\nthen\n%s", a, b)
	}
}
