package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"

	"tessera/models"
	"tessera/views"
)

// Large bodies take room, so that many at once don't take all memory: there is
// room for bodiesAtOnce of the largest that an import may have. One of up to
// smallBody takes none, and so waits for nobody.
const (
	bodiesAtOnce = 4
	smallBody    = jsonLimit
	roomPatience = 10 * time.Second
	roomRetry    = 5 * time.Second
)

var errNoRoom = &refusal{status: http.StatusServiceUnavailable, code: "too_many_bodies", wait: roomRetry}

func newRoom(importLimit int64) *semaphore.Weighted {
	return semaphore.NewWeighted(bodiesAtOnce * importLimit)
}

// room is what one request has taken for its body. It belongs to one goroutine.
type room struct {
	of    *semaphore.Weighted
	taken int64
}

// take waits until there is room for n bytes in all. Error: errNoRoom when others
// hold it too long.
func (r *room) take(ctx context.Context, n int64) error {
	if n <= max(smallBody, r.taken) {
		return nil
	}
	n -= r.taken
	if err := acquire(ctx, r.of, n, roomPatience, errNoRoom); err != nil {
		return err
	}
	r.taken += n
	return nil
}

// acquire takes n of a semaphore, in turn with others. Error: refused when that
// takes longer than patience.
func acquire(ctx context.Context, from *semaphore.Weighted, n int64, patience time.Duration, refused *refusal) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := from.Acquire(waiting, n); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return refused
	}
	return nil
}

// keep gives back what is more than n bytes.
func (r *room) keep(n int64) {
	if r.taken > n {
		r.of.Release(r.taken - n)
		r.taken = n
	}
}

func (r *room) release() { r.keep(0) }

// roomReader reads a body and takes room for it: for its size at once, where that
// was declared, else for the most that it may become, once it is no longer small.
type roomReader struct {
	io.Reader
	ctx   context.Context
	room  *room
	size  int64 // -1: unknown
	most  int64
	read  int64
	asked bool
	err   error
}

// ready takes the room for a declared size.
func (r *roomReader) ready() error {
	if !r.asked && r.size >= 0 {
		r.ask(min(r.size, r.most))
	}
	return r.err
}

func (r *roomReader) ask(n int64) {
	r.asked = true
	r.err = r.room.take(r.ctx, n)
}

func (r *roomReader) Read(p []byte) (int, error) {
	if !r.asked && r.size < 0 {
		if r.read >= smallBody {
			r.ask(r.most)
		} else {
			p = p[:min(int64(len(p)), smallBody-r.read)]
		}
	}
	if err := r.ready(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	r.read += int64(n)
	if errors.Is(err, io.EOF) {
		r.room.keep(r.read)
	}
	return n, err
}

// roomForUpload makes the body of a page's post take room as it is read; call
// release when the document is no longer needed.
func (s *Server) roomForUpload(c echo.Context) *room {
	r, taken := c.Request(), &room{of: s.bodies}
	r.Body = struct {
		io.Reader
		io.Closer
	}{&roomReader{Reader: r.Body, ctx: r.Context(), room: taken, size: r.ContentLength, most: s.importLimit()}, r.Body}
	return taken
}

// export is Store.Export, with the addresses of the endpoints' pages, when there is room for what it reads.
func (s *Server) export(ctx context.Context, actor models.Actor, p *models.MyProject, o models.ExportOptions) ([]byte, error) {
	size, err := s.store.ContentSize(ctx, &p.Project)
	if err != nil {
		return nil, err
	}
	taken := room{of: s.bodies}
	defer taken.release()
	if err := taken.take(ctx, min(size, bodiesAtOnce*s.importLimit())); err != nil {
		return nil, err
	}
	o.RunURL = func(id int64) string {
		return s.cfg.BaseURL.String() + views.ProjectPath(p.ID, "/apis/"+linkStart+decimal(id)+linkEnd)
	}
	document, _, err := s.store.Export(ctx, actor, p, o)
	return document, err
}

// roomFault says at a field of a page why a document could not be taken or must
// wait, and the status of the answer; nothing when err is about something else.
func (s *Server) roomFault(c echo.Context, err error, field string) (status int, wrong models.Invalid) {
	var tooLarge *http.MaxBytesError
	var busy *refusal
	switch {
	case errors.As(err, &tooLarge):
		wrong.Add(field, "document_too_large", "limit", bytesText(s.importLimit()))
		return http.StatusRequestEntityTooLarge, wrong
	case errors.As(err, &busy) && busy.wait > 0:
		setRetryAfter(c, busy.wait)
		wrong.Add(field, "documents_too_many", "seconds", seconds(busy.wait))
		return busy.status, wrong
	}
	return 0, nil
}
