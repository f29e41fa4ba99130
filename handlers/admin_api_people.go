package handlers

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"tessera/models"
)

type personAnswer struct {
	ID         int64      `json:"id"`
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Admin      bool       `json:"admin"`
	Language   string     `json:"language"`
	TimeZone   string     `json:"timeZone"`
	CreatedAt  time.Time  `json:"createdAt"`
	DisabledAt *time.Time `json:"disabledAt"`
	LiveTokens int64      `json:"liveTokens"`
	SeenAt     *time.Time `json:"seenAt"`
	EndsAt     *time.Time `json:"endsAt"`
}

func newPersonAnswer(p *models.Person) personAnswer {
	return personAnswer{p.ID, p.Email, p.Name, p.Admin, p.Language, p.TimeZone, p.CreatedAt, p.DisabledAt, p.LiveTokens, p.SeenAt, p.EndsAt}
}

// listPeople is GET /v1/admin/people.
func (s *Server) listPeople(c *serviceCall) error {
	var wrong models.Invalid
	q := models.PeopleQuery{
		Text: c.QueryParam("q"), Status: c.QueryParam("status"), Sort: c.QueryParam("sort"), After: c.QueryParam("cursor"),
		Limit: c.limit(&wrong), Desc: c.direction(&wrong) == "desc",
	}
	oneOf(&wrong, "status", q.Status, models.PeopleStatuses)
	oneOf(&wrong, "sort", q.Sort, models.PeopleSorts)
	if err := wrong.Err(); err != nil {
		return err
	}
	page, err := s.store.People(c.ctx(), q)
	if err != nil {
		return c.unusable(err, q.After)
	}
	return c.list(each(page.People, newPersonAnswer), page.Next())
}

// showPerson is GET /v1/admin/people/{id}.
func (s *Server) showPerson(c *serviceCall) error {
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	p, err := s.store.Person(c.ctx(), id)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, newPersonAnswer(p))
}

// setDisabledByAPI is POST /v1/admin/people/{id}/disable or …/enable.
func (s *Server) setDisabledByAPI(disabled bool) func(*serviceCall) error {
	return func(c *serviceCall) error {
		id, err := idParam(c, "id")
		if err != nil {
			return err
		}
		if err := s.store.SetDisabled(c.ctx(), c.actor(), id, disabled); err != nil {
			return err
		}
		return s.showPerson(c)
	}
}

// listAudit is GET /v1/admin/audit, newest first. A cursor is the number of an event.
func (s *Server) listAudit(c *serviceCall) error {
	var wrong models.Invalid
	limit, before := c.limit(&wrong), int64(0)
	if text := c.QueryParam("cursor"); text != "" {
		plain, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			before, err = strconv.ParseInt(string(plain), 10, 64)
		}
		if err != nil || before < 1 {
			wrong.Add("cursor", "cursor_unusable")
		}
	}
	f, err := models.ParseAuditFilter(c.QueryParam, time.UTC)
	fields, _ := fieldsOf(err)
	if err := append(wrong, fields...).Err(); err != nil {
		return err
	}
	page, err := s.store.AuditLog(c.ctx(), f, before, 0, limit)
	if err != nil {
		return err
	}
	next := ""
	if seq := max(page.Older, page.Continue); seq != 0 { // at most one of them is set
		next = base64.RawURLEncoding.EncodeToString([]byte(decimal(seq)))
	}
	return c.list(each(page.Events, (*models.AuditEvent).Entry), next)
}
