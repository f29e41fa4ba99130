package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"tessera/models"
)

// cacheCost loads every token of f into a verifier and returns what one of them
// takes, in bytes.
func cacheCost(ctx context.Context, f *fixture) (bytes float64, err error) {
	err = withVerifier(ctx, f, func(_ *models.Store, v *models.Verifier) error {
		// Connections and statements that the first reads make are no part of the cache.
		if err := verify(ctx, v, f.secrets[:100]); err != nil {
			return err
		}
		rest := f.secrets[100:]
		before := heap()
		if err := verify(ctx, v, rest); err != nil {
			return err
		}
		bytes = float64(heap()-before) / float64(len(rest))
		runtime.KeepAlive(v)
		return nil
	})
	return bytes, err
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// hitRate is the share of calls that the cache answers when all tokens of f are
// in use, each as likely as the other. Calls that still succeed at once after the
// database has gone are those.
func hitRate(ctx context.Context, f *fixture) (rate float64, err error) {
	err = withVerifier(ctx, f, func(store *models.Store, v *models.Verifier) error {
		random := rand.New(rand.NewPCG(1, 2))
		draw := func(n int) []string {
			drawn := make([]string, n)
			for i := range drawn {
				drawn[i] = f.secrets[random.IntN(len(f.secrets))]
			}
			return drawn
		}
		if err := verify(ctx, v, draw(5*len(f.secrets))); err != nil {
			return err
		}
		asked := draw(20_000)
		if err := store.Close(); err != nil {
			return err
		}
		hits := 0
		for _, secret := range asked {
			if _, _, err := v.Verify(ctx, secret, "127.0.0.1"); err == nil {
				hits++
			}
		}
		rate = float64(hits) / float64(len(asked))
		return nil
	})
	return rate, err
}

func verify(ctx context.Context, v *models.Verifier, secrets []string) error {
	for _, secret := range secrets {
		if _, outcome, err := v.Verify(ctx, secret, "127.0.0.1"); err != nil || outcome != models.OutcomeOK {
			return errors.Join(errors.New("a token is "+string(outcome)), err)
		}
	}
	return nil
}

// withVerifier calls f with a verifier that polls, as in a running program.
func withVerifier(ctx context.Context, fix *fixture, f func(*models.Store, *models.Verifier) error) error {
	store, err := models.Open(ctx, fix.where)
	if err != nil {
		return err
	}
	defer store.Close()
	v := models.NewVerifier(store)
	polling, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { v.Run(polling) })
	defer running.Wait()
	defer stop()
	time.Sleep(100 * time.Millisecond) // for the first poll
	return f(store, v)
}
