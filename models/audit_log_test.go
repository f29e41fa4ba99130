package models_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// busyLog records events of all sorts, some hours apart, and returns two people whom they concern.
func busyLog(t *testing.T, s *models.Store) (one, two *models.User) {
	t.Helper()
	clock := modeltest.SetClock(s)
	one, two = modeltest.MustUser(t, s), modeltest.MustUser(t, s)
	for i := range 40 {
		clock.Advance(time.Duration(i%3) * time.Hour) // some at the same moment
		owner := []*models.User{one, two}[i%2]
		actor := []models.Actor{by(one), models.CLI, models.System, by(two), {Kind: "user", User: one, Address: "2001:db8::1"}}[i%5]
		events := []models.AuditEvent{
			{Kind: models.AuditTokenCreated, UserID: &owner.ID, Subject: fmt.Sprint("token", i%4), Label: "a"},
			{Kind: []string{models.AuditTokenRevoked, models.AuditSignedIn, models.AuditSignedOut}[i%3], UserID: &owner.ID, Subject: fmt.Sprint("token", i%7)},
		}
		ok(t, s.AuditMany(t.Context(), actor, events[:1+i%2]))
	}
	return one, two
}

// meant lists the events that f means, newest first, by looking at each.
func meant(all []models.AuditEvent, f models.AuditFilter, people ...*models.User) (out []int64) {
	is := func(id *int64, email string) bool {
		return id != nil && slices.ContainsFunc(people, func(u *models.User) bool { return u.ID == *id && strings.EqualFold(u.Email, email) })
	}
	for _, e := range slices.Backward(all) {
		if (f.Subject == "" || e.Subject == f.Subject || is(e.UserID, f.Subject)) &&
			(f.Actor == "" || e.ActorKind == f.Actor || is(e.ActorID, f.Actor)) &&
			(f.Kind == "" || e.Kind == f.Kind || strings.HasSuffix(f.Kind, ".") && strings.HasPrefix(e.Kind, f.Kind)) &&
			(f.Address == "" || e.Address == f.Address) &&
			(f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To)) {
			out = append(out, e.Seq)
		}
	}
	return out
}

// auditWalked lists all events of f, page by page to the end and back.
func auditWalked(t *testing.T, s *models.Store, f models.AuditFilter, limit int) []int64 {
	t.Helper()
	var forth, back []int64
	page := must(s.AuditLog(t.Context(), f, 0, 0, limit))(t)
	if page.Newer != 0 {
		t.Errorf("%+v: something newer than the newest", f)
	}
	for {
		for _, e := range page.Events {
			forth = append(forth, e.Seq)
		}
		if page.Older == 0 {
			break
		}
		page = must(s.AuditLog(t.Context(), f, page.Older, 0, limit))(t)
	}
	for {
		for _, e := range slices.Backward(page.Events) {
			back = append(back, e.Seq)
		}
		if page.Newer == 0 {
			break
		}
		page = must(s.AuditLog(t.Context(), f, 0, page.Newer, limit))(t)
	}
	slices.Reverse(back)
	if !slices.Equal(forth, back) {
		t.Errorf("%+v by %d: %v there and %v back", f, limit, forth, back)
	}
	return forth
}

func auditFilters(s *models.Store, one, two *models.User) []models.AuditFilter {
	now := s.Now()
	ago := func(hours int) time.Time { return now.Add(-time.Duration(hours) * time.Hour) }
	return []models.AuditFilter{
		{}, {Actor: one.Email}, {Actor: strings.ToUpper(two.Email)}, {Actor: "cli"}, {Actor: "system"}, {Actor: "nobody@example.com"}, {Actor: "x"},
		{Subject: "token3"}, {Subject: one.Email}, {Subject: "nobody@example.com"}, {Subject: "x"},
		{Kind: models.AuditTokenRevoked}, {Kind: "session."}, {Kind: "x"}, {Kind: "x."}, {Kind: "token.", From: ago(25), To: ago(9)}, {Address: "192.0.2.7"}, {Address: "2001:db8::1"},
		{From: ago(20)}, {To: ago(20)}, {From: ago(25), To: ago(9)}, {From: now}, {From: now.Add(1)}, {To: ago(9999)}, {From: ago(9), To: ago(20)},
		{Actor: one.Email, Kind: models.AuditTokenCreated}, {Actor: "cli", Subject: "token1"}, {Subject: two.Email, Kind: "token."},
		{Address: "192.0.2.7", Kind: models.AuditTokenRevoked, From: ago(30)}, {Kind: models.AuditSignedOut, To: ago(3)},
		{Actor: one.Email, Subject: two.Email, Kind: models.AuditSignedIn, Address: "2001:db8::1", From: ago(99), To: now},
	}
}

func TestAuditLog(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		one, two := busyLog(t, s)
		all := chain(t, s)
		for _, f := range auditFilters(s, one, two) {
			want := meant(all, f, one, two)
			for _, limit := range []int{1, 3, 7, 100} {
				if got := auditWalked(t, s, f, limit); !slices.Equal(got, want) {
					t.Errorf("%+v by %d: %v, not %v", f, limit, got, want)
				}
			}
			var exported []int64
			ok(t, s.AuditExport(t.Context(), f, func(e *models.AuditEvent) error {
				exported = append(exported, e.Seq)
				return nil
			}))
			slices.Reverse(want)
			if !slices.Equal(exported, want) {
				t.Errorf("%+v exports %v, not %v", f, exported, want)
			}
		}
		page := must(s.AuditLog(t.Context(), models.AuditFilter{}, 0, 0, 1))(t)
		last := all[len(all)-1]
		if e := page.Events[0]; e.Label != last.Label || !e.At.Equal(last.At) || *e.UserID != *last.UserID || string(e.Hash) != string(last.Hash) {
			t.Errorf("shown as %+v, not %+v", e, last)
		}
	})
}

