package main

import (
	"context"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"tessera/models"
	"tessera/models/token"
)

const (
	connections = 16
	crowded     = 64  // connections, for the tail and the memory
	inHand      = 100 // tokens of the cached operations, the last of the pool
)

// subject is one server under one load, and what it showed in each round.
type subject struct {
	p       *process
	l       load
	samples []sample
}

func newSubject(p *process, l load) *subject {
	if l.connections == 0 {
		l.connections = connections
	}
	if l.status == 0 {
		l.status = http.StatusOK
	}
	return &subject{p: p, l: l}
}

// rotate measures all subjects in each round, beginning with another one each
// time, after a round that warms up and does not count. between runs after each round.
func (b *bench) rotate(between func() error, subjects ...*subject) error {
	for round := -1; round < b.rounds; round++ {
		for i := range subjects {
			s := subjects[(i+max(round, 0))%len(subjects)]
			measured, err := s.l.run(s.p)
			if err != nil {
				return err
			}
			if round >= 0 {
				s.samples = append(s.samples, measured)
			}
		}
		if between != nil {
			if err := between(); err != nil {
				return err
			}
		}
	}
	return nil
}

func cpuOf(s sample) float64  { return float64(s.cpu) }
func rateOf(s sample) float64 { return s.rate }
func tailOf(s sample) float64 { return float64(s.p99) }

// ratio compares a with what it is measured against, round by round.
func ratio(operation string, a, against *subject, of func(sample) float64, limit float64, kind goal) row {
	r := row{operation: operation, unit: "%.2fx", limit: limit, kind: kind}
	for i := range a.samples {
		r.values = append(r.values, of(a.samples[i])/of(against.samples[i]))
	}
	return r
}

// absolute tells what one subject showed.
func absolute(operation, unit string, a *subject, of func(sample) float64, per float64) row {
	r := row{operation: operation, unit: unit}
	for _, s := range a.samples {
		r.values = append(r.values, of(s)/per)
	}
	return r
}

// share of the requests that a dear operation makes.
func (b *bench) share(part int) int { return max(b.requests/part, 100) }

// pool is how many tokens the fixture needs: those that each round sees for the first time, and those in hand.
func (b *bench) pool() int { return max((b.rounds+1)*b.share(readShare)+inHand, fewest) }

const (
	readShare = 4  // of requests that read the database
	pageShare = 20 // of pages

	fewest = 50_000 // tokens in a fixture, so that the size of one in the cache can be told
)

func always(request []byte) func(int) []byte { return func(int) []byte { return request } }

// cached asks for the same few tokens over and over.
func cached(f *fixture) func(int) []byte {
	var requests [][]byte
	for _, secret := range f.secrets[len(f.secrets)-inHand:] {
		requests = append(requests, get("/v1/user", bearer(secret)))
	}
	return func(i int) []byte { return requests[i%len(requests)] }
}

// unseen asks for another token each time, across all rounds.
func unseen(path string, f *fixture) func(int) []byte {
	var taken atomic.Int64
	return func(int) []byte { return get(path, bearer(f.secrets[int(taken.Add(1)-1)%len(f.secrets)])) }
}

func unknown(path string) func(int) []byte {
	return func(int) []byte { return get(path, bearer(token.New())) }
}

func (b *bench) measureVerification(plain, router, product *process, f *fixture) error {
	bareHTTP := newSubject(plain, load{requests: b.requests, request: always(get("/fixed", ""))})
	bare := newSubject(router, load{requests: b.requests, request: always(get("/fixed", bearer(f.secrets[0])))})
	user := newSubject(product, load{requests: b.requests, request: cached(f)})
	bareRefused := newSubject(router, load{requests: b.requests, status: http.StatusUnauthorized, request: always(get("/refused", bearer("malformed")))})
	malformed := newSubject(product, load{requests: b.requests, status: http.StatusUnauthorized, request: always(get("/v1/user", bearer("malformed")))})
	bareCrowd := newSubject(router, load{requests: b.requests, connections: crowded, request: bare.l.request})
	userCrowd := newSubject(product, load{requests: b.requests, connections: crowded, request: user.l.request})
	if err := b.rotate(nil, bareHTTP, bare, user, bareRefused, malformed, bareCrowd, userCrowd); err != nil {
		return err
	}
	held, err := product.memory()
	if err != nil {
		return err
	}
	b.add(
		row{operation: "memory, after 64 connections", values: []float64{mib(held)}, unit: "%.1f MiB", limit: 60, kind: atMost},
		absolute("bare Echo, CPU", "%.1f us", bare, cpuOf, float64(time.Microsecond)),
		absolute("bare Echo, requests/s", "%.0f", bare, rateOf, 1),
		ratio("bare Echo / bare net/http, CPU", bare, bareHTTP, cpuOf, 0, told),
		ratio("GET /v1/user, cached / bare Echo, CPU", user, bare, cpuOf, 1.25, atMost),
		ratio("GET /v1/user, cached / bare Echo, requests/s", user, bare, rateOf, 0.80, atLeast),
		ratio("GET /v1/user, 64 connections / bare Echo, p99", userCrowd, bareCrowd, tailOf, 2, atMost),
		ratio("malformed token / bare Echo, CPU", malformed, bareRefused, cpuOf, 1.1, atMost),
	)
	return nil
}

