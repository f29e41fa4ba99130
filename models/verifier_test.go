package models_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

// counted is a verifier that has polled once and stands at that moment, and the number of its reads.
func counted(t testing.TB, s *models.Store) (*models.Verifier, *modeltest.Clock, *atomic.Int32) {
	t.Helper()
	v := models.NewVerifier(s)
	mono := &modeltest.Clock{}
	mono.Set(time.Now())
	v.SetMono(mono.Now)
	var reads atomic.Int32
	v.AroundRead(func(read func()) { reads.Add(1); read() })
	v.Poll(t.Context())
	return v, mono, &reads
}

func verify(t testing.TB, v *models.Verifier, secret string) (*models.Principal, models.Outcome) {
	t.Helper()
	p, outcome, err := v.Verify(t.Context(), secret, "192.0.2.1")
	if err != nil {
		t.Fatal("verify:", err)
	}
	return p, outcome
}

func wantOutcome(t testing.TB, v *models.Verifier, secret string, want models.Outcome) {
	t.Helper()
	if _, got := verify(t, v, secret); got != want {
		t.Errorf("the outcome is %s, not %s", got, want)
	}
}

func TestVerify(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci")
		v, _, reads := counted(t, s)
		for range 3 { // once from the database, then from memory
			p, outcome := verify(t, v, secret)
			want := models.Principal{
				TokenID: tok.ID, PublicID: tok.PublicID, TokenName: "ci", CreatedAt: tok.CreatedAt.UnixMicro(), ExpiresAt: tok.ExpiresAt.UnixMicro(),
				UserID: u.ID, UserName: u.Name, Email: u.Email, Language: "en", TimeZone: "Asia/Tokyo",
			}
			if outcome != models.OutcomeOK || *p != want {
				t.Errorf("%s, %+v, not %+v", outcome, p, want)
			}
		}
		if reads.Load() != 1 {
			t.Errorf("%d reads", reads.Load())
		}
	})
}

// Only the whole secret counts; what is malformed costs no query, what is unknown costs one.
func TestVerifyTheWholeSecret(t *testing.T) {
	s := modeltest.NewSQLite(t)
	_, secret := mustToken(t, s, modeltest.MustUser(t, s), "ci")
	v, _, reads := counted(t, s)
	malformed := []string{"", " ", secret + " ", secret + "\x00", secret + secret, strings.ToUpper(secret), strings.ToLower(secret), "\xff"}
	for i := range secret {
		malformed = append(malformed, secret[:i], secret[i+1:], secret[:i]+"\x00"+secret[i+1:])
	}
	for _, m := range malformed {
		if p, outcome := verify(t, v, m); outcome != models.OutcomeMalformed || p != nil {
			t.Errorf("%q is %s", m, outcome)
		}
	}
	if reads.Load() != 0 {
		t.Errorf("%d reads for what is malformed", reads.Load())
	}
	if p, outcome := verify(t, v, token.New()); outcome != models.OutcomeUnknown || p != nil || reads.Load() != 1 || v.Cached() != 0 {
		t.Errorf("unknown: %s, %v after %d reads, %d in memory", outcome, p, reads.Load(), v.Cached())
	}
}

func TestVerifyDeaths(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci")
		forever, other := mustToken(t, s, u, "forever", func(in *models.NewToken) { in.Validity = "never" })
		v, _, reads := counted(t, s)
		wantOutcome(t, v, secret, models.OutcomeOK)
		wantOutcome(t, v, other, models.OutcomeOK)

		clock.Set(tok.ExpiresAt.Add(-time.Microsecond))
		wantOutcome(t, v, secret, models.OutcomeOK)
		clock.Set(*tok.ExpiresAt)
		wantOutcome(t, v, secret, models.OutcomeExpired)
		if reads.Load() != 2 {
			t.Errorf("%d reads: expiry needs none", reads.Load())
		}
		must(s.UpdateToken(t.Context(), by(u), u, tok.PublicID, models.TokenEdit{Name: "cd", Validity: "7", Version: 1}))(t)
		if p, outcome := verify(t, v, secret); outcome != models.OutcomeOK || p.TokenName != "cd" {
			t.Errorf("with a later date: %s, %+v", outcome, p)
		}

		ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, true))
		wantOutcome(t, v, secret, models.OutcomeUserDisabled)
		wantOutcome(t, v, other, models.OutcomeUserDisabled)
		ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, false))
		wantOutcome(t, v, secret, models.OutcomeOK)
		must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: at("Aiko T.")}))(t)
		if p, _ := verify(t, v, other); p.UserName != "Aiko T." {
			t.Errorf("the person is still called %s", p.UserName)
		}

		must(s.RevokeToken(t.Context(), by(u), u, forever.PublicID))(t)
		p, outcome := verify(t, v, other)
		if outcome != models.OutcomeRevoked || p.Since != clock.Now().UnixMicro() {
			t.Errorf("revoked: %s, %+v", outcome, p)
		}
		wantOutcome(t, v, secret, models.OutcomeOK) // the other one is not touched
		ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, true))
		wantOutcome(t, v, other, models.OutcomeRevoked) // the token's own death comes first
	})
}