// A combination that no index answers is looked for in parts.
func TestAuditScanIsBounded(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		rare := []models.AuditEvent{{Kind: models.AuditTokenCreated, UserID: &u.ID, Subject: "rare"}}
		ok(t, s.AuditMany(t.Context(), by(u), rare))
		ok(t, s.AuditMany(t.Context(), models.CLI, []models.AuditEvent{{Kind: models.AuditTokenCreated}}))
		many := make([]models.AuditEvent, 2*models.ScanLimit)
		for i := range many {
			many[i] = models.AuditEvent{Kind: models.AuditTokenCreated, UserID: &u.ID, Subject: fmt.Sprint(i)}
		}
		ok(t, s.AuditMany(t.Context(), by(u), many))
		f := models.AuditFilter{Actor: "cli", Kind: "token."}
		if page := must(s.AuditLog(t.Context(), f, 0, 0, 5))(t); len(page.Events) != 1 || page.Continue != 0 {
			t.Errorf("with an index: %d events, go on at %d", len(page.Events), page.Continue)
		}
		f = models.AuditFilter{Kind: models.AuditTokenCreated, Address: "192.0.2.7", From: time.Unix(0, 0), Subject: u.Email, Actor: "x@example.com"}
		if page := must(s.AuditLog(t.Context(), f, 0, 0, 5))(t); len(page.Events) != 0 || page.Continue == 0 {
			t.Errorf("nobody's: %d events, go on at %d", len(page.Events), page.Continue)
		}
		alone := models.AuditFilter{Kind: "user."}
		if page := must(s.AuditLog(t.Context(), alone, 0, 0, 5))(t); len(page.Events) != 1 || page.Continue != 0 {
			t.Errorf("a group alone: %d events, go on at %d", len(page.Events), page.Continue)
		}
		f = models.AuditFilter{Subject: u.Email, Kind: "user."}
		var scans int
		for before := int64(0); ; scans++ {
			page := must(s.AuditLog(t.Context(), f, before, 0, 5))(t)
			if len(page.Events) == 1 && page.Events[0].Kind == models.AuditUserCreated {
				break
			}
			if before = page.Continue; before == 0 {
				t.Fatal("it was not found")
			}
		}
		if scans != 2 {
			t.Errorf("found after %d scans", scans)
		}
		if page := must(s.AuditLog(t.Context(), f, 0, 1, 5))(t); len(page.Events) != 0 || page.Continue != int64(models.ScanLimit)+2 { // one is about nobody
			t.Errorf("forwards: %d events, go on at %d", len(page.Events), page.Continue)
		}
		var exported int
		ok(t, s.AuditExport(t.Context(), f, func(*models.AuditEvent) error { exported++; return nil }))
		if exported != 1 {
			t.Errorf("exported %d", exported)
		}
		stop := fmt.Errorf("enough")
		wantError(t, s.AuditExport(t.Context(), models.AuditFilter{}, func(*models.AuditEvent) error { return stop }), stop)
	})
}

func TestAuditFilterAsParameters(t *testing.T) {
	tokyo := must(time.LoadLocation("Asia/Tokyo"))(t)
	read := func(query string) (models.AuditFilter, string) {
		values, err := url.ParseQuery(query)
		ok(t, err)
		f, err := models.ParseAuditFilter(values.Get, tokyo)
		return f, refusals(t, err)
	}
	f, refused := read("actor=cli&subject=+abc+&kind=token.created&address=192.0.2.7&from=2026-03-01&to=2026-03-02")
	want := models.AuditFilter{
		Actor: "cli", Subject: "abc", Kind: "token.created", Address: "192.0.2.7",
		From: time.Date(2026, 2, 28, 15, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC),
	}
	if f.From, f.To = f.From.UTC(), f.To.UTC(); f != want || refused != "" {
		t.Errorf("%+v, refused %q", f, refused)
	}
	if again, refused := read(f.Query().Encode()); again != f || refused != "" {
		t.Errorf("written and read: %+v, refused %q", again, refused)
	}
	if f, refused = read("from=2026-03-01T10:00:00.5%2B01:00"); refused != "" || !f.From.Equal(time.Date(2026, 3, 1, 9, 0, 0, 5e8, time.UTC)) {
		t.Errorf("%+v, refused %q", f, refused)
	}
	if f, refused = read("actor=%00&kind=" + strings.Repeat("x", 255) + "&from=soon&to=2026-02-30&address=x"); f != (models.AuditFilter{}) ||
		refused != "actor:filter_text kind:filter_text address:filter_address from:filter_time to:filter_time" {
		t.Errorf("%+v, refused %q", f, refused)
	}
	if f, refused = read("actor=tsr_pat_TesseraTo&subject=tsr_pat_TesseraTo&kind=tsr_pat_TesseraTo&address=tsr_pat_TesseraTo"); f != (models.AuditFilter{}) ||
		refused != "actor:filter_secret subject:filter_secret kind:filter_secret address:filter_secret" {
		t.Errorf("%+v, refused %q", f, refused)
	}
	if q := (models.AuditFilter{}).Query().Encode(); q != "" {
		t.Errorf("nothing is written as %q", q)
	}
}