// measureReads measures what has to ask the database. The usage of the tokens
// seen is written some seconds later, so each round waits for that: it is told
// by itself, for it comes once for each token and ten seconds, however many requests there are.
func (b *bench) measureReads(ctx context.Context, router, product *process, f *fixture) error {
	n := b.share(readShare)
	row1 := newSubject(router, load{requests: n, request: unseen("/row", f)})
	first := newSubject(product, load{requests: n, request: unseen("/v1/user", f)})
	rowNone := newSubject(router, load{requests: n, status: http.StatusUnauthorized, request: unknown("/row")})
	none := newSubject(product, load{requests: n, status: http.StatusUnauthorized, request: unknown("/v1/user")})
	written := row{operation: "writing the usage of a token, CPU", unit: "%.0f us"}
	err := b.rotate(func() error {
		used, err := settle(ctx, product)
		written.values = append(written.values, float64(used/time.Microsecond)/float64(n))
		return err
	}, row1, first, rowNone, none)
	if err != nil {
		return err
	}
	b.add(
		absolute("Echo + one GORM read, CPU", "%.1f us", row1, cpuOf, float64(time.Microsecond)),
		ratio("GET /v1/user, first sight / Echo + GORM read, CPU", first, row1, cpuOf, 1.3, atMost),
		ratio("unknown token / Echo + GORM read, CPU", none, rowNone, cpuOf, 1.3, atMost),
		written,
	)
	return nil
}

// settle waits until the product has written its usage and is idle, and returns
// the CPU time that it took meanwhile.
func settle(ctx context.Context, p *process) (time.Duration, error) {
	const (
		flushes = 10500 * time.Millisecond // a little more than the product's period
		look    = 250 * time.Millisecond
		quiet   = 10 * time.Millisecond // of CPU in that time
	)
	start, err := p.cpu()
	if err != nil {
		return 0, err
	}
	last := start
	for begun := time.Now(); ctx.Err() == nil; {
		time.Sleep(look)
		now, err := p.cpu()
		if err != nil || time.Since(begun) > flushes && now-last < quiet {
			return now - start, err
		}
		last = now
	}
	return 0, ctx.Err()
}

func (b *bench) measurePages(router, product *process, f *fixture) error {
	n := b.share(pageShare)
	floor := newSubject(router, load{requests: n, request: always(get("/page", f.few.cookie))})
	few := newSubject(product, load{requests: n, request: always(get("/settings/tokens", f.few.cookie))})
	many := newSubject(product, load{requests: n, request: always(get("/settings/tokens", f.many.cookie))})
	if err := b.rotate(nil, floor, few, many); err != nil {
		return err
	}
	b.add(
		absolute("ten rows in plain HTML, CPU", "%.0f us", floor, cpuOf, float64(time.Microsecond)),
		ratio("tokens page, 10 rows / ten rows in plain HTML, CPU", few, floor, cpuOf, 2, atMost),
		ratio("tokens page, 10,000 tokens / 10 tokens, CPU", many, few, cpuOf, 3, atMost),
	)
	return nil
}

func (b *bench) measurePostgres(ctx context.Context, dir string, router *process) error {
	f, err := fill(ctx, models.Config{Data: filepath.Join(dir, "postgres"), DatabaseURL: b.databaseURL}, b.pool())
	if err != nil {
		return err
	}
	product, err := b.product(ctx, "tessera on PostgreSQL", f)
	if err != nil {
		return err
	}
	defer product.stop()
	bare := newSubject(router, load{requests: b.requests, request: always(get("/fixed", bearer(f.secrets[0])))})
	user := newSubject(product, load{requests: b.requests, request: cached(f)})
	first := newSubject(product, load{requests: b.share(readShare), request: unseen("/v1/user", f)})
	if err := b.rotate(nil, bare, user, first); err != nil {
		return err
	}
	b.add(
		ratio("PostgreSQL: GET /v1/user, cached / bare Echo, CPU", user, bare, cpuOf, 1.25, atMost),
		ratio("PostgreSQL: first sight / bare Echo, CPU without the database's", first, bare, cpuOf, 0, told),
	)
	return nil
}
