package models_test

import (
	"maps"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// mustPolicy changes the policy.
func mustPolicy(t testing.TB, s *models.Store, admin *models.User, tr models.PolicyTreatment, change func(*models.TokenPolicy)) *models.TokenPolicy {
	t.Helper()
	p := *must(s.CurrentPolicy(t.Context()))(t)
	change(&p)
	next, err := s.SetPolicy(t.Context(), by(admin), p, tr)
	if err != nil {
		t.Fatal("set the policy:", err)
	}
	return next
}

var (
	leave   = models.PolicyTreatment{}
	shorten = models.PolicyTreatment{Shorten: true, Notice: 14}
)

func networks(all ...string) (out []netip.Prefix) {
	for _, n := range all {
		out = append(out, netip.MustParsePrefix(n))
	}
	return out
}

func TestPolicyForm(t *testing.T) {
	p := models.TokenPolicy{Version: 7, MaxLifetimeDays: 365, AllowNever: true, MaxExtensionDays: 90, MaxLive: 20, MaxUnusedDays: 180,
		UnusedAction: models.UnusedRevoke, Networks: networks("192.0.2.0/24", "2001:db8::/32")}
	if back := must(models.ParseTokenPolicy(p.Query().Get))(t); !reflect.DeepEqual(back, p) {
		t.Errorf("%+v became %+v", p, back)
	}
	empty := models.TokenPolicy{UnusedAction: models.UnusedPause}
	if back := must(models.ParseTokenPolicy(empty.Query().Get))(t); !reflect.DeepEqual(back, empty) {
		t.Errorf("%+v became %+v", empty, back)
	}
	read := must(models.ParseTokenPolicy(url.Values{"networks": {" 192.0.2.77/24, 198.51.100.7\n2001:db8::1;192.0.2.0/24"}}.Get))(t)
	if !slices.Equal(read.Networks, networks("192.0.2.0/24", "198.51.100.7/32", "2001:db8::1/128")) {
		t.Errorf("read %v", read.Networks)
	}
	for _, bad := range []string{"192.0.2.0/33", "example.com", "fe80::1%eth0", "::ffff:192.0.2.0/120", "192.0.2"} {
		_, err := models.ParseTokenPolicy(url.Values{"networks": {bad}}.Get)
		wantRefusals(t, err, "networks:policy_network")
	}
	_, err := models.ParseTokenPolicy(url.Values{"max_lifetime": {"x"}, "max_live": {"-1"}, "max_unused": {"1.5"}}.Get)
	wantRefusals(t, err, "max_lifetime:policy_number max_live:policy_number max_unused:policy_number")
	for _, tr := range []models.PolicyTreatment{leave, shorten} {
		if back := must(models.ParsePolicyTreatment(tr.Query().Get))(t); back != tr {
			t.Errorf("%+v became %+v", tr, back)
		}
	}
	for want, q := range map[string]url.Values{"existing:policy_existing": {}, "notice:policy_notice": {"existing": {"shorten"}}} {
		_, err := models.ParsePolicyTreatment(q.Get)
		wantRefusals(t, err, want)
	}
}

func TestSetPolicy(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		admin := modeltest.MustUser(t, s, asAdmin)
		other := secondStore(t, s)
		v := models.NewVerifier(other)
		v.Poll(t.Context())
		first := must(s.CurrentPolicy(t.Context()))(t)
		if !first.NeverAllowed() || first.Version != 1 || !reflect.DeepEqual(s.Policy(), &models.TokenPolicy{AllowNever: true, UnusedAction: models.UnusedPause}) {
			t.Errorf("at first %+v, known as %+v", first, s.Policy())
		}
		for want, change := range map[string]func(*models.TokenPolicy){
			"max_lifetime:policy_number max_unused:policy_number": func(p *models.TokenPolicy) { p.MaxLifetimeDays, p.MaxUnusedDays = 3651, -1 },
			"max_live:policy_live_max":                            func(p *models.TokenPolicy) { p.MaxLive = 101 },
			"unused_action:policy_action":                         func(p *models.TokenPolicy) { p.UnusedAction = "" },
			"networks:policy_networks":                            func(p *models.TokenPolicy) { p.Networks = slices.Repeat(networks("192.0.2.0/24"), 101) },
			"networks:policy_network":                             func(p *models.TokenPolicy) { p.Networks = networks("192.0.2.1/24") },
		} {
			p := *first
			change(&p)
			_, err := s.SetPolicy(t.Context(), by(admin), p, leave)
			wantRefusals(t, err, want)
			_, err = s.PolicyDryRun(t.Context(), p, leave)
			wantRefusals(t, err, want)
		}
		_, err := s.SetPolicy(t.Context(), by(admin), *first, models.PolicyTreatment{Shorten: true, Notice: -1})
		wantRefusals(t, err, "notice:policy_notice")

		next := mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxLive, p.Networks = 3, networks("192.0.2.0/24", "2001:db8::/32") })
		if got := must(s.CurrentPolicy(t.Context()))(t); !reflect.DeepEqual(got, next) || !reflect.DeepEqual(s.Policy(), next) || got.Version != 2 || got.MaxLive != 3 {
			t.Errorf("stored %+v, known as %+v, said %+v", got, s.Policy(), next)
		}
		_, err = s.SetPolicy(t.Context(), by(admin), *first, leave)
		wantError(t, err, models.ErrConflict)
		if got := mustPolicy(t, s, admin, leave, func(*models.TokenPolicy) {}); got.Version != 2 {
			t.Errorf("the same once more is version %d", got.Version)
		}
		if other.Policy().Version == 2 {
			t.Error("another process knows already")
		}
		v.Poll(t.Context())
		if !reflect.DeepEqual(other.Policy(), next) {
			t.Errorf("another process knows %+v", other.Policy())
		}
		var all []models.AuditEvent
		ok(t, s.AllEvents(t.Context(), &all))
		e := all[len(all)-1]
		want := models.AuditChanges{{Field: "max_live", New: "3"}, {Field: "networks", New: "192.0.2.0/24, 2001:db8::/32"}, {Field: "existing", New: "leave"}}
		if e.Kind != models.AuditPolicyChanged || e.ActorName != admin.Name || !slices.Equal(e.Changes, want) {
			t.Errorf("the event is %+v", e)
		}
	})
}

