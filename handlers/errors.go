package handlers

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// handleError turns whatever a handler returned into the answer: a page in the
// reader's language, a notice for htmx, or a problem document for the API.
// Echo may call it twice for one request.
func (s *Server) handleError(err error, c echo.Context) {
	if err == nil || c.Response().Committed {
		return
	}
	status := statusOf(err)
	gone := errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil // the client went away
	if status >= http.StatusInternalServerError && !gone {
		s.log.Error("request failed", "error", err.Error(), "route", c.Path(), "request_id", requestIDOf(c))
	}
	if after := retryAfter(err, status); after > 0 {
		setRetryAfter(c, after)
	}
	if allow := c.Response().Header().Get(echo.HeaderAllow); status == http.StatusMethodNotAllowed && strings.Contains(allow, http.MethodGet) {
		c.Response().Header().Set(echo.HeaderAllow, allow+", HEAD") // by headAsGET, of which Echo's router knows nothing
	}
	if isAPI(c) {
		err = s.problem(c, err, status)
	} else {
		err = s.errorPage(c, status)
	}
	if err != nil {
		s.log.Error("error page failed", "error", err.Error(), "request_id", requestIDOf(c))
		if !c.Response().Committed {
			http.Error(c.Response(), http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}
}

// errorPage needs no database: visit is used as far as it came.
func (s *Server) errorPage(c echo.Context, status int) error {
	v, err := s.visit(c)
	if v == nil {
		return err
	}
	p := s.frame(c, v)
	if isFragment(c) {
		c.Response().Header().Set("HX-Retarget", "#main")
		c.Response().Header().Set("HX-Reselect", "#main")
		c.Response().Header().Set("HX-Reswap", "outerHTML")
	}
	return render(c, status, views.ErrorPage(p, status))
}

var statusOfCode = map[models.Code]int{
	models.CodeInvalid:     http.StatusUnprocessableEntity,
	models.CodeNotFound:    http.StatusNotFound,
	models.CodeConflict:    http.StatusConflict,
	models.CodeForbidden:   http.StatusForbidden,
	models.CodeBusy:        http.StatusServiceUnavailable,
	models.CodeThrottled:   http.StatusTooManyRequests,
	models.CodeUnavailable: http.StatusServiceUnavailable,
}

func statusOf(err error) int {
	var known *models.Error
	var echoErr *echo.HTTPError
	var tooLarge *http.MaxBytesError
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return refused.status
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &echoErr):
		return echoErr.Code
	case errors.As(err, &known):
		return statusOfCode[known.Code]
	case models.Unavailable(err), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// dbPatience is when to try again while the database is away.
const dbPatience = 5 * time.Second

func retryAfter(err error, status int) time.Duration {
	var known *models.Error
	var refused *refusal
	switch {
	case errors.As(err, &known) && known.RetryAfter > 0:
		return known.RetryAfter
	case errors.As(err, &refused) && refused.wait > 0:
		return refused.wait
	}
	if status == http.StatusServiceUnavailable {
		return dbPatience
	}
	return 0
}

func setRetryAfter(c echo.Context, wait time.Duration) {
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds(wait)))
}

// seconds rounds up: who waits a moment too short is sent away twice.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// fieldsOf returns the refused fields of err, if it has any: a form to be shown again.
func fieldsOf(err error) (views.Errors, bool) {
	var known *models.Error
	if errors.As(err, &known) && known.Code == models.CodeInvalid && len(known.Fields) > 0 {
		return known.Fields, true
	}
	return nil, false
}
