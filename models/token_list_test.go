package models_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// manyTokens fills a list with ties, nulls and each state, and returns the tokens by name.
func manyTokens(t *testing.T, s *models.Store, clock *modeltest.Clock, u *models.User) map[string]*models.Token {
	t.Helper()
	s.Limits.LiveTokens = 1000
	usage := models.NewUsage(s)
	out := map[string]*models.Token{}
	for i := range 40 {
		name := fmt.Sprintf("t%02d", i*7%40)
		tok, _ := mustToken(t, s, u, name, func(in *models.NewToken) {
			in.Validity = []string{"7", "30", "never", "7", "90"}[i%5]
		})
		out[name] = tok
		if i%3 == 0 {
			usage.Record(&models.Principal{TokenID: tok.ID, UserID: u.ID}, models.OutcomeOK, "192.0.2.9", "curl 8")
		}
		if i%8 == 7 {
			must(s.RevokeToken(t.Context(), by(u), u, tok.PublicID))(t)
		}
		if i%4 == 3 { // four share each moment
			clock.Advance(time.Hour)
		}
	}
	ok(t, usage.Flush(t.Context()))
	for name, tok := range out {
		out[name] = must(s.Token(t.Context(), u, tok.PublicID))(t)
	}
	return out
}

func listed(page models.TokenPage) []string {
	var out []string
	for _, t := range page.Tokens {
		out = append(out, t.Name)
	}
	return out
}

// walk reads all pages of a query from the first to the last and back.
func walk(t *testing.T, s *models.Store, u *models.User, q models.TokenQuery) (forward, back []string) {
	t.Helper()
	page := must(s.Tokens(t.Context(), u, q))(t)
	if page.Before != "" {
		t.Errorf("%+v: something before the first page", q)
	}
	for {
		forward = append(forward, listed(page)...)
		if page.After == "" {
			break
		}
		q.After = page.After
		page = must(s.Tokens(t.Context(), u, q))(t)
	}
	q.After = ""
	for {
		back = append(listed(page), back...)
		if page.Before == "" {
			return forward, back
		}
		q.Before = page.Before
		page = must(s.Tokens(t.Context(), u, q))(t)
	}
}

// Each sort shows each row once, in order, whichever way one turns the pages.
func TestListOrderAndPages(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		mustToken(t, s, modeltest.MustUser(t, s), "of somebody else")
		all := manyTokens(t, s, clock, u)
		micro := func(at *time.Time, none int64) int64 {
			if at == nil {
				return none
			}
			return at.UnixMicro()
		}
		less := map[string]func(a, b *models.Token) int{
			"created": func(a, b *models.Token) int { return a.CreatedAt.Compare(b.CreatedAt) },
			"name":    func(a, b *models.Token) int { return cmp.Compare(a.NameKey, b.NameKey) },
			"expires": func(a, b *models.Token) int {
				return cmp.Compare(micro(a.ExpiresAt, math.MaxInt64), micro(b.ExpiresAt, math.MaxInt64))
			},
			"used": func(a, b *models.Token) int {
				return cmp.Compare(micro(a.LastUsedAt, 0), micro(b.LastUsedAt, 0))
			},
		}
		for _, sort := range models.TokenSorts {
			for _, asc := range []bool{true, false} {
				want := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
					order := cmp.Or(less[sort](all[a], all[b]), cmp.Compare(all[a].ID, all[b].ID))
					if !asc {
						return -order
					}
					return order
				})
				for _, limit := range []int{7, 8, 40, 50} {
					forward, back := walk(t, s, u, models.TokenQuery{Sort: sort, Asc: asc, Limit: limit})
					if !slices.Equal(forward, want) || !slices.Equal(back, want) {
						t.Errorf("%s, ascending %v, by %d:\n%v\n%v, want\n%v", sort, asc, limit, forward, back, want)
					}
				}
			}
		}
	})
}

