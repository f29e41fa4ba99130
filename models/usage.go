package models

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Usage counts requests by token in memory and writes them in batches: a write
// for each request would make every answer wait for the disk. Its memory is bounded.
type Usage struct {
	store *Store

	writing sync.Mutex // held while a batch is on its way to the database

	mu    sync.Mutex
	users map[int64]map[int64]*tokenUse // by person, then token
	size  int                           // tokens and origins in users
}

const (
	maxPending = 200_000 // tokens and origins; beyond that, nothing new is counted until the next flush
	maxOrigins = 50      // a token
	flushBatch = 500     // tokens a transaction, and the rest of the last person's
)

// tokenUse is what is not yet written of one token.
type tokenUse struct {
	days        map[dayOutcome]int64
	origins     map[originKey]*originUse
	first, last use // of good requests
}

type dayOutcome struct {
	day     int64 // since 1970-01-01, UTC
	outcome Outcome
}

type originKey struct {
	address, client string
	outcome         Outcome
}

type originUse struct {
	originKey             // its texts belong to no request's memory
	requests, first, last int64
}

type use struct {
	at              int64 // Unix microseconds; 0: none
	address, client string
}

// NewUsage makes the counter of store.
func NewUsage(store *Store) *Usage {
	return &Usage{store: store, users: map[int64]map[int64]*tokenUse{}}
}

// Record counts one request with a known token. client is ClientName's answer.
func (u *Usage) Record(p *Principal, outcome Outcome, address, client string) {
	now := u.store.Now().UnixMicro()
	u.mu.Lock()
	defer u.mu.Unlock()
	t := u.users[p.UserID][p.TokenID]
	if t == nil {
		if u.size >= maxPending {
			return
		}
		t = &tokenUse{days: map[dayOutcome]int64{}, origins: map[originKey]*originUse{}}
		u.put(p.UserID, p.TokenID, t)
	}
	t.days[dayOutcome{now / day.Microseconds(), outcome}]++
	key := originKey{address, client, outcome}
	o := t.origins[key]
	if o == nil {
		if len(t.origins) >= maxOrigins || u.size >= maxPending {
			u.size -= t.dropOldestOrigin()
		}
		u.size++
		o = &originUse{originKey: originKey{strings.Clone(address), strings.Clone(client), outcome}, first: now}
		t.origins[o.originKey] = o
	}
	o.requests++
	o.last = now
	if outcome == OutcomeOK {
		t.last = use{now, o.address, o.client}
		if t.first.at == 0 {
			t.first = t.last
		}
	}
}

func (u *Usage) put(userID, tokenID int64, t *tokenUse) {
	if u.users[userID] == nil {
		u.users[userID] = map[int64]*tokenUse{}
	}
	u.users[userID][tokenID] = t
	u.size += t.size()
}

// size is what t counts for in the bound of the memory.
func (t *tokenUse) size() int { return 1 + len(t.origins) }

// dropOldestOrigin returns how many that were: a token without origins has none to drop.
func (t *tokenUse) dropOldestOrigin() int {
	if len(t.origins) == 0 {
		return 0
	}
	var oldest originKey
	at := int64(0)
	for key, o := range t.origins {
		if at == 0 || o.last < at {
			oldest, at = key, o.last
		}
	}
	delete(t.origins, oldest)
	return 1
}

// Flush writes all that is pending.
func (u *Usage) Flush(ctx context.Context) error {
	u.mu.Lock()
	people := slices.Collect(maps.Keys(u.users))
	u.mu.Unlock()
	var errs []error
	for len(people) > 0 {
		n, err := u.flush(ctx, people)
		people = people[n:]
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// FlushUser writes what is pending of one person's tokens, so that a page that
// is about to be read shows it.
func (u *Usage) FlushUser(ctx context.Context, userID int64) error {
	_, err := u.flush(ctx, []int64{userID})
	return err
}

// flush writes what is pending of the first of people, at least flushBatch tokens
// if there are so many, and returns how many people that were. What fails stays
// pending. One at a time: after it, what was pending before is in the database.
func (u *Usage) flush(ctx context.Context, people []int64) (int, error) {
	u.writing.Lock()
	defer u.writing.Unlock()
	batch, n := u.take(people)
	if len(batch) == 0 {
		return n, nil
	}
	err := u.store.Tx(ctx, func(tx *Store) error {
		for _, p := range batch {
			if err := tx.addUse(ctx, p.tokenID, p.use); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		u.putBack(batch)
	}
	return n, err
}

// pending is what is to be written of one token.
type pending struct {
	userID, tokenID int64
	use             *tokenUse
}

// take removes from memory and returns what is pending of the first of people,
// and how many people that were.
func (u *Usage) take(people []int64) (batch []pending, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for n < len(people) && len(batch) < flushBatch {
		userID := people[n]
		for tokenID, t := range u.users[userID] {
			batch = append(batch, pending{userID, tokenID, t})
			u.size -= t.size()
		}
		delete(u.users, userID)
		n++
	}
	// Processes that write the same tokens must lock them in the same order.
	slices.SortFunc(batch, func(a, b pending) int { return cmp.Compare(a.tokenID, b.tokenID) })
	return batch, n
}

// putBack merges what could not be written with what has come since.
func (u *Usage) putBack(batch []pending) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, p := range batch {
		if t := u.users[p.userID][p.tokenID]; t != nil {
			u.size -= t.size()
			t.merge(p.use)
			u.size += t.size()
		} else if u.size < maxPending {
			u.put(p.userID, p.tokenID, p.use)
		}
	}
}

// merge adds older counts.
func (t *tokenUse) merge(older *tokenUse) {
	for key, n := range older.days {
		t.days[key] += n
	}
	for key, o := range older.origins {
		if newer := t.origins[key]; newer != nil {
			newer.requests += o.requests
			newer.first = o.first
		} else if len(t.origins) < maxOrigins {
			t.origins[key] = o
		}
	}
	if older.first.at != 0 {
		t.first = older.first
		if t.last.at == 0 {
			t.last = older.last
		}
	}
}
