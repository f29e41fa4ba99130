package models_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// fleet is 120 tokens of four people in every state, some of them used and some refused.
// One of them leaves after most of their tokens have expired.
func fleet(t *testing.T, s *models.Store, clock *modeltest.Clock) (people []*models.User, values modeltest.FilterValues) {
	t.Helper()
	ctx := t.Context()
	s.Limits.LiveTokens = 1000
	admin := modeltest.MustUser(t, s, asAdmin)
	people = []*models.User{admin, modeltest.MustUser(t, s), modeltest.MustUser(t, s), modeltest.MustUser(t, s)}
	usage := models.NewUsage(s)
	var revoked, paused *models.Token // the last ones
	clock.Advance(-500 * days)
	for i := range 120 {
		owner := people[i%4]
		tok, secret := mustToken(t, s, owner, fmt.Sprintf("%s %02d", []string{"deploy", "Backup", "ci", "Deploy %_", "本番"}[i%5], i), func(in *models.NewToken) {
			in.Validity = []string{"7", "30", "never", "365", "custom", "never"}[i%6]
			if in.Validity == "custom" {
				in.ExpiresOn = clock.Now().AddDate(2, 0, i).Format(time.DateOnly)
			}
			in.Administration = i%8 == 0
		})
		if i == 118 { // live, and used from the address below
			values.Last = secret[len(secret)-4:]
		}
		if i%2 == 0 {
			usage.Record(principal(tok), models.OutcomeOK, fmt.Sprintf("192.0.2.%d", i%3), fmt.Sprint("curl ", i%7))
			usage.Record(principal(tok), models.OutcomeOK, "192.0.2.0", "wget 1")
		}
		switch i % 10 {
		case 1:
			revoked = must(s.AdminRevoke(ctx, by(admin), tok.PublicID))(t)
		case 2, 5:
			paused = must(s.PauseToken(ctx, by(admin), tok.PublicID))(t)
		}
		if n := i % 10; n > 2 && n < 6 {
			if at := clock.Now().AddDate(1+i%3, 0, 0); tok.ExpiresAt == nil || at.Before(*tok.ExpiresAt) {
				must(s.ScheduleRevocation(ctx, by(admin), tok.PublicID, &at))(t)
			}
		}
		if i%3 == 0 { // three share each moment
			clock.Advance(13 * days)
			usage.Record(principal(tok), models.OutcomeRevoked, "192.0.2.9", "curl 8")
		}
	}
	usage.Record(principal(revoked), models.OutcomeRevoked, "192.0.2.9", "curl 8")
	usage.Record(principal(paused), models.OutcomePaused, "192.0.2.9", "curl 8")
	ok(t, usage.Flush(ctx))
	must(s.SaveRundown(ctx, by(admin), people[3].ID, models.RundownForm{LastDay: clock.Now().AddDate(5, 0, 0).Format(time.DateOnly)}))(t)
	ok(t, s.ExpireTokens(ctx))
	ok(t, s.RevokeDue(ctx))
	values.Owner, values.Text, values.Address = people[1].Email, "deploy", "192.0.2.0"
	return people, values
}

// everyToken reads all tokens past the code that is tested.
func everyToken(t *testing.T, s *models.Store, people []*models.User) []models.Token {
	t.Helper()
	var out []models.Token
	for _, u := range people {
		page := must(s.Tokens(t.Context(), u, models.TokenQuery{Limit: 1000}))(t)
		out = append(out, page.Tokens...)
	}
	return out
}

// chosen tells whether a token is as f asks, in the words of the documentation.
func chosen(t *testing.T, s *models.Store, f models.AdminFilter, tok models.Token, owner *models.User) bool {
	t.Helper()
	now := s.Now()
	ago := func(d int) time.Time { return now.Add(-time.Duration(d) * days) }
	live, paused := tok.Live(now), tok.PausedAt != nil
	ends := func(until time.Time) bool { return live && tok.ExpiresAt != nil && !tok.ExpiresAt.After(until) }
	used := tok.CreatedAt
	if tok.LastUsedAt != nil {
		used = *tok.LastUsedAt
	}
	origins := must(s.Origins(t.Context(), &tok))(t)
	status := map[string]bool{
		"": true, "live": live, "active": live && !paused, "paused": live && paused, "scheduled": tok.Planned(now) != nil,
		"expiring": ends(models.StartOfDay(now.AddDate(0, 0, models.ExpiringDays+1), time.UTC)) && !paused,
		"expired":  !live && !tok.Revoked(now), "revoked": tok.Revoked(now),
	}[f.Status]
	return status &&
		(f.Owner == "" || strings.EqualFold(f.Owner, owner.Email)) && (f.UserID == 0 || f.UserID == owner.ID) &&
		(f.Text == "" || strings.HasPrefix(strings.ToLower(tok.Name), strings.ToLower(f.Text)) || tok.LastFour == f.Text) &&
		(f.Age == 0 || !tok.CreatedAt.After(ago(f.Age))) &&
		(f.Remaining == 0 || ends(ago(-f.Remaining))) &&
		(f.Unused == 0 || live && !used.After(ago(f.Unused))) &&
		(!f.Never || live && tok.ExpiresAt == nil) &&
		(f.AfterDeath == 0 || tok.RefusedAt != nil && !tok.RefusedAt.Before(ago(f.AfterDeath))) &&
		(f.Address == "" || slices.ContainsFunc(origins, func(o models.Origin) bool { return o.Address == f.Address })) &&
		(!f.Administration || tok.Administration)
}

