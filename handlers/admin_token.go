package handlers

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminOneTokenRoutes(administrator addRoute) {
	one := views.AdminTokensPath + "/:id"
	administrator("GET", one, s.adminToken)
	for _, act := range s.adminActs() {
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

// adminAct is an actFunc and the message that says that it is done.
type adminAct struct {
	kind, flash string
	do          actFunc
}

func (s *Server) adminActs() []adminAct {
	now := func(do func(context.Context, models.Actor, string) (*models.Token, error)) actFunc {
		return func(ctx context.Context, actor models.Actor, publicID string, _ *time.Time) (*models.Token, error) {
			return do(ctx, actor, publicID)
		}
	}
	return []adminAct{
		{models.JobRevoke, "flash.admin_revoked", now(s.store.AdminRevoke)},
		{models.JobPause, "flash.admin_paused", now(s.store.PauseToken)},
		{models.JobResume, "flash.admin_resumed", now(s.store.ResumeToken)},
		{models.JobSchedule, "flash.admin_scheduled", s.store.ScheduleRevocation},
		{models.JobUnschedule, "flash.admin_unscheduled", s.store.ScheduleRevocation}, // for no moment
	}
}

// adminDetail reads all that administrators see of the token in the path.
func (s *Server) adminDetail(c echo.Context) (views.Page, *visit, views.AdminTokenDetail, error) {
	var d views.AdminTokenDetail
	q, p, v, err := s.asked(c)
	if err != nil {
		return p, v, d, err
	}
	before, after, err := eventRange(q)
	if err != nil {
		return p, v, d, err
	}
	ctx := c.Request().Context()
	t, err := s.store.AdminToken(ctx, c.Param("id"))
	if err != nil {
		return p, v, d, err
	}
	s.flushUsage(c, &models.User{ID: t.UserID})
	if t, err = s.store.AdminToken(ctx, c.Param("id")); err != nil { // with the use that was just written
		return p, v, d, err
	}
	d.Token = *t
	if d.Days, err = s.store.UsageByOutcome(ctx, &t.Token, chartDays); err != nil {
		return p, v, d, err
	}
	if d.Origins, err = s.store.Origins(ctx, &t.Token); err != nil {
		return p, v, d, err
	}
	if d.Acts, err = s.store.Acts(ctx, &t.Token); err != nil {
		return p, v, d, err
	}
	events, err := s.store.Events(ctx, models.AuditQuery{UserID: t.UserID, Subject: t.PublicID, Before: before, After: after, Limit: eventsPerPage})
	d.Events, d.Newer, d.Older = events.Events, events.Newer, events.Older
	return p, v, d, err
}

func (s *Server) adminToken(c echo.Context) error {
	p, _, d, err := s.adminDetail(c)
	if err != nil {
		return err
	}
	return s.show(c, views.AdminTokenPage(p, d))
}

// adminAsk is the page that asks before an act.
func (s *Server) adminAsk(kind string) echo.HandlerFunc {
	return func(c echo.Context) error {
		p, _, d, err := s.adminDetail(c)
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

func (s *Server) adminActOn(act adminAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := form(c)
		if err != nil {
			return err
		}
		p, v, before, err := s.adminDetail(c)
		if err != nil {
			return err
		}
		var at *time.Time
		if act.kind == models.JobSchedule {
			at, err = chosenMoment(posted.Get("at"), posted.Get("at_time"), v.user.Location())
		}
		var t *models.Token
		if err == nil {
			t, err = act.do(c.Request().Context(), s.actor(c, v), before.Token.PublicID, at)
		}
		if fields, ok := fieldsOf(err); ok {
			return s.refuse(c, views.AdminTokenActPage(p, views.AdminTokenAct{
				AdminTokenDetail: before, Kind: act.kind, Day: posted.Get("at"), Time: posted.Get("at_time"), Errors: fields,
			}))
		}
		flash := views.Flash{Kind: "ok", Key: act.flash, Params: map[string]any{"name": before.Token.Name}}
		switch {
		case errors.Is(err, models.ErrConflict):
			flash.Kind, flash.Key = "warn", "flash.admin_dead"
		case err != nil:
			return err
		case t.Version == before.Token.Version:
			flash.Kind, flash.Key = "info", "flash.admin_same"
		case at != nil:
			flash.Params["date"] = p.Long(*at)
		}
		return s.done(c, v, views.AdminTokenPath(before.Token.PublicID, ""), flash)
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
