package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// chain reads all events in order, as an auditor would: by their rows alone.
func chain(t *testing.T, s *models.Store) []models.AuditEvent {
	t.Helper()
	var all []models.AuditEvent
	ok(t, s.AllEvents(t.Context(), &all))
	return all
}

// broke tells at which event a chain is broken, or 0.
func broke(t *testing.T, events []models.AuditEvent) int64 {
	t.Helper()
	last := make([]byte, 32)
	for i, e := range events {
		if e.Seq != int64(i+1) || !bytes.Equal(e.PrevHash, last) || !bytes.Equal(e.Hash, must(e.Digest())(t)) {
			return e.Seq
		}
		last = e.Hash
	}
	return 0
}

// eventful does one of everything that is recorded, and returns how many events that makes.
func eventful(t *testing.T, s *models.Store) int {
	t.Helper()
	u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.Name = "Zoë 🦊 <b>&\"'" })
	session := mustSignIn(t, s, u)
	tok, _ := mustToken(t, s, u, "日本語")
	must(s.UpdateToken(t.Context(), by(u), u, tok.PublicID, models.TokenEdit{Name: "</script>", Validity: "never", Version: 1}))(t)
	must(s.RevokeToken(t.Context(), by(u), u, tok.PublicID))(t)
	must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Theme: at("dark")}))(t)
	ok(t, s.SetPassword(t.Context(), models.CLI, u, "seven quiet herons below Otaru"))
	ok(t, s.SignOut(t.Context(), by(u), session))
	ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, true))
	ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, false))
	return 10
}

func TestAuditChain(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		n := eventful(t, s)
		events := chain(t, s)
		if at := broke(t, events); at != 0 || len(events) != n {
			t.Fatalf("broken at %d of %d", at, len(events))
		}
		other := events[1] // a hash covers the one before it
		other.PrevHash = events[1].Hash
		if bytes.Equal(must(other.Digest())(t), events[1].Hash) {
			t.Error("the digest does not cover the hash before")
		}
		ok(t, s.AllowTampering(t.Context()))
		for what, statement := range map[string]string{
			"a changed name":    `UPDATE audit_events SET label = 'x' WHERE seq = 5`,
			"a changed value":   `UPDATE audit_events SET changes = '[]' WHERE seq = 4`,
			"a changed time":    `UPDATE audit_events SET at = at + 1 WHERE seq = 2`,
			"a changed address": `UPDATE audit_events SET address = '' WHERE seq = 3`,
			"a removed row":     `DELETE FROM audit_events WHERE seq = 6`,
			"a removed start":   `DELETE FROM audit_events WHERE seq = 1`,
		} {
			before := chain(t, s)
			_, err := s.SQL().ExecContext(t.Context(), statement)
			ok(t, err)
			if broke(t, chain(t, s)) == 0 {
				t.Errorf("%s does not show", what)
			}
			ok(t, s.ReplaceEvents(t.Context(), before))
			if at := broke(t, chain(t, s)); at != 0 {
				t.Fatalf("broken at %d after putting it right", at)
			}
		}
	})
}

// The database itself refuses to change what has been recorded.
func TestAuditIsAppendOnly(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		eventful(t, s)
		before := chain(t, s)
		statements := []string{
			`UPDATE audit_events SET label = 'x' WHERE seq = 5`,
			`UPDATE audit_events SET label = label`,
			`DELETE FROM audit_events WHERE seq = 6`,
			`DELETE FROM audit_events`,
			`INSERT INTO audit_events SELECT * FROM audit_events WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET label = 'x'`,
		}
		if s.Postgres() {
			statements = append(statements, `TRUNCATE audit_events`)
		} else {
			statements = append(statements, `INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE seq = 1`,
				`INSERT OR REPLACE INTO audit_events SELECT seq + 100, at, kind, actor_kind, actor_id, actor_name, user_id, subject,
					label, address, client, changes, prev_hash, hash FROM audit_events WHERE seq = 1`)
		}
		for _, statement := range statements {
			if _, err := s.SQL().ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if after := chain(t, s); !reflect.DeepEqual(before, after) {
			t.Errorf("it was %+v and is %+v", before, after)
		}
		modeltest.MustUser(t, s) // appending still works
	})
}

// A clock that is set back doesn't put later events before earlier ones.
func TestAuditTimeNeverGoesBack(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		start := clock.Now()
		modeltest.MustUser(t, s)
		clock.Advance(-time.Hour)
		modeltest.MustUser(t, s)
		clock.Advance(2 * time.Hour)
		modeltest.MustUser(t, s)
		events := chain(t, s)
		for i, want := range []time.Time{start, start, start.Add(time.Hour)} {
			if !events[i].At.Equal(want) {
				t.Errorf("event %d at %v, not %v", i+1, events[i].At, want)
			}
		}
	})
}

