package models

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"tessera/models/token"
)

// How long what is cached may be believed.
const (
	cacheLife  = time.Minute            // at most, whatever happens
	pollEvery  = 250 * time.Millisecond // changes made by other processes
	pollTrust  = time.Second            // without a successful poll for so long, the database is asked
	cacheCount = 100_000                // tokens

	readTimeout = 4 * time.Second // a database that answers later is as good as gone
	unseen      = -1              // as the number of the last change seen: none yet
)

// Verifier answers which principal a secret stands for: from memory where it
// can, from the database where it must. A change in this process is seen by the
// next call; a change by another process within a second.
type Verifier struct {
	store   *Store
	cache   *otter.Cache[[32]byte, *Principal]
	flights singleflight.Group
	mono    func() time.Time // has a monotonic reading
	read    func(context.Context, [32]byte) (*Principal, error)

	mu         sync.Mutex    // orders filling the cache against forgetting
	generation atomic.Uint64 // grows with each forgetting

	polled atomic.Int64 // start of the last successful poll, since epoch, in nanoseconds
	epoch  time.Time
	seq    int64 // of the last change seen; used by poll alone
}

// NewVerifier makes the verifier of store. Until Run polls, nothing that is
// cached is trusted.
func NewVerifier(store *Store) *Verifier {
	v := &Verifier{store: store, mono: time.Now, read: (&principalReader{store: store}).read, epoch: time.Now(), seq: unseen, cache: otter.Must(&otter.Options[[32]byte, *Principal]{
		MaximumSize:      cacheCount,
		ExpiryCalculator: otter.ExpiryWriting[[32]byte, *Principal](cacheLife),
	})}
	v.polled.Store(-int64(2 * pollTrust))
	store.forget = v.forget
	return v
}

// Verify tells what secret is worth now, when it comes from an address. The
// principal is nil for OutcomeMalformed and OutcomeUnknown. An error means that the
// database could not be asked, never that the secret is bad.
func (v *Verifier) Verify(ctx context.Context, secret, address string) (*Principal, Outcome, error) {
	if token.Parse(secret) != nil {
		return nil, OutcomeMalformed, nil
	}
	hash := token.Hash(secret)
	p, ok := v.cache.GetIfPresent(hash)
	current := v.mono().Sub(v.epoch)-time.Duration(v.polled.Load()) <= pollTrust
	if !ok || !current {
		var err error
		if p, err = v.load(ctx, hash); err != nil {
			return nil, "", err
		}
		if p == nil {
			return nil, OutcomeUnknown, nil
		}
	}
	policy, err := v.policy(ctx, current)
	if err != nil {
		return nil, "", err
	}
	now := v.store.Now().UnixMicro()
	outcome := p.outcome(now)
	if outcome == OutcomeOK && !policy.Admits(address, p.CreatedAt, now) {
		outcome = OutcomeNetwork
	}
	return p, outcome, nil
}

// policy is the one that this process knows, if it hears of changes; nobody is let
// in before it knows one.
func (v *Verifier) policy(ctx context.Context, current bool) (*TokenPolicy, error) {
	if p := v.store.policy.Load(); p != nil && current {
		return p, nil
	}
	err := v.store.loadPolicy(ctx)
	return v.store.Policy(), err
}

// load reads a principal, once for all that ask at the same time. A read that
// began before a change is not shared with those who ask after it, and does not
// enter the cache.
func (v *Verifier) load(ctx context.Context, hash [32]byte) (*Principal, error) {
	generation := v.generation.Load()
	key := string(binary.LittleEndian.AppendUint64(hash[:], generation))
	p, err, _ := v.flights.Do(key, func() (any, error) {
		// The first to ask may go away; the others still want the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		defer cancel()
		p, err := v.read(ctx, hash)
		if err != nil || p == nil {
			return p, err
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.generation.Load() == generation {
			v.cache.Set(hash, p)
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return p.(*Principal), nil
}

func (v *Verifier) forget(e forgetEntry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.generation.Add(1)
	switch {
	case e.hash != nil:
		v.cache.Invalidate(*e.hash)
	case e.userID != 0:
		for hash, p := range v.cache.All() {
			if p.UserID == e.userID {
				v.cache.Invalidate(hash)
			}
		}
	default:
		v.cache.InvalidateAll()
	}
}

// Run polls for changes made by other processes until ctx ends. One row is read
// by its key four times a second; unlike LISTEN this works on both databases and
// behind a connection pooler.
func (v *Verifier) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		v.poll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (v *Verifier) poll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pollTrust)
	defer cancel()
	start := v.mono().Sub(v.epoch)
	changes, newest, complete, err := v.store.changesSince(ctx, v.seq)
	if err != nil {
		return // after pollTrust the cache is no longer believed
	}
	everything := func(c StandingChange) bool { return c.Hash == nil && c.UserID == nil }
	if !complete || slices.ContainsFunc(changes, everything) {
		if v.store.loadPolicy(ctx) != nil {
			return
		}
	}
	if !complete {
		v.forget(forgetEntry{})
	} else {
		for _, c := range changes {
			e := forgetEntry{}
			if c.UserID != nil {
				e.userID = *c.UserID
			} else if len(c.Hash) == len(e.hash) {
				hash := [32]byte(c.Hash)
				e.hash = &hash
			}
			v.forget(e)
		}
	}
	v.seq = newest
	v.polled.Store(int64(start))
}