func TestListFiltersAndCounts(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		all := manyTokens(t, s, clock, u)
		for i, act := range []func(*models.Token) (*models.Token, error){ // to one of each validity
			func(tok *models.Token) (*models.Token, error) { return s.PauseToken(t.Context(), by(u), tok.PublicID) },
			func(tok *models.Token) (*models.Token, error) {
				at := clock.Now().Add(days)
				return s.ScheduleRevocation(t.Context(), by(u), tok.PublicID, &at)
			},
		} {
			for j := range 5 {
				tok := all[fmt.Sprintf("t%02d", (8*i+j)*7%40)]
				changed, err := act(tok)
				ok(t, err)
				all[tok.Name] = changed
			}
		}
		clock.Advance(17 * days) // those of 7 days have expired, those of 30 are about to
		want := map[string]int{"all": len(all)}
		for _, tok := range all {
			status := tok.Status(clock.Now(), u.Location())
			want[string(status)]++
			if status == models.StatusExpiring {
				want["active"]++
			}
		}
		for _, f := range models.TokenFilters {
			if want[f] == 0 {
				t.Errorf("nothing is %s: the test is empty", f)
			}
			shown, _ := walk(t, s, u, models.TokenQuery{Filter: f, Limit: 5})
			for _, name := range shown {
				status := string(all[name].Status(clock.Now(), u.Location()))
				if f != "all" && f != status && (f != "active" || status != "expiring") {
					t.Errorf("%s shows one that is %s", f, status)
				}
			}
			if len(shown) != want[f] {
				t.Errorf("%s shows %d, not %d", f, len(shown), want[f])
			}
		}
		if got := must(s.TokenCounts(t.Context(), u, ""))(t); !maps.Equal(got, want) {
			t.Errorf("counts %v, not %v", got, want)
		}
		got := must(s.TokenCounts(t.Context(), u, "T1"))(t)
		if shown, _ := walk(t, s, u, models.TokenQuery{Search: "T1", Limit: 5}); got["all"] != 10 || len(shown) != 10 {
			t.Errorf("searching: %v, %v", got, shown)
		}
		if got := must(s.TokenCounts(t.Context(), modeltest.MustUser(t, s), ""))(t); got["all"] != 0 {
			t.Errorf("somebody new has %v", got)
		}
		for _, q := range []models.TokenQuery{{Filter: "dead"}, {Sort: "hash"}, {Sort: "id; DROP TABLE tokens"}} {
			_, err := s.Tokens(t.Context(), u, q)
			wantError(t, err, models.ErrInvalid)
		}
	})
}

func TestListSearch(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		for _, name := range []string{"100%", "100 days", "snake_case", "snakeXcase", `back\slash`, "Ｆｕｌｌ", "Straße", "日本語", "it's", `say "x"`} {
			mustToken(t, s, u, name)
		}
		for search, want := range map[string][]string{
			"":                        {"100%", "100 days", "snake_case", "snakeXcase", `back\slash`, "Ｆｕｌｌ", "Straße", "日本語", "it's", `say "x"`},
			"100%":                    {"100%"},
			"%":                       {"100%"},
			"_":                       {"snake_case"},
			"SNAKE_":                  {"snake_case"},
			`\`:                       {`back\slash`},
			`\s`:                      {`back\slash`},
			"full":                    {"Ｆｕｌｌ"},
			"STRASSE":                 {"Straße"},
			" 本 ":                     {"日本語"},
			"'":                       {"it's"},
			`"`:                       {`say "x"`},
			"nothing":                 nil,
			"\x00":                    nil,
			"\xff":                    nil,
			"' OR 1=1 --":             nil,
			strings.Repeat("%", 8000): nil,
		} {
			page, err := s.Tokens(t.Context(), u, models.TokenQuery{Search: search, Asc: true, Limit: 50})
			if err != nil || !slices.Equal(listed(page), want) {
				t.Errorf("%.20q finds %v, %v", search, listed(page), err)
			}
			if n := must(s.TokenCounts(t.Context(), u, search))(t); n["all"] != len(want) {
				t.Errorf("%.20q counts %v", search, n)
			}
		}
	})
}

