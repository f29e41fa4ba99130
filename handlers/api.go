package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/token"
)

// bearer lets a request with a good token through (RFC 6750, section 2.1), and
// tells next whose it is. The token is in the Authorization header or nowhere;
// no cookie is read.
func (s *Server) bearer(next func(echo.Context, *models.Principal) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		secret, err := bearerSecret(c.Request())
		if err != nil {
			return err
		}
		address := c.RealIP()
		p, outcome, err := s.verifier.Verify(c.Request().Context(), secret, address)
		if err != nil { // whatever the reason: nobody could say that the token is good
			return &models.Error{Code: models.CodeUnavailable, Cause: err}
		}
		if p == nil {
			network := networkOf(address)
			if wait := s.bearers.take(network); wait > 0 {
				return &models.Error{Code: models.CodeThrottled, RetryAfter: wait}
			}
			return refusals[outcome]
		}
		s.usage.Record(p, outcome, address, models.ClientName(c.Request().UserAgent()))
		c.Response().Header()[expiresHeader] = []string{expiryHeader(p)}
		if outcome != models.OutcomeOK {
			refusal := *refusals[outcome]
			refusal.since = deathOf(p, outcome)
			return &refusal
		}
		return next(c, p)
	}
}

// bearerSecret takes the token out of a request's header, or says where it belongs.
func bearerSecret(r *http.Request) (string, error) {
	headers := r.Header["Authorization"]
	elsewhere := r.URL.RawQuery != "" && (strings.Contains(r.URL.RawQuery, token.Prefix) || r.URL.Query().Has("access_token"))
	switch {
	case len(headers) > 1:
		return "", errTwoTokens
	case len(headers) == 0 && elsewhere:
		return "", errTokenInQuery
	case len(headers) == 0 && isForm(r):
		return "", errTokenInForm
	case len(headers) == 0:
		return "", errTokenMissing
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if headers[0] == "" {
		return "", errTokenMissing
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNotBearer
	}
	if elsewhere {
		return "", errTwoTokens
	}
	secret = strings.TrimLeft(secret, " ")
	if secret == "" {
		return "", errTokenMissing
	}
	return secret, nil
}

func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

const expiresHeader = "Tessera-Token-Expires"

func expiryHeader(p *models.Principal) string {
	if p.ExpiresAt == 0 {
		return "never"
	}
	return stamp(p.ExpiresAt)
}

func stamp(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339Nano) }

// deathOf is since when a token is refused, as far as a moment can be named.
func deathOf(p *models.Principal, outcome models.Outcome) string {
	switch {
	case outcome == models.OutcomeExpired, outcome == models.OutcomeRevoked && !p.Revoked: // as planned
		return stamp(p.ExpiresAt)
	case outcome == models.OutcomeRevoked, outcome == models.OutcomePaused:
		return stamp(p.Since)
	}
	return ""
}

type userAnswer struct {
	ID       int64       `json:"id"`
	Name     string      `json:"name"`
	Email    string      `json:"email"`
	Language string      `json:"language"`
	TimeZone string      `json:"time_zone"`
	Token    tokenAnswer `json:"token"`
}

type tokenAnswer struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	CreatedAt string  `json:"created_at"`
	ExpiresAt *string `json:"expires_at"` // null: never
}

// currentUser is GET /v1/user: whose token this is.
func (s *Server) currentUser(c echo.Context, p *models.Principal) error {
	answer := userAnswer{ID: p.UserID, Name: p.UserName, Email: p.Email, Language: p.Language, TimeZone: p.TimeZone,
		Token: tokenAnswer{ID: p.PublicID, Name: p.TokenName, CreatedAt: stamp(p.CreatedAt)}}
	if p.ExpiresAt != 0 {
		answer.Token.ExpiresAt = &c.Response().Header()[expiresHeader][0]
	}
	body, err := json.Marshal(&answer)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, body)
}

// preflight answers a browser that asks whether a script of another site may call.
func preflight(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, *") // the star does not stand for Authorization
	h.Set("Access-Control-Max-Age", "86400")
	return c.NoContent(http.StatusNoContent)
}

// problem writes err as a problem document (RFC 9457).
func (s *Server) problem(c echo.Context, err error, status int) error {
	var refused *refusal
	r := c.Request()
	switch {
	case errors.As(err, &refused):
	case status == http.StatusMethodNotAllowed && isForm(r) && r.Header.Get("Authorization") == "":
		refused = errTokenInForm // a post of a token to a route that takes none says more by this than by its method
		status = refused.status
	default:
		refused = problemOf(err, status)
	}
	if refused.challenge != "" {
		c.Response().Header().Set("WWW-Authenticate", refused.challenge)
	}
	body, err := json.Marshal(s.describe(c, refused, status))
	if err != nil {
		return err
	}
	return c.Blob(status, "application/problem+json", body)
}
