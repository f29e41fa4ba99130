package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) signInForm(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	next := localPath(q.Get("next"))
	if v.user != nil {
		return c.Redirect(http.StatusSeeOther, next)
	}
	any, err := s.store.HasUsers(c.Request().Context())
	if err != nil {
		return err
	}
	return s.show(c, views.SignIn(p, views.SignInForm{Next: next, NotSetUp: !any, Ended: cookieValue(c, s.sessions.name()) != ""}))
}

func (s *Server) signIn(c echo.Context) error {
	f, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	email, password := f.Get("email"), f.Get("password")
	filled := views.SignInForm{Email: email, Next: localPath(f.Get("next"))}
	var missing models.Invalid
	if email == "" {
		missing.Add("email", "email_required")
	}
	if password == "" {
		missing.Add("password", "password_required")
	}
	if filled.Errors = views.Errors(missing); len(missing) > 0 {
		return s.refuse(c, views.SignIn(p, filled))
	}

	device := cookieValue(c, s.sessions.cookieName(deviceCookie))
	known, err := s.store.KnownDevice(ctx, email, device)
	if err != nil {
		return err
	}
	budget := ""
	if known {
		budget = device
	}
	later := func(status int, code string, wait time.Duration) error {
		filled.Errors = views.Errors{{Code: code, Params: map[string]any{"wait": wait}}}
		setRetryAfter(c, wait)
		return s.renderPage(c, status, views.SignIn(p, filled), 0)
	}
	wait, uncount := s.signIns.attempt(models.EmailKey(email), networkOf(c.RealIP()), budget)
	if wait > 0 {
		return later(http.StatusTooManyRequests, "too_many_attempts", wait)
	}
	user, err := s.store.Authenticate(ctx, email, password)
	if err == nil {
		err = s.startSession(c, v, user, device)
	}
	if fields, ok := fieldsOf(err); ok {
		filled.Errors = views.Errors{{Code: fields[0].Code}} // of the whole form: nobody learns which of the two was wrong
		return s.refuse(c, views.SignIn(p, filled))
	}
	uncount() // only wrong guesses count
	if errors.Is(err, models.ErrBusy) {
		return later(http.StatusServiceUnavailable, "busy", retryAfter(err, http.StatusServiceUnavailable))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, filled.Next)
}

const deviceCookie = "tessera-device"

// startSession signs user in, whatever door they came by.
func (s *Server) startSession(c echo.Context, v *visit, user *models.User, device string) error {
	ctx := c.Request().Context()
	row, err := s.store.SignIn(ctx, user, v.session, c.RealIP(), models.ClientName(c.Request().UserAgent()))
	if err != nil {
		return err
	}
	if device, err = s.store.RememberDevice(ctx, user, device); err != nil {
		return err
	}
	s.setCookie(c, s.sessions.cookieName(deviceCookie), device)
	attach(v.gorilla, row, user)
	v.session, v.user = row, user
	return v.gorilla.Save(c.Request(), c.Response())
}

func (s *Server) signOut(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return err
	}
	if v.session != nil {
		if err := s.store.SignOut(c.Request().Context(), s.actor(c, v), v.session); err != nil {
			return err
		}
		s.sessions.clearCookie(c.Response())
	}
	return s.redirect(c, "/sign-in")
}

func (s *Server) setupForm(c echo.Context) error {
	q, p, _, err := s.asked(c)
	if err != nil {
		return err
	}
	secret := q.Get("secret")
	if err := s.store.SetupLinkOpen(c.Request().Context(), secret); err != nil {
		return s.setupGone(c, p, err)
	}
	return s.show(c, views.Setup(p, views.SetupForm{Secret: secret}))
}

func (s *Server) setup(c echo.Context) error {
	f, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	filled := views.SetupForm{Secret: f.Get("secret"), Name: f.Get("name"), Email: f.Get("email"), TimeZone: f.Get("time_zone")}
	user, err := s.store.SetUp(c.Request().Context(), s.actor(c, v), filled.Secret, models.NewUser{
		Email: filled.Email, Name: filled.Name, Password: f.Get("password"), TimeZone: filled.TimeZone,
		Language: chosenLanguage(c),
	})
	if fields, ok := fieldsOf(err); ok {
		filled.Errors = fields
		return s.refuse(c, views.Setup(p, filled))
	}
	if err != nil {
		return s.setupGone(c, p, err)
	}
	if err := s.startSession(c, v, user, ""); err != nil {
		return err
	}
	return s.redirect(c, views.TokensPath)
}

func (s *Server) setupGone(c echo.Context, p views.Page, err error) error {
	if statusOf(err) != http.StatusNotFound {
		return err
	}
	return s.renderPage(c, http.StatusNotFound, views.SetupGone(p), 0)
}
