package models_test

import (
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
	wantRefusals(t, err, "max_lifetime:policy_whole max_live:policy_whole max_unused:policy_whole")
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
