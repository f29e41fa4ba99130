package models_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestPolicyOfNetworks(t *testing.T) {
	now := time.Date(2026, 12, 14, 3, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	type step struct {
		existing models.PolicyTreatment
		networks []netip.Prefix
	}
	type use struct {
		address string
		made    time.Duration // from now
		at      time.Duration
		want    bool
	}
	for name, c := range map[string]struct {
		steps []step // a day from one to the next
		uses  []use
	}{
		"none": {nil, []use{{"203.0.113.1", 0, 0, true}, {"nonsense", 0, 0, true}}},
		"left": {
			[]step{{leave, networks("192.0.2.0/24", "2001:db8::/32")}},
			[]use{
				{"192.0.2.9", 0, 0, true}, {"::ffff:192.0.2.9", 0, 0, true}, {"2001:db8::9", 0, 0, true}, {"203.0.113.1", 0, 0, false}, {"nonsense", 0, 0, false},
				{"203.0.113.1", -1, 0, true}, {"203.0.113.1", -1, 9999 * day, true},
			},
		},
		"with notice": {
			[]step{{shorten, networks("192.0.2.0/24")}}, []use{{"203.0.113.1", 0, 0, false}, {"203.0.113.1", -1, 14*day - 1000, true}, {"203.0.113.1", -1, 14 * day, false}},
		},
		"narrowed, those that are there left": {
			[]step{{leave, networks("192.0.2.0/24")}, {leave, networks("192.0.2.0/25")}},
			[]use{
				{"203.0.113.1", -1, 2 * day, true}, // older than any rule
				{"203.0.113.1", 0, 2 * day, false}, {"192.0.2.200", 0, 2 * day, true},
				{"192.0.2.200", day, 2 * day, false}, {"192.0.2.1", day, 2 * day, true},
			},
		},
		"widened": {
			[]step{{leave, networks("192.0.2.0/25")}, {leave, networks("192.0.2.0/24")}}, []use{{"192.0.2.200", 0, 2 * day, true}, {"192.0.2.200", day, 2 * day, true}, {"203.0.113.1", 0, 2 * day, false}, {"203.0.113.1", -1, 2 * day, true}},
		},
		"brought in line later": {
			[]step{{leave, networks("192.0.2.0/24")}, {shorten, networks("192.0.2.0/24")}}, []use{{"203.0.113.1", -1, 15*day - 1000, true}, {"203.0.113.1", -1, 15 * day, false}},
		},
		"taken back": {
			[]step{{shorten, networks("192.0.2.0/24")}, {leave, nil}}, []use{{"203.0.113.1", -1, 20 * day, true}, {"203.0.113.1", 0, 20 * day, true}, {"203.0.113.1", 2 * day, 20 * day, true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := modeltest.NewSQLite(t)
			clock := modeltest.SetClock(s)
			admin := modeltest.MustUser(t, s, asAdmin)
			for _, step := range c.steps {
				p := *must(s.CurrentPolicy(t.Context()))(t)
				p.Networks = step.networks
				must(s.SetPolicy(t.Context(), by(admin), p, step.existing))(t)
				clock.Advance(day)
			}
			for _, u := range c.uses {
				made, at := now.Add(u.made).UnixMicro(), now.Add(u.at).UnixMicro()
				if u.made == -1 {
					made = now.UnixMicro() - 1
				}
				if got := s.Policy().Admits(u.address, made, at); got != u.want {
					t.Errorf("%+v: admitted %v", u, got)
				}
			}
		})
	}
}

func TestPolicyDryRunOfNetworksAndPeople(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		usage := models.NewUsage(s)
		owners := []*models.User{modeltest.MustUser(t, s), modeltest.MustUser(t, s)}
		for i, address := range []string{"192.0.2.1", "203.0.113.1", "203.0.113.2", "203.0.113.3", ""} {
			tok, _ := mustToken(t, s, owners[i/4], fmt.Sprint("token ", i))
			if i == 1 { // it is reached for what it was used from before, a refused call reaches none
				usage.Record(principal(tok), models.OutcomeOK, address, "curl 8")
				address = "192.0.2.2"
			}
			if address != "" {
				usage.Record(principal(tok), models.OutcomeOK, address, "curl 8")
				usage.Record(principal(tok), models.OutcomeNetwork, "198.51.100.1", "curl 8")
			}
			if i == 3 {
				must(s.RevokeToken(t.Context(), by(owners[0]), owners[0], tok.PublicID))(t)
			}
		}
		ok(t, usage.Flush(t.Context()))
		clock.Advance(time.Second)
		p := *must(s.CurrentPolicy(t.Context()))(t)
		p.Networks, p.MaxLive = networks("192.0.2.0/24"), 1
		r := must(s.PolicyDryRun(t.Context(), p, shorten))(t).Rules
		if len(r) != 2 || r[0].Rule != models.RuleNetworks || r[0].Tokens != 2 || r[0].Owners != 1 || len(r[0].First) != 2 ||
			!r[0].First[0].At.Equal(clock.Now().AddDate(0, 0, 14)) || r[1].Rule != models.RuleLive || r[1].Owners != 1 || r[1].Tokens != 2 ||
			r[0].First[0].OwnerEmail != owners[0].Email || len(r[1].People) != 1 || r[1].People[0].Email != owners[0].Email || r[1].People[0].LiveTokens != 3 {
			t.Errorf("the dry run says %+v", r)
		}
		clock.Advance(31 * 24 * time.Hour)
		if r := must(s.PolicyDryRun(t.Context(), p, leave))(t).Rules; r[0].Tokens != 0 {
			t.Errorf("long ago still counts: %+v", r[0])
		}
	})
}

