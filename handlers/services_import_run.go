package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"tessera/models"
	"tessera/models/openapi"
)

// Only one import runs at a time in a process, so that the checks of tokens keep
// their tail and memory its bound. The others wait so long.
const (
	importPatience = 20 * time.Second
	importRetry    = 5 * time.Second
)

var errImportBusy = &refusal{status: http.StatusConflict, code: "import_busy", number: "409001", wait: importRetry}

// importTurn waits for the turn to import; call release at the end. Error:
// errImportBusy when others take too long.
func (s *Server) importTurn(ctx context.Context) (release func(), err error) {
	if err := acquire(ctx, s.importing, 1, importPatience, errImportBusy); err != nil {
		return nil, err
	}
	leave := ownProcessor()
	return func() {
		leave()
		s.importing.Release(1)
	}, nil
}

// importLimit is how large a body with a description may be.
func (s *Server) importLimit() int64 {
	if s.cfg.ImportLimit > 0 {
		return s.cfg.ImportLimit
	}
	return defaultImportLimit
}

var errCallReused = &refusal{status: http.StatusConflict, code: "idempotency_conflict", number: "409002"}

// callName is the name that the call was given, so that it does once what comes twice.
func (c *serviceCall) callName(wrong *models.Invalid) string {
	name := c.Request().Header.Get("Idempotency-Key")
	if len(name) > models.MaxIdempotencyName || slices.ContainsFunc([]byte(name), func(b byte) bool { return b < ' ' || b > '~' }) {
		wrong.Add("Idempotency-Key", "idempotency_key_invalid", "max", models.MaxIdempotencyName)
	}
	return name
}

// dryRun reports whether the call only asks what would happen.
func (c *serviceCall) dryRun(wrong *models.Invalid) bool {
	switch c.QueryParam("dryRun") {
	case "", "false", "0":
	case "true", "1":
		return true
	default:
		wrong.Add("dryRun", "value_unknown", "values", "true, false")
	}
	return false
}

// runImport does what a call asks for, or answers as it did when the call came
// before under the same Idempotency-Key.
func (s *Server) runImport(c *serviceCall, p *models.MyProject, job importJob, wrong models.Invalid) error {
	job.name = c.callName(&wrong)
	job.options.DryRun = job.options.DryRun || c.dryRun(&wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	if err := s.fetchDocument(c, &job); err != nil {
		return err
	}
	release, err := s.importTurn(c.ctx())
	if err != nil {
		return err
	}
	defer release()
	if err := job.parse(); err != nil { // before any transaction
		return err
	}
	if job.name == "" || job.options.DryRun {
		answer, err := s.importDocument(c, s.store, p, job)
		if err != nil {
			return err
		}
		return c.blob(http.StatusOK, "application/json", answer)
	}
	answer, replayed, err := s.store.Once(c.ctx(), c.user, p.ID, job.name, job.hash, func(tx *models.Store) ([]byte, error) {
		return s.importDocument(c, tx, p, job)
	})
	if errors.Is(err, models.ErrConflict) {
		return errCallReused
	}
	if err != nil {
		return err
	}
	if replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	return c.blob(http.StatusOK, "application/json", answer)
}

// fetchDocument gets the document of an address. Whatever went wrong there, the
// caller learns only that it did.
func (s *Server) fetchDocument(c *serviceCall, job *importJob) error {
	if job.address == "" {
		return nil
	}
	var err error
	job.document, err = s.cfg.Outbound.Get(c.ctx(), job.address, job.user, job.password)
	if err != nil {
		if c.ctx().Err() != nil {
			return c.ctx().Err()
		}
		return invalidField("input.url", "url_failed")
	}
	if int64(len(job.document)) > s.importLimit() {
		return errBodyTooLarge(s.importLimit())
	}
	return c.room.take(c.ctx(), int64(len(job.document)))
}

// parse reads the document. Error: a refusal of input.
func (job *importJob) parse() (err error) {
	if job.postman {
		if job.collection, err = openapi.ParsePostman(job.document); err == nil {
			job.parsed = job.collection.Document
		}
	} else {
		job.parsed, err = openapi.Parse(job.document)
	}
	job.document = nil // the parts are copies
	return documentError(err)
}

// importDocument imports what was parsed, and makes the answer.
func (s *Server) importDocument(c *serviceCall, store *models.Store, p *models.MyProject, job importJob) ([]byte, error) {
	result, err := store.Import(c.ctx(), c.actor(), p.ID, job.parsed, job.collection, job.options)
	if err != nil {
		return nil, hidden(job.named(err), models.EditContent)
	}
	return json.Marshal(s.importAnswer(c, result, job.options.DryRun))
}

// documentError makes a refusal of input of what package openapi says of a document.
func documentError(err error) error {
	var syntax *openapi.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	return invalidField("input", syntax.Code, "line", syntax.Line, "column", syntax.Column, "pointer", syntax.Pointer, "detail", syntax.Detail)
}

// named gives the fields that the model refuses the names that the call has for them.
func (job *importJob) named(err error) error {
	known, ok := fieldsOf(err)
	if !ok {
		return err
	}
	out := slices.Clone(known)
	for i := range out {
		switch {
		case out[i].Field == "input":
		case job.old:
			out[i].Field = "apiFolderId"
		default:
			out[i].Field = "options." + out[i].Field
		}
	}
	return models.Invalid(out).Err()
}
