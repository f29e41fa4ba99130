package handlers

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// limiter allows so many events for each key within a window of time. It
// remembers a bounded number of keys, in this process.
type limiter struct {
	most    int // 0: no limit
	per     time.Duration
	now     func() time.Time
	windows *otter.Cache[string, *window]
}

type window struct {
	mu    sync.Mutex
	start time.Time
	count int
}

const maxWindows = 100_000

func newLimiter(now func() time.Time, most int, per time.Duration) *limiter {
	return &limiter{most: most, per: per, now: now, windows: otter.Must(&otter.Options[string, *window]{MaximumSize: maxWindows})}
}

// take counts one event and returns 0, or counts nothing and returns how long to wait.
func (l *limiter) take(key string) time.Duration {
	if l.most == 0 {
		return 0
	}
	_, _, wait := l.spend(key)
	return wait
}

// spend is take that also tells what is left of the window, and when the next
// one begins. It is for a limiter that has a limit.
func (l *limiter) spend(key string) (left int, reset, wait time.Duration) {
	w, _ := l.windows.ComputeIfAbsent(key, func() (*window, bool) { return &window{}, false })
	w.mu.Lock()
	defer w.mu.Unlock()
	now := l.now()
	if d := now.Sub(w.start); d < 0 || d >= l.per { // below 0: the clock was set back, which must lock nobody out
		w.start, w.count = now, 0
	}
	reset = w.start.Add(l.per).Sub(now)
	if w.count >= l.most {
		return 0, reset, reset
	}
	w.count++
	return l.most - w.count, reset, 0
}

// giveBack undoes a take.
func (l *limiter) giveBack(key string) {
	if w, ok := l.windows.GetIfPresent(key); ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.count = max(0, w.count-1)
	}
}

// signInThrottle slows the guessing of passwords without letting a stranger
// lock a person out: a browser in which they signed in before has its own budget.
type signInThrottle struct {
	accountNetworkMinute, accountNetworkHour *limiter // failures of one account from one network
	accountHour                              *limiter // failures of one account from anywhere
	networkMinute                            *limiter // failures from one network
	deviceMinute, deviceHour                 *limiter // failures of one account in a known browser
}

func newSignInThrottle(now func() time.Time) *signInThrottle {
	return &signInThrottle{
		accountNetworkMinute: newLimiter(now, 5, time.Minute),
		accountNetworkHour:   newLimiter(now, 30, time.Hour),
		accountHour:          newLimiter(now, 100, time.Hour),
		networkMinute:        newLimiter(now, 20, time.Minute),
		deviceMinute:         newLimiter(now, 5, time.Minute),
		deviceHour:           newLimiter(now, 30, time.Hour),
	}
}

type budget struct {
	limiter *limiter
	key     string
}

// attempt counts a sign-in as failed before it is tried, so that many at once
// don't slip through. It returns how long to wait, or 0 and what to call when it
// did not fail. The network's budget comes first: who has used that up makes the
// limiters remember no more accounts.
func (t *signInThrottle) attempt(account, network, device string) (wait time.Duration, uncount func()) {
	hash := sha256.Sum256([]byte(account)) // strangers choose how long an address is
	account = string(hash[:])
	budgets := []budget{
		{t.networkMinute, network}, {t.accountNetworkMinute, account + network},
		{t.accountNetworkHour, account + network}, {t.accountHour, account},
	}
	if device != "" {
		budgets = []budget{{t.deviceMinute, account + device}, {t.deviceHour, account + device}}
	}
	for i, b := range budgets {
		if wait := b.limiter.take(b.key); wait > 0 {
			giveBack(budgets[:i])
			return wait, nil
		}
	}
	return 0, func() { giveBack(budgets) }
}

func giveBack(budgets []budget) {
	for _, b := range budgets {
		b.limiter.giveBack(b.key)
	}
}
