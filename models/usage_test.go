package models_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"tessera/models"
	"tessera/models/modeltest"
)

func principal(t *models.Token) *models.Principal {
	return &models.Principal{TokenID: t.ID, UserID: t.UserID}
}

// broken is a context in which nothing can be written.
func broken(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
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
		for range 2 { // the second time there is nothing left
			ok(t, usage.Flush(t.Context()))
		}

		now := must(s.Token(t.Context(), u, tok.PublicID))(t)
		if !now.FirstUsedAt.Equal(first) || now.FirstUsedAddress != "192.0.2.1" || now.FirstUsedClient != "curl 8" ||
			!now.LastUsedAt.Equal(last) || now.LastUsedAddress != "192.0.2.1" || now.LastUsedClient != "curl 8" || now.Version != 1 {
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
		if len(origins) != 5 || origins[3] != (models.Origin{Address: "192.0.2.1", Client: "curl 8", Outcome: models.OutcomeOK,
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
		if len(origins) != 2 || origins[1].Requests != 2 || !origins[1].FirstSeen.Equal(first) {
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

func TestClientName(t *testing.T) {
	for agent, want := range map[string]string{
		"":                       "",
		"curl/8.10.1":            "curl 8.10.1",
		"Go-http-client/2.0":     "Go-http-client 2.0",
		"python-requests/2.32.3": "python-requests 2.32.3",
		"gh/2.1 (linux; x86_64)": "gh 2.1",
		"my-script":              "my-script",
		"Wget":                   "Wget",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                    "Firefox 128",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36":                                       "Chrome 127",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 Edg/127.0.1":                           "Edge 127",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 OPR/112.0":                             "Opera 112",
		"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                                             "Safari 17",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1":    "Chrome 126",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/128.0 Mobile/15E148 Safari/605.1.15": "Firefox 128",
		"Mozilla/5.0 (compatible; bot)": "Mozilla 5.0",
		"a\r\nSet-Cookie: x":            "aSet-Cookie:",
		"\x1b[31mred/1\x7f":             "[31mred 1",
		"日本/1.0":                        " 1.0",
		strings.Repeat("x", 100) + "/1": strings.Repeat("x", 64),
	} {
		if got := models.ClientName(agent); got != want {
			t.Errorf("%q is %q, not %q", agent, got, want)
		}
	}
}

func FuzzClientName(f *testing.F) {
	for _, agent := range []string{"curl/8", "Mozilla/5.0 Firefox/128.0", "Mozilla/", "Mozilla/5.0 Edg/", "/", "\x00", "\xff/\xff", "日/本"} {
		f.Add(agent)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		got := models.ClientName(agent)
		if len(got) > 64 || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q is %q", agent, got)
		}
	})
}
