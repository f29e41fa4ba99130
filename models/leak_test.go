package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
	"tessera/models/token"
)

func leaksOf(source string, texts ...string) []models.Leak {
	var out []models.Leak
	for _, text := range texts {
		out = append(out, models.Leak{Text: text, Source: source})
	}
	return out
}

func TestRevokeLeaked(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		reporter := models.Actor{Kind: "system", Address: "203.0.113.9", Client: "curl 8"}
		admins := []*models.User{modeltest.MustUser(t, s, asAdmin), modeltest.MustUser(t, s, asAdmin)}
		gone := modeltest.MustUser(t, s, asAdmin)
		ok(t, s.SetDisabled(t.Context(), models.CLI, gone.ID, true))
		u := modeltest.MustUser(t, s)
		tok, secret := mustToken(t, s, u, "ci", withReveal(t, s, u))
		v := models.NewVerifier(s)
		v.Poll(t.Context())
		wantOutcome(t, v, secret, models.OutcomeOK)
		report := func(want int, texts ...string) {
			t.Helper()
			n := 0
			for _, known := range must(s.RevokeLeaked(t.Context(), reporter, leaksOf("github", texts...)))(t) {
				if known {
					n++
				}
			}
			if n != want {
				t.Errorf("%d are known, not %d", n, want)
			}
		}
		told := func(u *models.User, want ...string) {
			t.Helper()
			var got []string
			for _, n := range must(s.Notices(t.Context(), u.ID))(t) {
				got = append(got, fmt.Sprint(n.Kind, " ", n.Subject, " ", n.Label, " ", n.Detail))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s is told %q, not %q", u.Email, got, want)
			}
		}
		report(0)
		report(0, "", "nonsense", token.New(), secret[:len(secret)-1], secret[1:])
		wantOutcome(t, v, secret, models.OutcomeOK)
		for range 2 { // the second changes nothing
			report(2, token.New(), " Authorization: Bearer "+secret+"\n", secret, "nonsense")
			clock.Advance(time.Hour)
		}
		wantOutcome(t, v, secret, models.OutcomeRevoked)
		if n := count(t, s, "SELECT count(*) FROM reveals"); n != 0 {
			t.Error("the secret can still be seen")
		}
		events := eventsOf(t, s, models.AuditTokenLeaked)[tok.PublicID]
		if len(events) != 1 || events[0].Address != reporter.Address || events[0].ActorKind != "system" || events[0].UserID == nil ||
			!slices.Equal(events[0].Changes, models.AuditChanges{{Field: "source", New: "github"}}) {
			t.Errorf("the events are %+v", events)
		}
		told(u, "token.leaked "+tok.PublicID+" ci github")
		for _, a := range admins {
			told(a, "token.other_leaked "+tok.PublicID+" ci "+u.Email)
		}
		told(gone)

		clock.Advance(time.Hour)
		one, first := mustToken(t, s, u, "one")
		own, second := mustToken(t, s, admins[0], "own")
		expired, third := mustToken(t, s, u, "expired", func(in *models.NewToken) { in.Validity = "7" })
		clock.Advance(10 * 24 * time.Hour)
		report(4, first, second, third, secret)
		for _, tok := range []*models.Token{one, own, expired} {
			if now := must(s.AdminToken(t.Context(), tok.PublicID))(t); now.RevokedAt == nil || now.Version != 2 {
				t.Errorf("%s is %+v", tok.Name, now.Token)
			}
		}
		var more []string // than one statement looks for
		for range 150 {
			more = append(more, token.New())
		}
		report(2, append(more, first, second)...)
		many := "token.many_leaked " + one.PublicID + "  3"
		told(admins[1], many, "token.other_leaked "+tok.PublicID+" ci "+u.Email)
		told(admins[0], many, "token.leaked "+own.PublicID+" own github", "token.other_leaked "+tok.PublicID+" ci "+u.Email)

		by1, _ := mustToken(t, s, admins[0], "by its id")
		for range 2 {
			if now := must(s.RevokeLeakedToken(t.Context(), by(admins[1]), by1.PublicID, "administrator"))(t); now.RevokedAt == nil {
				t.Error("not revoked")
			}
		}
		if e := eventsOf(t, s, models.AuditTokenLeaked)[by1.PublicID]; len(e) != 1 || e[0].ActorName != admins[1].Name {
			t.Errorf("the events are %+v", e)
		}
		_, err := s.RevokeLeakedToken(t.Context(), by(admins[0]), "unknown", "administrator")
		wantError(t, err, models.ErrNotFound)
	})
}

// What was found in several places at once is told of each with its own.
func TestLeaksHavePlaces(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		one, first := mustToken(t, s, u, "one")
		two, second := mustToken(t, s, u, "two")
		known := must(s.RevokeLeaked(t.Context(), models.System, []models.Leak{
			{Text: token.New(), Source: "a"}, {Text: "A=" + first + "\nB=" + second, Source: "b"}, {Text: second, Source: "c"}, {Text: "x", Source: "d"},
		}))(t)
		if !slices.Equal(known, []bool{false, true, true, false}) {
			t.Errorf("known are %v", known)
		}
		events := eventsOf(t, s, models.AuditTokenLeaked)
		for _, tok := range []*models.Token{one, two} {
			if e := events[tok.PublicID]; len(e) != 1 || e[0].Changes[0].New != "b" {
				t.Errorf("the events of %s are %+v", tok.Name, e)
			}
		}
		for _, n := range must(s.Notices(t.Context(), u.ID))(t) {
			if n.Detail != "b" {
				t.Errorf("told %+v", n)
			}
		}
	})
}

// People who edit their tokens while these are reported, revoked and shortened wait
// for each other in one order.
func TestLeaksAndEditsDoNotDeadlock(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		admin := modeltest.MustUser(t, s, asAdmin)
		var owners []*models.User
		var tokens []*models.Token
		var secrets []string
		for i := range 20 {
			u := modeltest.MustUser(t, s)
			tok, secret := mustToken(t, s, u, fmt.Sprint("token ", i), func(in *models.NewToken) { in.Validity = "365" })
			owners, tokens, secrets = append(owners, u), append(tokens, tok), append(secrets, secret)
		}
		mustPolicy(t, s, admin, shorten, func(p *models.TokenPolicy) { p.MaxLifetimeDays = 30 })
		errs := make([]error, 3)
		together(3, func(i int) {
			switch i {
			case 0:
				for n, tok := range tokens {
					for version := int64(1); version < 4; version++ { // whichever it has by now
						_, err := s.UpdateToken(t.Context(), by(owners[n]), owners[n], tok.PublicID,
							models.TokenEdit{Name: fmt.Sprint("edited ", version), Validity: models.ValidityKeep, Version: version})
						if err != nil && !errors.Is(err, models.ErrConflict) {
							errs[i] = err
						}
					}
				}
			case 1:
				for n := range secrets {
					if _, err := s.RevokeLeaked(t.Context(), models.System, leaksOf("x", secrets[n:min(n+5, len(secrets))]...)); err != nil {
						errs[i] = err
					}
				}
			case 2:
				errs[i] = s.RunJobs(t.Context())
			}
		})
		for i, err := range errs {
			if err != nil {
				t.Errorf("%s: %v", []string{"edit", "leak", "job"}[i], err)
			}
		}
		for _, tok := range tokens {
			if now := must(s.AdminToken(t.Context(), tok.PublicID))(t); now.RevokedAt == nil {
				t.Errorf("%s is not revoked", tok.Name)
			}
		}
	})
}
