package models_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func principal(t *models.Token) *models.Principal {
	return &models.Principal{TokenID: t.ID, UserID: t.UserID}
}

func TestUsage(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		idle, _ := mustToken(t, s, u, "idle")
		usage := models.NewUsage(s)
		first := clock.Now()
		usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
		clock.Advance(time.Hour)
		usage.Record(principal(tok), models.OutcomeOK, "192.0.2.2", "Go-http-client 1.1")
		ok(t, usage.Flush(t.Context()))
		clock.Advance(24 * time.Hour)
		last := clock.Now()
		usage.Record(principal(tok), models.OutcomeOK, "192.0.2.1", "curl 8")
		clock.Advance(time.Hour)
		for _, dead := range []models.Outcome{models.OutcomeExpired, models.OutcomeRevoked, models.OutcomeUserDisabled} {
			usage.Record(principal(tok), dead, "192.0.2.3", "wget 1")
		}
		must(s.AdminRevoke(t.Context(), models.CLI, tok.PublicID))(t)
		for range 2 { // the second time there is nothing left
			ok(t, usage.Flush(t.Context()))
		}

		now := must(s.Token(t.Context(), u, tok.PublicID))(t)
		if !now.FirstUsedAt.Equal(first) || now.FirstUsedAddress != "192.0.2.1" || now.FirstUsedClient != "curl 8" ||
			!now.LastUsedAt.Equal(last) || now.LastUsedAddress != "192.0.2.1" || now.LastUsedClient != "curl 8" || now.Version != 2 {
			t.Errorf("the token: %+v", now)
		}
		byDay := must(s.UsageByDay(t.Context(), tok, 3))(t)
		want := []models.DayUse{
			{Day: time.Date(2026, 12, 13, 0, 0, 0, 0, time.UTC)},
			{Day: time.Date(2026, 12, 14, 0, 0, 0, 0, time.UTC), OK: 2},
			{Day: time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC), OK: 1, Refused: 3},
		}
		if fmt.Sprint(byDay) != fmt.Sprint(want) {
			t.Errorf("by day: %v, not %v", byDay, want)
		}
		origins := must(s.Origins(t.Context(), tok))(t)
		if len(origins) != 5 || origins[0] != (models.Origin{Address: "192.0.2.1", Client: "curl 8", Outcome: models.OutcomeOK,
			Requests: 2, FirstSeen: first, LastSeen: last}) {
			t.Errorf("origins: %+v", origins)
		}
		if now.RefusedAt == nil || !now.RefusedAt.Equal(clock.Now()) {
			t.Errorf("refused %v", now.RefusedAt)
		}
		outcomes := must(s.UsageByOutcome(t.Context(), tok, 1))(t)[0].Requests
		if outcomes[models.OutcomeOK] != 1 || outcomes[models.OutcomeExpired] != 1 || outcomes[models.OutcomeRevoked] != 1 || len(outcomes) != 4 {
			t.Errorf("by outcome: %v", outcomes)
		}
		if now := must(s.Token(t.Context(), u, idle.PublicID))(t); now.FirstUsedAt != nil || now.LastUsedAt != nil || now.RefusedAt != nil {
			t.Errorf("another token: %+v", now)
		}
	})
}

// The calls of a dead token are counted, and are no use of it.
func TestDeadUseIsNoUse(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	tok, _ := mustToken(t, s, u, "ci")
	usage := models.NewUsage(s)
	usage.Record(principal(tok), models.OutcomeRevoked, "192.0.2.3", "wget 1")
	ok(t, usage.Flush(t.Context()))
	if now := must(s.Token(t.Context(), u, tok.PublicID))(t); now.FirstUsedAt != nil || now.LastUsedAt != nil {
		t.Errorf("it was used: %+v", now)
	}
	if n := count(t, s, "SELECT requests FROM token_usage WHERE outcome = 'revoked'"); n != 1 {
		t.Errorf("%d are counted", n)
	}
}

