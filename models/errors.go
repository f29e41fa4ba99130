package models

import (
	"errors"
	"time"
)

// Code says what kind of failure an Error is. Handlers map it to an HTTP status.
type Code string

// The failures that callers may meet. Anything else is an internal error.
const (
	CodeInvalid     Code = "invalid"     // input was refused; Fields says why
	CodeNotFound    Code = "not_found"   // no such thing, or not this person's
	CodeConflict    Code = "conflict"    // changed elsewhere since it was read
	CodeForbidden   Code = "forbidden"   // known person, not allowed
	CodeBusy        Code = "busy"        // overloaded for the moment; see RetryAfter
	CodeThrottled   Code = "throttled"   // too many of them; see RetryAfter
	CodeUnavailable Code = "unavailable" // the database can't be reached
)

// FieldError is one refused form field. Code is the key of a sentence in the
// message catalogues ("error." + Code); Params fill its placeholders.
type FieldError struct {
	Field  string
	Code   string
	Params map[string]any
}

// Error is a failure that may be told to the person who caused it.
type Error struct {
	Code       Code
	Fields     []FieldError
	RetryAfter time.Duration // for CodeBusy and CodeThrottled
	Cause      error         // for the log, never shown
}

func (e *Error) Error() string {
	s := string(e.Code)
	for _, f := range e.Fields {
		s += " " + f.Field + ":" + f.Code
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error of the same Code, so that
// errors.Is(err, models.ErrNotFound) works.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code && len(t.Fields) == 0 && t.Cause == nil
}

// Errors to compare with errors.Is.
var (
	ErrInvalid     = &Error{Code: CodeInvalid}
	ErrNotFound    = &Error{Code: CodeNotFound}
	ErrConflict    = &Error{Code: CodeConflict}
	ErrForbidden   = &Error{Code: CodeForbidden}
	ErrBusy        = &Error{Code: CodeBusy}
	ErrUnavailable = &Error{Code: CodeUnavailable}
)

// Invalid collects field errors. Its zero value is ready to use.
type Invalid []FieldError

// Add notes that a field was refused. Params are alternating names and values.
func (v *Invalid) Add(field, code string, params ...any) {
	f := FieldError{Field: field, Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if f.Params == nil {
			f.Params = map[string]any{}
		}
		f.Params[params[i].(string)] = params[i+1]
	}
	*v = append(*v, f)
}

// take adds the fields that another check refused.
func (v *Invalid) take(err error) {
	var refused *Error
	if errors.As(err, &refused) {
		*v = append(*v, refused.Fields...)
	}
}

// Err returns nil when nothing was added, else an *Error with CodeInvalid.
func (v Invalid) Err() error {
	if len(v) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Fields: v}
}
