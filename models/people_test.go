package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// crowd makes people: name 0..n-1 in one order, addresses in the other.
func crowd(t *testing.T, s *models.Store, n int) {
	t.Helper()
	var d models.Demo
	for i := range n {
		at := s.Now()
		u := models.User{
			ID: int64(i + 1), Email: fmt.Sprintf("Mail%03d@example.com", n-1-i), Name: fmt.Sprintf("Ñame %03d", i), PasswordHash: "x",
			TimeZone: "UTC", Theme: "system", CreatedAt: at, UpdatedAt: at, Admin: i%5 == 0,
		}
		if i%3 == 0 {
			u.DisabledAt = &at
		}
		d.Users = append(d.Users, u)
	}
	ok(t, s.InsertDemo(t.Context(), d))
}

// walked lists the ids of all people of q, page by page to the end and back.
func walked(t *testing.T, s *models.Store, q models.PeopleQuery) []int64 {
	t.Helper()
	var forth, back []int64
	page := must(s.People(t.Context(), q))(t)
	if page.Before != "" {
		t.Errorf("%+v: something before the first", q)
	}
	for {
		for _, p := range page.People {
			forth = append(forth, p.ID)
		}
		if page.After == "" {
			break
		}
		q.After = page.After
		page = must(s.People(t.Context(), q))(t)
	}
	q.After = ""
	for {
		for _, p := range slices.Backward(page.People) {
			back = append(back, p.ID)
		}
		if page.Before == "" {
			break
		}
		q.Before = page.Before
		page = must(s.People(t.Context(), q))(t)
	}
	slices.Reverse(back)
	if !slices.Equal(forth, back) {
		t.Errorf("%+v: %v there and %v back", q, forth, back)
	}
	return forth
}

func TestPeoplePages(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		const n = 31
		crowd(t, s, n)
		byName := make([]int64, n)
		for i := range byName {
			byName[i] = int64(i + 1)
		}
		byEmail := slices.Clone(byName)
		slices.Reverse(byEmail)
		kept := func(ids []int64, keep func(id int64) bool) (out []int64) {
			for _, id := range ids {
				if keep(id) {
					out = append(out, id)
				}
			}
			return out
		}
		must(s.SQL().ExecContext(t.Context(), "INSERT INTO rundowns (user_id, ends_at, created_at, actor_name) SELECT id, 1, 0, '' FROM users WHERE id IN (2, 12, 13, 30)"))(t)
		leaving := func(id int64) bool { return slices.Contains([]int64{2, 12, 13, 30}, id) }
		disabled := func(id int64) bool { return (id-1)%3 == 0 }
		for _, limit := range []int{1, 7, 15, n, 100} {
			for what, c := range map[string]struct {
				q    models.PeopleQuery
				want []int64
			}{
				"all":               {models.PeopleQuery{}, byEmail},
				"the other way":     {models.PeopleQuery{Desc: true}, byName},
				"by name":           {models.PeopleQuery{Sort: "name"}, byName},
				"by name, reversed": {models.PeopleQuery{Sort: "name", Desc: true}, byEmail},
				"disabled":          {models.PeopleQuery{Status: "disabled"}, kept(byEmail, disabled)},
				"disabled by name":  {models.PeopleQuery{Status: "disabled", Sort: "name"}, kept(byName, disabled)},
				"administrators":    {models.PeopleQuery{Status: "admin"}, kept(byEmail, func(id int64) bool { return (id-1)%5 == 0 })},
				"a name":            {models.PeopleQuery{Text: "ñAME 01"}, byName[10:20]},
				"a decomposed name": {models.PeopleQuery{Text: "n\u0303ame 01"}, byName[10:20]},
				"an address":        {models.PeopleQuery{Text: "MAIL02"}, byEmail[20:30]},
				"a whole address":   {models.PeopleQuery{Text: "mail007@example.com"}, byEmail[7:8]},
				"a disabled name":   {models.PeopleQuery{Text: "ñame 01", Status: "disabled"}, kept(byName[10:20], disabled)},
				"active":            {models.PeopleQuery{Status: "active"}, kept(byEmail, func(id int64) bool { return !disabled(id) })},
				"leaving":           {models.PeopleQuery{Status: "leaving"}, kept(byEmail, leaving)},
				"leaving, by name":  {models.PeopleQuery{Status: "leaving", Text: "ñame 01"}, kept(byName[10:20], leaving)},
				"nobody":            {models.PeopleQuery{Text: "x"}, nil},
			} {
				c.q.Limit = limit
				if got := walked(t, s, c.q); !slices.Equal(got, c.want) {
					t.Errorf("%s by %d: %v, not %v", what, limit, got, c.want)
				}
			}
		}
	})
}

