package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tessera/models"
)

// An act on many tokens must leave room for others: making a token meanwhile is
// compared with making one before.
const (
	bulkLimit = 5
	bulkUsual = 500 // tokens made before, for the usual time
)

// runBulk revokes many tokens at once, and makes tokens before and meanwhile.
func (b *bench) runBulk(ctx context.Context, out io.Writer, tokens int) (err error) {
	dir, err := os.MkdirTemp(b.dir, "tessera-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := b.build(ctx, dir); err != nil {
		return err
	}
	b.rows = nil // the binary's size is no matter here
	a := adminBench{bench: *b}
	store, err := a.open(ctx, filepath.Join(dir, "bulk"), "bulk", tokens)
	if err != nil {
		return err
	}
	defer store.Close()
	store.Limits.LiveTokens = 1 << 30
	owners, err := store.Users(ctx)
	if err != nil {
		return err
	}
	usual, err := makeTokens(ctx, store, owners, func(made int) bool { return made < bulkUsual })
	if err != nil {
		return err
	}
	j, err := store.StartJob(ctx, models.CLI, models.JobForm{Nonce: rand.Text(), Kind: models.JobRevoke, Selection: models.Selection{Filter: &models.AdminFilter{Status: "live"}}})
	if err != nil {
		return err
	}
	start := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- store.RunJobs(ctx) }()
	meanwhile, err := makeTokens(ctx, store, owners, func(int) bool { return len(ended) == 0 })
	if err := errors.Join(err, <-ended); err != nil {
		return err
	}
	took := time.Since(start)
	if j, err = store.Job(ctx, j.ID); err != nil {
		return err
	}
	for _, at := range []struct {
		name string
		of   func([]time.Duration) time.Duration
		kind goal
	}{{"median", quantile(0.5), atMost}, {"mean", mean, atMost}, {"95th percentile", quantile(0.95), told}, {"99th percentile", quantile(0.99), told}} {
		b.add(row{operation: "create a token during a bulk revoke / before, " + at.name, unit: "%.2fx", limit: bulkLimit, kind: at.kind,
			values: []float64{float64(at.of(meanwhile)) / float64(at.of(usual))}})
	}
	missed, err := printTable(out, b.rows)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nOne revocation of %d tokens (%d collected, %d revoked) in %v; %d tokens made meanwhile by one caller, in %v each (median), usually in %v; the longest took %v.\n",
		tokens, j.Total, j.Changed, took.Round(time.Millisecond), len(meanwhile), quantile(0.5)(meanwhile), quantile(0.5)(usual), slices.Max(meanwhile))
	if missed > 0 {
		return fmt.Errorf("%d of the goals were missed", missed)
	}
	return nil
}

// makeTokens makes tokens of one owner after the other, one at a time, and returns how long each took.
func makeTokens(ctx context.Context, store *models.Store, owners []models.User, on func(made int) bool) (times []time.Duration, err error) {
	for on(len(times)) {
		start := time.Now()
		_, _, err := store.CreateToken(ctx, models.CLI, &owners[len(times)%len(owners)], models.NewToken{Name: rand.Text(), Validity: models.DefaultValidity, Nonce: rand.Text()})
		if err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}

func quantile(q float64) func([]time.Duration) time.Duration {
	return func(times []time.Duration) time.Duration {
		return slices.Sorted(slices.Values(times))[int(q*float64(len(times)-1))]
	}
}

func mean(times []time.Duration) time.Duration {
	sum := time.Duration(0)
	for _, d := range times {
		sum += d
	}
	return sum / time.Duration(len(times))
}
