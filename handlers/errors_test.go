package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/modeltest"
)

// failing adds routes that fail in each way.
func (s *site) failing() {
	for path, err := range map[string]error{
		"/fail/403":      echo.ErrForbidden,
		"/fail/wrapped":  fmt.Errorf("look: %w", echo.ErrNotFound),
		"/fail/missing":  fmt.Errorf("look: %w", models.ErrNotFound),
		"/fail/422":      &models.Error{Code: models.CodeInvalid},
		"/fail/429":      &models.Error{Code: models.CodeThrottled, RetryAfter: 1500 * time.Millisecond},
		"/fail/500":      errors.New("SELECT secret FROM somewhere"),
		"/fail/busy":     &models.Error{Code: models.CodeBusy, RetryAfter: 5 * time.Second},
		"/fail/conflict": models.ErrConflict,
		"/fail/teapot":   echo.NewHTTPError(http.StatusTeapot),
	} {
		s.echo.GET(path, func(echo.Context) error { return err })
	}
	s.echo.GET("/fail/panic", func(echo.Context) error { panic("at the disco") })
	s.echo.GET("/fail/abort", func(echo.Context) error { panic(http.ErrAbortHandler) })
	s.echo.GET("/fail/late", func(c echo.Context) error {
		if err := c.String(http.StatusAccepted, "begun"); err != nil {
			return err
		}
		return errors.New("too late")
	})
}

func TestErrorPages(t *testing.T) {
	s := newSite(t)
	s.failing()
	u := modeltest.MustUser(t, s.store)
	person, nobody := s.enter(t, u), s.newBrowser(t)
	const seconds = "Retry-After"
	for _, c := range []struct {
		method, path string
		status       int
		header       map[string]string
	}{
		{"GET", "/fail/403", 403, nil},
		{"GET", "/nowhere", 404, nil},
		{"GET", "/sign-in/nowhere", 404, nil},
		{"GET", "/fail/wrapped", 404, nil},
		{"GET", "/fail/missing", 404, nil},
		{"DELETE", "/sign-in", 405, nil},
		{"PUT", "/settings/tokens", 405, nil},
		{"GET", "/sign-out", 405, map[string]string{"Allow": "OPTIONS, POST"}},
		{"GET", "/settings/password", 405, nil},
		{"GET", "/fail/conflict", 409, nil},
		{"GET", "/fail/teapot", 418, nil},
		{"GET", "/fail/422", 422, nil},
		{"GET", "/fail/429", 429, map[string]string{seconds: "2"}},
		{"GET", "/fail/500", 500, nil},
		{"GET", "/fail/panic", 500, nil},
		{"GET", "/fail/busy", 503, map[string]string{seconds: "5"}},
	} {
		t.Run(strings.TrimPrefix(c.path, "/fail/"), func(t *testing.T) {
			titles := map[string]bool{}
			for _, language := range []string{"en", ja} {
				for _, b := range []*browser{person, nobody} {
					b := b.with("Accept-Language", language)
					b.t = t
					b.setCookie(languageCookie, language)
					if b.sessionCookie() != "" {
						b.post("/preferences", "language", language)
					}
					page := b.do(httptest.NewRequest(c.method, c.path, nil)).want(c.status)
					page.wantErrorPage(language)
					titles[page.text("h1")] = true
					for name, want := range c.header {
						page.header(name, want)
					}
					if strings.Contains(page.body, "secret") || strings.Contains(page.body, "disco") {
						t.Error("the page tells of the inside")
					}
					if again := page.doc.Find(".error-page a.btn").AttrOr("href", ""); again == "" {
						t.Error("the page leads nowhere")
					}

					part := b.htmx("/settings/tokens").do(httptest.NewRequest(c.method, c.path, nil)).want(c.status)
					part.header("HX-Retarget", "#main").header("HX-Reselect", "#main").header("HX-Reswap", "outerHTML").wantErrorPage(language)
				}
			}
			if len(titles) != 2 {
				t.Errorf("the headings are %v", titles)
			}
		})
	}
	logs := s.logs.String()
	if !strings.Contains(logs, "at the disco") || !strings.Contains(logs, "errors_test.go") {
		t.Error("the log does not tell of the panic with its stack")
	}
}

