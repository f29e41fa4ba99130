package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
	"tessera/views"
)

func (s *Server) adminAuditRoutes(administrator addRoute) {
	administrator("GET", views.AuditPath, s.adminAudit)
	administrator("GET", views.AuditPath+".csv", s.adminAuditCSV)
	administrator("GET", views.AuditPath+".json", s.adminAuditJSON)
}

const auditPerPage = 50

func (s *Server) adminAudit(c echo.Context) error {
	q, p, v, err := s.asked(c)
	if err != nil {
		return err
	}
	before, after, err := eventRange(q)
	if err != nil {
		return err
	}
	log := views.AuditLog{Filter: auditForm(withoutSecrets(q)), Forward: after > 0}
	filter, err := auditQuery(q, v.user.Location())
	if fields, ok := fieldsOf(err); ok {
		log.Filter.Errors = fields
		return s.refuse(c, views.AdminAuditPage(p, log))
	}
	if err != nil {
		return err
	}
	if hasEmpty(q) { // a form has sent fields that ask for nothing
		return c.Redirect(http.StatusSeeOther, log.Filter.AuditURL(""))
	}
	ctx := c.Request().Context()
	page, err := s.store.AuditLog(ctx, filter, before, after, auditPerPage)
	if err != nil {
		return err
	}
	log.Events, log.Newer, log.Older, log.Continue = page.Events, page.Newer, page.Older, page.Continue
	if log.People, err = s.store.UserNames(ctx, concerned(page.Events)); err != nil {
		return err
	}
	head, err := s.store.AuditHead(ctx)
	if err == nil {
		log.Head = head.String()
	} else if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return s.show(c, views.AdminAuditPage(p, log))
}

// auditQuery reads what the log is asked for. The error has the fields of the filter
// that can't be understood.
func auditQuery(q url.Values, zone *time.Location) (models.AuditFilter, error) {
	f, err := models.ParseAuditFilter(q.Get, zone)
	fields, _ := fieldsOf(err)
	return f, models.Invalid(append(misspelt(q, []string{"actor", "subject", "kind", "address", "from", "to", "before", "after"}), fields...)).Err()
}

func auditForm(q url.Values) views.AuditFilterForm {
	return views.AuditFilterForm{
		Actor: q.Get("actor"), Subject: q.Get("subject"), Kind: q.Get("kind"), Address: q.Get("address"), From: q.Get("from"), To: q.Get("to"),
	}
}

// concerned are the people whose accounts events are about, each once.
func concerned(events []models.AuditEvent) []int64 {
	var ids []int64
	seen := map[int64]bool{}
	for _, e := range events {
		if e.UserID != nil && !seen[*e.UserID] {
			seen[*e.UserID] = true
			ids = append(ids, *e.UserID)
		}
	}
	return ids
}

// auditFilter is the filter of an export. What can't be understood must not become a file of everything.
func (s *Server) auditFilter(c echo.Context) (models.AuditFilter, error) {
	q, err := query(c)
	if err != nil {
		return models.AuditFilter{}, err
	}
	v, err := s.visit(c)
	if err != nil {
		return models.AuditFilter{}, err
	}
	f, err := auditQuery(q, v.user.Location())
	if _, ok := fieldsOf(err); ok {
		return f, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
	}
	return f, err
}

func (s *Server) adminAuditCSV(c echo.Context) error {
	f, err := s.auditFilter(c)
	if err != nil {
		return err
	}
	return s.streamCSV(c, "audit.csv", models.AuditColumns, func(ctx context.Context, write func([]string) error) error {
		return s.store.AuditExport(ctx, f, func(e *models.AuditEvent) error {
			row, err := e.Entry().Row()
			if err != nil {
				return err
			}
			return write(row)
		})
	})
}

func (s *Server) adminAuditJSON(c echo.Context) error {
	f, err := s.auditFilter(c)
	if err != nil {
		return err
	}
	return s.streamJSON(c, "audit.json", func(ctx context.Context, write func(any) error) error {
		return s.store.AuditExport(ctx, f, func(e *models.AuditEvent) error { return write(e.Entry()) })
	})
}
