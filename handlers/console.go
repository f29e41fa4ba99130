package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/models/outbound"
	"tessera/views"
)

// consoleRoutes are the request console of each operation.
func (s *Server) consoleRoutes(signedIn addRoute) {
	signedIn("GET", "/projects/:project/api/endpoints/:id/send", s.consolePage)
	signedIn("POST", "/projects/:project/api/endpoints/:id/send", s.consoleSend)
	signedIn("GET", "/projects/:project/api/endpoints/:id/history", s.consoleHistory)
	signedIn("GET", "/projects/:project/answers/:answer", s.savedDownload)
}

// Limits of the console.
const (
	maxConsoleForm  = 32 << 20 // the form with its files
	consoleReadTime = 60 * time.Second
	consoleWrite    = 90 * time.Second
	sendsPerMinute  = 60 // a person
	recentRequests  = 5
	historyPage     = 100
	maxKeptValue    = 8 << 10  // of one field, in the history
	maxKeptForm     = 32 << 10 // of all fields
)

// ownEndpoint is projectPage with the endpoint in the path.
func (s *Server) ownEndpoint(c echo.Context, action models.Action) (views.Page, *visit, views.ProjectMeta, *models.Endpoint, error) {
	id, err := idParam(c, "id")
	if err != nil {
		return views.Page{}, nil, views.ProjectMeta{}, nil, err
	}
	p, v, m, err := s.projectPage(c, action)
	if err != nil {
		return p, v, m, nil, err
	}
	e, err := s.store.Endpoint(c.Request().Context(), &m.Project.Project, id)
	return p, v, m, e, err
}

func (s *Server) consolePage(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	p, v, m, e, err := s.ownEndpoint(c, models.ViewProject)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	f, values, x, err := s.readConsole(ctx, v.user, m, e)
	if err != nil {
		return err
	}
	if q.Has("again") {
		id, err := strconv.ParseInt(q.Get("again"), 10, 64)
		if err != nil {
			return models.ErrNotFound
		}
		r, err := s.store.ConsoleRequest(ctx, v.user, &m.Project.Project, e.ID, id)
		if err != nil {
			return err
		}
		fillAgain(&f, r.Form)
		f.Missing = missing(f, values)
	} else {
		addSamples(f.Body, openapi.NewView(x.Document).Operation())
	}
	return s.show(c, views.ConsolePage(p, m, f))
}

func (s *Server) consoleHistory(c echo.Context) error {
	p, v, m, e, err := s.ownEndpoint(c, models.ViewProject)
	if err != nil {
		return err
	}
	f := views.ConsoleForm{Project: m.Project.ID, Endpoint: e.ID, Method: e.Method, Path: e.Path, Title: e.Name}
	if f.History, err = s.store.ConsoleHistory(c.Request().Context(), v.user, &m.Project.Project, e.ID, historyPage); err != nil {
		return err
	}
	return s.show(c, views.ConsoleHistoryPage(p, m, f))
}

