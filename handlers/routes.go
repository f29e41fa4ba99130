package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tessera/static"
	"tessera/views"
)

// routes lists every route with its guard. Pages: visitor reads the session and
// refuses cross-site posts, signedIn wants a person and sends others to sign in,
// administrator wants one who administers; to other people the route is not there.
// API: bearer wants a token and reads no cookie.
func (s *Server) routes() {
	e := s.echo
	e.Use(s.around)

	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	e.GET("/favicon.ico", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, static.URL("icon.svg")) })

	// Each page route has its guard itself: that of a group of Echo's would make
	// a 404 of every 405 below it.
	compress := s.compress() // one for all: each holds a pool of its large writers
	visitor := func(method, path string, h echo.HandlerFunc) { e.Add(method, path, h, compress, s.visitor) }
	signedIn := func(method, path string, h echo.HandlerFunc) { e.Add(method, path, h, compress, s.visitor, s.signedIn) }

	administrator := func(method, path string, h echo.HandlerFunc) {
		e.Add(method, path, h, compress, s.visitor, s.signedIn, s.administrator)
	}

	visitor("GET", "/", s.home)
	visitor("GET", "/sign-in", s.signInForm)
	visitor("POST", "/sign-in", s.signIn)
	visitor("POST", "/sign-out", s.signOut)
	visitor("GET", "/setup", s.setupForm)
	visitor("POST", "/setup", s.setup)
	visitor("POST", "/preferences", s.preferences)
	if s.cfg.Dev {
		visitor("GET", "/dev/gallery/", s.galleryIndex)
		visitor("GET", "/dev/gallery/:page/:state", s.galleryState)
	}

	signedIn("GET", "/settings", s.home)
	signedIn("GET", "/settings/profile", s.profileForm)
	signedIn("POST", "/settings/profile", s.updateProfile)
	signedIn("POST", "/settings/password", s.changePassword)
	signedIn("GET", "/settings/activity", s.activity)
	signedIn("GET", "/settings/tokens", s.tokenList)
	signedIn("POST", "/settings/tokens", s.createToken)
	signedIn("GET", "/settings/tokens/new", s.newTokenForm)
	signedIn("GET", "/settings/tokens/preview", s.previewExpiry)
	signedIn("GET", "/settings/tokens/:id", s.showToken)
	signedIn("GET", "/settings/tokens/:id/created", s.createdToken)
	signedIn("GET", "/settings/tokens/:id/first-use", s.firstUse)
	signedIn("GET", "/settings/tokens/:id/calendar", s.tokenCalendar)
	signedIn("GET", "/settings/tokens/:id/edit", s.editTokenForm)
	signedIn("POST", "/settings/tokens/:id/edit", s.editToken)
	signedIn("GET", "/settings/tokens/:id/revoke", s.revokeTokenForm)
	signedIn("POST", "/settings/tokens/:id/revoke", s.revokeToken)

	signedIn("POST", views.NoticesPath+"/:id/dismiss", s.dismissNotice)

	s.projectRoutes(signedIn)
	s.referenceRoutes(signedIn)
	s.environmentRoutes(signedIn)
	s.consoleRoutes(signedIn)
	s.adminRoutes(administrator)

	e.GET("/v1/user", s.bearer(s.currentUser))
	e.GET("/v1/openapi.json", s.openAPIJSON)
	e.GET("/v1/openapi.yaml", s.openAPIYAML)
	s.serviceRoutes()
	s.adminAPIRoutes()
}
