package handlers

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// Each way to die is told to who holds the whole secret, at the very next
// request and with a warm cache too.
func TestAPIDeadTokens(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		ctx := t.Context()
		u := modeltest.MustUser(t, a.store)
		other := modeltest.MustUser(t, a.store)
		expiring, expiringSecret := a.mustToken(t, u, "expiring")
		revoked, revokedSecret := a.mustToken(t, u, "revoked", forever)
		_, orphanSecret := a.mustToken(t, other, "orphan", forever)
		for _, secret := range []string{expiringSecret, revokedSecret, orphanSecret} {
			a.call(t, withBearer(secret)).want(t, http.StatusOK, "")
		}

		refused := func(secret, code, since, expires, description string) {
			t.Helper()
			answer := a.call(t, withBearer(secret)).want(t, http.StatusUnauthorized, code)
			answer.wantHeader(t, "WWW-Authenticate", `Bearer realm="tessera", error="invalid_token", error_description="`+description+`"`)
			answer.wantHeader(t, "Tessera-Token-Expires", expires)
			if answer.problem.Since != since {
				t.Errorf("since %q, not %q", answer.problem.Since, since)
			}
		}
		if _, err := a.store.RevokeToken(ctx, models.CLI, u, revoked.PublicID); err != nil {
			t.Fatal(err)
		}
		refused(revokedSecret, "token_revoked", "2026-12-14T03:00:00Z", "never", "The token was revoked")
		if err := a.store.SetDisabled(ctx, models.CLI, other.ID, true); err != nil {
			t.Fatal(err)
		}
		refused(orphanSecret, "user_disabled", "", "never", "The owner is disabled")

		if _, err := a.store.PauseToken(ctx, models.CLI, expiring.PublicID); err != nil {
			t.Fatal(err)
		}
		refused(expiringSecret, "token_paused", "2026-12-14T03:00:00Z", "2027-03-14T15:00:00Z", "The token is paused")
		resumed, err := a.store.ResumeToken(ctx, models.CLI, expiring.PublicID)
		if err != nil {
			t.Fatal(err)
		}
		expiring.Version = resumed.Version

		a.clock.Set(expiring.ExpiresAt.Add(-time.Microsecond))
		a.call(t, withBearer(expiringSecret)).want(t, http.StatusOK, "")
		a.clock.Set(*expiring.ExpiresAt)
		refused(expiringSecret, "token_expired", "2027-03-14T15:00:00Z", "2027-03-14T15:00:00Z", "The token has expired")

		// A later date and a person enabled again act at once as well.
		if _, err := a.store.UpdateToken(ctx, models.CLI, u, expiring.PublicID, models.TokenEdit{Name: "expiring", Validity: "30", Version: expiring.Version}); err != nil {
			t.Fatal(err)
		}
		a.call(t, withBearer(expiringSecret)).want(t, http.StatusOK, "").wantHeader(t, "Tessera-Token-Expires", "2027-04-14T15:00:00Z")
		if err := a.store.SetDisabled(ctx, models.CLI, other.ID, false); err != nil {
			t.Fatal(err)
		}
		a.call(t, withBearer(orphanSecret)).want(t, http.StatusOK, "")
	})
}

// A planned revocation is announced, and kept to the moment.
func TestAPIPlannedRevocation(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		u := modeltest.MustUser(t, a.store)
		for name, validity := range map[string][]func(*models.NewToken){"dated": nil, "endless": {forever}} {
			tok, secret := a.mustToken(t, u, name, validity...)
			at := a.clock.Now().Add(time.Hour)
			if _, err := a.store.ScheduleRevocation(t.Context(), models.CLI, tok.PublicID, &at); err != nil {
				t.Fatal(err)
			}
			end := at.Format(time.RFC3339)
			answer := a.call(t, withBearer(secret)).want(t, http.StatusOK, "").wantHeader(t, "Tessera-Token-Expires", end)
			if !strings.Contains(answer.body, `"expires_at":"`+end+`"`) {
				t.Errorf("%s: the body is %s", name, answer.body)
			}
			a.clock.Set(at)
			if got := a.call(t, withBearer(secret)).want(t, http.StatusUnauthorized, "token_revoked").problem.Since; got != end {
				t.Errorf("%s: since %s", name, got)
			}
		}
	})
}

// From outside of the allowed networks a good token is answered 403, and the call is counted.
func TestAPINetworks(t *testing.T) {
	eachAPI(t, func(t *testing.T, a *apiServer) {
		ctx := t.Context()
		policy, err := a.store.CurrentPolicy(ctx)
		if err != nil {
			t.Fatal(err)
		}
		policy.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		if _, err := a.store.SetPolicy(ctx, models.CLI, *policy, models.PolicyTreatment{}); err != nil {
			t.Fatal(err)
		}
		tok, secret := a.mustToken(t, modeltest.MustUser(t, a.store), "office only")
		inside, outside := withBearer(secret), withBearer(secret)
		outside.address = "198.51.100.7"
		for range 2 { // from the database, then from memory
			a.call(t, inside).want(t, http.StatusOK, "")
			refused := a.call(t, outside).want(t, http.StatusForbidden, "address_not_allowed")
			refused.wantHeader(t, "WWW-Authenticate", "").wantHeader(t, "Tessera-Token-Expires", "2027-03-14T15:00:00Z")
		}
		if err := a.usage.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		days, err := a.store.UsageByOutcome(ctx, tok, 1)
		if err != nil || days[0].Requests[models.OutcomeOK] != 2 || days[0].Requests[models.OutcomeNetwork] != 2 {
			t.Errorf("counted %v, %v", days, err)
		}
		if _, err := a.store.PauseToken(ctx, models.CLI, tok.PublicID); err != nil {
			t.Fatal(err)
		}
		a.call(t, outside).want(t, http.StatusUnauthorized, "token_paused") // the token's own standing comes first
	})
}
