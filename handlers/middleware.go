package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"tessera/models"
	"tessera/static"
)

// newRequestID tells requests apart; nobody gains by guessing one.
func newRequestID() string {
	const digits = 12 // of base 36: 62 bits
	n := rand.Uint64()
	var id [digits]byte
	for i := range id {
		id[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[n%36]
		n /= 36
	}
	return string(id[:])
}

func requestIDOf(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// headAsGET lets each GET route answer HEAD; net/http leaves the body out. It stands
// around Echo, whose router has taken the method before any middleware runs.
func headAsGET(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			asGet := *r // net/http looks at the method of r when it writes
			asGet.Method = http.MethodGet
			r = &asGet
		}
		next.ServeHTTP(w, r)
	})
}

// around is what every request goes through. It is one function, because Echo
// makes every middleware anew for each request, which a cached token check would notice.
func (s *Server) around(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		s.setHeaders(c)
		if err := s.answer(next, c); err != nil {
			s.handleError(err, c)
		}
		s.logAccess(c, start)
		return nil
	}
}

// answer turns a panic into an error for handleError, with its stack in the log.
// Long addresses are refused before they are taken apart.
func (s *Server) answer(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if r == http.ErrAbortHandler { // the way to cut a response short
			panic(r)
		}
		s.log.Error("panic", "panic", fmt.Sprint(r), "stack", string(debug.Stack()), "request_id", requestIDOf(c))
		err = fmt.Errorf("panic: %v", r)
	}()
	switch {
	case len(c.Request().RequestURI) > maxURL:
		return echo.NewHTTPError(http.StatusRequestURITooLong)
	case isAPI(c) && c.Request().Method == http.MethodOptions:
		return preflight(c)
	default:
		return next(c)
	}
}

// logAccess writes one line a request: API calls at debug level, pages at info,
// failures of ours as errors. It names the route and never the query, which may hold secrets.
func (s *Server) logAccess(c echo.Context, start time.Time) {
	level, status := slog.LevelInfo, c.Response().Status
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case isAPI(c) || strings.HasPrefix(c.Path(), static.Prefix):
		level = slog.LevelDebug
	}
	ctx := c.Request().Context()
	if s.log.Enabled(ctx, level) {
		s.log.LogAttrs(ctx, level, "request", slog.String("method", c.Request().Method), slog.String("route", c.Path()),
			slog.Int("status", status), slog.Int64("took_us", time.Since(start).Microseconds()), slog.Int64("bytes", c.Response().Size),
			slog.String("address", c.RealIP()), slog.String("request_id", requestIDOf(c)))
	}
}

const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

// maxURL is more than anything here makes.
const maxURL = 8 << 10

// protection returns the headers that protect an answer: all pages alike, the
// API by its own rules.
func protection(https bool) (page, api http.Header) {
	page = http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"Cache-Control":                {"no-store"},
		"Content-Security-Policy":      {contentSecurityPolicy},
		"Referrer-Policy":              {"same-origin"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
	}
	api = http.Header{
		"X-Content-Type-Options":        {"nosniff"},
		"Cache-Control":                 {"no-store"},
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"Tessera-Token-Expires, X-Request-Id, WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, ETag, Location, Idempotency-Replayed"},
	}
	if https {
		hsts := []string{"max-age=31536000; includeSubDomains"}
		page["Strict-Transport-Security"], api["Strict-Transport-Security"] = hsts, hsts
	}
	return page, api
}

// setHeaders also names the request, in the log, in error pages and in
// X-Request-Id. A name that the client sends is not believed.
func (s *Server) setHeaders(c echo.Context) {
	h := c.Response().Header()
	constant := s.pageHeaders
	if isAPI(c) {
		constant = s.apiHeaders
	}
	maps.Copy(h, constant) // handlers replace values and never change one in its place
	h[echo.HeaderXRequestID] = []string{newRequestID()}
}

// isAPI tells API calls from pages, whether or not there is such a route.
func isAPI(c echo.Context) bool {
	path := c.Request().URL.Path
	return isAPIPath(path)
}

func isAPIPath(path string) bool {
	return path == "/v1" || strings.HasPrefix(path, "/v1/") || path == "/api/v1" || strings.HasPrefix(path, "/api/v1/")
}

// compress makes pages smaller, but never those with a secret in them:
// a compressed length can tell what stands on a page.
func (s *Server) compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1024,
		Skipper: func(c echo.Context) bool {
			return strings.HasSuffix(c.Path(), "/created") || c.Path() == invitationsRoute || c.Path() == joinRoute
		},
	})
}

// pageTime is how long a page may wait for the database. It is well within the
// server's WriteTimeout, so that the reader still gets an answer, and what waits
// in vain gives back its connection.
const pageTime = 10 * time.Second

// visitor finds out who is asking and in which language, and refuses unsafe
// requests from other sites. Behind it, the request has pageTime, unless it is for
// a stream, which lasts as long as the client takes it; see patient too.
func (s *Server) visitor(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); !streams(c.Path()) {
			ctx, cancel := context.WithTimeout(r.Context(), pageTime)
			defer cancel()
			c.SetRequest(r.WithContext(context.WithValue(ctx, unhurried{}, r.Context())))
			defer c.SetRequest(r) // the error page is drawn even when the time is over
		}
		if _, err := s.visit(c); err != nil {
			return err
		}
		if err := s.origins.Check(c.Request()); err != nil {
			return echo.NewHTTPError(http.StatusForbidden).SetInternal(err)
		}
		return next(c)
	}
}

// signedIn sends a visitor without a session to the sign-in page and back.
func (s *Server) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.visit(c)
		if err != nil {
			return err
		}
		if v.user == nil && isFragment(c) && c.Request().Method == http.MethodPost {
			return c.NoContent(http.StatusUnauthorized) // the script keeps what was typed and says so
		}
		if v.user == nil {
			return s.redirect(c, signInURL(here(c)))
		}
		return next(c)
	}
}

// administrator answers as if there were no such page to who is signed in and does
// not administer. Who is signed out was sent to the sign-in page before, as by all
// pages for people.
func (s *Server) administrator(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.visit(c)
		if err != nil {
			return err
		}
		if v.user == nil || !v.user.Admin {
			return models.ErrNotFound
		}
		return next(c)
	}
}

// networkOf is the part of an address that one customer usually holds: a /24 or a /64.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	p, _ := ip.WithZone("").Prefix(bits)
	return p.String()
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