// A read that began before a revocation and ends after it must not put the old
// standing into the cache.
func TestLateReadDoesNotBringBackTheDead(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci")
		v := models.NewVerifier(s)
		v.Poll(t.Context())
		hasRead, goOn := make(chan struct{}), make(chan struct{})
		var reads atomic.Int32
		v.AroundRead(func(read func()) {
			read()
			if reads.Add(1) == 1 {
				close(hasRead)
				<-goOn
			}
		})
		late := make(chan models.Outcome)
		go func() {
			_, outcome, _ := v.Verify(t.Context(), secret, "192.0.2.1")
			late <- outcome
		}()
		<-hasRead
		must(s.RevokeToken(t.Context(), by(u), u, tok.PublicID))(t)
		wantOutcome(t, v, secret, models.OutcomeRevoked) // does not join the read that is under way
		close(goOn)
		if got := <-late; got != models.OutcomeOK {
			t.Errorf("the late one says %s: the test did not catch the moment", got)
		}
		wantOutcome(t, v, secret, models.OutcomeRevoked)
	})
}

func TestSimultaneousMissesReadOnce(t *testing.T) {
	s := modeltest.NewSQLite(t)
	_, secret := mustToken(t, s, modeltest.MustUser(t, s), "ci")
	v, _, reads := counted(t, s)
	const callers = 20
	v.AroundRead(func(read func()) {
		time.Sleep(200 * time.Millisecond) // the others arrive meanwhile
		read()
	})
	together(callers, func(int) { wantOutcome(t, v, secret, models.OutcomeOK) })
	if reads.Load() > 2 {
		t.Errorf("%d reads for %d callers", reads.Load(), callers)
	}
}

// When the database is gone, the answer is an error and never a yes or a no.
func TestVerifyWithoutDatabase(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		_, secret := mustToken(t, s, modeltest.MustUser(t, s), "ci")
		other := secondStore(t, s)
		v := models.NewVerifier(other)
		ok(t, other.Close())
		p, outcome, err := v.Verify(t.Context(), secret, "192.0.2.1")
		if err == nil || p != nil || outcome != "" {
			t.Errorf("%v, %q, %v", p, outcome, err)
		}
		if _, outcome, err := v.Verify(t.Context(), "nonsense", "192.0.2.1"); outcome != models.OutcomeMalformed || err != nil {
			t.Errorf("malformed: %q, %v", outcome, err)
		}
		if _, err := other.TokenCounts(t.Context(), &models.User{ID: 1}, ""); err == nil {
			t.Error("counted without a database")
		}
	})
}

// A caller who goes away does not spoil the answer of those who wait with him.
func TestVerifyOutlivesItsCaller(t *testing.T) {
	s := modeltest.NewSQLite(t)
	_, secret := mustToken(t, s, modeltest.MustUser(t, s), "ci")
	v, _, _ := counted(t, s)
	if _, outcome, err := v.Verify(broken(t), secret, "192.0.2.1"); err != nil || outcome != models.OutcomeOK {
		t.Errorf("%s, %v", outcome, err)
	}
}

// From the moment RevokeToken returns, nobody gets a yes, however many ask meanwhile.
func TestVerifyWhileRevoking(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		v := models.NewVerifier(s)
		v.Poll(t.Context())
		for i := range 10 {
			tok, secret := mustToken(t, s, u, fmt.Sprint("ci", i))
			var revoked, stop atomic.Bool
			var wrong atomic.Int32
			together(4, func(i int) {
				if i == 0 {
					defer stop.Store(true)
					runtime.Gosched()
					if _, err := s.RevokeToken(t.Context(), by(u), u, tok.PublicID); err != nil {
						t.Error(err)
					}
					revoked.Store(true)
					for range 100 {
						if _, outcome, _ := v.Verify(t.Context(), secret, "192.0.2.1"); outcome != models.OutcomeRevoked {
							wrong.Add(1)
						}
					}
					return
				}
				for !stop.Load() {
					after := revoked.Load()
					_, outcome, err := v.Verify(t.Context(), secret, "192.0.2.1")
					if err != nil || after && outcome != models.OutcomeRevoked {
						wrong.Add(1)
					}
				}
			})
			if wrong.Load() > 0 {
				t.Fatalf("%d wrong answers", wrong.Load())
			}
		}
	})
}