// Each way to choose an end, for a new token and for one that is there.
func TestPolicyBoundsEnds(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := modeltest.MustUser(t, s, asAdmin)
		u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.TimeZone = "America/New_York" }) // where it is the 13th
		long, _ := mustToken(t, s, u, "long", func(in *models.NewToken) { in.Validity = "365" })
		forever, _ := mustToken(t, s, u, "forever", func(in *models.NewToken) { in.Validity = "never" })
		short, _ := mustToken(t, s, u, "short", func(in *models.NewToken) { in.Validity = "7" })
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxLifetimeDays, p.MaxExtensionDays, p.MaxLive = 60, 20, 5 })
		custom := func(day string) func(*models.NewToken) {
			return func(in *models.NewToken) { in.Validity, in.ExpiresOn = models.ValidityCustom, day }
		}
		for validity, want := range map[string]string{"60": "", "90": "validity:policy_lifetime", "never": "validity:policy_never", "7": ""} {
			_, _, err := s.CreateToken(t.Context(), by(u), u, models.NewToken{Name: "new " + validity, Validity: validity, Nonce: nonce()})
			wantRefusals(t, err, want)
		}
		in := models.NewToken{Name: "too many", Nonce: nonce()}
		custom("2027-02-12")(&in)
		_, _, err := s.CreateToken(t.Context(), by(u), u, in)
		wantRefusals(t, err, "expires_on:policy_lifetime")
		custom("2027-02-11")(&in)
		_, _, err = s.CreateToken(t.Context(), by(u), u, in)
		wantRefusals(t, err, "name:policy_live")

		edit := func(tok *models.Token, validity, day, want string) {
			t.Helper()
			now := must(s.Token(t.Context(), u, tok.PublicID))(t)
			_, err := s.UpdateToken(t.Context(), by(u), u, tok.PublicID, models.TokenEdit{Name: now.Name, Validity: validity, ExpiresOn: day, Version: now.Version})
			if got := refusals(t, err); got != want {
				t.Errorf("%s to %s%s: refused %q, not %q", tok.Name, validity, day, got, want)
			}
		}
		edit(long, "keep", "", "")
		edit(long, "never", "", "validity:policy_never")
		edit(long, models.ValidityCustom, "2027-11-01", "") // earlier than it was
		edit(long, models.ValidityCustom, "2027-11-02", "expires_on:policy_lifetime")
		edit(forever, models.ValidityCustom, "2030-01-01", "")
		edit(forever, models.ValidityCustom, "2030-01-02", "expires_on:policy_lifetime")
		edit(short, models.ValidityCustom, "2027-01-10", "expires_on:policy_extension") // it ends on the 20th
		edit(short, models.ValidityCustom, "2027-01-09", "")
		edit(short, "30", "", "") // the 12th
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxLifetimeDays = 0 })
		edit(short, "never", "", "validity:policy_extension_never")
		clock.Advance(40 * 24 * time.Hour) // the 22nd; it is dead
		edit(short, models.ValidityCustom, "2027-02-12", "expires_on:policy_extension")
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxLive = 0 })
		edit(short, models.ValidityCustom, "2027-02-11", "")
	})
}

