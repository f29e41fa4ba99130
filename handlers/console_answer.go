package handlers

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/maypok86/otter/v2"

	"tessera/models"
	"tessera/models/openapi"
	"tessera/models/outbound"
	"tessera/views"
)

// Bounds of an answer on a page; the whole of it can be downloaded.
const (
	maxShownText  = 512 << 10
	maxShownImage = 1 << 20
)

var shownImages = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// ownTime is how long a request to this server itself may take: an import of a
// large description takes longer than what others may.
const ownTime = 60 * time.Second

// isOwn tells requests to the API of this server, which are answered without a connection.
func (s *Server) isOwn(u *url.URL) bool {
	return models.OriginOf(u.String()) == models.OriginOf(s.cfg.BaseURL.String()) &&
		(strings.HasPrefix(u.Path, "/v1/") || strings.HasPrefix(u.Path, "/api/v1/"))
}

// sendOut sends a request: to ourselves within the process, else by the rules of package outbound.
func (s *Server) sendOut(c echo.Context, r outbound.Request) (*outbound.Response, error) {
	ctx := c.Request().Context()
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, outbound.ErrInvalid
	}
	if !s.isOwn(u) {
		return s.cfg.Outbound.Do(ctx, r)
	}
	method, header, err := r.Clean()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ownTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, u.RequestURI(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, outbound.ErrInvalid
	}
	header.Del("Cookie")
	header.Del("Accept-Encoding")
	if values := c.Request().Header.Values("X-Forwarded-For"); len(values) > 0 { // so that the caller is who is sitting there
		header["X-Forwarded-For"] = slices.Clone(values)
	}
	req.Header, req.Host, req.RequestURI, req.RemoteAddr = header, s.cfg.BaseURL.Host, u.RequestURI(), c.Request().RemoteAddr
	return serveInside(s.Handler(), req)
}

