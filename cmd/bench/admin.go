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
	if err := a.compare(ctx); err != nil {
		return err
	}
	missed, err := printTable(out, a.rows)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nTime of the page's reads with %d tokens, of it with as many rows as there are with %d tokens / the same with %[2]d.\nMedians of %d calls, in %d rounds in %v.\n",
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

// page is one page under comparison; rows is how many of its list there are to be.
type page struct {
	name string
	do   func(ctx context.Context, s *models.Store, rows int) (shown int, err error)
}

// compare measures each page as it is, with up to adminRows rows. It judges it with
// as many rows as the small installation has, for a row costs the same in both.
func (a *adminBench) compare(ctx context.Context) error {
	filters, ids, err := a.samples(ctx)
	if err != nil {
		return err
	}
	for _, p := range append(a.listPages(filters), onePage(ids), overview) {
		shown, err := p.do(ctx, a.small, adminRows)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		r := row{unit: "%.2fx", limit: adminLimit, kind: atMost}
		var small, big, full []float64
		for i := range a.rounds {
			var times [3]float64 // small, big with as many rows, big
			for j := range times {
				which := (i + j) % len(times)
				store, rows := a.big, adminRows
				switch which {
				case 0:
					store = a.small
				case 1:
					rows = max(shown, 1)
				}
				if times[which], err = median(ctx, store, p, rows); err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
			}
			small, big, full = append(small, times[0]), append(big, times[1]), append(full, times[2])
			r.values = append(r.values, times[1]/times[0])
		}
		ms := func(values []float64) float64 { return row{values: values}.median() }
		r.operation = fmt.Sprintf("%s: %.2f ms, %d rows %.2f ms / %.2f ms", p.name, ms(full), shown, ms(big), ms(small))
		a.add(r)
	}
	return nil
}

// median is that of the time of some calls, in milliseconds.
func median(ctx context.Context, s *models.Store, p page, rows int) (float64, error) {
	var r row
	for range adminCalls {
		start := time.Now()
		if _, err := p.do(ctx, s, rows); err != nil {
			return 0, err
		}
		r.values = append(r.values, float64(time.Since(start).Microseconds())/1000)
	}
	return r.median(), nil
}

// samples finds what filters can ask for in each of the databases, and some of its tokens.
func (a *adminBench) samples(ctx context.Context) (filters map[*models.Store][]modeltest.NamedFilter, ids map[*models.Store][]string, err error) {
	filters, ids = map[*models.Store][]modeltest.NamedFilter{}, map[*models.Store][]string{}
	for _, s := range []*models.Store{a.small, a.big} {
		v := modeltest.FilterValues{Owner: "mika@example.com", Text: "deploy", Last: "none", Address: sharedAddress}
		for _, f := range modeltest.AdminFilters(v) {
			p, err := s.AdminTokens(ctx, models.AdminQuery{AdminFilter: f.AdminFilter, Limit: adminRows})
			if err != nil {
				return nil, nil, err
			}
			for _, t := range p.Tokens {
				ids[s] = append(ids[s], t.PublicID)
				v.Last = t.LastFour
			}
		}
		filters[s] = slices.Concat(modeltest.AdminFilters(v), modeltest.AdminPairs(v))
	}
	return filters, ids, nil
}

// sharedAddress is one that many of the demo's tokens are used from.
const sharedAddress = "203.0.113.10"

// listPages are the first, the second and the last page of each filter, with the count above the list.
func (a *adminBench) listPages(filters map[*models.Store][]modeltest.NamedFilter) []page {
	var out []page
	for i, f := range filters[a.small] {
		second := map[*models.Store]string{}
		for _, name := range []string{"first page", "second page", "last page"} {
			out = append(out, page{f.Name + ", " + name, func(ctx context.Context, s *models.Store, rows int) (int, error) {
				q := models.AdminQuery{AdminFilter: filters[s][i].AdminFilter, Last: name == "last page", Limit: rows}
				if name == "second page" { // the first one where there is no other
					q.After = second[s]
				}
				p, err := s.AdminTokens(ctx, q)
				if name == "first page" && second[s] == "" {
					second[s] = p.After
				}
				if err != nil {
					return 0, err
				}
				_, err = s.AdminCount(ctx, q.AdminFilter)
				return len(p.Tokens), err
			}})
		}
	}
	return out
}

// onePage shows one of the tokens after the other.
func onePage(ids map[*models.Store][]string) page {
	next := map[*models.Store]int{}
	return page{"one token", func(ctx context.Context, s *models.Store, _ int) (int, error) {
		next[s]++
		t, err := s.AdminToken(ctx, ids[s][next[s]%len(ids[s])])
		if err != nil {
			return 0, err
		}
		if _, err := s.UsageByOutcome(ctx, &t.Token, models.FigureDays); err != nil {
			return 0, err
		}
		_, err = s.Origins(ctx, &t.Token)
		return 1, err
	}}
}

var overview = page{"overview", func(ctx context.Context, s *models.Store, _ int) (int, error) {
	_, err := s.Figures(ctx)
	return 1, err
}}
