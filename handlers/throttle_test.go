package handlers

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// tooLong is refused like a wrong password, but without the work of hashing it.
var tooLong = string(make([]byte, models.MaxPassword+1))

// failures tries until it is stopped, at most n times, and returns how often it could.
func failures(n int, try func(i int) *answer) int {
	for i := range n {
		if try(i).StatusCode == http.StatusTooManyRequests {
			return i
		}
	}
	return n
}

func TestSignInBudgets(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.newBrowser(t)
	guess := func(i int) *answer { return b.signIn(u.Email, tooLong) }

	if n := failures(10, guess); n != 5 {
		t.Errorf("%d failures of an account from a network in a minute", n)
	}
	page := guess(0).want(http.StatusTooManyRequests)
	if wait, err := strconv.Atoi(page.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After: %q", page.Header.Get("Retry-After"))
	}
	if page.none("[aria-invalid]").text(".error-summary li") == "" || page.value("#email") != u.Email || page.value("#password") != "" {
		t.Error("the page does not say why, or does not keep the address alone")
	}
	b.from("192.0.2.200").signIn(u.Email, tooLong).want(http.StatusTooManyRequests)                         // the same /24
	b.from("192.0.2.200").signIn(" "+u.EmailKey+" ", tooLong).want(http.StatusTooManyRequests)              // the same account
	b.from("192.0.2.200").signIn(u.Email, modeltest.Password).want(http.StatusTooManyRequests)              // even if right
	b.from("198.51.100.1").signIn(u.Email, modeltest.Password).to("/settings/tokens")                       // the owner, elsewhere
	s.newBrowser(t).from("192.0.2.9").signIn("b@example.com", tooLong).want(http.StatusUnprocessableEntity) // another account

	b = s.newBrowser(t)
	s.clock.Advance(time.Hour)
	total := 0
	for range 59 {
		total += failures(5, guess)
		s.clock.Advance(time.Minute)
	}
	if total != 30 {
		t.Errorf("%d failures of an account from a network in an hour", total)
	}
}

func TestSignInBudgetOfAnAccount(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	owner := s.newBrowser(t)
	owner.signIn(u.Email, modeltest.Password).to("/settings/tokens")
	owner.post("/sign-out").to("/sign-in")

	// A stranger with many networks.
	b := s.newBrowser(t)
	n := failures(150, func(i int) *answer { return b.from(fmt.Sprintf("2001:db8:%x::1", i/4)).signIn(u.Email, tooLong) })
	if n != 100 {
		t.Errorf("%d failures of an account in an hour", n)
	}
	b.from("203.0.113.1").signIn(u.Email, modeltest.Password).want(http.StatusTooManyRequests)

	// The owner's own browser has a budget of its own, from wherever.
	owner.from("203.0.113.1").signIn(u.Email, modeltest.Password).to("/settings/tokens")
	if n := failures(10, func(int) *answer { return owner.signIn(u.Email, tooLong) }); n != 5 {
		t.Errorf("%d failures in a known browser in a minute", n)
	}
	// That browser is known for its person only.
	other := modeltest.MustUser(t, s.store)
	if n := failures(10, func(int) *answer { return owner.from("203.0.113.9").signIn(other.Email, tooLong) }); n != 5 {
		t.Errorf("%d failures of another account", n)
	}
	owner.from("203.0.113.9").signIn(other.Email, modeltest.Password).want(http.StatusTooManyRequests)
}

func TestSignInBudgetOfANetwork(t *testing.T) {
	s := newSite(t)
	for _, network := range [][2]string{{"192.0.2.1", "192.0.2.254"}, {"2001:db8:1:2::1", "2001:db8:1:2:ffff::1"}} {
		b := s.newBrowser(t)
		n := failures(30, func(i int) *answer { return b.from(network[i%2]).signIn(fmt.Sprintf("%d@example.com", i), tooLong) })
		if n != 20 {
			t.Errorf("%d failures from the network of %s in a minute", n, network[0])
		}
	}
	s.newBrowser(t).from("192.0.3.1").signIn("a@example.com", tooLong).want(http.StatusUnprocessableEntity)
}

