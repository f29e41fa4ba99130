package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// adminAPIRoutes lists the services for programs that administer, and the two by
// which anybody reports a leaked token.
func (s *Server) adminAPIRoutes() {
	e := s.echo
	e.GET("/v1/admin/tokens", s.administers(s.listAdminTokens))
	e.POST("/v1/admin/tokens/bulk", s.administers(s.actOnMany))
	e.GET("/v1/admin/tokens/:id", s.administers(s.showAdminToken))
	for name, do := range map[string]func(context.Context, models.Actor, string) (*models.Token, error){
		"revoke": s.store.AdminRevoke, "pause": s.store.PauseToken, "resume": s.store.ResumeToken,
	} {
		e.POST("/v1/admin/tokens/:id/"+name, s.administers(func(c *serviceCall) error {
			return s.acted(c, func() (*models.Token, error) { return do(c.ctx(), c.actor(), c.Param("id")) })
		}))
	}
	e.POST("/v1/admin/tokens/:id/schedule", s.administers(s.scheduleByAPI))
	e.GET("/v1/admin/jobs/:id", s.administers(s.showJob))
	e.POST("/v1/admin/jobs/:id/stop", s.administers(s.stopJobByAPI))

	e.GET("/v1/admin/people", s.administers(s.listPeople))
	e.GET("/v1/admin/people/:id", s.administers(s.showPerson))
	e.POST("/v1/admin/people/:id/disable", s.administers(s.setDisabledByAPI(true)))
	e.POST("/v1/admin/people/:id/enable", s.administers(s.setDisabledByAPI(false)))

	e.GET("/v1/admin/policy", s.administers(s.showPolicy))
	e.PUT("/v1/admin/policy", s.administers(s.setPolicyByAPI))
	e.GET("/v1/admin/audit", s.administers(s.listAudit))

	e.POST("/v1/revocations", s.reportLeaked)
	e.POST("/v1/github/secret-scanning", s.githubSecretScanning)
}

var errNotForAdministration = &refusal{status: http.StatusForbidden, code: "insufficient_scope",
	challenge: realm + `, error="insufficient_scope", scope="administration"`}

// administers is service for the tokens of administrators that were made with the
// right to administer, with the parameters that are described. To the tokens of
// others there is no such address.
func (s *Server) administers(h func(*serviceCall) error) echo.HandlerFunc {
	return s.bearer(func(c echo.Context, p *models.Principal) error {
		switch {
		case !p.Admin:
			return models.ErrNotFound
		case !p.Administration:
			return errNotForAdministration
		}
		return s.serve(c, p, func(call *serviceCall) error {
			if err := knownParameters(call); err != nil {
				return err
			}
			return h(call)
		})
	})
}

// list answers with a page of a list. next is the cursor of what follows, "" at the end.
func (c *serviceCall) list(rows any, next string) error {
	return c.envelope(http.StatusOK, envelope{Success: true, Data: rows, NextCursor: &next})
}

// listAdminTokens is GET /v1/admin/tokens.
func (s *Server) listAdminTokens(c *serviceCall) error {
	var wrong models.Invalid
	q := models.AdminQuery{Sort: c.QueryParam("sort"), After: c.QueryParam("cursor"), Limit: c.limit(&wrong)}
	q.Asc = c.direction(&wrong) == "asc"
	f, err := models.ParseAdminFilter(c.QueryParam)
	fields, _ := fieldsOf(err)
	if err := append(wrong, fields...).Err(); err != nil {
		return err
	}
	q.AdminFilter = f
	page, err := s.store.AdminTokens(c.ctx(), q)
	if err != nil {
		return c.unusable(err, q.After)
	}
	now := s.store.Now()
	return c.list(each(page.Tokens, func(t *models.AdminToken) adminExport { return newAdminExport(t, now) }), page.Next())
}

// direction reads in which direction a list is ordered.
func (c *serviceCall) direction(wrong *models.Invalid) string {
	dir := c.QueryParam("dir")
	oneOf(wrong, "dir", dir, []string{"asc", "desc"})
	return dir
}

// unusable names the parameter for which a list was refused as a whole.
func (c *serviceCall) unusable(err error, cursor string) error {
	refused, ok := unusable(err, cursor)
	switch {
	case !ok:
		return err
	case cursor != "":
		return invalidField("cursor", refused[0].Code)
	default:
		return invalidField("sort", refused[0].Code)
	}
}

// wholeToken is one token with what its page shows.
type wholeToken struct {
	Token   adminExport    `json:"token"`
	Usage   []usageAnswer  `json:"usage"`
	Origins []originAnswer `json:"origins"`
}

// usageAnswer counts the requests of a day, in UTC, by outcome.
type usageAnswer struct {
	Day      string                   `json:"day"`
	Requests map[models.Outcome]int64 `json:"requests"`
}

type originAnswer struct {
	Address   string         `json:"address"`
	Client    string         `json:"client"`
	Outcome   models.Outcome `json:"outcome"`
	Requests  int64          `json:"requests"`
	FirstSeen time.Time      `json:"firstSeen"`
	LastSeen  time.Time      `json:"lastSeen"`
}

// usageDays is how many days of use are told of a token.
const usageDays = 30

// showAdminToken is GET /v1/admin/tokens/{id}.
func (s *Server) showAdminToken(c *serviceCall) error {
	t, err := s.store.AdminToken(c.ctx(), c.Param("id"))
	if err != nil {
		return err
	}
	days, err := s.store.UsageByOutcome(c.ctx(), &t.Token, usageDays)
	if err != nil {
		return err
	}
	origins, err := s.store.Origins(c.ctx(), &t.Token)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, wholeToken{
		newAdminExport(t, s.store.Now()),
		each(days, func(d *models.OutcomeDay) usageAnswer { return usageAnswer{d.Day.Format(time.DateOnly), d.Requests} }),
		each(origins, func(o *models.Origin) originAnswer {
			return originAnswer{o.Address, o.Client, o.Outcome, o.Requests, o.FirstSeen, o.LastSeen}
		}),
	})
}

var errTokenEnded = &refusal{status: http.StatusConflict, code: "conflict", key: "token_ended"}

// acted does something to a token and answers with it.
func (s *Server) acted(c *serviceCall, act func() (*models.Token, error)) error {
	done, err := act()
	if errors.Is(err, models.ErrConflict) {
		return errTokenEnded
	}
	if err != nil {
		return err
	}
	t, err := s.store.AdminToken(c.ctx(), done.PublicID)
	if err != nil {
		return err
	}
	return c.data(http.StatusOK, newAdminExport(t, s.store.Now()))
}

// scheduleByAPI is POST /v1/admin/tokens/{id}/schedule. A moment of null cancels what was planned.
func (s *Server) scheduleByAPI(c *serviceCall) error {
	f, wrong, err := c.patch("at")
	if err != nil {
		return err
	}
	at := f.moment("at")
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.acted(c, func() (*models.Token, error) {
		return s.store.ScheduleRevocation(c.ctx(), c.actor(), c.Param("id"), at)
	})
}

// moment returns a time as RFC 3339 has it, nil when there is none.
func (f fields) moment(name string) *time.Time {
	raw := f.object[name]
	if !isPresent(raw) {
		return nil
	}
	var at time.Time
	if json.Unmarshal(raw, &at) != nil {
		f.badType(name, "date-time")
	}
	return &at
}
