package handlers

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tessera/models"
)

// flushEvery rows of an export go on their way together, and the client has
// streamPatience to take what is written. A stream as a whole has no limit.
const (
	flushEvery     = 500
	streamPatience = 30 * time.Second
)

// streams tells the routes that answer with as many rows as there are.
func streams(route string) bool {
	return strings.HasSuffix(route, ".csv") || strings.HasSuffix(route, ".json")
}

// stream is an answer of unknown length: what is written goes out as it comes, so
// that a million rows need no more memory than a page of them.
type stream struct {
	c       echo.Context
	control *http.ResponseController
	rows    int
}

// download starts an answer that browsers save under name.
func download(c echo.Context, contentType, name string) *stream {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, contentType)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return &stream{c: c, control: http.NewResponseController(c.Response())}
}

// Write begins the answer with its first bytes: what fails before them can still
// be answered with an error. A connection that knows no deadline, as in tests, does without.
func (s *stream) Write(b []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(streamPatience))
	if !s.c.Response().Committed {
		s.c.Response().WriteHeader(http.StatusOK)
	}
	return s.c.Response().Write(b)
}

// row counts one row. After some, drain brings up what is not written yet, and it is flushed.
func (s *stream) row(drain func()) error {
	if s.rows++; s.rows%flushEvery != 0 {
		return nil
	}
	drain()
	return s.control.Flush()
}

// end closes a stream. One that broke after it began is cut short, so that nobody
// takes the part that came for the whole.
func (s *Server) end(c echo.Context, err error) error {
	if err != nil && c.Response().Committed {
		s.log.Warn("export cut short", "error", err.Error(), "route", c.Path(), "request_id", requestIDOf(c))
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		c.Response().Header().Del(echo.HeaderContentDisposition) // an error page is not to be saved
	}
	return err
}

// streamCSV answers with a table (RFC 4180) of what rows writes, below head.
func (s *Server) streamCSV(c echo.Context, name string, head []string, rows func(ctx context.Context, write func([]string) error) error) error {
	out := download(c, "text/csv; charset=utf-8; header=present", name)
	w := csv.NewWriter(out)
	w.UseCRLF = true
	err := w.Write(head)
	if err == nil {
		err = rows(c.Request().Context(), func(row []string) error {
			for i, cell := range row {
				row[i] = models.QuoteFormula(cell)
			}
			if err := w.Write(row); err != nil {
				return err
			}
			return out.row(w.Flush) // which tells of a failure at the next Write
		})
	}
	if err == nil {
		w.Flush()
		err = w.Error()
	}
	return s.end(c, err)
}

// streamJSON answers with an array of what rows writes, one element a line.
func (s *Server) streamJSON(c echo.Context, name string, rows func(ctx context.Context, write func(any) error) error) error {
	out := download(c, "application/json", name)
	start := "[\n"
	err := rows(c.Request().Context(), func(row any) error {
		b, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := out.Write(append([]byte(start), b...)); err != nil {
			return err
		}
		start = ",\n"
		return out.row(func() {})
	})
	if err == nil {
		end := "\n]\n"
		if out.rows == 0 {
			end = "[]\n"
		}
		_, err = out.Write([]byte(end))
	}
	return s.end(c, err)
}
