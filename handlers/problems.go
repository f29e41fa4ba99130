package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// refusal is an API error with its stable code. Its sentence is "api." and key in
// the catalogues: nothing of what was sent comes back.
type refusal struct {
	status    int
	code      string
	number    string // of Apidog's API; its first three digits are the status
	key       string // of its sentence, when that is not code
	params    []any  // of the sentence
	challenge string // of WWW-Authenticate (RFC 6750, section 3)
	since     string // when a dead token died, RFC 3339
	wait      time.Duration
	fields    []models.FieldError
}

func (r *refusal) Error() string { return r.code }

// problemDocument has the members of RFC 9457 and, beside them, those that
// clients of Apidog's API read.
type problemDocument struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Since     string `json:"since,omitempty"`
	RequestID string `json:"request_id"`

	Success      bool           `json:"success"`
	ErrorCode    string         `json:"errorCode"`
	ErrorMessage string         `json:"errorMessage"`
	Message      string         `json:"message"`
	Fields       []problemField `json:"fields,omitempty"`
	RequestIDToo string         `json:"requestId"`
}

// problemField is a refused parameter. Line and Pointer are of a document.
type problemField struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Pointer string `json:"pointer,omitempty"`
}

const (
	realm   = `Bearer realm="tessera"`
	invalid = realm + `, error="invalid_token", error_description="`
)

// Numbers of Apidog's API that say more than the status.
const (
	numberNoToken   = "401002"
	numberNotBearer = "401003"
	numberRevoked   = "401004"
	numberBadToken  = "401005"
	numberInvalid   = "422001"
)

var (
	errTokenMissing = &refusal{status: http.StatusUnauthorized, code: "token_missing", number: numberNoToken, challenge: realm}
	errNotBearer    = &refusal{status: http.StatusUnauthorized, code: "token_missing", number: numberNotBearer, challenge: realm}
	errTokenInQuery = &refusal{status: http.StatusUnauthorized, code: "token_missing", number: numberNoToken, key: "token_in_query", challenge: realm}
	errTokenInForm  = &refusal{status: http.StatusUnauthorized, code: "token_missing", number: numberNoToken, key: "token_in_form", challenge: realm}
	errTwoTokens    = &refusal{status: http.StatusBadRequest, code: "invalid_request", challenge: realm + `, error="invalid_request"`}
)

// refusals say why a token that was sent is not good. Which death it died is
// told to who holds the whole secret only.
var refusals = map[models.Outcome]*refusal{
	models.OutcomeMalformed:    {status: http.StatusUnauthorized, code: "token_malformed", number: numberBadToken, challenge: invalid + `The token is malformed"`},
	models.OutcomeUnknown:      {status: http.StatusUnauthorized, code: "token_unknown", number: numberBadToken, challenge: invalid + `The token is unknown"`},
	models.OutcomeExpired:      {status: http.StatusUnauthorized, code: "token_expired", number: numberBadToken, challenge: invalid + `The token has expired"`},
	models.OutcomeRevoked:      {status: http.StatusUnauthorized, code: "token_revoked", number: numberRevoked, challenge: invalid + `The token was revoked"`},
	models.OutcomePaused:       {status: http.StatusUnauthorized, code: "token_paused", number: numberBadToken, challenge: invalid + `The token is paused"`},
	models.OutcomeUserDisabled: {status: http.StatusUnauthorized, code: "user_disabled", number: numberBadToken, challenge: invalid + `The owner is disabled"`},
	models.OutcomeNetwork:      {status: http.StatusForbidden, code: "address_not_allowed"},
}

// problemOf describes the failures that are not about a token.
func problemOf(err error, status int) *refusal {
	if fields, ok := fieldsOf(err); ok {
		return &refusal{code: "invalid_parameter", number: numberInvalid, fields: fields}
	}
	switch status {
	case http.StatusForbidden:
		return &refusal{code: "forbidden", number: errMayNotWrite.number, key: errMayNotWrite.key}
	case http.StatusNotFound:
		return &refusal{code: "not_found"}
	case http.StatusMethodNotAllowed:
		return &refusal{code: "method_not_allowed"}
	case http.StatusConflict:
		return &refusal{code: "conflict"}
	case http.StatusTooManyRequests:
		return &refusal{code: "too_many_requests"}
	case http.StatusServiceUnavailable:
		return &refusal{code: "unavailable"}
	case http.StatusInternalServerError:
		return &refusal{code: "internal_error"}
	default:
		return &refusal{code: "bad_request"}
	}
}

// describe makes the document of a refusal, in the language that the call asks for.
func (s *Server) describe(c echo.Context, r *refusal, status int) problemDocument {
	words := s.words(c)
	key, number := r.key, r.number
	if key == "" {
		key = r.code
	}
	if number == "" {
		number = strconv.Itoa(status * 1000)
	}
	doc := problemDocument{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Code: r.code, Since: r.since,
		ErrorCode: number, RequestID: requestIDOf(c), RequestIDToo: requestIDOf(c),
	}
	for _, f := range r.fields {
		line, _ := f.Params["line"].(int)
		pointer, _ := f.Params["pointer"].(string)
		doc.Fields = append(doc.Fields, problemField{
			Field: f.Field, Code: f.Code, Message: words.ErrorText(f) + placeText(words, line, pointer), Line: line, Pointer: pointer,
		})
	}
	if len(doc.Fields) > 0 {
		doc.Detail = words.T("api."+key, "field", doc.Fields[0].Field, "reason", doc.Fields[0].Message)
	} else {
		doc.Detail = words.T("api."+key, r.params...)
	}
	doc.ErrorMessage, doc.Message = doc.Detail, doc.Detail
	return doc
}
