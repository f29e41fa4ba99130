package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tessera/models"
)

// bench is one run.
type bench struct {
	rounds, requests, big int
	databaseURL, dir      string

	program string // the product, built and stripped
	self    string // serves the baselines
	server  unix.CPUSet
	rows    []row
}

// longest is how long a run may take without a big database; with one it may take thrice that.
const longest = 8 * time.Minute

func (b *bench) run(ctx context.Context, out io.Writer) (err error) {
	limit := longest
	if b.big > 0 {
		limit *= 3
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dir, err := os.MkdirTemp(b.dir, "tessera-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := b.build(ctx, dir); err != nil {
		return err
	}
	server, rest, err := cores()
	if err != nil {
		return err
	}
	if err := pinSelf(rest); err != nil {
		return err
	}
	b.server = server
	start := time.Now()
	if err := b.measure(ctx, dir); err != nil {
		return err
	}
	missed, err := printTable(out, b.rows)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d rounds in %v. CPU is that of the server's process for one request.\n", b.rounds, time.Since(start).Round(time.Second))
	if missed > 0 {
		return fmt.Errorf("%d of the goals were missed", missed)
	}
	return nil
}

func (b *bench) build(ctx context.Context, dir string) (err error) {
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.program == "" {
		b.program = filepath.Join(dir, "tessera")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.program, "./cmd/tessera")
		if said, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w: %s", err, said)
		}
	}
	info, err := os.Stat(b.program)
	if err != nil {
		return err
	}
	b.add(row{operation: "stripped binary", values: []float64{mib(info.Size())}, unit: "%.1f MiB", limit: 35, kind: atMost})
	return nil
}

func (b *bench) add(rows ...row) { b.rows = append(b.rows, rows...) }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func (b *bench) measure(ctx context.Context, dir string) error {
	small, err := fill(ctx, models.Config{Data: filepath.Join(dir, "small")}, b.pool())
	if err != nil {
		return err
	}
	if err := b.measureStart(ctx, small); err != nil {
		return err
	}
	product, err := b.product(ctx, "tessera", small)
	if err != nil {
		return err
	}
	defer product.stop()
	if err := b.measureServers(ctx, dir, product, small); err != nil {
		return err
	}
	product.stop()
	if err := b.measureImportMemory(ctx, small); err != nil {
		return err
	}
	bytes, err := cacheCost(ctx, small)
	if err != nil {
		return err
	}
	b.add(row{operation: "a cached token", values: []float64{bytes}, unit: "%.0f bytes", limit: 400, kind: atMost})
	return b.measureCreation(ctx, dir)
}

// product starts the built binary on a fixture.
func (b *bench) product(ctx context.Context, name string, f *fixture) (*process, error) {
	args := []string{"serve", "--data=" + f.where.Data, "--bad-token-limit=0", "--call-limit=0", "--log-level=warn"}
	if f.where.DatabaseURL != "" {
		args = append(args, "--database-url="+f.where.DatabaseURL)
	}
	p, err := start(ctx, name, b.program, b.server, args...)
	if err != nil {
		return nil, err
	}
	return p, p.ready("/readyz")
}

func (b *bench) baseline(ctx context.Context, config baseline) (*process, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, "baseline "+config.Kind, b.self, b.server, "baseline", "--config="+string(text))
	if err != nil {
		return nil, err
	}
	return p, p.ready("/fixed")
}

// measureStart starts the product again and again on a migrated database.
func (b *bench) measureStart(ctx context.Context, f *fixture) error {
	cpu := row{operation: "cold start, CPU to the first 200", unit: "%.0f ms", limit: 100, kind: atMost}
	idle := row{operation: "memory, idle", unit: "%.1f MiB", limit: 30, kind: atMost}
	for range b.rounds {
		p, err := b.product(ctx, "tessera", f)
		if err != nil {
			return err
		}
		used, cpuErr := p.cpu()
		time.Sleep(time.Second)
		held, err := p.memory()
		p.stop()
		if err := errors.Join(cpuErr, err); err != nil {
			return err
		}
		cpu.values = append(cpu.values, float64(used)/float64(time.Millisecond))
		idle.values = append(idle.values, mib(held))
	}
	b.add(cpu, idle)
	return nil
}

// measureServers measures what goes over HTTP, once all servers run.
func (b *bench) measureServers(ctx context.Context, dir string, product *process, f *fixture) error {
	fixed, err := fetch(ctx, product, f.secrets[0])
	if err != nil {
		return err
	}
	refused, err := fetch(ctx, product, "malformed")
	if err != nil {
		return err
	}
	config := baseline{Kind: "http", Fixed: fixed}
	plain, err := b.baseline(ctx, config)
	if err != nil {
		return err
	}
	defer plain.stop()
	text, err := writeDescription(dir)
	if err != nil {
		return err
	}
	config = baseline{Kind: "echo", Fixed: fixed, Refused: refused, Data: f.where.Data, User: f.few.id, JSON: text}
	router, err := b.baseline(ctx, config)
	if err != nil {
		return err
	}
	defer router.stop()
	if err := b.measureVerification(plain, router, product, f); err != nil {
		return err
	}
	if err := b.measureReads(ctx, router, product, f); err != nil {
		return err
	}
	if err := b.measurePages(router, product, f); err != nil {
		return err
	}
	if err := b.measureOpenAPI(ctx, router, product, f); err != nil {
		return err
	}
	if b.databaseURL != "" {
		if err := b.measurePostgres(ctx, dir, router); err != nil {
			return err
		}
	}
	if b.big > 0 {
		return b.measureBig(ctx, dir, router, product, f)
	}
	return nil
}

// fetch returns status and body of GET /v1/user.
func fetch(ctx context.Context, p *process, secret string) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/v1/user", nil)
	if err != nil {
		return a, err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	header := resp.Header.Clone()
	for _, own := range []string{"Date", "Content-Length"} { // each server writes these itself
		header.Del(own)
	}
	return answer{resp.StatusCode, header, string(body)}, err
}

func (b *bench) measureCreation(ctx context.Context, dir string) error {
	c, err := openCreation(ctx, dir)
	if c != nil {
		defer c.close()
	}
	if err != nil {
		return err
	}
	alone := row{operation: "create a token / one bare commit, time", unit: "%.2fx", limit: 1.3, kind: atMost}
	together := row{operation: strconv.Itoa(callers) + " callers create / one caller, rate", unit: "%.2fx", limit: 0.9, kind: atLeast}
	commits := row{operation: "bare commits/s", unit: "%.0f"}
	for i := range b.rounds {
		one, many, bare, err := c.round(ctx, i)
		if err != nil {
			return err
		}
		commits.values = append(commits.values, bare)
		alone.values = append(alone.values, bare/one)
		together.values = append(together.values, many/one)
	}
	b.add(commits, alone, together)
	return nil
}
