package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/token"
	"tessera/views"
)

// visit is what a page request is known by.
type visit struct {
	gorilla *sessions.Session
	session *models.Session // nil when signed out
	user    *models.User    // nil when signed out
	locale  *views.Locale
	theme   string
}

const visitKey = "visit"

// visit loads the session once a request. An error means that the database could not be asked.
func (s *Server) visit(c echo.Context) (*visit, error) {
	if v, ok := c.Get(visitKey).(*visit); ok {
		return v, nil
	}
	v := &visit{theme: "system"}
	if cookie, err := c.Cookie(themeCookie); err == nil && slices.Contains(models.Themes, cookie.Value) {
		v.theme = cookie.Value
	}
	v.locale = s.locales.Match(cookieValue(c, languageCookie), c.Request().Header.Get("Accept-Language"))
	c.Set(visitKey, v) // even when the session can't be read: the error page needs the rest
	gorilla, err := s.sessions.Get(c.Request(), s.sessions.name())
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return v, &models.Error{Code: models.CodeUnavailable, Cause: err}
	}
	v.gorilla = gorilla
	v.session, v.user = rowsOf(gorilla)
	if v.user != nil {
		v.theme = v.user.Theme
		if v.user.Language != "" {
			v.locale = s.locales.Match(v.user.Language)
		}
	}
	return v, nil
}

// actor is the signed-in person, for the audit log.
func (s *Server) actor(c echo.Context, v *visit) models.Actor {
	return models.Actor{Kind: "user", User: v.user, Address: c.RealIP(), Client: models.ClientName(c.Request().UserAgent())}
}

// page is the frame of a page for this visit. It takes the flash out of the session.
func (s *Server) page(c echo.Context) (views.Page, *visit, error) {
	v, err := s.visit(c)
	if err != nil {
		return views.Page{}, nil, err
	}
	p := s.frame(c, v)
	if v.session != nil && !isFragment(c) {
		if flash := takeFlash(v.gorilla); flash != nil {
			p.Flash = flash
			if err := v.gorilla.Save(c.Request(), c.Response()); err != nil {
				return p, v, err
			}
		}
	}
	err = s.addNews(c, v, &p)
	return p, v, err
}

func (s *Server) frame(c echo.Context, v *visit) views.Page {
	p := views.Page{
		Locale: v.locale, Theme: v.theme, Now: s.store.Now(), Path: here(c), Version: s.cfg.Version,
		RequestID: requestIDOf(c), User: v.user, BaseURL: s.cfg.BaseURL.String(), HTMX: isFragment(c),
	}
	p.Zone = time.UTC
	if v.user != nil {
		p.Zone = v.user.Location()
	}
	return p
}

// here is the page that the person is on, to come back to: not every address
// that a form or htmx asks for is one.
func here(c echo.Context) string {
	r := c.Request()
	switch {
	case isFragment(c):
		return pageOf(r.Header.Get("HX-Current-URL"))
	case r.Method == http.MethodGet:
		return withoutSecret(r.URL)
	}
	return pageOf(r.Referer())
}

// withoutSecret is an address on this site, cut where a secret stands in what is asked for.
func withoutSecret(u *url.URL) string {
	if query, err := url.QueryUnescape(u.RawQuery); err != nil || token.Within(query) {
		return u.EscapedPath()
	}
	return u.RequestURI()
}

// pageOf is the path of a page's whole address.
func pageOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return localPath("")
	}
	return localPath(withoutSecret(u))
}

// isFragment reports whether htmx asks for a part of a page.
func isFragment(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") == "" && h.Get("HX-History-Restore-Request") == ""
}

// redirect answers a post. htmx would follow a 303 inside the swap, so it is
// told to load the page as a whole.
func (s *Server) redirect(c echo.Context, to string) error {
	if isFragment(c) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

func signInURL(next string) string {
	if next == "" || next == "/" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(next)
}

// localPath returns next when it is a path of this site, re-built from its
// parts, and otherwise the tokens page: a link to sign in must not lead elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return views.TokensPath
	}
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(u.Path, "\\") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return views.TokensPath
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}

func cookieValue(c echo.Context, name string) string {
	if cookie, err := c.Cookie(name); err == nil {
		return cookie.Value
	}
	return ""
}