func TestNewestOriginsAreKept(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		usage := models.NewUsage(s)
		record := func(from, to int) {
			for i := from; i < to; i++ {
				clock.Advance(time.Second)
				usage.Record(principal(tok), models.OutcomeOK, fmt.Sprintf("192.0.2.%d", i), "curl 8")
			}
		}
		record(0, 30)
		ok(t, usage.Flush(t.Context()))
		record(30, 120)
		if _, origins := usage.Pending(u.ID, tok.ID); origins != 50 {
			t.Errorf("%d origins in memory", origins)
		}
		record(100, 101) // an old one comes back
		ok(t, usage.Flush(t.Context()))
		origins := must(s.Origins(t.Context(), tok))(t)
		if len(origins) != 50 || origins[0].Address != "192.0.2.100" || origins[0].Requests != 2 || origins[49].Address != "192.0.2.70" {
			t.Errorf("%d origins, %+v to %+v", len(origins), origins[0], origins[len(origins)-1])
		}
		if n := count(t, s, "SELECT count(*) FROM token_origins"); n != 50 {
			t.Errorf("%d origins are stored", n)
		}
		if got := must(s.UsageByDay(t.Context(), tok, 1))(t)[0].OK; got != 121 {
			t.Errorf("%d of 121 requests are counted", got)
		}
	})
}

// Whoever tries a token from everywhere does not hide where it was good, and is
// not kept without bound; nor the other way round.
func TestAFloodHidesNoOrigins(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		usage := models.NewUsage(s)
		record := func(outcome models.Outcome, from, to int) {
			for i := from; i < to; i++ {
				clock.Advance(time.Second)
				usage.Record(principal(tok), outcome, fmt.Sprintf("192.0.2.%d", i), "curl 8")
			}
		}
		kept := func(good, refused int) {
			t.Helper()
			n := map[bool]int{}
			for _, o := range must(s.Origins(t.Context(), tok))(t) {
				n[o.Outcome == models.OutcomeOK]++
			}
			if n[true] != good || n[false] != refused || count(t, s, "SELECT count(*) FROM token_origins") != good+refused {
				t.Errorf("%d good and %d refused origins, not %d and %d", n[true], n[false], good, refused)
			}
		}
		record(models.OutcomeOK, 0, 3)
		record(models.OutcomePaused, 0, 70)
		record(models.OutcomeRevoked, 0, 70)
		ok(t, usage.Flush(t.Context()))
		kept(3, 50)
		record(models.OutcomeNetwork, 0, 70)
		ok(t, usage.Flush(t.Context()))
		kept(3, 50)
		record(models.OutcomeOK, 0, 200)
		ok(t, usage.Flush(t.Context()))
		kept(50, 50)
		if got := must(s.Origins(t.Context(), tok))(t)[99]; got.Outcome != models.OutcomeNetwork || got.Address != "192.0.2.20" {
			t.Errorf("the oldest is %+v", got)
		}
	})
}

func TestUseOfARemovedTokenIsHarmless(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		tok, _ := mustToken(t, s, u, "ci")
		usage := models.NewUsage(s)
		usage.Record(&models.Principal{TokenID: tok.ID + 1, UserID: u.ID}, models.OutcomeOK, "", "")
		usage.Record(principal(tok), models.OutcomeOK, "", "")
		ok(t, usage.Flush(t.Context()))
		if n := count(t, s, "SELECT count(*) FROM token_usage"); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestPendingUseIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	usage := models.NewUsage(&models.Store{Now: models.Now})
	runtime.GC()
	runtime.ReadMemStats(&before)
	record := func(token int64, address string) {
		usage.Record(&models.Principal{TokenID: token, UserID: token % 1000}, models.OutcomeOK, address, "curl 8")
	}
	for i := range int64(models.MaxPending) { // far more than there is place for
		record(i, "192.0.2.1")
		record(i, "192.0.2.2")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	size, _ := usage.Pending(0, 0)
	t.Logf("%d MiB for %d tokens and origins", (after.HeapAlloc-before.HeapAlloc)>>20, size)
	if size < models.MaxPending || size > models.MaxPending+1 {
		t.Errorf("%d tokens and origins are pending", size)
	}
	// Those that have a place are still counted: the new origin takes that of the oldest.
	record(5, "192.0.2.3")
	if after, origins := usage.Pending(5, 5); origins != 2 || after != size {
		t.Errorf("%d origins, %d in all", origins, after)
	}
	usage.Record(&models.Principal{TokenID: 5, UserID: 5}, models.OutcomeRevoked, "192.0.2.4", "curl 8")
	if after, origins := usage.Pending(5, 5); origins != 2 || after != size {
		t.Errorf("%d origins, %d in all, with a refused one", origins, after)
	}
}
