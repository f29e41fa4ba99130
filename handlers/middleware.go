package handlers

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"tessera/static"
)

// requestID names the request in the log, in error pages and in X-Request-Id. A
// name that the client sends is not believed.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text()[:16])
		return next(c)
	}
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

// accessLog writes one line a request: API calls at debug level, pages at info,
// failures of ours as errors. It names the route and never the query, which may hold secrets.
func (s *Server) accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		if err := next(c); err != nil {
			s.handleError(err, c)
		}
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
				slog.Int("status", status), slog.Duration("took", time.Since(start)), slog.Int64("bytes", c.Response().Size),
				slog.String("address", c.RealIP()), slog.String("request_id", requestIDOf(c)))
		}
		return nil
	}
}

// recoverPanic turns a panic into an error for handleError, with its stack in the log.
func (s *Server) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
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
		return next(c)
	}
}

const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

// headers sets what protects an answer: all pages alike, the API by its own rules.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	https := s.cfg.BaseURL.Scheme == "https"
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if isAPI(c) {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Expose-Headers", "Tessera-Token-Expires, X-Request-Id, WWW-Authenticate, Retry-After")
			h.Set("Cache-Control", "no-store")
			if c.Request().Method == http.MethodOptions {
				return preflight(c)
			}
			return next(c)
		}
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// maxURL is more than anything here makes.
const maxURL = 8 << 10

// shortURL refuses long addresses before they are taken apart.
func shortURL(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(c.Request().RequestURI) > maxURL {
			return echo.NewHTTPError(http.StatusRequestURITooLong)
		}
		return next(c)
	}
}

// isAPI tells API calls from pages, whether or not there is such a route.
func isAPI(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == "/v1" || strings.HasPrefix(path, "/v1/")
}

// compress makes pages smaller, but never the one with a new secret in it:
// a compressed length can tell what stands on a page.
func (s *Server) compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1024,
		Skipper:   func(c echo.Context) bool { return strings.HasSuffix(c.Path(), "/created") },
	})
}

// visitor finds out who is asking and in which language, and refuses unsafe
// requests from other sites.
func (s *Server) visitor(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
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
		if v.user == nil {
			return s.redirect(c, signInURL(here(c)))
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
