package handlers

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminActRoutes(administrator addRoute) {
	administrator("POST", views.AdminActsPath, s.adminReview)
}

// How far away the day lies that a form for an act on many tokens begins with.
const (
	firstPlanned  = 7  // days until a revocation
	firstLastDays = 90 // days until the last one
)

// adminReview shows what an act on many tokens would mean; what was reviewed and
// is meant, it starts.
func (s *Server) adminReview(c echo.Context) error {
	posted, p, v, err := s.posted(c)
	if err != nil {
		return err
	}
	a, job, err := s.readAct(posted, p)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	start := posted.Get("step") == "start"
	if start && posted.Get("reviewed") != a.When() { // nobody has seen what that would mean
		a.Moved, start = true, false
	}
	if !start {
		a.Nonce = rand.Text()
	}
	if len(a.Errors) == 0 && start {
		started, err := s.store.StartJob(ctx, s.actor(c, v), job)
		if err == nil {
			return s.redirect(c, views.AdminJobPath(started.ID))
		}
		fields, refused := fieldsOf(err)
		if !refused {
			return err
		}
		a.Errors = fields
	}
	if len(a.Errors) == 0 {
		if a.Impact, err = s.store.Impact(ctx, s.actor(c, v), job); err != nil {
			fields, ok := fieldsOf(err)
			if !ok {
				return err
			}
			a.Errors = fields
		}
	}
	if len(a.Errors) > 0 {
		return s.refuse(c, views.AdminActPage(p, a))
	}
	return s.show(c, views.AdminActPage(p, a))
}

// readAct reads the form of an act, which comes from the list without a day and a
// nonce. The fields that can't be understood are in the page's errors.
func (s *Server) readAct(posted url.Values, p views.Page) (views.AdminAct, models.JobForm, error) {
	a := views.AdminAct{
		Kind: posted.Get("kind"), Nonce: posted.Get("nonce"), Day: posted.Get("at"), Time: posted.Get("at_time"), ExpiresOn: posted.Get("expires_on"),
	}
	if !slices.Contains(models.JobKinds, a.Kind) {
		return a, models.JobForm{}, echo.NewHTTPError(http.StatusBadRequest)
	}
	if a.Nonce == "" { // it comes from the list
		a.Nonce = rand.Text()
		today, _ := models.ExpiryDays(s.store.Now(), p.Zone)
		a.Day, a.Time = today.AddDate(0, 0, firstPlanned).Format(time.DateOnly), "00:00"
		a.ExpiresOn = today.AddDate(0, 0, firstLastDays).Format(time.DateOnly)
	}
	list, err := url.ParseQuery(posted.Get("list"))
	if err != nil {
		return a, models.JobForm{}, badInput(err)
	}
	a.List = list.Encode()
	if a.Selection, err = chosenTokens(posted); err != nil {
		return a, models.JobForm{}, err
	}
	job := models.JobForm{Nonce: a.Nonce, Kind: a.Kind, Selection: a.Selection}
	switch a.Kind {
	case models.JobSchedule:
		job.At, err = chosenMoment(a.Day, a.Time, p.Zone)
		a.Errors, _ = fieldsOf(err)
	case models.JobMoveExpiry:
		job.ExpiresOn = a.ExpiresOn
	}
	return a, job, nil
}

// chosenTokens reads which tokens are meant: those with a box of their own, since a
// field comes once, or all that a filter chooses.
func chosenTokens(posted url.Values) (models.Selection, error) {
	var out models.Selection
	if posted.Get("all") != "" {
		values, err := url.ParseQuery(posted.Get("filter"))
		if err != nil {
			return out, badInput(err)
		}
		f, err := models.ParseAdminFilter(values.Get)
		if err != nil {
			return out, badInput(err)
		}
		out.Filter = &f
		return out, nil
	}
	for name := range posted {
		if id, ok := strings.CutPrefix(name, "token."); ok {
			out.IDs = append(out.IDs, id)
		}
	}
	slices.Sort(out.IDs)
	return out, nil
}
