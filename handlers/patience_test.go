package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
)

// An upload or a request of the console may take longer than a page, but not for
// ever, and not when nobody waits for it any more.
func TestPatience(t *testing.T) {
	s := newSite(t)
	const read, all = time.Minute, 3 * time.Minute
	var waited time.Duration
	s.echo.GET("/patient", func(c echo.Context) error {
		done, err := patient(c, read, all)
		if err != nil {
			return err
		}
		defer done()
		start := time.Now()
		<-c.Request().Context().Done()
		waited = time.Since(start)
		return c.Request().Context().Err()
	}, s.visitor)
	synctest.Test(t, func(t *testing.T) {
		s.newBrowser(t).get("/patient").want(http.StatusServiceUnavailable).wantErrorPage("en")
		if waited != all {
			t.Errorf("it waited %v", waited)
		}
		ctx, leave := context.WithTimeout(t.Context(), 2*pageTime)
		defer leave()
		s.newBrowser(t).do(httptest.NewRequestWithContext(ctx, http.MethodGet, "/patient", nil))
		if waited != 2*pageTime || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("after the browser left, it waited %v", waited)
		}
	})
}
