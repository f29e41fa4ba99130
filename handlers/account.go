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
	cookieLife     = 400 * 24 * time.Hour
)

func (s *Server) home(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, views.TokensPath)
}

func (s *Server) setCookie(c echo.Context, name, value string) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(cookieLife.Seconds()), HttpOnly: true,
		Secure: s.sessions.secure, SameSite: http.SameSiteLaxMode,
	})
}

// chosenLanguage is what a visitor chose on a page, or "".
func chosenLanguage(c echo.Context) string {
	if value := cookieValue(c, languageCookie); slices.Contains(models.Languages, value) {
		return value
	}
	return ""
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
	f, p, v, err := s.posted(c)
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
	f, p, v, err := s.posted(c)
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

// nameFlash says that something went well with what has this name.
func nameFlash(key, name string) views.Flash {
	return views.Flash{Kind: "ok", Key: key, Params: map[string]any{"name": name}}
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
	q, p, v, err := s.asked(c)
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
