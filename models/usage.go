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
	maxOrigins = 50      // a token, of good requests, and as many of refused ones
	flushBatch = 500     // tokens a transaction, and the rest of the last person's
)

// tokenUse is what is not yet written of one token. The lists are short: a day
// or two with their outcomes, and at most maxOrigins of each kind.
type tokenUse struct {
	days        []dayUse
	origins     []originUse
	first, last use   // of good requests
	refused     int64 // the last one while it was dead or paused, in Unix microseconds; 0: none
}

type dayUse struct {
	day      int64 // since 1970-01-01, UTC
	outcome  Outcome
	requests int64
}

type originUse struct {
	address, client       string // belong to no request's memory
	outcome               Outcome
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
		t = &tokenUse{}
		u.put(p.UserID, p.TokenID, t)
	}
	t.addDay(dayUse{now / day.Microseconds(), outcome, 1})
	o := t.origin(address, client, outcome)
	if o == nil {
		if t.count(outcome) >= maxOrigins || u.size >= maxPending {
			u.size -= t.dropOldestOrigin(outcome)
		}
		u.size++
		t.origins = append(t.origins, originUse{strings.Clone(address), strings.Clone(client), outcome, 0, now, 0})
		o = &t.origins[len(t.origins)-1]
	}
	o.requests++
	o.last = now
	switch outcome {
	case OutcomeExpired, OutcomeRevoked, OutcomePaused:
		t.refused = now
	case OutcomeOK:
		t.last = use{now, o.address, o.client}
		if t.first.at == 0 {
			t.first = t.last
		}
	}
}

func (t *tokenUse) addDay(d dayUse) {
	for i := range t.days {
		if t.days[i].day == d.day && t.days[i].outcome == d.outcome {
			t.days[i].requests += d.requests
			return
		}
	}
	t.days = append(t.days, d)
}

// origin returns nil when there is none yet.
func (t *tokenUse) origin(address, client string, outcome Outcome) *originUse {
	for i := range t.origins {
		if o := &t.origins[i]; o.address == address && o.client == client && o.outcome == outcome {
			return o
		}
	}
	return nil
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

// alike reports whether two outcomes are of one kind: good, or refused.
func alike(a, b Outcome) bool { return (a == OutcomeOK) == (b == OutcomeOK) }

// count is how many origins there are of an outcome's kind.
func (t *tokenUse) count(of Outcome) (n int) {
	for _, o := range t.origins {
		if alike(o.outcome, of) {
			n++
		}
	}
	return n
}

// dropOldestOrigin drops the oldest of an outcome's kind, so that whoever tries a dead
// token from everywhere does not hide where it was good; if there is none, the oldest.
// It returns how many that were: a token without origins has none to drop.
func (t *tokenUse) dropOldestOrigin(of Outcome) int {
	if len(t.origins) == 0 {
		return 0
	}
	oldest := 0
	for i, o := range t.origins {
		kind, best := alike(o.outcome, of), alike(t.origins[oldest].outcome, of)
		if kind && !best || kind == best && o.last < t.origins[oldest].last {
			oldest = i
		}
	}
	t.origins = slices.Delete(t.origins, oldest, oldest+1)
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
	err := u.store.Tx(ctx, func(tx *Store) error { return tx.addUse(ctx, batch) })
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
	for _, d := range older.days {
		t.addDay(d)
	}
	for _, o := range older.origins {
		if newer := t.origin(o.address, o.client, o.outcome); newer != nil {
			newer.requests += o.requests
			newer.first = o.first
		} else if t.count(o.outcome) < maxOrigins {
			t.origins = append(t.origins, o)
		}
	}
	t.refused = max(t.refused, older.refused)
	if older.first.at != 0 {
		t.first = older.first
		if t.last.at == 0 {
			t.last = older.last
		}
	}
}