// Those found by name come first, and nobody twice.
func TestPeopleSearchFindsNamesAndAddresses(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		var want []int64
		for _, c := range [][2]string{{"Mari Abe", "x@example.com"}, {"Mario", "mario@example.com"}, {"Zoë", "mari@example.com"}, {"Yui", "mariko@example.com"}, {"Omari", "omari@example.com"}} {
			u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.Name, in.Email = c[0], c[1] })
			want = append(want, u.ID)
		}
		want = want[:4]
		for limit := 1; limit < 6; limit++ {
			if got := walked(t, s, models.PeopleQuery{Text: "mari", Limit: limit}); !slices.Equal(got, want) {
				t.Errorf("by %d: %v, not %v", limit, got, want)
			}
			slices.Reverse(want)
			if got := walked(t, s, models.PeopleQuery{Text: "mari", Desc: true, Limit: limit}); !slices.Equal(got, want) {
				t.Errorf("by %d, reversed: %v, not %v", limit, got, want)
			}
			slices.Reverse(want)
		}
	})
}

func TestPeopleRefuse(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		crowd(t, s, 3)
		for _, q := range []models.PeopleQuery{
			{Status: "asleep"}, {Sort: "age"}, {After: "x"}, {After: cursor("1 x")}, {After: cursor("1 nx")},
			{Before: cursor("1 nx")}, {After: cursor("1 e\x00")}, {Sort: "name", After: cursor("1 ex")},
		} {
			q.Limit = 10
			_, err := s.People(t.Context(), q)
			wantError(t, err, models.ErrInvalid)
		}
		if got := walked(t, s, models.PeopleQuery{Text: "a\x00\xff", Limit: 5}); len(got) != 0 {
			t.Errorf("what can't be stored finds %v", got)
		}
	})
}

// A search among few of many goes on where it stopped.
func TestPeopleScanIsBounded(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		n := models.ScanLimit + 700
		crowd(t, s, n)
		must(s.SQL().ExecContext(t.Context(), "UPDATE users SET disabled_at = NULL WHERE id < "+fmt.Sprint(n-3)))(t)
		q := models.PeopleQuery{Status: "disabled", Sort: "name", Limit: 10}
		page := must(s.People(t.Context(), q))(t)
		if len(page.People) != 0 || page.Continue == "" || page.After != "" {
			t.Fatalf("it did not stop: %d people, %q", len(page.People), page.Continue)
		}
		q.After = page.Continue
		page = must(s.People(t.Context(), q))(t)
		if len(page.People) == 0 || page.Continue != "" || page.People[0].DisabledAt == nil {
			t.Errorf("going on finds %d people, %q", len(page.People), page.Continue)
		}
	})
}