func TestPolicyTreatsExistingTokens(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := modeltest.MustUser(t, s, asAdmin)
		u := modeltest.MustUser(t, s, func(in *models.NewUser) { in.TimeZone = "Asia/Tokyo" })
		tokens := map[string]*models.Token{}
		for _, validity := range []string{"7", "30", "60", "365", "never"} {
			tokens["old "+validity], _ = mustToken(t, s, u, "old "+validity, func(in *models.NewToken) { in.Validity = validity })
		}
		clock.Advance(28 * 24 * time.Hour) // 11 January
		for _, validity := range []string{"30", "60", "never"} {
			tokens["new "+validity], _ = mustToken(t, s, u, "new "+validity, func(in *models.NewToken) { in.Validity = validity })
		}
		tell := func(p models.TokenPolicy, tr models.PolicyTreatment) map[string]string {
			t.Helper()
			out := map[string]string{}
			for _, r := range must(s.PolicyDryRun(t.Context(), p, tr))(t).Rules {
				if r.Owners > 1 || r.About || int(r.Tokens) < len(r.First) {
					t.Errorf("%+v", r)
				}
				for _, a := range r.First {
					out[r.Rule+" "+a.Name] = ""
					if !a.At.IsZero() {
						out[r.Rule+" "+a.Name] = a.At.Format("01-02 15h")
					}
				}
			}
			return out
		}
		p := *must(s.CurrentPolicy(t.Context()))(t)
		p.MaxLifetimeDays = 30
		for name, c := range map[string]struct {
			treatment models.PolicyTreatment
			want      map[string]string
		}{
			"leave": {leave, map[string]string{"lifetime old 60": "", "lifetime old 365": "", "lifetime new 60": "", "never old never": "", "never new never": ""}},
			// The old ones have had their 30 days on the 13th, so that the notice counts.
			"shorten": {shorten, map[string]string{"lifetime old 60": "01-25 15h", "lifetime old 365": "01-25 15h", "lifetime new 60": "02-10 15h",
				"never old never": "01-25 15h", "never new never": "02-10 15h"}},
		} {
			if got := tell(p, c.treatment); !maps.Equal(got, c.want) {
				t.Errorf("%s: %v, not %v", name, got, c.want)
			}
		}
		if n := count(t, s, "SELECT count(*) FROM jobs"); n != 0 || s.Policy().MaxLifetimeDays != 0 {
			t.Error("the dry run did something")
		}
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.MaxLifetimeDays = 30 })
		ok(t, s.RunJobs(t.Context()))
		if n := count(t, s, "SELECT count(*) FROM tokens WHERE version > 1"); n != 0 {
			t.Errorf("%d tokens were not left", n)
		}
		mustPolicy(t, s, admin, shorten, func(*models.TokenPolicy) {})
		ok(t, s.RunJobs(t.Context()))
		for name, tok := range tokens {
			want := map[string]string{"old 7": "12-21", "old 30": "01-13", "old 60": "01-25", "old 365": "01-25", "old never": "01-25",
				"new 30": "02-10", "new 60": "02-10", "new never": "02-10"}[name] + " 15h"
			now := must(s.Token(t.Context(), u, tok.PublicID))(t)
			if got := now.ExpiresAt.Format("01-02 15h"); got != want {
				t.Errorf("%s ends at %s, not %s", name, got, want)
			}
		}
		if n := len(eventsOf(t, s, models.AuditTokenChanged)); n != 5 {
			t.Errorf("%d tokens were shortened", n)
		}
		notices := must(s.Notices(t.Context(), u.ID))(t)
		if len(notices) != 1 || notices[0].Kind != models.NoticeShortened || notices[0].Subject != "3" {
			t.Errorf("the owner is told %+v", notices)
		}
		wantError(t, s.DismissNotice(t.Context(), admin, notices[0].ID), models.ErrNotFound)
		ok(t, s.DismissNotice(t.Context(), u, notices[0].ID))
		if left := must(s.Notices(t.Context(), u.ID))(t); len(left) != 0 {
			t.Errorf("still told %+v", left)
		}
		if got := tell(*must(s.CurrentPolicy(t.Context()))(t), shorten); len(got) != 0 {
			t.Errorf("afterwards: %v", got)
		}
	})
}

