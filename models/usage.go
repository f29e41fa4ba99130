package models

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"
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

// addUse adds to a token's counts, unless it has been removed meanwhile.
func (s *Store) addUse(ctx context.Context, id int64, t *tokenUse) error {
	db := s.write(ctx)
	err := s.forUpdate(ctx).Select("id").Where("id = ?", id).Take(&Token{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	for key, n := range t.days {
		if err := db.Exec(`INSERT INTO token_usage (token_id, day, outcome, requests) VALUES (?, ?, ?, ?)
			ON CONFLICT (token_id, day, outcome) DO UPDATE SET requests = token_usage.requests + excluded.requests`,
			id, key.day, key.outcome, n).Error; err != nil {
			return err
		}
	}
	for key, o := range t.origins {
		if err := db.Exec(`INSERT INTO token_origins (token_id, address, client, outcome, requests, first_seen, last_seen)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token_id, address, client, outcome) DO UPDATE SET
			requests = token_origins.requests + excluded.requests, last_seen = excluded.last_seen`,
			id, key.address, key.client, key.outcome, o.requests, o.first, o.last).Error; err != nil {
			return err
		}
	}
	if err := db.Exec(`DELETE FROM token_origins WHERE token_id = ? AND (address, client, outcome) NOT IN
		(SELECT address, client, outcome FROM token_origins WHERE token_id = ? ORDER BY last_seen DESC LIMIT ?)`,
		id, id, maxOrigins).Error; err != nil {
		return err
	}
	return s.addLastUse(db, id, t)
}

func (s *Store) addLastUse(db *gorm.DB, id int64, t *tokenUse) error {
	if t.last.at == 0 {
		return nil
	}
	if err := db.Exec(`UPDATE tokens SET last_used_at = ?, last_used_address = ?, last_used_client = ?
		WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)`,
		t.last.at, t.last.address, t.last.client, id, t.last.at).Error; err != nil {
		return err
	}
	return db.Exec(`UPDATE tokens SET first_used_at = ?, first_used_address = ?, first_used_client = ?
		WHERE id = ? AND first_used_at IS NULL`, t.first.at, t.first.address, t.first.client, id).Error
}

// DayUse is what happened with a token on one day, which begins at midnight UTC.
type DayUse struct {
	Day     time.Time
	OK      int64
	Refused int64 // after its death
}

// UsageByDay returns the last n days up to today, oldest first, none left out.
func (s *Store) UsageByDay(ctx context.Context, t *Token, n int) ([]DayUse, error) {
	today := s.Now().UnixMicro() / day.Microseconds()
	out := make([]DayUse, n)
	for i := range out {
		out[i].Day = time.Unix((today-int64(n-1-i))*int64(day/time.Second), 0).UTC()
	}
	var rows []struct {
		Day, Requests int64
		Outcome       Outcome
	}
	err := s.read(ctx).Table("token_usage").Where("token_id = ? AND day > ? AND day <= ?", t.ID, today-int64(n), today).Find(&rows).Error
	for _, r := range rows {
		d := &out[r.Day-today+int64(n)-1]
		if r.Outcome == OutcomeOK {
			d.OK += r.Requests
		} else {
			d.Refused += r.Requests
		}
	}
	return out, err
}

// Origin is an address and client that a token was used from.
type Origin struct {
	Address, Client     string
	Outcome             Outcome
	Requests            int64
	FirstSeen, LastSeen time.Time `gorm:"serializer:micros"`
}

// Origins returns where a token was used from, newest first, at most 50.
func (s *Store) Origins(ctx context.Context, t *Token) ([]Origin, error) {
	var out []Origin
	err := s.read(ctx).Table("token_origins").Where("token_id = ?", t.ID).
		Order("last_seen DESC").Limit(maxOrigins).Find(&out).Error
	return out, err
}