// A token that is left to an older rule is not reached by a new one.
func TestPolicyDryRunOfNarrowedNetworks(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := modeltest.MustUser(t, s, asAdmin)
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.Networks = networks("192.0.2.0/24") })
		clock.Advance(time.Hour)
		tok, _ := mustToken(t, s, admin, "ci")
		usage := models.NewUsage(s)
		usage.Record(principal(tok), models.OutcomeOK, "192.0.2.200", "curl 8")
		ok(t, usage.Flush(t.Context()))
		clock.Advance(time.Hour)
		p := *must(s.CurrentPolicy(t.Context()))(t)
		p.Networks = networks("192.0.2.0/25")
		for treatment, want := range map[models.PolicyTreatment]time.Time{leave: {}, shorten: clock.Now().AddDate(0, 0, shorten.Notice)} {
			r := must(s.PolicyDryRun(t.Context(), p, treatment))(t).Rules
			if len(r) != 1 || len(r[0].First) != 1 || !r[0].First[0].At.Equal(want) {
				t.Errorf("%+v: the dry run says %+v, not %v", treatment, r, want)
			}
		}
	})
}

// A rule that may reach too many tokens to look at them all says so, and counts no more than it looked at.
func TestPolicyDryRunIsBounded(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		manyStored(t, s, modeltest.MustUser(t, s), models.PolicyScan+1)
		p := *must(s.CurrentPolicy(t.Context()))(t)
		p.AllowNever = false
		if r := must(s.PolicyDryRun(t.Context(), p, leave))(t).Rules; len(r) != 1 || !r[0].About || r[0].Tokens != models.PolicyScan {
			t.Errorf("the dry run says %+v", r)
		}
	})
}

// Reading where many tokens were used from ends in time, and says at how many it looked.
func TestPolicyDryRunEndsInTime(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		now := clock.Now()
		manyStored(t, s, modeltest.MustUser(t, s), 1200, func(tok *models.Token) { tok.LastUsedAt = &now })
		p := *must(s.CurrentPolicy(t.Context()))(t)
		p.Networks = networks("192.0.2.0/24")
		if r := must(s.PolicyDryRun(t.Context(), p, leave))(t).Rules; len(r) != 1 || r[0].About || r[0].Looked != 0 {
			t.Errorf("with time enough: %+v", r)
		}
		slow := *s
		slow.Now = func() time.Time { clock.Advance(2 * time.Second); return clock.Now() }
		if r := must(slow.PolicyDryRun(t.Context(), p, leave))(t).Rules; len(r) != 1 || !r[0].About || r[0].Looked < 500 || r[0].Looked >= 1200 {
			t.Errorf("without: %+v", r)
		}
	})
}

// A process that hears of no changes reads the policy anew, as it does tokens.
func TestPolicyIsNotTrustedWithoutPolls(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		admin := modeltest.MustUser(t, s, asAdmin)
		other := secondStore(t, s)
		v, mono, _ := counted(t, other)
		mustPolicy(t, s, admin, leave, func(p *models.TokenPolicy) { p.Networks = networks("192.0.2.0/24") })
		_, secret := mustToken(t, s, admin, "ci")
		from := func(want models.Outcome) {
			t.Helper()
			if _, got, err := v.Verify(t.Context(), secret, "203.0.113.1"); err != nil || got != want {
				t.Errorf("%s, %v; not %s", got, err, want)
			}
		}
		from(models.OutcomeOK) // it has not heard of it yet
		mono.Advance(time.Second + time.Microsecond)
		from(models.OutcomeNetwork)
	})
}
