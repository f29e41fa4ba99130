package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminPeopleRoutes(administrator addRoute) {
	const person = views.AdminPeoplePath + "/:id"
	administrator("GET", views.AdminPeoplePath, s.adminPeople)
	administrator("GET", person, s.adminPerson)
	administrator("GET", person+"/disable", s.disablePersonForm)
	administrator("POST", person+"/disable", s.disablePerson)
	administrator("GET", person+"/enable", s.enablePersonForm)
	administrator("POST", person+"/enable", s.enablePerson)
	administrator("POST", person+"/sessions/end", s.endSessions)
	s.adminRundownRoutes(administrator, person)
}

const (
	peoplePerPage = 50
	newestTokens  = 5 // on a person's page
)

func (s *Server) adminPeople(c echo.Context) error {
	q, p, _, err := s.asked(c)
	if err != nil {
		return err
	}
	list := views.PeopleList{Query: models.PeopleQuery{
		Text: q.Get("q"), Status: q.Get("status"), Sort: q.Get("sort"), Desc: q.Get("dir") == "desc",
		Before: q.Get("before"), After: q.Get("after"), Limit: peoplePerPage,
	}}
	wrong := misspelt(q, []string{"q", "status", "sort", "dir", "before", "after"})
	oneOf(&wrong, "status", list.Query.Status, models.PeopleStatuses)
	if err = wrong.Err(); err == nil {
		list.PeoplePage, err = s.store.People(c.Request().Context(), list.Query)
	}
	fields, ok := fieldsOf(err)
	if !ok {
		fields, ok = unusable(err, list.Query.Before+list.Query.After)
	}
	if ok {
		list.Query, list.Errors = models.PeopleQuery{Status: list.Query.Status, Sort: list.Query.Sort}, fields
		return s.refuse(c, views.AdminPeoplePage(p, list))
	}
	if hasEmpty(q) { // a form has sent fields that ask for nothing
		return c.Redirect(http.StatusSeeOther, views.PeopleURL(list.Query))
	}
	if err != nil {
		return err
	}
	return s.show(c, views.AdminPeoplePage(p, list))
}

// person is whom the path names.
func (s *Server) person(c echo.Context) (*models.Person, error) {
	id, err := idParam(c, "id")
	if err != nil {
		return nil, err
	}
	return s.store.Person(c.Request().Context(), id)
}

// personAnd is the frame of a page about whom the path names, with their sessions.
func (s *Server) personAnd(c echo.Context) (views.Page, *visit, views.PersonDetail, error) {
	var d views.PersonDetail
	person, err := s.person(c)
	if err != nil {
		return views.Page{}, nil, d, err
	}
	d.Person = *person
	ctx := c.Request().Context()
	if d.Sessions, err = s.store.Sessions(ctx, &person.User); err != nil {
		return views.Page{}, nil, d, err
	}
	p, v, err := s.page(c) // last, since it takes the flash
	return p, v, d, err
}

func (s *Server) adminPerson(c echo.Context) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	before, after, err := eventRange(q)
	if err != nil {
		return err
	}
	p, _, d, err := s.personAnd(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	s.flushUsage(c, &d.Person.User)
	theirs := models.AdminFilter{UserID: d.Person.ID}
	page, err := s.store.AdminTokens(ctx, models.AdminQuery{AdminFilter: theirs, Sort: "created", Limit: newestTokens})
	if err != nil {
		return err
	}
	d.Tokens = page.Tokens
	if d.Count, err = s.store.AdminCount(ctx, theirs); err != nil {
		return err
	}
	events, err := s.store.Events(ctx, models.AuditQuery{UserID: d.Person.ID, Before: before, After: after, Limit: eventsPerPage})
	if err != nil {
		return err
	}
	d.Events, d.Newer, d.Older = events.Events, events.Newer, events.Older
	if d.Rundown, err = s.rundown(ctx, d.Person.ID); err != nil {
		return err
	}
	return s.show(c, views.AdminPersonPage(p, d))
}

func (s *Server) disablePersonForm(c echo.Context) error {
	p, _, d, err := s.personAnd(c)
	if err != nil {
		return err
	}
	return s.show(c, views.DisablePersonPage(p, d, nil))
}

func (s *Server) enablePersonForm(c echo.Context) error {
	p, _, d, err := s.personAnd(c)
	if err != nil {
		return err
	}
	return s.show(c, views.EnablePersonPage(p, d))
}

func (s *Server) disablePerson(c echo.Context) error { return s.setDisabled(c, true) }
func (s *Server) enablePerson(c echo.Context) error  { return s.setDisabled(c, false) }

func (s *Server) setDisabled(c echo.Context, disabled bool) error {
	if _, err := form(c); err != nil {
		return err
	}
	p, v, d, err := s.personAnd(c)
	if err != nil {
		return err
	}
	err = s.store.SetDisabled(c.Request().Context(), s.actor(c, v), d.Person.ID, disabled)
	if fields, ok := fieldsOf(err); ok {
		return s.refuse(c, views.DisablePersonPage(p, d, fields))
	}
	if err != nil {
		return err
	}
	key := "flash.person_enabled"
	if disabled {
		key = "flash.person_disabled"
	}
	return s.done(c, v, views.AdminPersonPath(d.Person.ID), nameFlash(key, d.Person.Name))
}

// endSessions ends the session that the form names, or without one all of them.
func (s *Server) endSessions(c echo.Context) error {
	posted, err := form(c)
	if err != nil {
		return err
	}
	_, v, d, err := s.personAnd(c)
	if err != nil {
		return err
	}
	ctx, key, n := c.Request().Context(), posted.Get("session"), 1
	if key != "" {
		err = s.store.EndSession(ctx, s.actor(c, v), d.Person.ID, key)
	} else {
		n, err = s.store.EndSessions(ctx, s.actor(c, v), d.Person.ID)
	}
	if err != nil {
		return err
	}
	flash := nameFlash("flash.sessions_ended", d.Person.Name)
	flash.Params["n"] = n
	return s.done(c, v, views.AdminPersonPath(d.Person.ID), flash)
}
