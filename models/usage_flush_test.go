package models_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// broken is a context in which nothing can be written.
func broken(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// What could not be written is merged with what comes after, each request counted once.
func TestUsageSurvivesAFailure(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		dead, _ := mustToken(t, s, u, "dead")
		usage := models.NewUsage(s)
		first := clock.Now()
		for _, flush := range []func(context.Context) error{
			usage.Flush, func(ctx context.Context) error { return usage.FlushUser(ctx, u.ID) },
		} {
			usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
			usage.Record(principal(dead), models.OutcomeExpired, "192.0.2.1", "curl 8")
			if err := flush(broken(t)); err == nil {
				t.Fatal("written without a database")
			}
			clock.Advance(time.Minute)
		}
		usage.Record(principal(tok), models.OutcomeExpired, "192.0.2.1", "curl 8")
		ok(t, usage.Flush(t.Context()))
		day := must(s.UsageByDay(t.Context(), tok, 1))(t)[0]
		if day.OK != 2 || day.Refused != 1 {
			t.Errorf("counted %+v", day)
		}
		now := must(s.Token(t.Context(), u, tok.PublicID))(t)
		if !now.FirstUsedAt.Equal(first) || !now.LastUsedAt.Equal(first.Add(time.Minute)) {
			t.Errorf("used first %v, last %v", now.FirstUsedAt, now.LastUsedAt)
		}
		origins := must(s.Origins(t.Context(), tok))(t)
		if len(origins) != 2 || origins[0].Requests != 2 || !origins[0].FirstSeen.Equal(first) {
			t.Errorf("origins: %+v", origins)
		}
		if tokens, _ := usage.Pending(u.ID, tok.ID); tokens != 0 {
			t.Errorf("%d tokens are still pending", tokens)
		}
	})
}

func TestFlushUserWritesOnePerson(t *testing.T) {
	s := modeltest.NewSQLite(t)
	mine, _ := mustToken(t, s, modeltest.MustUser(t, s), "ci")
	theirs, _ := mustToken(t, s, modeltest.MustUser(t, s), "ci")
	usage := models.NewUsage(s)
	usage.Record(principal(mine), models.OutcomeOK, "", "")
	usage.Record(principal(theirs), models.OutcomeOK, "", "")
	ok(t, usage.FlushUser(t.Context(), mine.UserID))
	for tok, want := range map[*models.Token]int64{mine: 1, theirs: 0} {
		if got := must(s.UsageByDay(t.Context(), tok, 1))(t)[0].OK; got != want {
			t.Errorf("token %d: %d, not %d", tok.ID, got, want)
		}
	}
}

// A page that begins while everything is being flushed waits for its own part.
func TestFlushUserWaitsForARunningFlush(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		usage := models.NewUsage(s)
		done := make(chan error)
		for n := range int64(20) {
			usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
			go func() { done <- usage.Flush(t.Context()) }()
			ok(t, usage.FlushUser(t.Context(), u.ID))
			got := must(s.UsageByDay(t.Context(), tok, 1))(t)[0].OK
			ok(t, <-done)
			if got != n+1 {
				t.Fatalf("the page shows %d, not %d", got, n+1)
			}
		}
	})
}

// Two servers count the same tokens without standing in each other's way.
func TestUsageOfTwoProcesses(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		var tokens []*models.Token
		for i := range 20 {
			tok, _ := mustToken(t, s, u, fmt.Sprint(i))
			tokens = append(tokens, tok)
		}
		stores := []*models.Store{s, secondStore(t, s)}
		together(2, func(i int) {
			usage := models.NewUsage(stores[i])
			for range 10 {
				for _, tok := range tokens {
					usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
				}
				if err := usage.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		for _, table := range []string{"token_usage", "usage_days"} {
			if n := count(t, s, "SELECT sum(requests) FROM "+table); n != 400 {
				t.Errorf("%s has %d of 400", table, n)
			}
		}
	})
}

func TestRecordWhileFlushing(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	tok, _ := mustToken(t, s, u, "ci")
	usage := models.NewUsage(s)
	var left atomic.Int32
	left.Store(4)
	together(6, func(i int) {
		if i < 4 {
			for range 2000 {
				usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
			}
			left.Add(-1)
			return
		}
		for left.Load() > 0 {
			ctx := t.Context()
			if i == 5 {
				ctx = broken(t)
			}
			usage.Flush(ctx) // which may fail, and then keeps what it has
		}
	})
	ok(t, usage.Flush(t.Context()))
	if got := must(s.UsageByDay(t.Context(), tok, 1))(t)[0].OK; got != 8000 {
		t.Errorf("%d of 8000 requests are counted", got)
	}
}