func (s *Server) consoleSend(c echo.Context) error {
	done, err := patient(c, consoleReadTime, consoleReadTime+consoleWrite)
	if err != nil {
		return err
	}
	defer done()
	posted, files, err := consoleForm(c)
	if err != nil {
		return err
	}
	p, v, m, e, err := s.ownEndpoint(c, models.ViewProject)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if origin := posted.Get("allow_origin"); origin != "" && m.Current != nil {
		// Where it leads elsewhere by now, the question comes again.
		err := s.store.RepinPersonal(ctx, s.actor(c, v), m.Project.ID, m.Current.ID, origin)
		if err != nil && !errors.Is(err, models.ErrConflict) {
			return err
		}
	}
	f, values, _, err := s.readConsole(ctx, v.user, m, e)
	if err != nil {
		return err
	}
	fill(&f, posted)
	f.Missing = nil // said at the fields
	f.OnlyAnswer = isFragment(c) && c.Request().Header.Get("HX-Target") == views.AnswerID
	x := &consoleValues{values: values}
	request := buildRequest(x, f, files)
	x.checkShared(f)
	if len(x.errors) > 0 {
		f.Errors = x.errors
		return s.refuseConsole(c, p, m, f, http.StatusUnprocessableEntity)
	}
	if f.Question = x.question(request.URL); f.Question != nil {
		return s.refuseConsole(c, p, m, f, http.StatusConflict)
	}
	if wait := s.sends.take(strconv.FormatInt(v.user.ID, 10)); wait > 0 {
		setRetryAfter(c, wait)
		f.Wait = int(wait/time.Second) + 1
		return s.refuseConsole(c, p, m, f, http.StatusTooManyRequests)
	}
	shown := buildRequest(&consoleValues{values: values, mask: true}, f, files)
	hideIn(&shown, values)
	record := &models.ConsoleRequest{
		ProjectID: m.Project.ID, EndpointID: &e.ID, UserID: v.user.ID, Method: e.Method, URL: shortened(shown.URL), Form: keep(f, values, files),
	}
	start := s.store.Now()
	response, err := s.sendOut(c, request)
	record.Took = s.store.Now().Sub(start).Microseconds()
	switch {
	case errors.Is(err, context.Canceled):
		return err // Cancel was pressed; nobody waits for a page
	case err != nil:
		record.Failure = failureOf(err)
		f.Answer = &views.ConsoleAnswer{Failure: record.Failure}
	default:
		f.Answer = s.answerView(response, values)
		record.Status, record.Size, record.Took = int64(response.Status), int64(len(response.Body)), response.Took.Microseconds()
		if (f.Answer.Cut || f.Answer.Text == "" && f.Answer.Image == "") && len(response.Body) > 0 {
			f.Answer.Download = views.ProjectPath(m.Project.ID, "/answers/"+s.saveAnswer(v.user, response.Body))
		}
	}
	f.Answer.Curl = curlOf(shown)
	if err := s.store.RecordConsole(ctx, record); err != nil {
		return err
	}
	if f.History, err = s.store.ConsoleHistory(ctx, v.user, &m.Project.Project, e.ID, recentRequests); err != nil {
		return err
	}
	page := views.ConsolePage(p, m, f)
	if f.OnlyAnswer {
		return render(c, http.StatusOK, page, views.AnswerID)
	}
	return s.show(c, page)
}

// refuseConsole shows the form again: htmx swaps the whole console for it.
func (s *Server) refuseConsole(c echo.Context, p views.Page, m views.ProjectMeta, f views.ConsoleForm, status int) error {
	if f.OnlyAnswer {
		f.OnlyAnswer = false
		c.Response().Header().Set("HX-Retarget", views.ConsoleTarget)
		c.Response().Header().Set("HX-Reselect", views.ConsoleTarget)
	}
	return s.renderPage(c, status, views.ConsolePage(p, m, f), 0)
}

// question asks whether the secrets of a request may go to its origin, where
// they were entered for another.
func (x *consoleValues) question(address string) *views.OriginQuestion {
	q := &views.OriginQuestion{Origin: models.OriginOf(address)}
	for _, name := range x.used {
		if v := x.values[name]; v.Personal && v.Origin != q.Origin {
			q.Names = append(q.Names, name)
		}
	}
	if len(q.Names) == 0 {
		return nil
	}
	return q
}

// checkShared keeps secrets that are shared from going where one person's own
// values lead: they are meant for the base URL that all see.
func (x *consoleValues) checkShared(f views.ConsoleForm) {
	if f.Environment == nil {
		return
	}
	own := slices.ContainsFunc(models.Names(f.Environment.BaseURL), func(name string) bool { return x.values[name].Personal })
	shared := slices.ContainsFunc(x.used, func(name string) bool { return !x.values[name].Personal })
	if own && shared {
		x.refuse("environment", "shared_secret_elsewhere")
	}
}

// hideIn takes what secrets are left out of a request that is shown.
func hideIn(r *outbound.Request, values map[string]models.Value) {
	r.URL = hide(r.URL, values, toMask)
	for name, list := range r.Header {
		for i := range list {
			r.Header[name][i] = hide(list[i], values, toMask)
		}
	}
	if utf8.Valid(r.Body) {
		r.Body = []byte(hide(string(r.Body), values, toMask))
	}
}

// shortened keeps an address to what the history shows.
func shortened(address string) string {
	address = strings.ReplaceAll(address, url.QueryEscape(mask), mask)
	const most = 2000
	if len(address) > most {
		return strings.ToValidUTF8(address[:most], "") + "…"
	}
	return address
}