func TestPerson(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		u := modeltest.MustUser(t, s)
		empty := must(s.Person(t.Context(), u.ID))(t)
		if empty.Name != u.Name || empty.LiveTokens != 0 || empty.SeenAt != nil {
			t.Errorf("at first: %+v", empty)
		}
		mustToken(t, s, u, "live")
		gone, _ := mustToken(t, s, u, "gone")
		must(s.RevokeToken(t.Context(), by(u), u, gone.PublicID))(t)
		mustToken(t, s, u, "short", func(in *models.NewToken) { in.Validity = "7" })
		mustSignIn(t, s, u)
		clock.Advance(3 * 24 * time.Hour)
		second := mustSignIn(t, s, u)
		if p := must(s.Person(t.Context(), u.ID))(t); p.LiveTokens != 2 || p.SeenAt == nil || !p.SeenAt.Equal(clock.Now()) {
			t.Errorf("in use: %+v", p)
		}
		if all := must(s.Sessions(t.Context(), u))(t); len(all) != 2 || all[0].Client != "Firefox 128" || !all[0].SeenAt.Equal(clock.Now()) {
			t.Errorf("sessions: %+v", all)
		}
		clock.Advance(5 * 24 * time.Hour) // one has rested too long
		if all := must(s.Sessions(t.Context(), u))(t); len(all) != 1 || !slices.Equal(all[0].Hash, second.Hash) {
			t.Errorf("later: %+v", all)
		}
		if p := must(s.Person(t.Context(), u.ID))(t); p.LiveTokens != 1 {
			t.Errorf("one has expired: %d live", p.LiveTokens)
		}
		_, err := s.Person(t.Context(), u.ID+1)
		wantError(t, err, models.ErrNotFound)
	})
}

func TestNobodyDisablesThemselves(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		a, b := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s)
		if got := refusals(t, s.SetDisabled(t.Context(), by(a), a.ID, true)); got != "user:disable_self" {
			t.Errorf("refused %q", got)
		}
		ok(t, s.SetDisabled(t.Context(), by(a), b.ID, true))
		if p := must(s.Person(t.Context(), a.ID))(t); p.Disabled() {
			t.Error("disabled all the same")
		}
	})
}

func TestNameKeyFollowsTheName(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.Name = "ØDEGÅRD" })
		find := func(search string) int { return len(walked(t, s, models.PeopleQuery{Text: search, Limit: 5})) }
		if find("ødeg") != 1 {
			t.Error("not found by the name they were made with")
		}
		must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: at("Nowak")}))(t)
		if find("nowak") != 1 || find("ødeg") != 0 {
			t.Error("not found by the new name alone")
		}
		// As it is in a database that is older than the column.
		must(s.SQL().ExecContext(t.Context(), "UPDATE users SET name_key = '', name = 'Łukasz'"))(t)
		ok(t, s.Migrate(t.Context()))
		if find("łUK") != 1 {
			t.Error("not found after the migration")
		}
	})
}

func TestEndSessions(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		admin, u, other := modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		first, second, others := mustSignIn(t, s, u), mustSignIn(t, s, u), mustSignIn(t, s, other)
		mustSignIn(t, s, u)
		for range 2 { // a second time is no failure
			ok(t, s.EndSession(t.Context(), by(admin), u.ID, first.Key()))
		}
		ok(t, s.EndSession(t.Context(), by(admin), u.ID, others.Key()))
		if _, _, err := s.SessionBySecret(t.Context(), first.Secret); err == nil {
			t.Error("an ended session is still good")
		}
		for _, session := range []*models.Session{second, others} {
			_, _, err := s.SessionBySecret(t.Context(), session.Secret)
			ok(t, err)
		}
		for _, want := range []int{2, 0} {
			if n := must(s.EndSessions(t.Context(), by(admin), u.ID))(t); n != want {
				t.Errorf("%d ended, not %d", n, want)
			}
		}
		events := kinds(t, s, u.ID, "")
		ended := slices.DeleteFunc(events, func(kind string) bool { return kind != models.AuditSessionEnded })
		if len(ended) != 3 {
			t.Errorf("%d events", len(ended))
		}
		wantError(t, s.EndSession(t.Context(), by(admin), 987, first.Key()), models.ErrNotFound)
	})
}

func TestUserNames(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		names := must(s.UserNames(t.Context(), []int64{u.ID, u.ID, 987}))(t)
		if len(names) != 1 || names[u.ID] != u.Name {
			t.Errorf("names %v", names)
		}
		if names := must(s.UserNames(t.Context(), nil))(t); len(names) != 0 {
			t.Errorf("of nobody: %v", names)
		}
	})
}
