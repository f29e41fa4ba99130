package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tessera/static"
)

// routes lists every route with its guard. Pages: visitor reads the session and
// refuses cross-site posts, signedIn wants a person. API: bearer wants a token
// and reads no cookie.
func (s *Server) routes() {
	e := s.echo
	e.Pre(requestID)
	e.Use(s.accessLog, s.recoverPanic, s.headers, shortURL)

	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	e.GET("/favicon.ico", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, static.URL("icon.svg")) })

	visitor := []echo.MiddlewareFunc{s.compress(), s.visitor}
	signedIn := []echo.MiddlewareFunc{s.compress(), s.visitor, s.signedIn}

	e.GET("/", s.home, visitor...)
	e.GET("/sign-in", s.signInForm, visitor...)
	e.POST("/sign-in", s.signIn, visitor...)
	e.POST("/sign-out", s.signOut, visitor...)
	e.GET("/setup", s.setupForm, visitor...)
	e.POST("/setup", s.setup, visitor...)
	e.POST("/preferences", s.preferences, visitor...)
	if s.cfg.Dev {
		e.GET("/dev/gallery/", s.galleryIndex, visitor...)
		e.GET("/dev/gallery/:page/:state", s.galleryState, visitor...)
	}

	account := e.Group("/settings") // no guard here: Echo would make a 404 of every 405 below it
	account.GET("", s.home, signedIn...)
	account.GET("/profile", s.profileForm, signedIn...)
	account.POST("/profile", s.updateProfile, signedIn...)
	account.POST("/password", s.changePassword, signedIn...)
	account.GET("/activity", s.activity, signedIn...)
	account.GET("/tokens", s.tokenList, signedIn...)
	account.POST("/tokens", s.createToken, signedIn...)
	account.GET("/tokens/new", s.newTokenForm, signedIn...)
	account.GET("/tokens/preview", s.previewExpiry, signedIn...)
	account.GET("/tokens/:id", s.showToken, signedIn...)
	account.GET("/tokens/:id/created", s.createdToken, signedIn...)
	account.GET("/tokens/:id/first-use", s.firstUse, signedIn...)
	account.GET("/tokens/:id/calendar", s.tokenCalendar, signedIn...)
	account.GET("/tokens/:id/edit", s.editTokenForm, signedIn...)
	account.POST("/tokens/:id/edit", s.editToken, signedIn...)
	account.GET("/tokens/:id/revoke", s.revokeTokenForm, signedIn...)
	account.POST("/tokens/:id/revoke", s.revokeToken, signedIn...)

	e.GET("/v1/user", s.bearer(s.currentUser))
	e.GET("/v1/openapi.json", s.openAPIJSON)
	e.GET("/v1/openapi.yaml", s.openAPIYAML)
}
