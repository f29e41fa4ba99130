package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver of the bare commit

	"tessera/models"
)

const (
	creations = 60 // a round
	callers   = 16
)

// creation compares making a token (row, audit event and all) with one bare
// commit that the disk has acknowledged. Both wait for the disk, so time counts.
type creation struct {
	store *models.Store
	owner *models.User
	bare  *sql.DB
}

func openCreation(ctx context.Context, dir string) (*creation, error) {
	store, err := models.Open(ctx, models.Config{Data: filepath.Join(dir, "create"), Limits: models.Limits{LiveTokens: 1 << 30}})
	if err != nil {
		return nil, err
	}
	c := &creation{store: store}
	if err := store.Migrate(ctx); err != nil {
		return c, err
	}
	c.owner, err = store.CreateUser(ctx, models.CLI, models.NewUser{Email: "maker@bench.example", Name: "Maker", Password: password, Language: "en"})
	if err != nil {
		return c, err
	}
	c.bare, err = sql.Open("sqlite3", "file:"+filepath.Join(dir, "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return c, err
	}
	c.bare.SetMaxOpenConns(1)
	_, err = c.bare.ExecContext(ctx, "CREATE TABLE commits (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL)")
	return c, err
}

func (c *creation) close() error {
	var err error
	if c.bare != nil {
		err = c.bare.Close()
	}
	return errors.Join(err, c.store.Close())
}

func (c *creation) token(ctx context.Context) error {
	_, _, err := c.store.CreateToken(ctx, models.CLI, c.owner, models.NewToken{Name: rand.Text(), Validity: models.DefaultValidity, Nonce: rand.Text()})
	return err
}

func (c *creation) commit(ctx context.Context) error {
	hash := make([]byte, 32)
	rand.Read(hash)
	_, err := c.bare.ExecContext(ctx, "INSERT INTO commits (hash, name) VALUES (?, ?)", hash, "Deploy job")
	return err
}

// round returns a second's worth of each: tokens by one caller, tokens by many, bare commits.
func (c *creation) round(ctx context.Context, turn int) (one, many, bare float64, err error) {
	measures := []func(){
		func() { one, err = perSecond(ctx, 1, c.token, err) },
		func() { many, err = perSecond(ctx, callers, c.token, err) },
		func() { bare, err = perSecond(ctx, 1, c.commit, err) },
	}
	for i := range measures {
		measures[(i+turn)%len(measures)]()
	}
	return one, many, bare, err
}

// perSecond calls f from n goroutines, unless there was a fault before.
func perSecond(ctx context.Context, n int, f func(context.Context) error, fault error) (float64, error) {
	if fault != nil {
		return 0, fault
	}
	var next atomic.Int64
	faults := make([]error, n)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range n {
		wg.Go(func() {
			for next.Add(1) <= creations && faults[i] == nil {
				faults[i] = f(ctx)
			}
		})
	}
	wg.Wait()
	return creations / time.Since(start).Seconds(), errors.Join(faults...)
}
