package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/token"
)

// reportsPerMinute is how many reports of leaked tokens one network may make; GitHub
// has a budget of its own, which strangers with addresses in its network can't use up.
const reportsPerMinute = 60

// leakTime is how long a report of n secrets takes at least. Revoking takes
// longer than finding nothing, and nobody is to learn by that what is known here.
func leakTime(n int) time.Duration { return 200*time.Millisecond + time.Duration(n)*time.Millisecond }

// publicCall is a call of a service without a token, of which a network has a budget.
func (s *Server) publicCall(c echo.Context, l *limiter, policy string) (*serviceCall, error) {
	call := &serviceCall{Context: c, server: s, token: networkOf(c.RealIP())}
	err := call.spend(l, policy)
	var refused *refusal
	if errors.As(err, &refused) {
		refused.key = "too_many_reports"
	}
	return call, err
}

// reporter is who reports leaked tokens, for the audit log: somebody without an account.
func (c *serviceCall) reporter() models.Actor {
	return models.Actor{Kind: "system", Address: c.RealIP(), Client: models.ClientName(c.Request().UserAgent())}
}

// reportLeaked is POST /v1/revocations: whoever holds a secret can end it. The
// answer is the same for known and unknown ones, and takes the same time.
func (s *Server) reportLeaked(c echo.Context) error {
	call, err := s.publicCall(c, s.reports, "reports")
	if err != nil {
		return err
	}
	object, err := call.object(jsonLimit)
	if err != nil {
		return err
	}
	var wrong models.Invalid
	f := fields{object: object, wrong: &wrong}
	texts, _ := f.texts("tokens")
	if one := f.text("token"); one != "" {
		texts = append(texts, one)
	}
	var leaks []models.Leak
	for _, text := range texts {
		for _, secret := range token.Find(text) {
			leaks = append(leaks, models.Leak{Text: secret, Source: "report"})
		}
	}
	n := max(len(texts), len(leaks))
	switch {
	case len(wrong) > 0:
	case n == 0:
		wrong.Add("token", "value_required")
	case n > models.MaxLeaked:
		wrong.Add("tokens", "leaked_too_many", "max", models.MaxLeaked)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	even := time.NewTimer(s.leakTime(n))
	defer even.Stop()
	// Who goes away in between must not keep the token alive.
	if _, err := s.store.RevokeLeaked(context.WithoutCancel(call.ctx()), call.reporter(), leaks); err != nil {
		return err
	}
	select {
	case <-even.C:
	case <-call.ctx().Done():
		return call.ctx().Err()
	}
	return call.data(http.StatusAccepted, struct{}{})
}
