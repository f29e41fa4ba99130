package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Request is one that a person made up. Headers that ForbiddenHeader names are left out.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// Response is a whole answer, its body unpacked.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Took   time.Duration
}

// StatusError is an answer to Get that is no success.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("the server answered %d", e.Status) }

// ErrInvalid means that a request can't be sent as it is: its method, address
// or a header is malformed.
var ErrInvalid = errors.New("the request can't be sent as it is")

// ForbiddenHeader reports whether a person may not set a header: those that
// frame the message, belong to one hop or speak for proxies.
func ForbiddenHeader(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch name {
	case "host", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length",
		"expect", "via", "forwarded", "x-real-ip", "http2-settings", "max-forwards":
		return true
	}
	return strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "x-forwarded-") || strings.HasPrefix(name, ":")
}

// Clean checks a request and returns what of it is sent: method and headers as
// they go out. Error: ErrInvalid.
func (r *Request) Clean() (string, http.Header, error) {
	method := strings.ToUpper(r.Method)
	if !httpguts.ValidHeaderFieldName(method) || method == http.MethodConnect || method == http.MethodTrace {
		return "", nil, ErrInvalid
	}
	header := http.Header{}
	for name, values := range r.Header {
		if ForbiddenHeader(name) {
			continue
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
				return "", nil, ErrInvalid
			}
			header.Add(name, v)
		}
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", "Tessera")
	}
	return method, header, nil
}

// Do sends one request and follows no redirect. Errors: those of the package, context.Canceled.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	method, header, err := r.Clean()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, ErrInvalid
	}
	t, err := c.rules.parseTarget(u)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.total)
	defer cancel()
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.leave()
	return c.send(ctx, t, method, header, r.Body)
}

// Get fetches a document. User and password are sent to the origin of address
// only; both empty means none. Errors: those of the package, *StatusError,
// context.Canceled.
func (c *Client) Get(ctx context.Context, address, user, password string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.total)
	defer cancel()
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.leave()
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, ErrNotAllowed
	}
	first, err := c.rules.parseTarget(u)
	if err != nil {
		return nil, err
	}
	t := first
	for hop := 0; ; hop++ {
		header := http.Header{"User-Agent": {"Tessera"}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip"}}
		if same := t.url.Scheme == first.url.Scheme && t.url.Host == first.url.Host; same && (user != "" || password != "") {
			basic := http.Request{Header: header}
			basic.SetBasicAuth(user, password)
		}
		resp, err := c.send(ctx, t, http.MethodGet, header, nil)
		if err != nil {
			return nil, err
		}
		location := resp.Header.Get("Location")
		if resp.Status < 300 || resp.Status > 399 || location == "" {
			if resp.Status < 200 || resp.Status > 299 {
				return nil, &StatusError{resp.Status}
			}
			return resp.Body, nil
		}
		next, err := t.url.Parse(location)
		if err != nil || hop == maxRedirect || t.url.Scheme == "https" && next.Scheme != "https" {
			return nil, ErrNotAllowed
		}
		if t, err = c.rules.parseTarget(next); err != nil {
			return nil, err
		}
	}
}

func (c *Client) enter(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return failure(ctx, ctx.Err())
	}
}

func (c *Client) leave() { <-c.slots }

// send makes one exchange with t within the time of ctx.
func (c *Client) send(ctx context.Context, t target, method string, header http.Header, body []byte) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, t.url.String(), bytes.NewReader(body))
	if err != nil {
		return nil, ErrInvalid
	}
	req.Header = header
	start := time.Now()
	tr := c.transport(t)
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer resp.Body.Close()
	content, err := readBody(resp)
	if err != nil {
		return nil, failure(ctx, err)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: content, Took: time.Since(start)}, nil
}

// readBody reads an answer up to the bound, which holds for what it unpacks to.
// A body in an unknown packing comes as it is.
func readBody(resp *http.Response) ([]byte, error) {
	packed := strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip")
	if !packed {
		return readAll(resp.Body)
	}
	z, err := gzip.NewReader(resp.Body)
	if errors.Is(err, io.EOF) { // to HEAD, or empty
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content, err := readAll(z)
	if err == nil {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
	}
	return content, err
}

func readAll(r io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(content) > maxBody {
		return nil, ErrTooLarge
	}
	return content, err
}
