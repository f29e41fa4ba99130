package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminRundownRoutes(administrator addRoute, person string) {
	administrator("GET", person+"/rundown", s.rundownForm)
	administrator("POST", person+"/rundown", s.saveRundown)
	administrator("GET", person+"/rundown/cancel", s.cancelRundownForm)
	administrator("POST", person+"/rundown/cancel", s.cancelRundown)
}

// liveTokens are a person's live tokens, the busiest first.
func (s *Server) liveTokens(ctx context.Context, userID int64) ([]models.AdminToken, error) {
	page, err := s.store.AdminTokens(ctx, models.AdminQuery{
		AdminFilter: models.AdminFilter{UserID: userID, Status: "live"}, Limit: models.MaxCount,
	})
	slices.SortStableFunc(page.Tokens, func(a, b models.AdminToken) int { return cmp.Compare(b.Requests30, a.Requests30) })
	return page.Tokens, err
}

// rundown is the plan for a person with what it says about their live tokens; nil: they stay.
func (s *Server) rundown(ctx context.Context, userID int64) (*views.RundownView, error) {
	r, err := s.store.Rundown(ctx, userID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tokens, err := s.liveTokens(ctx, userID)
	view := &views.RundownView{Rundown: *r}
	for _, t := range tokens {
		view.Rows = append(view.Rows, views.RundownRow{Token: t, Replacement: r.Tokens[t.ID].Replacement})
	}
	return view, err
}

// savedRundown is the form for the plan as it is, or for a new one.
func (s *Server) savedRundown(ctx context.Context, v *visit, person models.Person) (views.RundownForm, error) {
	f := views.RundownForm{Person: person}
	zone := v.user.Location()
	first, last := models.ExpiryDays(s.store.Now(), zone)
	f.FirstDay, f.Longest = first.Format(time.DateOnly), last.Format(time.DateOnly)
	r, err := s.store.Rundown(ctx, person.ID)
	switch {
	case errors.Is(err, models.ErrNotFound):
		r = &models.Rundown{}
	case err != nil:
		return f, err
	default:
		f.Version, f.LastDay = r.Version, lastDayIn(r.EndsAt, zone)
	}
	tokens, err := s.liveTokens(ctx, person.ID)
	for _, t := range tokens {
		row := views.RundownRow{Token: t}
		if plan, ok := r.Tokens[t.ID]; ok {
			row.Replacement = plan.Replacement
			if !plan.RevokeAt.Equal(r.EndsAt) {
				row.Day = lastDayIn(plan.RevokeAt, zone)
			}
		}
		f.Rows = append(f.Rows, row)
	}
	return f, err
}

// lastDayIn is the last day of what ends at a moment, as a form has it.
func lastDayIn(end time.Time, zone *time.Location) string {
	return views.LastMinute(end).In(zone).Format(time.DateOnly)
}

func (s *Server) rundownForm(c echo.Context) error {
	person, err := s.person(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	s.flushUsage(c, &person.User)
	f, err := s.savedRundown(c.Request().Context(), v, *person)
	if err != nil {
		return err
	}
	return s.show(c, views.AdminRundownPage(p, f))
}

// typedInto is the form with what was posted in place of what is saved. A token that
// the posted form did not have was made after it.
func typedInto(saved views.RundownForm, posted url.Values) views.RundownForm {
	f := saved
	f.LastDay, f.Rows = posted.Get("last_day"), slices.Clone(saved.Rows)
	for i := range f.Rows {
		id := f.Rows[i].Token.PublicID
		f.Rows[i].Day, f.Rows[i].Replacement = posted.Get("day_"+id), posted.Get("by_"+id)
	}
	return f
}

// samePlan reports whether two forms ask for the same plan.
func samePlan(a, b views.RundownForm) bool {
	return a.LastDay == b.LastDay && slices.EqualFunc(a.Rows, b.Rows, func(a, b views.RundownRow) bool {
		return a.Token.ID == b.Token.ID && a.Day == b.Day && a.Replacement == b.Replacement
	})
}

func (s *Server) saveRundown(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	person, err := s.person(c)
	if err != nil {
		return err
	}
	p, v, err := s.page(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	saved, err := s.savedRundown(ctx, v, *person)
	if err != nil {
		return err
	}
	f := typedInto(saved, posted)
	in := models.RundownForm{LastDay: f.LastDay, Version: idField(posted.Get("version"))}
	for _, row := range f.Rows {
		in.Tokens = append(in.Tokens, models.RundownChoice{PublicID: row.Token.PublicID, Day: row.Day, Replacement: row.Replacement})
	}
	_, err = s.store.SaveRundown(ctx, s.actor(c, v), person.ID, in)
	switch fields, refused := fieldsOf(err); {
	case errors.Is(err, models.ErrConflict) && samePlan(saved, f):
		// pressed twice: there is nothing more to do
	case errors.Is(err, models.ErrConflict):
		f.Conflict = true // its version is the saved one: saving again is then meant
		return s.renderPage(c, http.StatusConflict, views.AdminRundownPage(p, f), 0)
	case refused:
		f.Version, f.Errors = in.Version, fields
		return s.refuse(c, views.AdminRundownPage(p, f))
	case err != nil:
		return err
	}
	last, err := time.Parse(time.DateOnly, f.LastDay)
	if err != nil {
		return err
	}
	flash := nameFlash("flash.rundown_saved", person.Name)
	flash.Params["date"] = p.Date(models.StartOfDay(last, v.user.Location()))
	return s.done(c, v, views.AdminPersonPath(person.ID), flash)
}

func (s *Server) cancelRundownForm(c echo.Context) error {
	p, _, d, err := s.personAnd(c)
	if err != nil {
		return err
	}
	if d.Rundown, err = s.rundown(c.Request().Context(), d.Person.ID); err != nil {
		return err
	}
	return s.show(c, views.CancelRundownPage(p, d))
}

// cancelRundown gives up a plan. One that is gone was cancelled on another page, or
// by a second press.
func (s *Server) cancelRundown(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	person, err := s.person(c)
	if err != nil {
		return err
	}
	v, err := s.visit(c)
	if err != nil {
		return err
	}
	err = s.store.CancelRundown(c.Request().Context(), s.actor(c, v), person.ID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return s.done(c, v, views.AdminPersonPath(person.ID), nameFlash("flash.rundown_cancelled", person.Name))
}
