package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tessera/models"
)

// revokedInPieces revokes many tokens at once, kills the server in the middle and
// starts it again: nothing is done twice and nothing is left out.
func (p program) revokedInPieces(t *testing.T) {
	const tokens = 2000
	eachDatabase(t, func(t *testing.T) {
		addAdmin(t)
		id := int64(0)
		withTestStore(t, func(ctx context.Context, s *models.Store) { id = revokeMany(ctx, t, s, tokens) })
		server, process := p.serve(t)
		var halfway models.Job
		withTestStore(t, func(ctx context.Context, s *models.Store) {
			eventually(t, "some tokens are revoked", func() bool { return jobOf(ctx, t, s, id).Changed >= tokens/4 })
			if err := process.Kill(); err != nil {
				t.Fatal(err)
			}
			server.stop()
			if halfway = jobOf(ctx, t, s, id); !halfway.Open() {
				t.Fatalf("the job ended before the server was killed: %+v", halfway)
			}
			if n := revocations(ctx, t, s); int64(n) != halfway.Changed {
				t.Errorf("%d tokens have an event, the job says %d", n, halfway.Changed)
			}
		})
		t.Logf("killed after %d of %d tokens", halfway.Changed, tokens)
		p.serve(t)
		withTestStore(t, func(ctx context.Context, s *models.Store) {
			eventually(t, "the job goes on to its end", func() bool {
				j := jobOf(ctx, t, s, id)
				return !j.Open()
			})
			if j := jobOf(ctx, t, s, id); j.State != models.JobDone || j.Total != tokens || j.Changed != tokens {
				t.Errorf("the job is %+v", j)
			}
			if n := revocations(ctx, t, s); n != tokens {
				t.Errorf("%d tokens have an event", n)
			}
			count, err := s.AdminCount(ctx, models.AdminFilter{Status: "live"})
			if err != nil || count.N != 0 {
				t.Errorf("%d tokens are still live, %v", count.N, err)
			}
		})
		if os.Getenv("TESSERA_DATABASE_URL") == "" {
			checkDatabase(t, filepath.Join(os.Getenv("TESSERA_DATA"), "tessera.db"))
		}
	})
}

// revokeMany makes tokens and starts the job that revokes them all.
func revokeMany(ctx context.Context, t *testing.T, s *models.Store, tokens int) (id int64) {
	t.Helper()
	admin, err := s.UserByEmail(ctx, "admin@example.com")
	if err != nil {
		t.Fatal(err)
	}
	var d models.Demo
	for i := range tokens {
		id := fmt.Sprintf("%026d", i)
		d.Tokens = append(d.Tokens, models.Token{ID: int64(1 + i), PublicID: id, UserID: admin.ID, Name: id, Nonce: id, LastFour: "abcd",
			Hash: fmt.Appendf(nil, "%032d", i), Version: 1, CreatedAt: s.Now()})
	}
	if err := s.InsertDemo(ctx, d); err != nil {
		t.Fatal(err)
	}
	j, err := s.StartJob(ctx, models.Actor{Kind: "user", User: admin}, models.JobForm{
		Nonce: "once", Kind: models.JobRevoke, Selection: models.Selection{Filter: &models.AdminFilter{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return j.ID
}

func jobOf(ctx context.Context, t *testing.T, s *models.Store, id int64) models.Job {
	t.Helper()
	j, err := s.Job(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return *j
}

// revocations counts the tokens that have an event of their end, and fails the
// test when one has two.
func revocations(ctx context.Context, t *testing.T, s *models.Store) (n int) {
	t.Helper()
	seen := map[string]bool{}
	for before := int64(0); ; {
		page, err := s.Events(ctx, models.AuditQuery{UserID: 1, Before: before, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if e.Kind != models.AuditTokenRevoked {
				continue
			}
			if seen[e.Subject] {
				t.Errorf("%s was revoked twice", e.Subject)
			}
			seen[e.Subject] = true
		}
		if before = page.Older; before == 0 {
			return len(seen)
		}
	}
}