// sortValue is what a list is ordered by before the id.
func sortValue(tok models.Token, sort string) any {
	micro := func(at *time.Time, none int64) int64 {
		if at == nil {
			return none
		}
		return at.UnixMicro()
	}
	switch sort {
	case "name":
		return tok.NameKey
	case "expires":
		return micro(tok.ExpiresAt, math.MaxInt64)
	case "used":
		return micro(tok.LastUsedAt, 0)
	case "unused":
		return micro(tok.LastUsedAt, tok.CreatedAt.UnixMicro())
	case "paused":
		return micro(tok.PausedAt, 0)
	case "scheduled":
		return micro(tok.RevokeAt, 0)
	case "revoked":
		return micro(tok.RevokedAt, 0)
	case "refused":
		return micro(tok.RefusedAt, 0)
	case "address":
		return tok.ID
	default:
		return tok.CreatedAt.UnixMicro()
	}
}

func inOrder(sort string, asc bool) func(a, b models.Token) int {
	return func(a, b models.Token) int {
		order := 0
		if sort == "name" {
			order = strings.Compare(a.NameKey, b.NameKey)
		} else {
			order = cmp.Compare(sortValue(a, sort).(int64), sortValue(b, sort).(int64))
		}
		if order = cmp.Or(order, cmp.Compare(a.ID, b.ID)); asc {
			return order
		}
		return -order
	}
}

// walkAdmin reads all pages from the first to the last, and from the last to the first.
func walkAdmin(t *testing.T, s *models.Store, q models.AdminQuery) (forward, back []int64) {
	t.Helper()
	ids := func(p models.AdminPage) (out []int64) {
		for _, tok := range p.Tokens {
			out = append(out, tok.ID)
		}
		if p.Continue != "" || len(out) > q.Limit {
			t.Fatalf("%+v: %+v", q, p)
		}
		return out
	}
	page := must(s.AdminTokens(t.Context(), q))(t)
	if page.Before != "" {
		t.Errorf("%+v: something before the first page", q)
	}
	for forward = ids(page); page.After != ""; forward = append(forward, ids(page)...) {
		q.After = page.After
		page = must(s.AdminTokens(t.Context(), q))(t)
	}
	q.After, q.Last = "", true
	page = must(s.AdminTokens(t.Context(), q))(t)
	if page.After != "" {
		t.Errorf("%+v: something after the last page", q)
	}
	q.Last = false
	for back = ids(page); page.Before != ""; back = append(ids(page), back...) {
		q.Before = page.Before
		page = must(s.AdminTokens(t.Context(), q))(t)
	}
	return forward, back
}

// Each filter in each order shows what it promises, once, whichever way one turns the pages.
func TestAdminTokens(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		people, values := fleet(t, s, clock)
		all := everyToken(t, s, people)
		owner := func(tok models.Token) *models.User {
			return people[slices.IndexFunc(people, func(u *models.User) bool { return u.ID == tok.UserID })]
		}
		filters := append(modeltest.AdminFilters(values), modeltest.AdminPairs(values)...)
		for _, f := range []models.AdminFilter{
			{UserID: people[2].ID, Owner: people[2].Email}, {UserID: people[2].ID, Owner: people[1].Email}, {Text: "Deploy %"}, {Text: "本"},
			{Status: "scheduled", Address: values.Address}, {Status: "live", AfterDeath: 400}, {Administration: true, Never: true, Age: 30},
			{Text: values.Last, Status: "live", Address: values.Address}, {Owner: "nobody@example.com"}, {Never: true, Status: "revoked"},
		} {
			filters = append(filters, modeltest.NamedFilter{Name: f.Query().Encode(), AdminFilter: f})
		}
		for _, f := range filters {
			want := slices.DeleteFunc(slices.Clone(all), func(tok models.Token) bool { return !chosen(t, s, f.AdminFilter, tok, owner(tok)) })
			first := must(s.AdminTokens(t.Context(), models.AdminQuery{AdminFilter: f.AdminFilter, Limit: 50}))(t)
			if first.Sort != first.Sorts[0] {
				t.Errorf("%s: sorted by %s of %v", f.Name, first.Sort, first.Sorts)
			}
			if n := must(s.AdminCount(t.Context(), f.AdminFilter))(t); n != (models.Count{N: int64(len(want))}) {
				t.Errorf("%s: counted %+v, there are %d", f.Name, n, len(want))
			}
			for _, sort := range first.Sorts {
				for _, asc := range []bool{true, false} {
					slices.SortFunc(want, inOrder(sort, asc))
					var ids []int64
					for _, tok := range want {
						ids = append(ids, tok.ID)
					}
					for _, limit := range []int{5, 50} {
						forward, back := walkAdmin(t, s, models.AdminQuery{AdminFilter: f.AdminFilter, Sort: sort, Asc: asc, Limit: limit})
						if !slices.Equal(forward, ids) || !slices.Equal(back, ids) {
							t.Errorf("%s by %s, ascending %v, %d a page:\n%v\n%v, want\n%v", f.Name, sort, asc, limit, forward, back, ids)
						}
					}
				}
			}
		}
		empty := []string{"owner=nobody%40example.com", "never=1&status=revoked"}
		for _, f := range filters {
			if n := must(s.AdminCount(t.Context(), f.AdminFilter))(t); n.N == 0 && !slices.Contains(empty, f.Name) && f.UserID == 0 {
				t.Errorf("%s chooses nothing: the test proves nothing", f.Name)
			}
		}
	})
}
