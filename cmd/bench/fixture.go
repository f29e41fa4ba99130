package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"tessera/models"
	"tessera/models/token"
)

// fixture is what a database holds before the product starts on it.
type fixture struct {
	where     models.Config
	secrets   []string // of tokens in use
	ownSecret string   // of a token of few's
	few       account  // has ten tokens
	many      account  // has ten thousand
}

// account is a signed-in person.
type account struct {
	id     int64
	cookie string // header line of their browser
}

const (
	fewTokens  = 10
	manyTokens = 10_000
	crowd      = 1000 // people who share the tokens in use
	firstID    = 1 << 40
	batch      = 20_000
	password   = "nine warm lanterns over Kyoto"
)

// fill migrates the database and adds the people of a fixture, and inUse tokens whose secrets are known.
func fill(ctx context.Context, where models.Config, inUse int) (*fixture, error) {
	store, err := models.Open(ctx, where)
	if err != nil {
		return nil, err
	}
	f := &fixture{where: where}
	return f, errors.Join(f.fill(ctx, store, inUse), store.Close())
}

func (f *fixture) fill(ctx context.Context, store *models.Store, inUse int) error {
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	few, err := store.CreateUser(ctx, models.CLI, models.NewUser{Email: "few@bench.example", Name: "Few Tokens", Password: password, Language: "en"})
	if err != nil {
		return err
	}
	people := []models.User{*few}
	for i := range crowd {
		u := *few
		u.ID = firstID + int64(i)
		u.Email, u.Name = fmt.Sprintf("person%d@bench.example", i), fmt.Sprintf("Person %d", i)
		people = append(people, u)
	}
	many := people[1]
	if err := store.InsertDemo(ctx, models.Demo{Users: people[1:]}); err != nil {
		return err
	}
	owners := make([]int64, 0, fewTokens+manyTokens+inUse)
	for range fewTokens {
		owners = append(owners, few.ID)
	}
	for range manyTokens {
		owners = append(owners, many.ID)
	}
	for i := range inUse {
		owners = append(owners, people[2+i%(crowd-1)].ID)
	}
	secrets, err := insertTokens(ctx, store, owners)
	if err != nil {
		return err
	}
	f.ownSecret, f.secrets = secrets[0], secrets[fewTokens+manyTokens:]
	if f.few, err = signIn(ctx, store, few); err != nil {
		return err
	}
	f.many, err = signIn(ctx, store, &many)
	return err
}

// insertTokens makes one token for each owner and returns their secrets.
func insertTokens(ctx context.Context, store *models.Store, owners []int64) ([]string, error) {
	now := store.Now()
	expires := now.AddDate(0, 0, 90)
	secrets := make([]string, 0, len(owners))
	var d models.Demo
	for i, owner := range owners {
		secret := token.New()
		hash := token.Hash(secret)
		secrets = append(secrets, secret)
		d.Tokens = append(d.Tokens, models.Token{
			ID: firstID + int64(i), PublicID: strings.ToLower(rand.Text()), UserID: owner, Name: fmt.Sprintf("Deploy job %d", i), Hash: hash[:],
			LastFour: token.LastFour(secret), Nonce: fmt.Sprint("bench", i), Version: 1, ExpiresAt: &expires,
			CreatedAt: now.Add(time.Duration(i-len(owners)) * time.Second),
		})
		if len(d.Tokens) == batch || i == len(owners)-1 {
			if err := store.InsertDemo(ctx, d); err != nil {
				return nil, err
			}
			d.Tokens = nil
		}
	}
	return secrets, nil
}

func signIn(ctx context.Context, store *models.Store, u *models.User) (account, error) {
	session, err := store.SignIn(ctx, u, nil, "127.0.0.1", "bench")
	if err != nil {
		return account{}, err
	}
	return account{u.ID, "Cookie: tessera=" + session.Secret}, nil
}