// serveInside lets a handler answer without a connection.
func serveInside(h http.Handler, r *http.Request) (resp *outbound.Response, err error) {
	w := &insideWriter{header: http.Header{}}
	start := time.Now()
	defer func() {
		if p := recover(); p != nil { // the handler cut its answer short
			resp, err = nil, outbound.ErrUnreachable
		}
	}()
	h.ServeHTTP(w, r)
	if ctxErr := r.Context().Err(); ctxErr != nil {
		if errors.Is(ctxErr, context.Canceled) {
			return nil, ctxErr
		}
		return nil, outbound.ErrTimeout
	}
	if w.tooLarge {
		return nil, outbound.ErrTooLarge
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return &outbound.Response{Status: w.status, Header: w.header, Body: w.body.Bytes(), Took: time.Since(start)}, nil
}

// maxInside bounds an answer from inside as outbound bounds others.
const maxInside = 64 << 20

// insideWriter collects an answer. It has no deadlines, since nothing waits on a network.
type insideWriter struct {
	header   http.Header
	status   int
	body     bytes.Buffer
	tooLarge bool
}

func (w *insideWriter) Header() http.Header { return w.header }

func (w *insideWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *insideWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(b) > maxInside {
		w.tooLarge = true
		return 0, outbound.ErrTooLarge
	}
	return w.body.Write(b)
}

func (w *insideWriter) Flush()                           {}
func (w *insideWriter) SetReadDeadline(time.Time) error  { return nil }
func (w *insideWriter) SetWriteDeadline(time.Time) error { return nil }

// failureOf names why no answer came.
func failureOf(err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{
		{outbound.ErrNotAllowed, "not_allowed"}, {outbound.ErrTimeout, "timeout"}, {outbound.ErrTooLarge, "too_large"},
		{outbound.ErrInvalid, "invalid"},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	return "unreachable"
}

// answerView is an answer as a page shows it. Secrets that went into the request
// do not come back with it: who sees them there would not see them elsewhere.
func (s *Server) answerView(r *outbound.Response, values map[string]models.Value) *views.ConsoleAnswer {
	a := &views.ConsoleAnswer{
		Status: r.Status, Reason: http.StatusText(r.Status), TookMS: r.Took.Milliseconds(), Size: int64(len(r.Body)),
		ContentType: r.Header.Get("Content-Type"),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			a.Headers = append(a.Headers, views.ConsoleHeader{Name: name, Value: hide(strings.ToValidUTF8(v, "\uFFFD"), values, toMask)})
		}
	}
	kind, _, err := mime.ParseMediaType(a.ContentType)
	if err != nil {
		kind = ""
	}
	kind = strings.ToLower(kind)
	switch {
	case len(r.Body) == 0:
	case slices.Contains(shownImages, kind) && len(r.Body) <= maxShownImage && isImage(r.Body, kind):
		a.Image = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(r.Body)
	case strings.HasPrefix(kind, "image/"), !readable(r.Body):
	default:
		text := string(r.Body)
		if (openapi.IsJSONType(kind) || kind == "" || kind == "text/plain") && json.Valid(r.Body) {
			var b bytes.Buffer
			if len(r.Body) <= views.MaxFoldedBytes && json.Indent(&b, r.Body, "", "  ") == nil {
				text = b.String()
			}
			text = hide(text, values, toMask)
			if len(r.Body) <= views.MaxFoldedBytes && json.Valid([]byte(text)) {
				a.JSON = []byte(text)
			}
		} else {
			text = hide(text, values, toMask)
		}
		if len(text) > maxShownText {
			text, a.Cut = strings.ToValidUTF8(text[:maxShownText], ""), true
		}
		a.Text = text
	}
	return a
}

// readable tells text from other bytes.
func readable(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsRune(b, 0) }

// isImage checks that an image is what it says: browsers guess, we don't let them.
func isImage(b []byte, kind string) bool { return http.DetectContentType(b) == kind }

// curlOf is the request as a command line; its secrets are masked already.
func curlOf(r outbound.Request) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	address := strings.ReplaceAll(strings.ReplaceAll(r.URL, url.QueryEscape(mask), mask), url.PathEscape(mask), mask)
	line := "curl -X " + r.Method + " " + quote(address)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			line += " \\\n  -H " + quote(name+": "+v)
		}
	}
	switch {
	case len(r.Body) == 0:
	case len(r.Body) > maxCurlBody || !readable(r.Body):
		line += " \\\n  --data-binary @body"
	default:
		line += " \\\n  --data-binary " + quote(string(r.Body))
	}
	return line
}

const maxCurlBody = 16 << 10

// savedAnswer is the body of an answer that a page does not show whole, for its sender to download.
type savedAnswer struct {
	userID int64
	body   []byte
}

// Bounds of what is kept for downloading.
const (
	savedFor   = 10 * time.Minute
	savedBytes = 128 << 20
)

func newSavedAnswers() *otter.Cache[string, savedAnswer] {
	return otter.Must(&otter.Options[string, savedAnswer]{
		MaximumWeight:    savedBytes,
		Weigher:          func(_ string, a savedAnswer) uint32 { return uint32(len(a.body)) + 256 },
		ExpiryCalculator: otter.ExpiryWriting[string, savedAnswer](savedFor),
	})
}

func (s *Server) saveAnswer(u *models.User, body []byte) string {
	id := rand.Text()
	s.saved.Set(id, savedAnswer{u.ID, body})
	return id
}

// savedDownload gives back the body of an answer, never as something that a browser opens.
func (s *Server) savedDownload(c echo.Context) error {
	_, v, _, err := s.projectPage(c, models.ViewProject)
	if err != nil {
		return err
	}
	a, ok := s.saved.GetIfPresent(c.Param("answer"))
	if !ok || a.userID != v.user.ID {
		return models.ErrNotFound
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="answer"`)
	return c.Blob(http.StatusOK, "application/octet-stream", a.body)
}
