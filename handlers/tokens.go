package handlers

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/token"
	"tessera/views"
)

const (
	tokensPerPage = 50
	chartDays     = 30
)

func tokenPath(id string) string { return views.TokensPath + "/" + id }

// flushUsage writes what is pending of a person's tokens, so that the page
// shows it. When that fails the page is still right, only some seconds behind.
func (s *Server) flushUsage(c echo.Context, u *models.User) {
	if err := s.usage.FlushUser(c.Request().Context(), u.ID); err != nil {
		s.log.Warn("usage not written", "error", err.Error(), "request_id", requestIDOf(c))
	}
}

func (s *Server) tokenList(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	s.flushUsage(c, v.user)
	ctx := c.Request().Context()
	list := views.TokenList{Query: models.TokenQuery{
		Filter: q.Get("show"), Search: q.Get("q"), Sort: q.Get("sort"), Asc: q.Get("dir") == "asc",
		Before: q.Get("before"), After: q.Get("after"), Limit: tokensPerPage,
	}}
	if token.Within(list.Query.Search) {
		list.Query, list.Secret = models.TokenQuery{}, true
		if list.Counts, err = s.store.TokenCounts(ctx, v.user, ""); err != nil {
			return err
		}
		c.Response().Header().Set("HX-Replace-Url", "false")
		return s.refuse(c, views.TokensPage(p, list))
	}
	page, err := s.store.Tokens(ctx, v.user, list.Query)
	if errors.Is(err, models.ErrInvalid) {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	if err != nil {
		return err
	}
	list.Tokens, list.Newer, list.Older = page.Tokens, page.Before, page.After
	if list.Counts, err = s.store.TokenCounts(ctx, v.user, list.Query.Search); err != nil {
		return err
	}
	if isFragment(c) {
		return render(c, http.StatusOK, views.TokensPage(p, list), "token-list")
	}
	return s.show(c, views.TokensPage(p, list))
}

func (s *Server) newTokenForm(c echo.Context) error {
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	f, err := s.tokenForm(c, v, views.TokenForm{Nonce: rand.Text()}, nil)
	if err != nil {
		return err
	}
	f.Validity, f.ExpiresOn = firstValidity(f)
	return s.show(c, views.NewTokenPage(p, f))
}

func (s *Server) createToken(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	f := views.TokenForm{
		Name: posted.Get("name"), Validity: posted.Get("validity"), ExpiresOn: posted.Get("expires_on"), Nonce: posted.Get("nonce"),
		Administration: posted.Get("administration") != "",
	}
	t, _, err := s.store.CreateToken(c.Request().Context(), s.actor(c, v), v.user, models.NewToken{
		Name: f.Name, Validity: f.Validity, ExpiresOn: f.ExpiresOn, Nonce: f.Nonce, Session: v.session,
		Administration: f.Administration,
	})
	if fields, ok := fieldsOf(err); ok {
		f.Errors = fields
		if fields.For("nonce") != nil {
			f.Nonce = rand.Text()
		}
		if f, err = s.tokenForm(c, v, f, nil); err != nil {
			return err
		}
		return s.refuse(c, views.NewTokenPage(p, f))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, tokenPath(t.PublicID)+"/created")
}

// pollFor is how long the created page asks for the first use by itself.
const pollFor = 10 * time.Minute

func (s *Server) createdToken(c echo.Context) error {
	p, v, t, err := s.usedToken(c)
	if err != nil {
		return err
	}
	secret, err := s.store.RevealedSecret(c.Request().Context(), t, v.session)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	created := views.CreatedToken{Token: *t, Secret: secret, WaitUntil: t.CreatedAt.Add(pollFor)}
	return s.renderPage(c, http.StatusOK, views.CreatedTokenPage(p, created), t.ID)
}

// firstUse is what the created page asks every two seconds; without script it
// leads back to that page.
func (s *Server) firstUse(c echo.Context) error {
	p, _, t, err := s.usedToken(c)
	if err != nil {
		return err
	}
	if !isFragment(c) {
		return c.Redirect(http.StatusSeeOther, tokenPath(t.PublicID)+"/created")
	}
	poll := s.store.Now().Before(t.CreatedAt.Add(pollFor))
	if poll && t.FirstUsedAt == nil {
		return c.NoContent(http.StatusNoContent) // nothing to swap: the line would be read out again
	}
	return render(c, http.StatusOK, views.FirstUseLine(p, views.FirstUse{Token: *t, Poll: poll}))
}

// usedToken is ownToken with all of its use, for the pages that show it.
func (s *Server) usedToken(c echo.Context) (views.Page, *visit, *models.Token, error) {
	v, err := s.visit(c)
	if err != nil {
		return views.Page{}, v, nil, err
	}
	s.flushUsage(c, v.user)
	return s.ownToken(c)
}

// ownToken is the token named in the path, if it is this person's.
func (s *Server) ownToken(c echo.Context) (views.Page, *visit, *models.Token, error) {
	p, v, err := s.page(c)
	if err != nil {
		return p, v, nil, err
	}
	t, err := s.store.Token(c.Request().Context(), v.user, c.Param("id"))
	return p, v, t, err
}

func (s *Server) editTokenForm(c echo.Context) error {
	p, v, t, err := s.usedToken(c)
	if err != nil {
		return err
	}
	f, err := s.tokenForm(c, v, views.TokenForm{Name: t.Name, Validity: models.ValidityKeep, Version: t.Version}, t)
	if err != nil {
		return err
	}
	return s.show(c, views.EditTokenPage(p, views.TokenEdit{Token: *t, Form: f}))
}

func (s *Server) editToken(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	p, v, before, err := s.ownToken(c)
	if err != nil {
		return err
	}
	f := views.TokenForm{Name: posted.Get("name"), Validity: posted.Get("validity"), ExpiresOn: posted.Get("expires_on")}
	if f.Version, err = strconv.ParseInt(posted.Get("version"), 10, 64); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	t, err := s.store.UpdateToken(c.Request().Context(), s.actor(c, v), v.user, before.PublicID, models.TokenEdit{
		Name: f.Name, Validity: f.Validity, ExpiresOn: f.ExpiresOn, Version: f.Version,
	})
	if errors.Is(err, models.ErrConflict) {
		f.Version = t.Version // saving again is then meant
		if f, err = s.tokenForm(c, v, f, t); err != nil {
			return err
		}
		edit := views.TokenEdit{Token: *t, Form: f, Conflict: true}
		return s.renderPage(c, http.StatusConflict, views.EditTokenPage(p, edit), 0)
	}
	if fields, ok := fieldsOf(err); ok {
		f.Errors = fields
		if f, err = s.tokenForm(c, v, f, before); err != nil {
			return err
		}
		return s.refuse(c, views.EditTokenPage(p, views.TokenEdit{Token: *before, Form: f}))
	}
	if err != nil {
		return err
	}
	return s.done(c, v, views.TokensPath, savedFlash(p, before, t))
}

func savedFlash(p views.Page, before, t *models.Token) views.Flash {
	flash := nameFlash("flash.token_saved", t.Name)
	moved := (before.ExpiresAt == nil) != (t.ExpiresAt == nil) || t.ExpiresAt != nil && !t.ExpiresAt.Equal(*before.ExpiresAt)
	switch {
	case moved && t.ExpiresAt == nil:
		flash.Key = "flash.token_saved_never"
	case moved:
		flash.Key = "flash.token_saved_expires"
		flash.Params["date"] = p.Date(views.LastMinute(*t.ExpiresAt))
	}
	return flash
}

// tokenDetail reads all that is known of a token.
func (s *Server) tokenDetail(c echo.Context) (views.Page, views.TokenDetail, error) {
	q, err := query(c)
	if err != nil {
		return views.Page{}, views.TokenDetail{}, err
	}
	before, after, err := eventRange(q)
	if err != nil {
		return views.Page{}, views.TokenDetail{}, err
	}
	p, v, t, err := s.usedToken(c)
	if err != nil {
		return p, views.TokenDetail{}, err
	}
	ctx := c.Request().Context()
	d := views.TokenDetail{Token: *t}
	if d.Days, err = s.store.UsageByDay(ctx, t, chartDays); err != nil {
		return p, d, err
	}
	if d.Origins, err = s.store.Origins(ctx, t); err != nil {
		return p, d, err
	}
	events, err := s.store.Events(ctx, models.AuditQuery{UserID: v.user.ID, Subject: t.PublicID, Before: before, After: after, Limit: eventsPerPage})
	d.Events, d.Newer, d.Older = events.Events, events.Newer, events.Older
	return p, d, err
}

func (s *Server) showToken(c echo.Context) error {
	p, d, err := s.tokenDetail(c)
	if err != nil {
		return err
	}
	return s.show(c, views.TokenPage(p, d))
}

func (s *Server) revokeTokenForm(c echo.Context) error {
	p, d, err := s.tokenDetail(c)
	if err != nil {
		return err
	}
	return s.show(c, views.RevokeTokenPage(p, d))
}

func (s *Server) revokeToken(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	_, v, before, err := s.ownToken(c)
	if err != nil {
		return err
	}
	t, err := s.store.RevokeToken(c.Request().Context(), s.actor(c, v), v.user, before.PublicID)
	if err != nil {
		return err
	}
	flash := nameFlash("flash.token_revoked", t.Name)
	if before.Revoked(s.store.Now()) {
		flash.Kind, flash.Key = "info", "flash.token_revoked_already"
	}
	return s.done(c, v, views.TokensPath, flash)
}
