package handlers

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	defaultImportLimit = 64 << 20 // bytes of a body that brings a description
	jsonLimit          = 1 << 20  // bytes of any other
	slowBody           = 120 * time.Second
	minCompressed      = 1 << 10
)

var (
	errBodyInvalid  = &refusal{status: http.StatusBadRequest, code: "bad_request", key: "body_invalid"}
	errBodyEncoding = &refusal{status: http.StatusUnsupportedMediaType, code: "unsupported_encoding"}
	errBodySlow     = &refusal{status: http.StatusRequestTimeout, code: "timeout"}
)

func errBodyTooLarge(limit int64) error {
	return &refusal{status: http.StatusRequestEntityTooLarge, code: "body_too_large", params: []any{"limit", bytesText(limit)}}
}

// bytesText writes a limit as people say it.
func bytesText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 20, " MiB"}, {1 << 10, " KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return decimal(n/unit.size) + unit.name
		}
	}
	return decimal(n) + " B"
}

// body reads what was sent, unpacked, up to limit bytes. Large ones may take their time.
func (c *serviceCall) body(limit int64) ([]byte, error) {
	r := c.Request()
	if limit > jsonLimit {
		control := http.NewResponseController(c.Response())
		if err := control.SetReadDeadline(time.Now().Add(slowBody)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return nil, err // only a recorder of tests doesn't support it
		}
		if err := c.slowAnswer(2 * slowBody); err != nil { // a refusal must get through as well
			return nil, err
		}
	}
	if r.ContentLength > limit {
		return nil, errBodyTooLarge(limit)
	}
	var in io.Reader = http.MaxBytesReader(c.Response(), r.Body, limit)
	size := r.ContentLength
	switch strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))) {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, bodyError(err, limit)
		}
		in, size = z, -1
	default:
		return nil, errBodyEncoding
	}
	roomy := &roomReader{Reader: io.LimitReader(in, limit+1), ctx: c.ctx(), room: &c.room, size: size, most: limit}
	if err := roomy.ready(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(max(size, 0)) + bytes.MinRead)
	if _, err := b.ReadFrom(roomy); err != nil {
		return nil, bodyError(err, limit)
	}
	if int64(b.Len()) > limit {
		return nil, errBodyTooLarge(limit)
	}
	return bytes.TrimPrefix(b.Bytes(), []byte("\xEF\xBB\xBF")), nil
}

// slowAnswer gives the answer so much time from now on.
func (c *serviceCall) slowAnswer(d time.Duration) error {
	err := http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(d))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func bodyError(err error, limit int64) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errNoRoom), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &tooLarge):
		return errBodyTooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errBodySlow
	default:
		return errBodyInvalid // cut short, or not what its encoding says
	}
}

// object reads the body as a JSON object, whatever its Content-Type says.
func (c *serviceCall) object(limit int64) (map[string]json.RawMessage, error) {
	body, err := c.body(limit)
	if err != nil {
		return nil, err
	}
	return decodeObject(body)
}

func decodeObject(body []byte) (map[string]json.RawMessage, error) {
	var o map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &o) != nil || o == nil {
		return nil, errBodyInvalid
	}
	return o, nil
}

var gzipWriters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a known one
	return z
}}

// compresses reports whether an answer of so many bytes is sent packed.
func (c *serviceCall) compresses(size int) bool {
	return size >= minCompressed && strings.Contains(strings.ToLower(c.Request().Header.Get("Accept-Encoding")), "gzip")
}

// blob answers with a text, packed where the client takes that.
func (c *serviceCall) blob(status int, contentType string, body []byte) error {
	h := c.Response().Header()
	h.Add("Vary", "Accept-Encoding")
	if !c.compresses(len(body)) {
		return c.Blob(status, contentType, body)
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Type", contentType)
	c.Response().WriteHeader(status)
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	z.Reset(c.Response())
	if _, err := z.Write(body); err != nil {
		return err
	}
	return z.Close()
}