// Many events of one transaction make the same chain as one by one.
func TestAuditMany(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		for _, n := range []int{0, 1, 2, models.AuditBatch, 2*models.AuditBatch + 1} {
			before := len(chain(t, s))
			events := make([]models.AuditEvent, n)
			for i := range events {
				events[i] = models.AuditEvent{Kind: models.AuditTokenRevoked, UserID: &u.ID, Subject: fmt.Sprint(i)}
			}
			ok(t, s.AuditMany(t.Context(), by(u), events))
			all := chain(t, s)
			if at := broke(t, all); at != 0 || len(all) != before+n {
				t.Fatalf("%d: broken at %d of %d", n, at, len(all))
			}
			for i, e := range all[before:] {
				if e.Subject != fmt.Sprint(i) || *e.ActorID != u.ID || e.Address != "192.0.2.7" {
					t.Fatalf("%d: %+v", n, e)
				}
			}
		}
	})
}

func TestAuditTellsWho(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		must(s.RevokeToken(t.Context(), models.CLI, u, tok.PublicID))(t)
		events := chain(t, s)
		own, cli := events[1], events[2]
		if own.ActorKind != "user" || own.ActorID == nil || *own.ActorID != u.ID || own.ActorName != u.Name || own.Address != "192.0.2.7" ||
			own.Client != "Firefox 128" || *own.UserID != u.ID || own.Subject != tok.PublicID || own.Label != "ci" || !own.At.Equal(clock.Now()) {
			t.Errorf("by the person: %+v", own)
		}
		if cli.ActorKind != "cli" || cli.ActorID != nil || cli.ActorName != "" || cli.Address != "" || *cli.UserID != u.ID {
			t.Errorf("by the command line: %+v", cli)
		}
	})
}

// Fifty who write at once make one chain, on two connections to the database.
func TestAuditOrderUnderLoad(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		stores := []*models.Store{s, secondStore(t, s)}
		together(50, func(i int) {
			_, _, err := stores[i%2].CreateToken(t.Context(), by(u), u, models.NewToken{Name: fmt.Sprint(i), Validity: "7", Nonce: fmt.Sprint(i)})
			if err != nil {
				t.Error(err)
			}
		})
		events := chain(t, s)
		if at := broke(t, events); at != 0 || len(events) != 51 {
			t.Errorf("broken at %d of %d", at, len(events))
		}
	})
}

func TestEventFailsWithTheChange(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.MustUser(t, s)
		failure := errors.New("something else went wrong")
		wantError(t, s.AuditThenFail(t.Context(), failure), failure)
		modeltest.MustUser(t, s)
		if events := chain(t, s); len(events) != 2 || broke(t, events) != 0 {
			t.Errorf("the chain: %+v", events)
		}
	})
}

func TestEventsHoldNoSecret(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		session := mustSignIn(t, s, u)
		tok, secret := mustToken(t, s, u, "ci", func(in *models.NewToken) { in.Session = session })
		must(s.RevokeToken(t.Context(), by(u), u, tok.PublicID))(t)
		all := fmt.Sprintf("%+v", chain(t, s))
		if !strings.Contains(all, tok.PublicID) {
			t.Fatal("the events are not those of the token")
		}
		for _, s := range []string{secret, secret[8:40], session.Secret, u.PasswordHash, modeltest.Password, fmt.Sprint(tok.Hash)} {
			if strings.Contains(all, s) {
				t.Errorf("an event holds %q", s)
			}
		}
	})
}

func TestEventPages(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		for i := range 12 {
			mustToken(t, s, u, fmt.Sprint(i))
			mustToken(t, s, other, fmt.Sprint(i))
		}
		for _, limit := range []int{1, 4, 5, 12, 13, 50} {
			q := models.AuditQuery{UserID: u.ID, Limit: limit}
			var forward, back []int64
			page := must(s.Events(t.Context(), q))(t)
			if page.Newer != 0 {
				t.Error("something newer than the newest")
			}
			for {
				for _, e := range page.Events {
					forward = append(forward, e.Seq)
				}
				if page.Older == 0 {
					break
				}
				q.Before = page.Older
				page = must(s.Events(t.Context(), q))(t)
			}
			for {
				for _, e := range slices.Backward(page.Events) {
					back = append(back, e.Seq)
				}
				if page.Newer == 0 {
					break
				}
				page = must(s.Events(t.Context(), models.AuditQuery{UserID: u.ID, After: page.Newer, Limit: limit}))(t)
			}
			slices.Reverse(back)
			descending := slices.IsSortedFunc(forward, func(a, b int64) int { return int(b - a) })
			if len(forward) != 13 || !descending || !slices.Equal(forward, back) {
				t.Errorf("by %d: %v and %v", limit, forward, back)
			}
		}
	})
}
