package models_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"tessera/models"
	"tessera/models/modeltest"
)

// manyStored makes n live tokens of u, one in each thousand paused.
func manyStored(t *testing.T, s *models.Store, u *models.User, n int, change ...func(*models.Token)) {
	t.Helper()
	d := models.Demo{}
	for i := range n {
		hash := [32]byte{byte(i), byte(i >> 8), byte(i >> 16), 1}
		tok := models.Token{
			ID: int64(i + 1), UserID: u.ID, Name: nonce(), PublicID: strings.Repeat("a", 18) + leftPad(i), Nonce: nonce(), LastFour: "abcd", Hash: hash[:],
			Version: 1, CreatedAt: s.Now().Add(-400 * days),
		}
		if at := s.Now(); i%1000 == 999 {
			tok.PausedAt = &at
		}
		for _, f := range change {
			f(&tok)
		}
		d.Tokens = append(d.Tokens, tok)
	}
	ok(t, s.InsertDemo(t.Context(), d))
}

func leftPad(i int) string {
	digits := []byte("aaaaaaaa")
	for p := len(digits) - 1; i > 0; p-- {
		digits[p] = "abcdefghij"[i%10]
		i /= 10
	}
	return string(digits)
}

// What no index answers is looked for in parts: a page stops, says so, and can be continued.
func TestBoundedLooking(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		modeltest.SetClock(s)
		const n = 12_000
		manyStored(t, s, modeltest.MustUser(t, s), n)
		q := models.AdminQuery{AdminFilter: models.AdminFilter{Status: "paused"}, Sort: "name", Limit: 10}
		for _, backwards := range []bool{false, true} {
			q.Last, q.Before, q.After = backwards, "", ""
			var found []int64
			pages := 0
			for ; ; pages++ {
				p := must(s.AdminTokens(ctx, q))(t)
				if p.Scanned > models.ScanLimit || pages > n/models.ScanLimit+1 {
					t.Fatalf("page %d looked at %d", pages, p.Scanned)
				}
				for _, tok := range p.Tokens {
					found = append(found, tok.ID)
				}
				if p.Continue == "" {
					break
				}
				if p.Scanned < models.ScanLimit-64 || p.After != "" && !backwards || p.Before != "" && backwards {
					t.Errorf("stopped after %d, with neighbours %q and %q", p.Scanned, p.Before, p.After)
				}
				if q.After = p.Continue; backwards {
					q.Last, q.Before, q.After = false, p.Continue, ""
				}
			}
			if len(found) != n/1000 || pages < 2 {
				t.Errorf("backwards %v: %d of %d found, on %d pages", backwards, len(found), n/1000, pages)
			}
		}
		for f, want := range map[models.AdminFilter]models.Count{
			{Status: "paused"}:              {N: n / 1000},
			{}:                              {N: n, About: true},
			{Status: "live"}:                {N: n, About: true},
			{Status: "active"}:              {N: n - n/1000, About: true},
			{Never: true}:                   {N: n, About: true},
			{Age: 399}:                      {N: models.MaxCount, More: true},
			{Status: "live", Text: "nonce"}: {N: 300, More: true},
			{Text: "nonc", UserID: 99}:      {},
			{Text: "nonce", Age: 401}:       {AtLeast: true},
		} {
			if got := must(s.AdminCount(ctx, f))(t); got != want {
				t.Errorf("%s: %+v, not %+v", f.Query().Encode(), got, want)
			}
		}
	})
}

// A job collects all tokens of a filter, each once, whatever index answers it.
func TestCollectIDs(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		const n = 7_000
		owner := modeltest.MustUser(t, s)
		manyStored(t, s, owner, n)
		must(s.SQL().ExecContext(t.Context(), `INSERT INTO token_origins (token_id, address, client, outcome, requests, first_seen, last_seen)
			SELECT id, '192.0.2.1', 'curl', 'ok', 1, created_at, created_at FROM tokens WHERE paused_at IS NOT NULL`))(t)
		for f, want := range map[models.AdminFilter]int{
			{}: n, {Never: true, Status: "paused"}: 7, {Text: "nonce", Status: "active"}: n - 7, {Owner: owner.Email, Status: "paused"}: 7, {Status: "revoked"}: 0,
			{Address: "192.0.2.1"}: 7, {Address: "192.0.2.1", Owner: owner.Email}: 7,
		} {
			seen := map[int64]bool{}
			pages := 0
			for place := ""; ; pages++ {
				ids, next, err := s.AdminTokenIDs(t.Context(), f, place, 1000)
				ok(t, err)
				for _, id := range ids {
					seen[id] = true
				}
				if next == "" {
					break
				}
				if place = next; pages > 8 {
					t.Fatalf("%s: no end", f.Query().Encode())
				}
			}
			if len(seen) != want {
				t.Errorf("%s: collected %d of %d", f.Query().Encode(), len(seen), want)
			}
			if f.Address != "" && f.Owner == "" && pages > 0 {
				t.Errorf("%s: looked through others", f.Query().Encode())
			}
		}
	})
}