func TestCountingStops(t *testing.T) {
	s := modeltest.NewSQLite(t)
	u := modeltest.MustUser(t, s)
	_, err := s.SQL().ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
		INSERT INTO tokens (public_id, user_id, name, name_key, hash, last_four, nonce, created_at)
		SELECT printf('%026d', i), 1, i, i, randomblob(32), 'abcd', i, i FROM n`)
	ok(t, err)
	if got := must(s.TokenCounts(t.Context(), u, ""))(t); got["all"] != models.MaxCount+1 || got["active"] != models.MaxCount+1 {
		t.Errorf("counts %v", got)
	}
}

// A list reads along an index and no further than its page.
func TestListUsesIndexes(t *testing.T) {
	s := modeltest.NewSQLite(t)
	clock := modeltest.SetClock(s)
	u := modeltest.MustUser(t, s)
	manyTokens(t, s, clock, u)
	for sort, index := range map[string]string{
		"created": "tokens_by_created", "name": "tokens_by_name", "expires": "tokens_by_expiry", "used": "tokens_by_use",
	} {
		page := must(s.Tokens(t.Context(), u, models.TokenQuery{Sort: sort, Limit: 10}))(t)
		for what, q := range map[string]models.TokenQuery{
			"the first page":  {Sort: sort, Limit: 10},
			"the next page":   {Sort: sort, After: page.After, Limit: 10},
			"the page before": {Sort: sort, Before: page.After, Limit: 10},
		} {
			statement, args := s.Recorded(func(s *models.Store) { must(s.Tokens(t.Context(), u, q))(t) })
			got := plan(t, s, statement, args)
			if !strings.Contains(got, "USING INDEX "+index) || strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN tokens") {
				t.Errorf("%s by %s: %s", what, sort, got)
			}
		}
	}
	for what, c := range map[string]struct {
		want string
		do   func(*models.Store)
	}{
		"counting":     {"SEARCH tokens", func(s *models.Store) { must(s.TokenCounts(t.Context(), u, ""))(t) }},
		"a secret":     {"USING INDEX sqlite_autoindex_tokens", func(s *models.Store) { s.TokenBySecret(t.Context(), "x") }},
		"the history":  {"USING INDEX audit_events", func(s *models.Store) { s.Events(t.Context(), models.AuditQuery{UserID: u.ID, Limit: 9}) }},
		"of one token": {"USING INDEX audit_events", func(s *models.Store) { s.Events(t.Context(), models.AuditQuery{UserID: u.ID, Subject: "x", Limit: 9}) }},
	} {
		statement, args := s.Recorded(c.do)
		got := plan(t, s, statement, args)
		if !strings.Contains(got, c.want) || strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN tokens") || strings.Contains(got, "SCAN audit") {
			t.Errorf("%s: %s", what, got)
		}
	}
}

func cursor(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func FuzzCursor(f *testing.F) {
	s := modeltest.NewSQLite(f)
	u := modeltest.MustUser(f, s)
	mustToken(f, s, u, "one")
	mustToken(f, s, u, "two")
	for _, c := range []string{"", "x", cursor("1 one"), cursor("2 170000"), cursor("-1 "), cursor(" "), cursor("1 \x00"), cursor("1 \xff"),
		cursor("99999999999999999999 1"), cursor("1 9223372036854775807"), cursor("1 ' OR 1=1"), "===="} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, c string) {
		for _, sort := range models.TokenSorts {
			for _, q := range []models.TokenQuery{{Sort: sort, After: c, Limit: 5}, {Sort: sort, Before: c, Limit: 5}} {
				page, err := s.Tokens(context.Background(), u, q)
				if err != nil {
					wantError(t, err, models.ErrInvalid)
				}
				if len(page.Tokens) > 2 {
					t.Errorf("%q shows %v", c, listed(page))
				}
			}
		}
	})
}

// The seeds of the fuzz test on the stricter database.
func TestCursorOnPostgres(t *testing.T) {
	s := modeltest.NewPostgres(t)
	u := modeltest.MustUser(t, s)
	for _, c := range []string{"x", cursor("1 \x00"), cursor("1 \xff"), cursor("1 one"), cursor("1 9223372036854775808"), "===="} {
		for _, sort := range models.TokenSorts {
			if _, err := s.Tokens(t.Context(), u, models.TokenQuery{Sort: sort, After: c, Limit: 5}); err != nil {
				wantError(t, err, models.ErrInvalid)
			}
		}
	}
}