func TestPolicyOfUnusedTokens(t *testing.T) {
	for action, event := range map[string]string{models.UnusedPause: models.AuditTokenPaused, models.UnusedRevoke: models.AuditTokenRevoked} {
		modeltest.Each(t, func(t *testing.T, s *models.Store) {
			clock := modeltest.SetClock(s)
			admin := modeltest.MustUser(t, s, asAdmin)
			u := modeltest.MustUser(t, s)
			never := func(in *models.NewToken) { in.Validity = "never" }
			idle, _ := mustToken(t, s, u, "idle", never)
			used, _ := mustToken(t, s, u, "used", never)
			usage := models.NewUsage(s)
			clock.Advance(100 * 24 * time.Hour)
			fresh, _ := mustToken(t, s, u, "fresh", never)
			usage.Record(principal(used), models.OutcomeOK, "192.0.2.1", "curl 8")
			ok(t, usage.Flush(t.Context()))
			set := func(tr models.PolicyTreatment, days int) {
				t.Helper()
				mustPolicy(t, s, admin, tr, func(p *models.TokenPolicy) { p.MaxUnusedDays, p.UnusedAction = days, action })
			}
			enforced := func(want ...*models.Token) {
				t.Helper()
				ok(t, s.EnforceUnused(t.Context()))
				ok(t, s.EnforceUnused(t.Context()))
				events := eventsOf(t, s, event)
				for _, tok := range want {
					if len(events[tok.PublicID]) != 1 {
						t.Errorf("%s has %d events", tok.Name, len(events[tok.PublicID]))
					}
				}
				if len(events) != len(want) {
					t.Errorf("%s: %d tokens, not %d", event, len(events), len(want))
				}
			}
			set(leave, 90)
			r := must(s.PolicyDryRun(t.Context(), *s.Policy(), leave))(t).Rules
			if len(r) != 1 || r[0].Rule != models.RuleUnused || r[0].Tokens != 1 || !r[0].First[0].At.Equal(clock.Now().AddDate(0, 0, 90)) {
				t.Errorf("the dry run says %+v", r)
			}
			clock.Advance(89 * 24 * time.Hour)
			enforced()
			set(shorten, 90) // sooner than it would be
			enforced()
			usage.Record(principal(used), models.OutcomeOK, "192.0.2.1", "curl 8")
			ok(t, usage.Flush(t.Context()))
			clock.Advance(24 * time.Hour)
			enforced(idle, fresh)
			notices := must(s.Notices(t.Context(), u.ID))(t)
			if len(notices) != 1 || notices[0].Kind != models.NoticeUnused || notices[0].Detail != action {
				t.Errorf("the owner is told %+v", notices)
			}
			if action == models.UnusedPause {
				must(s.ResumeToken(t.Context(), by(admin), idle.PublicID))(t)
				usage.Record(principal(used), models.OutcomeOK, "192.0.2.1", "curl 8")
				ok(t, usage.Flush(t.Context()))
				clock.Advance(89 * 24 * time.Hour)
				enforced(idle, fresh)
				clock.Advance(24 * time.Hour)
				ok(t, s.EnforceUnused(t.Context()))
				if n := len(eventsOf(t, s, event)[idle.PublicID]); n != 2 {
					t.Errorf("resumed and unused again, it was paused %d times", n)
				}
			}
		})
	}
}
