package handlers

import (
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/token"
	"tessera/views"
)

// Limits of a form post.
const (
	maxForm = 64 << 10
	maxKeys = 1000
)

// form reads a posted form. Each field may come once: what a second value would
// mean is nobody's guess to make.
func form(c echo.Context) (url.Values, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, badInput(err)
	}
	return once(r.PostForm)
}

// query reads the parameters of an address by the same rule.
func query(c echo.Context) (url.Values, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, badInput(err)
	}
	return once(values)
}

// withoutSecrets is what was typed, to show it again, but for what has a secret in it.
func withoutSecrets(typed url.Values) url.Values {
	out := maps.Clone(typed)
	maps.DeleteFunc(out, func(_ string, v []string) bool { return slices.ContainsFunc(v, token.Within) })
	return out
}

// posted is the form that a post brings, the frame of the page that answers it, and whose visit it is.
func (s *Server) posted(c echo.Context) (url.Values, views.Page, *visit, error) {
	return s.with(c, form)
}

// asked is the same for the parameters of an address.
func (s *Server) asked(c echo.Context) (url.Values, views.Page, *visit, error) {
	return s.with(c, query)
}

func (s *Server) with(c echo.Context, read func(echo.Context) (url.Values, error)) (url.Values, views.Page, *visit, error) {
	values, err := read(c)
	if err != nil {
		return nil, views.Page{}, nil, err
	}
	p, v, err := s.page(c)
	return values, p, v, err
}

// postedTo is posted for a page whose frame asks whether the person may do action, and that comes
// with the project or team it is about.
func postedTo[T any](c echo.Context, action models.Action, frame func(echo.Context, models.Action) (views.Page, *visit, T, error)) (url.Values, views.Page, *visit, T, error) {
	values, err := form(c)
	if err != nil {
		var nothing T
		return nil, views.Page{}, nil, nothing, err
	}
	p, v, of, err := frame(c, action)
	return values, p, v, of, err
}

func once(values url.Values) (url.Values, error) {
	if len(values) > maxKeys {
		return nil, echo.NewHTTPError(http.StatusBadRequest)
	}
	for name, v := range values {
		if len(v) != 1 || !utf8.ValidString(name) || !utf8.ValidString(v[0]) {
			return nil, echo.NewHTTPError(http.StatusBadRequest)
		}
	}
	return values, nil
}

// badInput keeps the error of a body over its limit, which is 413, and calls the rest 400.
func badInput(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
}
