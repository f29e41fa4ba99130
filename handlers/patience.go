package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// unhurried is the key of a page's context as it was before it got pageTime.
type unhurried struct{}

// patient lets a page take its time: read for what the browser sends, all until the
// answer is written. The request of c has a new context from then on, which still
// ends when the browser goes away; call done at the end.
func patient(c echo.Context, read, all time.Duration) (done func(), err error) {
	control := http.NewResponseController(c.Response())
	for _, err := range []error{control.SetReadDeadline(time.Now().Add(read)), control.SetWriteDeadline(time.Now().Add(all))} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) { // only a recorder of tests doesn't support it
			return nil, err
		}
	}
	whole, ok := c.Request().Context().Value(unhurried{}).(context.Context)
	if !ok {
		whole = c.Request().Context()
	}
	ctx, cancel := context.WithTimeout(whole, all)
	c.SetRequest(c.Request().WithContext(ctx))
	return cancel, nil
}
