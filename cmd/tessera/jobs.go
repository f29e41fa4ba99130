package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"
)

// How often the jobs run.
const (
	flushEvery   = 10 * time.Second // a crash loses at most so much usage
	cleanupEvery = time.Hour
	setupEvery   = time.Second
	actEvery     = time.Second // looks for acts on many tokens
)

// startJobs starts what goes on beside the requests, and returns what stops it
// and waits for its end.
func (a *App) startJobs(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.verifier.Run(ctx) })
	running.Go(func() {
		every(ctx, flushEvery, func() { a.report("write the usage; it is kept and tried again", a.usage.Flush(ctx)) })
	})
	running.Go(func() {
		every(ctx, cleanupEvery, func() { a.report("remove what has ended", a.store.Cleanup(ctx)) })
	})
	running.Go(func() {
		every(ctx, actEvery, func() { a.report("act on many tokens; it is tried again", a.store.RunJobs(ctx)) })
	})
	running.Go(func() { a.dropSetupFile(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// every calls job now and then once a period, until ctx ends.
func every(ctx context.Context, period time.Duration, job func()) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for ctx.Err() == nil {
		job()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (a *App) report(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("could not "+what, "error", err)
	}
}

// dropSetupFile removes the file with the set-up link as soon as somebody has an account.
func (a *App) dropSetupFile(ctx context.Context) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	every(ctx, setupEvery, func() {
		if _, err := os.Lstat(a.setupFile()); errors.Is(err, fs.ErrNotExist) {
			done()
			return
		}
		any, err := a.store.HasUsers(ctx)
		if any {
			err = a.removeSetupFile()
			done()
		}
		a.report("remove the used set-up link", err)
	})
}