// A token that is revoked while a job or an export looks through others hides none of them.
func TestLookingStepsOverNone(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		fleetOf(t, s, 1500)
		job := func(f models.AdminFilter, see func(int64)) {
			for place, more := "", true; more; more = place != "" {
				ids, next, err := s.AdminTokenIDs(t.Context(), f, place, 1000)
				ok(t, err)
				for _, id := range ids {
					see(id)
				}
				place = next
			}
		}
		export := func(f models.AdminFilter, see func(int64)) {
			q := models.AdminQuery{AdminFilter: f, Sort: "created", Limit: 999} // it reads one more
			ok(t, s.EachAdminToken(t.Context(), q, func(tok *models.AdminToken) error { see(tok.ID); return nil }))
		}
		for what, read := range map[string]func(f models.AdminFilter, see func(int64)){"job": job, "export": export} {
			for _, f := range []models.AdminFilter{{Status: "active"}, {Never: true, Status: "active"}} {
				must(s.SQL().ExecContext(t.Context(), "UPDATE tokens SET paused_at = CASE WHEN id IN (2400, 2500) THEN created_at END, revoked_at = NULL, live_name = name_key"))(t)
				seen := map[int64]bool{}
				s.BeforeSecondRead(func() {
					must(s.SQL().ExecContext(t.Context(), "UPDATE tokens SET revoked_at = created_at, live_name = NULL WHERE id = 2499"))(t)
				}, func() { read(f, func(id int64) { seen[id] = true }) })
				if len(seen) != 1498 {
					t.Errorf("%s of %s: %d of 1498 were seen", what, f.Query().Encode(), len(seen))
				}
			}
		}
	})
}

func TestAdminFilterParameters(t *testing.T) {
	for _, f := range []models.AdminFilter{
		{}, {Owner: "a@b.c", UserID: 7, Text: "x y", Status: "paused", Age: 1, Remaining: 3650, Unused: 90, Never: true, AfterDeath: 7, Address: "::1", Administration: true},
	} {
		q := f.Query()
		if got := must(models.ParseAdminFilter(q.Get))(t); got != f {
			t.Errorf("%+v became %s and then %+v", f, q.Encode(), got)
		}
		if names := slices.Sorted(maps.Keys(q)); len(q) > 0 && !slices.Equal(names, slices.Sorted(slices.Values(models.AdminFilterNames))) {
			t.Errorf("parameters %q", names)
		}
	}
	refused := map[string]string{
		"owner": "\xff", "q": "a\x00", "status": "dead", "age": "0", "remaining": "3651", "unused": "x", "never": "yes", "after_death": "-1",
		"user": "0", "administration": "2", "address": strings.Repeat("x", 255),
	}
	f, err := models.ParseAdminFilter(func(name string) string { return refused[name] })
	wantRefusals(t, err, "owner:filter_text q:filter_text age:filter_days remaining:filter_days unused:filter_days after_death:filter_days "+
		"never:filter_yes address:filter_text administration:filter_yes status:filter_status user:filter_user")
	if f != (models.AdminFilter{}) {
		t.Errorf("what was refused stayed: %+v", f)
	}
	secret := func(string) string { return " tsr_pat_TesseraTokenFormatTestVector00013G9ya0" }
	f, err = models.ParseAdminFilter(secret)
	wantRefusals(t, err, "owner:filter_secret q:filter_secret age:filter_days remaining:filter_days unused:filter_days after_death:filter_days "+
		"never:filter_yes address:filter_secret administration:filter_yes status:filter_status user:filter_user")
	if f != (models.AdminFilter{}) {
		t.Errorf("a secret stayed: %+v", f)
	}
	for _, q := range []models.AdminQuery{{Sort: "paused"}, {Sort: "x"}, {After: "x"}, {Before: "MSB4"}, {Sort: "name", After: "IA"}} {
		q.Limit = 5
		s := modeltest.NewSQLite(t)
		_, err := s.AdminTokens(t.Context(), q)
		wantError(t, err, models.ErrInvalid)
	}
}
