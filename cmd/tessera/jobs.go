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
	dueEvery     = time.Second // planned revocations; they hold to the moment all the same
	expireEvery  = 30 * time.Second
	figuresEvery = time.Minute // at most, see CountFigures
)

// startJobs starts what goes on beside the requests, and returns what stops it
// and waits for its end.
func (a *App) startJobs(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.verifier.Run(ctx) })
	for _, job := range []struct {
		every time.Duration
		later bool // not at the start
		what  string
		do    func(context.Context) error
	}{
		{flushEvery, false, "write the usage; it is kept and tried again", a.usage.Flush},
		{cleanupEvery, false, "remove what has ended", a.store.Cleanup},
		{actEvery, false, "act on many tokens; it is tried again", a.store.RunJobs},
		{dueEvery, false, "revoke tokens as planned; they are refused all the same", a.store.RevokeDue},
		{dueEvery, false, "end what somebody who has left still had; it is tried again", a.store.RunRundowns},
		{cleanupEvery, false, "pause or revoke what is unused for too long", a.store.EnforceUnused},
		{expireEvery, false, "note what has expired; it is refused all the same", a.store.ExpireTokens},
		{figuresEvery, true, "count the tokens", a.store.CountFigures},
	} {
		running.Go(func() {
			if job.later {
				wait(ctx, job.every)
			}
			every(ctx, job.every, func() { a.report(job.what, job.do(ctx)) })
		})
	}
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

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
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
