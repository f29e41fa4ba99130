package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"tessera/models"
)

type demoCmd struct {
	databaseFlags
	Users  string `default:"20" help:"How many people (${default})." placeholder:"N"`
	Tokens string `default:"500" help:"How many tokens, spread unevenly (${default})." placeholder:"N"`
	Events string `default:"0" help:"How many events in the audit log, of the last years (${default})." placeholder:"N"`
}

// Everybody in the demo data has one password, and the first account is known.
// Both are in the source for all to read, hence the warning that is printed.
const (
	demoEmail    = "mika@example.com"
	demoPassword = "plum ferry violet canyon"
)

// demoBatch is how many tokens go into a transaction.
const demoBatch = 100_000

// Run fills an empty database. Where the demo data is already, it stays as it is.
func (c *demoCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	users, tokens := p.number("users", c.Users, 1, 100_000), p.number("tokens", c.Tokens, 0, 10_000_000)
	events := p.number("events", c.Events, 0, 100_000_000)
	return c.withStore(ctx, p, models.Limits{}, func(store *models.Store) error {
		_, err := store.UserByEmail(ctx, demoEmail)
		switch {
		case err == nil:
			fmt.Fprintln(s.out, "The demo data is there already; it was left as it is.")
		case !errors.Is(err, models.ErrNotFound):
			return err
		default:
			if err := c.fill(ctx, store, s, users, tokens, events); err != nil {
				return err
			}
			fmt.Fprintf(s.out, "Made %d people, %d tokens and %d events.\n", users, tokens, events)
		}
		fmt.Fprintf(s.out, "Sign in as %s with the password: %s\nEverybody knows this password; keep the demo away from strangers.\n",
			demoEmail, demoPassword)
		return nil
	})
}

func (c *demoCmd) fill(ctx context.Context, store *models.Store, s *streams, users, tokens, events int) error {
	if any, err := store.HasUsers(ctx); err != nil {
		return err
	} else if any {
		return errors.New("people have accounts in this database; demo data needs an empty one, so name another folder with --data")
	}
	first, err := firstDemoUser(ctx, store)
	if err != nil {
		return err
	}
	g := newDemoMaker(store.Now(), tokens)
	h := newDemoHistory(g, first, events)
	var d models.Demo
	send := func() error {
		if isTerminal(s.err) {
			fmt.Fprintf(s.err, "\r%d of %d tokens", g.made, tokens)
		}
		err := store.InsertDemo(ctx, d)
		d = models.Demo{}
		return err
	}
	owner := *first
	for i, n := range shares(g.random, users, tokens) {
		if i > 0 {
			owner = g.user(first, int64(i))
			d.Users = append(d.Users, owner)
			h.person(&owner)
		}
		names := map[string]int{}
		for range n {
			g.token(&d, &owner, names)
			h.token(&d.Tokens[len(d.Tokens)-1])
			if len(d.Tokens) == demoBatch {
				if err := send(); err != nil {
					return err
				}
			}
		}
	}
	if err := send(); err != nil || events == 0 {
		return err
	}
	return store.InsertDemoEvents(ctx, h.events())
}

// firstDemoUser makes the account that is known, as old as anything in the demo data.
func firstDemoUser(ctx context.Context, store *models.Store) (*models.User, error) {
	now := store.Now
	defer func() { store.Now = now }()
	store.Now = func() time.Time { return now().Add(-demoAge) }
	return store.CreateUser(ctx, models.CLI, models.NewUser{
		Email: demoEmail, Name: "Mika Sato", Password: demoPassword, TimeZone: "Asia/Tokyo", Language: "en", Admin: true,
	})
}

// shares divides tokens among users, some of whom have many.
func shares(random *rand.Rand, users, tokens int) []int {
	weights := make([]float64, users)
	sum := 0.0
	for i := range weights {
		weights[i] = 0.2 + random.ExpFloat64()
		if i == 0 {
			weights[i] = 2 // the person who is looked at has enough to look at
		}
		sum += weights[i]
	}
	out := make([]int, users)
	given, upTo := 0, 0.0
	for i, w := range weights {
		upTo += w
		out[i] = int(upTo/sum*float64(tokens)+0.5) - given
		given += out[i]
	}
	out[users-1] += tokens - given
	return out
}
