package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tessera/models"
	"tessera/models/modeltest"
)

// What the administrators' pages read must not grow with the number of tokens:
// each page is compared with the same one of a small installation.
const (
	fewStored  = 1000
	perPerson  = 10
	adminRows  = 50
	adminCalls = 15 // a round
	adminLimit = 3
)

// adminBench compares the reads of the administration in two databases.
type adminBench struct {
	bench
	small, big *models.Store
}

// runAdmin makes the databases, unless they are there from an earlier run, and
// compares. With a PostgreSQL database it uses two schemas of it instead of SQLite.
func (b *bench) runAdmin(ctx context.Context, out io.Writer, tokens int, keep string) (err error) {
	dir := keep
	if dir == "" {
		if dir, err = os.MkdirTemp(b.dir, "tessera-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if err := b.build(ctx, dir); err != nil {
		return err
	}
	b.rows = nil // the binary's size is no matter here
	a := adminBench{bench: *b}
	for _, d := range []struct {
		name   string
		tokens int
		store  **models.Store
	}{{"small", fewStored, &a.small}, {"big", tokens, &a.big}} {
		if *d.store, err = a.open(ctx, filepath.Join(dir, d.name), d.name, d.tokens); err != nil {
			return err
		}
		defer (*d.store).Close()
	}
	start := time.Now()
	if err := a.compare(ctx, out); err != nil {
		return err
	}
	missed, err := printTable(out, a.rows)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nTime with %d tokens / with %d, medians of %d calls, in %d rounds in %v.\n",
		tokens, fewStored, adminCalls, b.rounds, time.Since(start).Round(time.Second))
	if missed > 0 {
		return fmt.Errorf("%d of the goals were missed", missed)
	}
	return nil
}

// open fills a database with demo data, if it is empty.
func (a *adminBench) open(ctx context.Context, data, schema string, tokens int) (*models.Store, error) {
	where := models.Config{Data: data}
	args := []string{"demo", "--data=" + data, fmt.Sprint("--users=", max(tokens/perPerson, 1)), fmt.Sprint("--tokens=", tokens)}
	if a.databaseURL != "" {
		conn, err := pgx.Connect(ctx, a.databaseURL)
		if err != nil {
			return nil, err
		}
		_, err = conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+schema)
		conn.Close(ctx)
		if err != nil {
			return nil, err
		}
		separator := "?"
		if strings.Contains(a.databaseURL, "?") {
			separator = "&"
		}
		where.DatabaseURL = a.databaseURL + separator + "search_path=" + schema
		args = append(args, "--database-url="+where.DatabaseURL)
	}
	if said, err := exec.CommandContext(ctx, a.program, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("demo: %w: %s", err, said)
	}
	store, err := models.Open(ctx, where)
	if err != nil {
		return nil, err
	}
	// As the server does before anybody looks.
	for _, job := range []func(context.Context) error{store.ExpireTokens, store.RevokeDue, store.CountFigures} {
		if err := job(ctx); err != nil {
			return store, err
		}
	}
	return store, nil
}

// page is one read under comparison.
type page struct {
	name string
	do   func(context.Context, *models.Store) error
}

func (a *adminBench) compare(ctx context.Context, out io.Writer) error {
	values, ids, err := a.samples(ctx)
	if err != nil {
		return err
	}
	pages := adminPages(values)
	pages = append(pages,
		page{"one token", each(ids, func(ctx context.Context, s *models.Store, id string) error {
			t, err := s.AdminToken(ctx, id)
			if err != nil {
				return err
			}
			if _, err := s.UsageByOutcome(ctx, &t.Token, models.FigureDays); err != nil {
				return err
			}
			_, err = s.Origins(ctx, &t.Token)
			return err
		})},
		page{"overview", func(ctx context.Context, s *models.Store) error {
			_, err := s.Figures(ctx)
			return err
		}},
	)
	for _, p := range pages {
		r := row{operation: p.name, unit: "%.2fx", limit: adminLimit, kind: atMost}
		var small, big []float64
		for i := range a.rounds {
			stores, times := []*models.Store{a.small, a.big}, [2]float64{}
			for j := range stores {
				which := (i + j) % 2
				if times[which], err = median(ctx, stores[which], p); err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
			}
			small, big = append(small, times[0]), append(big, times[1])
			r.values = append(r.values, times[1]/times[0])
		}
		r.operation = fmt.Sprintf("%s (%.2f ms / %.2f ms)", p.name, row{values: big}.median(), row{values: small}.median())
		a.add(r)
	}
	return nil
}

// median is that of the time of some calls, in milliseconds.
func median(ctx context.Context, s *models.Store, p page) (float64, error) {
	var r row
	for range adminCalls {
		start := time.Now()
		if err := p.do(ctx, s); err != nil {
			return 0, err
		}
		r.values = append(r.values, float64(time.Since(start).Microseconds())/1000)
	}
	return r.median(), nil
}

// samples finds what filters can ask for in both databases, and tokens of each.
func (a *adminBench) samples(ctx context.Context) (modeltest.FilterValues, map[*models.Store][]string, error) {
	v := modeltest.FilterValues{Owner: "mika@example.com", Text: "deploy", Last: "none", Address: sharedAddress}
	ids := map[*models.Store][]string{}
	for _, s := range []*models.Store{a.small, a.big} {
		for _, f := range modeltest.AdminFilters(v) {
			p, err := s.AdminTokens(ctx, models.AdminQuery{AdminFilter: f.AdminFilter, Limit: adminRows})
			if err != nil {
				return v, nil, err
			}
			for _, t := range p.Tokens {
				ids[s] = append(ids[s], t.PublicID)
				v.Last = t.LastFour
			}
		}
	}
	return v, ids, nil
}

// sharedAddress is one that many of the demo's tokens are used from.
const sharedAddress = "203.0.113.10"

// each calls f with one of the ids after the other.
func each(ids map[*models.Store][]string, f func(context.Context, *models.Store, string) error) func(context.Context, *models.Store) error {
	next := map[*models.Store]int{}
	return func(ctx context.Context, s *models.Store) error {
		next[s]++
		return f(ctx, s, ids[s][next[s]%len(ids[s])])
	}
}

// adminPages are the first, a later and the last page of each filter, with the count above the list.
func adminPages(v modeltest.FilterValues) []page {
	var out []page
	list := func(name string, q models.AdminQuery) {
		q.Limit = adminRows
		out = append(out, page{name, func(ctx context.Context, s *models.Store) error {
			_, err := s.AdminTokens(ctx, q)
			return err
		}})
	}
	for _, f := range slices.Concat(modeltest.AdminFilters(v), modeltest.AdminPairs(v)) {
		list(f.Name+", first page", models.AdminQuery{AdminFilter: f.AdminFilter})
		list(f.Name+", last page", models.AdminQuery{AdminFilter: f.AdminFilter, Last: true})
		out = append(out, page{f.Name + ", count", func(ctx context.Context, s *models.Store) error {
			_, err := s.AdminCount(ctx, f.AdminFilter)
			return err
		}})
	}
	return out
}