// Successful sign-ins cost nothing, nor does a server that could not try.
func TestOnlyFailuresCount(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	for range 6 {
		s.newBrowser(t).signIn(u.Email, modeltest.Password).to("/settings/tokens")
	}
	throttle := newSignInThrottle(s.clock.Now)
	for range 50 {
		wait, uncount := throttle.attempt("a", "n", "")
		if wait > 0 {
			t.Fatal("attempts that were given back count")
		}
		uncount()
	}
}

func TestAHundredGuessesAtOnce(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	var through atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		b := s.newBrowser(t)
		all.Go(func() {
			if b.signIn(u.Email, tooLong).StatusCode != http.StatusTooManyRequests {
				through.Add(1)
			}
		})
	}
	all.Wait()
	if through.Load() != 5 {
		t.Errorf("%d guesses were tried", through.Load())
	}
}

// The current password can't be guessed at the password form either, and a wrong
// new password is no guess.
func TestPasswordChangeIsThrottled(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	b := s.enter(t, u)
	for range 6 {
		b.post("/settings/password", "current_password", modeltest.Password, "new_password", "short").refused("new_password")
	}
	n := failures(10, func(int) *answer {
		return b.post("/settings/password", "current_password", "wrong", "new_password", "seven quiet otters in Nara")
	})
	if n != 5 {
		t.Errorf("%d wrong guesses", n)
	}
	b.post("/settings/password", "current_password", modeltest.Password, "new_password", "seven quiet otters in Nara").
		want(http.StatusTooManyRequests).header("Retry-After", "60")
}

// A clock that is set back locks nobody out until it has caught up.
func TestLimiterWhenTheClockIsSetBack(t *testing.T) {
	clock := modeltest.SetClock(newSite(t).store)
	l := newLimiter(clock.Now, 2, time.Minute)
	for range 3 {
		l.take("k")
	}
	clock.Advance(-24 * time.Hour)
	for i, free := range []bool{true, true, false} { // a new window, with its limit
		if wait := l.take("k"); (wait == 0) != free || wait > time.Minute {
			t.Errorf("take %d has to wait %v", i, wait)
		}
	}
}

// What strangers send can't make the limiters large.
func TestLimiterKeysAreShort(t *testing.T) {
	throttle := newSignInThrottle(modeltest.SetClock(newSite(t).store).Now)
	long := string(make([]byte, maxForm))
	for range 30 {
		throttle.attempt(long, "n", "")
	}
	for _, l := range []*limiter{throttle.accountNetworkMinute, throttle.accountNetworkHour, throttle.accountHour} {
		for key := range l.windows.All() {
			if len(key) > 100 {
				t.Errorf("a key of %d bytes", len(key))
			}
		}
	}
}

// With more people than can be served at once, some are asked to come again; that
// is no failure of theirs.
func TestSignInWhenBusy(t *testing.T) {
	s := newSite(t)
	var all sync.WaitGroup
	var busy atomic.Int64
	for i := range 2*runtime.NumCPU() + 64 + 12 { // hashing, queueing, and some more
		b := s.newBrowser(t).from(fmt.Sprintf("2001:db8:%x::1", i))
		all.Go(func() {
			a := b.signIn("nobody@example.com", "not the password at all")
			if a.StatusCode == http.StatusUnprocessableEntity || a.StatusCode == http.StatusTooManyRequests {
				return
			}
			busy.Add(1)
			if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "5" || a.value("#email") != "nobody@example.com" {
				t.Errorf("%d, Retry-After %q, %q is kept", a.StatusCode, a.Header.Get("Retry-After"), a.value("#email"))
			}
		})
	}
	all.Wait()
	if busy.Load() == 0 {
		t.Error("nobody was asked to come again")
	}
}
