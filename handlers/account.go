package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

// Cookies for visitors without an account; browsers keep none longer than 400 days.
const (
	languageCookie = "tessera-lang"
	themeCookie    = "tessera-theme"
	cookieYears    = 400 * 24 * time.Hour
)

func (s *Server) home(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, "/settings/tokens")
}

func (s *Server) signInForm(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
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
	return s.show(c, views.SignIn(p, views.SignInForm{Next: next, NotSetUp: !any}))
}

func (s *Server) signIn(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
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
	wait, uncount := s.signIns.attempt(models.EmailKey(email), networkOf(c.RealIP()), budget)
	if wait > 0 {
		filled.RetryAfter = wait
		filled.Errors = views.Errors{{Field: "email", Code: "too_many_attempts", Params: map[string]any{"wait": wait}}}
		setRetryAfter(c, wait)
		return s.renderPage(c, http.StatusTooManyRequests, views.SignIn(p, filled), 0)
	}
	user, err := s.store.Authenticate(ctx, email, password)
	if err == nil {
		err = s.startSession(c, v, user, device)
	}
	if fields, ok := fieldsOf(err); ok {
		filled.Errors = fields
		return s.refuse(c, views.SignIn(p, filled))
	}
	uncount() // only wrong guesses count
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

func (s *Server) setCookie(c echo.Context, name, value string) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(cookieYears.Seconds()), HttpOnly: true,
		Secure: s.sessions.secure, SameSite: http.SameSiteLaxMode,
	})
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
	q, err := query(c)
	if err != nil {
		return err
	}
	p, _, err := s.page(c)
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
	f, err := form(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
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
	return s.redirect(c, "/settings/tokens")
}

// chosenLanguage is what a visitor chose on a page, or "".
func chosenLanguage(c echo.Context) string {
	if value := cookieValue(c, languageCookie); slices.Contains(models.Languages, value) {
		return value
	}
	return ""
}

func (s *Server) setupGone(c echo.Context, p views.Page, err error) error {
	if statusOf(err) != http.StatusNotFound {
		return err
	}
	return s.renderPage(c, http.StatusNotFound, views.SetupGone(p), 0)
}

// preferences changes language or theme from any page: in the profile when
// signed in, in a cookie else.
func (s *Server) preferences(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	v, err := s.visit(c)
	if err != nil {
		return err
	}
	var change models.ProfileChange
	for name, at := range map[string]**string{"language": &change.Language, "theme": &change.Theme} {
		if value := f.Get(name); value != "" {
			*at = &value
		}
	}
	if err := models.CheckPreferences(change); err != nil {
		return err
	}
	if v.user != nil {
		if _, err := s.store.UpdateProfile(c.Request().Context(), s.actor(c, v), v.user.ID, change); err != nil {
			return err
		}
	}
	if change.Language != nil {
		s.setCookie(c, languageCookie, *change.Language)
	}
	if change.Theme != nil {
		s.setCookie(c, themeCookie, *change.Theme)
	}
	return s.redirect(c, localPath(f.Get("next")))
}

func profileForm(u *models.User) views.ProfileForm {
	return views.ProfileForm{Name: u.Name, TimeZone: u.TimeZone, Language: u.Language, Theme: u.Theme}
}

func (s *Server) profileForm(c echo.Context) error {
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	return s.show(c, views.Profile(p, profileForm(v.user), views.PasswordForm{}))
}

func (s *Server) updateProfile(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	filled := views.ProfileForm{Name: f.Get("name"), TimeZone: f.Get("time_zone"), Language: f.Get("language"), Theme: f.Get("theme")}
	_, err = s.store.UpdateProfile(c.Request().Context(), s.actor(c, v), v.user.ID, models.ProfileChange{
		Name: &filled.Name, TimeZone: &filled.TimeZone, Language: &filled.Language, Theme: &filled.Theme,
	})
	if fields, ok := fieldsOf(err); ok {
		filled.Errors = fields
		return s.refuse(c, views.Profile(p, filled, views.PasswordForm{}))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, "/settings/profile", views.Flash{Kind: "ok", Key: "flash.profile_saved"})
}

func (s *Server) changePassword(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	wait, uncount := s.signIns.attempt(v.user.EmailKey, networkOf(c.RealIP()), "session "+strconv.FormatInt(v.user.ID, 10))
	if wait > 0 {
		return &models.Error{Code: models.CodeThrottled, RetryAfter: wait}
	}
	err = s.store.ChangePassword(ctx, s.actor(c, v), v.user, f.Get("current_password"), f.Get("new_password"), v.session)
	fields, refused := fieldsOf(err)
	if fields.For("current_password") == nil {
		uncount() // only wrong guesses count
	}
	if refused {
		return s.refuse(c, views.Profile(p, profileForm(v.user), views.PasswordForm{Errors: fields}))
	}
	if err != nil {
		return err
	}
	row, err := s.store.RenewSession(ctx, v.session)
	if err != nil {
		return err
	}
	attach(v.gorilla, row, v.user)
	return s.done(c, v, "/settings/profile", views.Flash{Kind: "ok", Key: "flash.password_changed"})
}

// done ends a post: a message on the next page, and the way there.
func (s *Server) done(c echo.Context, v *visit, to string, flash views.Flash) error {
	takeFlash(v.gorilla) // one that was not seen yet gives way
	v.gorilla.AddFlash(&flash, flashKey)
	if err := v.gorilla.Save(c.Request(), c.Response()); err != nil {
		return err
	}
	return s.redirect(c, to)
}

const eventsPerPage = 50

func (s *Server) activity(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	before, after, err := eventRange(q)
	if err != nil {
		return err
	}
	events, err := s.store.Events(c.Request().Context(), models.AuditQuery{UserID: v.user.ID, Before: before, After: after, Limit: eventsPerPage})
	if err != nil {
		return err
	}
	link := func(name string, seq int64) string {
		if seq == 0 {
			return ""
		}
		return "/settings/activity?" + name + "=" + strconv.FormatInt(seq, 10)
	}
	return s.show(c, views.Activity(p, views.ActivityList{
		Events: events.Events, Newer: link("after", events.Newer), Older: link("before", events.Older),
	}))
}

// eventRange reads the sequence numbers that a page of events begins or ends at.
func eventRange(q url.Values) (before, after int64, err error) {
	for name, at := range map[string]*int64{"before": &before, "after": &after} {
		if text := q.Get(name); text != "" {
			if *at, err = strconv.ParseInt(text, 10, 64); err != nil || *at < 1 {
				return 0, 0, echo.NewHTTPError(http.StatusBadRequest)
			}
		}
	}
	return before, after, nil
}