// wantErrorPage checks what every error page has.
func (a *answer) wantErrorPage(language string) *answer {
	a.t.Helper()
	if lang := a.find("html").AttrOr("lang", ""); lang != language {
		a.t.Errorf("%s: in %q", a.name, lang)
	}
	if id := a.text(".error-page code"); id != a.Header.Get("X-Request-Id") {
		a.t.Errorf("%s: the page says %q, the header %q", a.name, id, a.Header.Get("X-Request-Id"))
	}
	if no := a.text(".error-page .code-no"); no != fmt.Sprint(a.StatusCode) {
		a.t.Errorf("%s: the page says %s", a.name, no)
	}
	if h1 := a.text("h1"); strings.Contains(h1, "error_page") {
		a.t.Errorf("%s: no words: %s", a.name, h1)
	}
	return a
}

func TestErrorsAreAnsweredOnce(t *testing.T) {
	s := newSite(t)
	s.failing()
	b := s.newBrowser(t)
	if a := b.get("/fail/late").want(http.StatusAccepted); a.body != "begun" {
		t.Errorf("the answer is %q", a.body)
	}
	func() {
		defer func() {
			if r := recover(); r != http.ErrAbortHandler {
				t.Errorf("recovered %v", r)
			}
		}()
		b.get("/fail/abort")
	}()
	w := httptest.NewRecorder()
	c := s.echo.NewContext(httptest.NewRequest(http.MethodGet, "/x", nil), w)
	s.handleError(echo.ErrNotFound, c)
	first := w.Body.Len()
	s.handleError(echo.ErrNotFound, c)
	if w.Body.Len() != first || w.Code != http.StatusNotFound {
		t.Errorf("%d: %d bytes became %d", w.Code, first, w.Body.Len())
	}
}

// A post that failed offers a page to come back to, not the address of the post.
func TestErrorPageLeadsBack(t *testing.T) {
	s := newSite(t)
	b := s.enter(t, modeltest.MustUser(t, s.store))
	page := b.with("Referer", b.base().String()+"/settings/profile").postBody("/settings/password", "text/plain", "").want(http.StatusUnsupportedMediaType)
	if next := page.find("form:has(button[name=theme]) input[name=next]").AttrOr("value", ""); next != "/settings/profile" {
		t.Errorf("a preference leads to %q", next)
	}
}

// A page whose database does not answer gives up while there is still somebody to tell.
func TestPageThatTakesTooLong(t *testing.T) {
	s := newSite(t)
	s.echo.GET("/slow", func(c echo.Context) error {
		<-c.Request().Context().Done()
		return fmt.Errorf("look: %w", c.Request().Context().Err())
	}, s.visitor)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s.newBrowser(t).get("/slow").want(http.StatusServiceUnavailable).header("Retry-After", "5").wantErrorPage("en")
		if took := time.Since(start); took != pageTime || took >= s.HTTPServer().WriteTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

func TestDatabaseAway(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u := modeltest.MustUser(t, s.store)
		b := s.enter(t, u)
		b.setCookie(languageCookie, ja)
		b.setCookie(themeCookie, "dark")
		if err := s.store.Close(); err != nil {
			t.Fatal(err)
		}
		for name := range guards {
			method, path, _ := strings.Cut(name, " ")
			switch {
			case strings.HasPrefix(path, "/dev/"), strings.HasPrefix(path, "/v1/"), strings.HasPrefix(path, "/api/"), strings.HasPrefix(path, "/static/"),
				slices.Contains([]string{"/healthz", "/readyz", "/favicon.ico"}, path):
				continue // without pages, or without need of the database
			}
			r := httptest.NewRequest(method, pathOf(path, "x"), nil)
			r.Header.Set("Content-Type", formType)
			page := b.do(r)
			if page.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("%s: %d", name, page.StatusCode)
				continue
			}
			page.header("Retry-After", "5").wantErrorPage(ja)
			if theme := page.find("html").AttrOr("data-theme", ""); theme != "dark" {
				t.Errorf("%s: the theme is %q", name, theme)
			}
		}
		b.get("/nowhere").want(http.StatusNotFound).wantErrorPage(ja) // still right
		b.get("/healthz").want(http.StatusOK)
		b.get("/readyz").want(http.StatusServiceUnavailable)
	})
}
