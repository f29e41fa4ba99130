package handlers

import (
	"net/http"

	"tessera/models"
)

// refusal is an API error with its stable code. Details are fixed sentences:
// nothing of what was sent comes back.
type refusal struct {
	status    int
	code      string
	detail    string
	challenge string // of WWW-Authenticate (RFC 6750, section 3)
	since     string // when a dead token died, RFC 3339
}

func (r *refusal) Error() string { return r.code }

type problemDocument struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Since     string `json:"since,omitempty"`
	RequestID string `json:"request_id"`
}

const (
	realm   = `Bearer realm="tessera"`
	invalid = realm + `, error="invalid_token", error_description="`
)

var (
	errTokenMissing = &refusal{status: http.StatusUnauthorized, code: "token_missing", challenge: realm,
		detail: "Send a token in the Authorization header, as \"Bearer tsr_pat_…\"."}
	errTokenInQuery = &refusal{status: http.StatusUnauthorized, code: "token_missing", challenge: realm,
		detail: "A token does not belong in the address, where logs and histories keep it. Send it in the Authorization header, as \"Bearer tsr_pat_…\", and revoke this one."}
	errTokenInForm = &refusal{status: http.StatusUnauthorized, code: "token_missing", challenge: realm,
		detail: "A token does not belong in a form. Send it in the Authorization header, as \"Bearer tsr_pat_…\"."}
	errTwoTokens = &refusal{status: http.StatusBadRequest, code: "invalid_request", challenge: realm + `, error="invalid_request"`,
		detail: "Send one token, in one Authorization header and nowhere else; if one stood in the address, revoke it."}
)

// refusals say why a token that was sent is not good. Which death it died is
// told to who holds the whole secret only.
var refusals = map[models.Outcome]*refusal{
	models.OutcomeMalformed: {status: http.StatusUnauthorized, code: "token_malformed", challenge: invalid + `The token is malformed"`,
		detail: "This is not a whole token: its form or its checksum is wrong. Copy it again, from tsr_pat_ to its end."},
	models.OutcomeUnknown: {status: http.StatusUnauthorized, code: "token_unknown", challenge: invalid + `The token is unknown"`,
		detail: "No such token is known here."},
	models.OutcomeExpired: {status: http.StatusUnauthorized, code: "token_expired", challenge: invalid + `The token has expired"`,
		detail: "This token has expired. Its owner can give it a later date under Account Settings, API Access Token; the token stays the same."},
	models.OutcomeRevoked: {status: http.StatusUnauthorized, code: "token_revoked", challenge: invalid + `The token was revoked"`,
		detail: "This token was revoked and will not work again. Create a new one under Account Settings, API Access Token."},
	models.OutcomeUserDisabled: {status: http.StatusUnauthorized, code: "user_disabled", challenge: invalid + `The owner is disabled"`,
		detail: "The account that this token belongs to is disabled."},
}

// problemOf describes the failures that are not about a token.
func problemOf(status int) *refusal {
	switch status {
	case http.StatusNotFound:
		return &refusal{code: "not_found", detail: "There is nothing at this address."}
	case http.StatusMethodNotAllowed:
		return &refusal{code: "method_not_allowed", detail: "This address does not take that method; see the Allow header."}
	case http.StatusTooManyRequests:
		return &refusal{code: "too_many_requests", detail: "Too many requests with bad tokens came from your network. Wait for the seconds that Retry-After tells."}
	case http.StatusServiceUnavailable:
		return &refusal{code: "unavailable", detail: "The database can't be reached at the moment. Try again after the seconds that Retry-After tells."}
	case http.StatusInternalServerError:
		return &refusal{code: "internal_error", detail: "Something failed on our side. Nothing was changed. Give the request_id to your administrator."}
	default:
		return &refusal{code: "bad_request", detail: "The request can't be understood."}
	}
}
