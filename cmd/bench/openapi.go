package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

const imports = 3 // a round

// measureOpenAPI measures what becomes of a description of 5 MiB: its import, an
// export, a page of its reference, and what token checks wait for meanwhile.
func (b *bench) measureOpenAPI(ctx context.Context, router, product *process, f *fixture) error {
	large, err := description(bigOperations)
	if err != nil {
		return err
	}
	little, err := description(smallOperations)
	if err != nil {
		return err
	}
	api := &client{product, f.ownSecret}
	big, err := api.imported(ctx, large)
	if err != nil {
		return err
	}
	small, err := api.imported(ctx, little)
	if err != nil {
		return err
	}
	projects := make([]int64, imports*(b.rounds+1))
	for i := range projects {
		if projects[i], err = api.newProject(ctx); err != nil {
			return err
		}
	}
	body, err := importBody(large)
	if err != nil {
		return err
	}
	var next atomic.Int64
	decoded := newSubject(router, load{connections: 1, requests: imports, request: always(get("/decode", ""))})
	imported := newSubject(product, load{connections: 1, requests: imports, request: func(int) []byte {
		return api.request(importPath(projects[next.Add(1)-1]), body)
	}})
	exported := newSubject(product, load{connections: 1, requests: imports, request: always(api.request(big.path("export-openapi"), `{"oasVersion":"3.0"}`))})
	n := b.share(pageShare)
	smallPage := newSubject(product, load{requests: n, request: always(get(small.page(), f.few.cookie))})
	bigPage := newSubject(product, load{requests: n, request: always(get(big.page(), f.few.cookie))})
	alone := newSubject(product, load{requests: b.requests, request: cached(f)})
	beside := newSubject(product, load{requests: b.requests, request: cached(f), beside: func(ctx context.Context) error {
		_, err := api.imported(ctx, large)
		return err
	}})
	if err := b.rotate(nil, decoded, imported, exported, smallPage, bigPage, alone, beside); err != nil {
		return err
	}
	b.add(
		absolute(fmt.Sprintf("decoding %.1f MiB of JSON once, CPU", mib(int64(len(large)))), "%.0f ms", decoded, cpuOf, float64(time.Millisecond)),
		ratio("import of that as OpenAPI / decoding it, CPU", imported, decoded, cpuOf, 3, atMost),
		ratio("export / decoding, CPU", exported, decoded, cpuOf, 0, told),
		ratio("GET /v1/user while imports run / without, p99", beside, alone, tailOf, 3, atMost),
		absolute("a reference page of 10 operations, CPU", "%.0f us", smallPage, cpuOf, float64(time.Microsecond)),
		ratio("a reference page, 1,000 operations / 10 operations, CPU", bigPage, smallPage, cpuOf, 3, atMost),
	)
	return nil
}

// measureImportMemory imports into a process that has done nothing else, in each round.
func (b *bench) measureImportMemory(ctx context.Context, f *fixture) error {
	text, err := description(bigOperations)
	if err != nil {
		return err
	}
	peak := row{operation: "peak memory of an import, the whole process / the document", unit: "%.1fx", limit: 20, kind: atMost}
	for range b.rounds {
		p, err := b.product(ctx, "tessera", f)
		if err != nil {
			return err
		}
		_, err = (&client{p, f.ownSecret}).imported(ctx, text)
		held, peakErr := p.peak()
		p.stop()
		if err := errors.Join(err, peakErr); err != nil {
			return err
		}
		peak.values = append(peak.values, float64(held)/float64(len(text)))
	}
	b.add(peak)
	return nil
}

// writeDescription leaves the big description where a baseline can read it.
func writeDescription(dir string) (path string, err error) {
	text, err := description(bigOperations)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "description.json")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// client calls the product's services.
type client struct {
	p      *process
	secret string
}

// place is a project and one of its endpoints.
type place struct{ project, endpoint int64 }

func (p place) path(service string) string {
	return fmt.Sprintf("/v1/projects/%d/%s", p.project, service)
}

func (p place) page() string {
	return fmt.Sprintf("/projects/%d/api/endpoints/%d", p.project, p.endpoint)
}

func importPath(project int64) string { return place{project: project}.path("import-openapi") }

func importBody(description string) (string, error) {
	text, err := json.Marshal(map[string]string{"input": description})
	return string(text), err
}

// imported makes a project of a description.
func (c *client) imported(ctx context.Context, description string) (p place, err error) {
	if p.project, err = c.newProject(ctx); err != nil {
		return p, err
	}
	body, err := importBody(description)
	if err != nil {
		return p, err
	}
	if err := c.call(ctx, http.MethodPost, importPath(p.project), body, nil); err != nil {
		return p, err
	}
	var endpoints []struct{ ID int64 }
	if err := c.call(ctx, http.MethodGet, p.path("endpoints?limit=1"), "", &endpoints); err != nil || len(endpoints) == 0 {
		return p, fmt.Errorf("endpoints: %w", cmp.Or(err, io.ErrUnexpectedEOF))
	}
	p.endpoint = endpoints[0].ID
	return p, nil
}

func (c *client) newProject(ctx context.Context) (id int64, err error) {
	var made struct{ ID int64 }
	err = c.call(ctx, http.MethodPost, "/v1/projects", `{"name":"Harbour"}`, &made)
	return made.ID, err
}

const versionHeader = "X-Apidog-Api-Version"

// call sends one request and decodes the data of its answer.
func (c *client) call(ctx context.Context, method, path, body string, data any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+c.p.address+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.secret)
	r.Header.Set(versionHeader, "2024-03-28")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct{ Data json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %w", method, path, resp.Status, err)
	}
	if data == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, data)
}

// request is a POST as it goes over the wire.
func (c *client) request(path, body string) []byte {
	return []byte("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + bearer(c.secret) + "\r\n" + versionHeader + ": 2024-03-28\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body)
}
