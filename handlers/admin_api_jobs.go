package handlers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"tessera/models"
)

type jobAnswer struct {
	ID         int64            `json:"id"`
	Action     string           `json:"action"`
	State      string           `json:"state"`
	Filter     string           `json:"filter"` // "": the tokens were named
	Actor      string           `json:"actor"`
	CreatedAt  time.Time        `json:"createdAt"`
	FinishedAt *time.Time       `json:"finishedAt"`
	StopAsked  bool             `json:"stopAsked"`
	Total      int64            `json:"total"`
	Changed    int64            `json:"changed"`
	Skipped    int64            `json:"skipped"`
	Reasons    map[string]int64 `json:"reasons"` // of what was skipped
}

type impactAnswer struct {
	Tokens    int64       `json:"tokens"`
	About     bool        `json:"about"`
	Skipped   int64       `json:"skipped"`
	Owners    int64       `json:"owners"`
	Requests7 int64       `json:"requests7Days"`
	Busiest   []busyToken `json:"busiest"`
}

type busyToken struct {
	Token     adminExport `json:"token"`
	Requests7 int64       `json:"requests7Days"`
}

// actOnMany is POST /v1/admin/tokens/bulk.
func (s *Server) actOnMany(c *serviceCall) error {
	f, wrong, err := c.patch("action", "filter", "ids", "all", "at", "expiresOn")
	if err != nil {
		return err
	}
	name, dry := c.callName(wrong), c.dryRun(wrong)
	in := models.JobForm{Nonce: c.nonce(name), Kind: f.text("action"), At: f.moment("at"), ExpiresOn: f.text("expiresOn")}
	ids, named := f.texts("ids")
	if named && len(ids) == 0 { // beside a filter, it would be easy to miss that all of that is meant
		wrong.Add("ids", "job_nothing")
	}
	in.IDs = ids
	in.Filter = f.filter("filter")
	switch all := f.bool("all"); {
	case all && (named || in.Filter != nil):
		wrong.Add("all", "job_one_selection")
	case all:
		in.Filter = &models.AdminFilter{}
	case in.Filter != nil && *in.Filter == models.AdminFilter{} && len(*wrong) == 0:
		wrong.Add("filter", "job_all")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if dry {
		return s.showImpact(c, in)
	}
	j, err := s.store.StartJob(c.ctx(), c.actor(), in)
	if errors.Is(err, models.ErrConflict) {
		return errCallReused
	}
	if err != nil {
		return renamed(err, jobFields)
	}
	c.Response().Header().Set("Location", s.cfg.BaseURL.String()+"/v1/admin/jobs/"+decimal(j.ID))
	return s.answerJob(c, http.StatusAccepted, j)
}

// nonce makes one job of calls with the same name and token; a call without a name stands alone.
func (c *serviceCall) nonce(name string) string {
	if name == "" {
		return rand.Text()
	}
	hash := sha256.Sum256([]byte(c.token + " " + name))
	return hex.EncodeToString(hash[:])
}

// jobFields are the fields of a JobForm as the API names them.
var jobFields = map[string]string{"kind": "action", "expires_on": "expiresOn"}

// filter reads a filter for tokens, nil when there is none. Its members are named
// as the parameters of the list. What is misspelt or empty would choose more than
// was meant, and so is refused.
func (f fields) filter(name string) *models.AdminFilter {
	if !f.has(name) {
		return nil
	}
	inner := newFields(name, f.object[name], f.wrong)
	values := map[string]string{}
	for member, raw := range inner.object {
		values[member] = filterValue(raw)
		switch at := name + "." + member[:min(len(member), 80)]; {
		case !slices.Contains(models.AdminFilterNames, member):
			f.wrong.Add(at, "filter_unknown")
		case values[member] == "":
			f.wrong.Add(at, "value_required")
		}
	}
	chosen, err := models.ParseAdminFilter(func(member string) string { return values[member] })
	refused, _ := fieldsOf(err)
	for _, r := range refused {
		r.Field = name + "." + r.Field
		*f.wrong = append(*f.wrong, r)
	}
	return &chosen
}

// filterValue is a value as a parameter has it: texts without their quotes.
func filterValue(raw json.RawMessage) string {
	var text string
	switch {
	case !isPresent(raw):
	case json.Unmarshal(raw, &text) == nil:
		return text
	default:
		return string(raw)
	}
	return ""
}

func (s *Server) showImpact(c *serviceCall, in models.JobForm) error {
	i, err := s.store.Impact(c.ctx(), c.actor(), in)
	if err != nil {
		return renamed(err, jobFields)
	}
	now := s.store.Now()
	return c.data(http.StatusOK, impactAnswer{i.Tokens.N, i.Cut(), i.Skipped, i.Owners, i.Requests7,
		each(i.Busiest, func(b *models.BusyToken) busyToken {
			return busyToken{newAdminExport(&b.AdminToken, now), b.Requests7}
		})})
}

// showJob is GET /v1/admin/jobs/{id}.
func (s *Server) showJob(c *serviceCall) error {
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	j, err := s.store.Job(c.ctx(), id)
	if err != nil {
		return err
	}
	return s.answerJob(c, http.StatusOK, j)
}

// stopJobByAPI is POST /v1/admin/jobs/{id}/stop.
func (s *Server) stopJobByAPI(c *serviceCall) error {
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	j, err := s.store.StopJob(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	return s.answerJob(c, http.StatusOK, j)
}

func (s *Server) answerJob(c *serviceCall, status int, j *models.Job) error {
	reasons, err := s.store.JobReport(c.ctx(), j.ID)
	if err != nil {
		return err
	}
	filter := ""
	if j.Selection.Filter != nil {
		filter = j.Selection.Filter.Query().Encode()
	}
	return c.data(status, jobAnswer{
		ID: j.ID, Action: j.Kind, State: j.State, Filter: filter, Actor: j.ActorName, CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt,
		StopAsked: j.StopAsked, Total: j.Total, Changed: j.Changed, Skipped: j.Skipped, Reasons: reasons,
	})
}
