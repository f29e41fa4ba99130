package handlers

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminOneTokenRoutes(administrator addRoute) {
	one := views.AdminTokensPath + "/:id"
	administrator("GET", one, s.adminToken)
	for _, act := range s.tokenActs() {
		administrator("POST", one+"/"+act.kind, s.adminActOn(act))
	}
	for _, kind := range adminAsked {
		administrator("GET", one+"/"+kind, s.adminAsk(kind))
	}
}

// adminAsked are the acts with a page that asks first.
var adminAsked = []string{models.JobRevoke, models.JobPause, models.JobSchedule}

// actFunc does something to one token; at is the moment for which it is planned, if it is.
type actFunc func(ctx context.Context, actor models.Actor, publicID string, at *time.Time) (*models.Token, error)

// tokenAct is an actFunc and the message that says that it is done.
type tokenAct struct {
	kind, flash string
	do          actFunc
}

func (s *Server) tokenActs() []tokenAct {
	now := func(do func(context.Context, models.Actor, string) (*models.Token, error)) actFunc {
		return func(ctx context.Context, actor models.Actor, publicID string, _ *time.Time) (*models.Token, error) {
			return do(ctx, actor, publicID)
		}
	}
	return []tokenAct{
		{models.JobRevoke, "flash.admin_revoked", now(s.store.AdminRevoke)},
		{models.JobPause, "flash.admin_paused", now(s.store.PauseToken)},
		{models.JobResume, "flash.admin_resumed", now(s.store.ResumeToken)},
		{models.JobSchedule, "flash.admin_scheduled", s.store.ScheduleRevocation},
		{models.JobUnschedule, "flash.admin_unscheduled", s.store.ScheduleRevocation}, // for no moment
	}
}

// adminDetail is the frame of a page about the token in the path, and all that
// administrators see of it.
func (s *Server) adminDetail(c echo.Context) (views.Page, views.AdminTokenDetail, error) {
	q, p, _, err := s.asked(c)
	if err != nil {
		return p, views.AdminTokenDetail{}, err
	}
	d, err := s.adminTokenDetail(c, q)
	return p, d, err
}

// adminTokenDetail reads all that administrators see of the token in the path; q says
// which part of its history.
func (s *Server) adminTokenDetail(c echo.Context, q url.Values) (d views.AdminTokenDetail, err error) {
	before, after, err := eventRange(q)
	if err != nil {
		return d, err
	}
	ctx := c.Request().Context()
	one, err := s.store.AnyToken(ctx, c.Param("id"))
	if err != nil {
		return d, err
	}
	s.flushUsage(c, &models.User{ID: one.UserID})
	t, err := s.store.AdminToken(ctx, c.Param("id")) // with the use that was just written
	if err != nil {
		return d, err
	}
	d.Token = *t
	if d.Days, err = s.store.UsageByOutcome(ctx, &t.Token, chartDays); err != nil {
		return d, err
	}
	if d.Origins, err = s.store.Origins(ctx, &t.Token); err != nil {
		return d, err
	}
	if d.LeavesAt, err = s.store.RundownEnd(ctx, &t.Token); err != nil {
		return d, err
	}
	if d.Acts, err = s.store.Acts(ctx, &t.Token); err != nil {
		return d, err
	}
	events, err := s.store.Events(ctx, models.AuditQuery{UserID: t.UserID, Subject: t.PublicID, Before: before, After: after, Limit: eventsPerPage})
	d.Events, d.Newer, d.Older = events.Events, events.Newer, events.Older
	return d, err
}

func (s *Server) adminToken(c echo.Context) error {
	p, d, err := s.adminDetail(c)
	if err != nil {
		return err
	}
	return s.show(c, views.AdminTokenPage(p, d))
}

// adminAsk is the page that asks before an act.
func (s *Server) adminAsk(kind string) echo.HandlerFunc {
	return func(c echo.Context) error {
		p, d, err := s.adminDetail(c)
		if err != nil {
			return err
		}
		if d.Token.Revoked(p.Now) || kind != models.JobRevoke && !d.Token.Live(p.Now) {
			return s.redirect(c, views.AdminTokenPath(d.Token.PublicID, "")) // which says what it is
		}
		a := views.AdminTokenAct{AdminTokenDetail: d, Kind: kind}
		if at := d.Token.RevokeAt; at != nil {
			a.Day, a.Time = at.In(p.Zone).Format(time.DateOnly), at.In(p.Zone).Format(clockFormat)
		}
		return s.show(c, views.AdminTokenActPage(p, a))
	}
}

func (s *Server) adminActOn(act tokenAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, p, v, err := s.posted(c)
		if err != nil {
			return err
		}
		ctx := c.Request().Context()
		before, err := s.store.AnyToken(ctx, c.Param("id"))
		if err != nil {
			return err
		}
		var at *time.Time
		if act.kind == models.JobSchedule {
			at, err = chosenMoment(posted.Get("at"), posted.Get("at_time"), v.user.Location())
		}
		var t *models.Token
		if err == nil {
			t, err = act.do(ctx, s.actor(c, v), before.PublicID, at)
		}
		if fields, ok := fieldsOf(err); ok {
			d, err := s.adminTokenDetail(c, nil)
			if err != nil {
				return err
			}
			a := views.AdminTokenAct{AdminTokenDetail: d, Kind: act.kind, Day: posted.Get("at"), Time: posted.Get("at_time"), Errors: fields}
			if act.kind == models.JobUnschedule { // what can't be cancelled can be planned for another day
				a.Kind = models.JobSchedule
			}
			return s.refuse(c, views.AdminTokenActPage(p, a))
		}
		flash := views.Flash{Kind: "ok", Key: act.flash, Params: map[string]any{"name": before.Name}}
		switch {
		case errors.Is(err, models.ErrConflict):
			flash.Kind, flash.Key = "warn", "flash.admin_dead"
		case err != nil:
			return err
		case t.Version == before.Version:
			flash.Kind, flash.Key = "info", "flash.admin_same"
		case at != nil:
			flash.Params["date"] = p.Long(*at)
		}
		return s.done(c, v, views.AdminTokenPath(before.PublicID, ""), flash)
	}
}

const clockFormat = "15:04"

// chosenMoment is a day and, where it is given, a time of day in loc, but never
// before the day begins: it need not have a midnight.
func chosenMoment(on, at string, loc *time.Location) (*time.Time, error) {
	var wrong models.Invalid
	day, err := time.Parse(time.DateOnly, on)
	if err != nil {
		wrong.Add("at", "moment_day")
	}
	clock := time.Time{}
	if at != "" {
		if clock, err = time.Parse(clockFormat, at); err != nil {
			wrong.Add("at_time", "moment_time")
		}
	}
	moment := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, loc)
	if start := models.StartOfDay(day, loc); moment.Before(start) {
		moment = start
	}
	return &moment, wrong.Err()
}
