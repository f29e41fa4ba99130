package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tessera/models"
)

// demoMaker makes up people and tokens. The same numbers of them on the same
// day are the same people and tokens.
type demoMaker struct {
	random *rand.Rand
	now    time.Time
	days   int            // of usage a token has at most: with many tokens a few, else the database grows for nothing
	emails map[string]int // how often a local part was wanted
	zones  map[string]*time.Location
	made   int // tokens
}

func newDemoMaker(now time.Time, tokens int) *demoMaker {
	return &demoMaker{
		random: rand.New(rand.NewPCG(2026, 7)),
		now:    now,
		days:   min(90, max(2, 2_000_000/max(1, tokens))),
		emails: map[string]int{},
		zones:  map[string]*time.Location{},
	}
}

const (
	demoDay = 24 * time.Hour
	demoAge = 900 * demoDay // of the oldest
)

// ago is a moment in the last d.
func (g *demoMaker) ago(d time.Duration) time.Time {
	return g.now.Add(-time.Duration(g.random.Int64N(int64(d)))).Truncate(time.Microsecond)
}

// between is a moment from a up to b; a when b is not after it.
func (g *demoMaker) between(a, b time.Time) time.Time {
	if !b.After(a) {
		return a
	}
	return a.Add(time.Duration(g.random.Int64N(int64(b.Sub(a))))).Truncate(time.Microsecond)
}

func pick[T any](g *demoMaker, from []T) T { return from[g.random.IntN(len(from))] }

// chance is true in percent of the cases.
func (g *demoMaker) chance(percent int) bool { return g.random.IntN(100) < percent }

// letters are n characters of an alphabet.
func (g *demoMaker) letters(n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.random.IntN(len(alphabet))]
	}
	return string(b)
}

func (g *demoMaker) location(u *models.User) *time.Location {
	loc := g.zones[u.TimeZone]
	if loc == nil {
		loc = u.Location()
		g.zones[u.TimeZone] = loc
	}
	return loc
}

// user makes up the i-th person after first, whose password is everybody's.
func (g *demoMaker) user(first *models.User, i int64) models.User {
	c := pick(g, demoCultures)
	family, given := pick(g, c.family), pick(g, c.given)
	local := given[1] + "." + family[1]
	if g.emails[local]++; g.emails[local] > 1 {
		local = fmt.Sprintf("%s%d", local, g.emails[local])
	}
	u := models.User{
		ID: first.ID + i, Email: local + "@" + pick(g, []string{"example.com", "example.org", "example.net"}),
		Name: fmt.Sprintf(c.order, given[0], family[0]), PasswordHash: first.PasswordHash,
		TimeZone: pick(g, c.zones), Language: c.language, Theme: pick(g, models.Themes),
		Admin: g.chance(3), CreatedAt: g.ago(demoAge),
	}
	u.UpdatedAt = u.CreatedAt
	if g.chance(4) {
		at := g.between(u.CreatedAt, g.now)
		u.DisabledAt, u.UpdatedAt = &at, at
	}
	return u
}

// demoKept is how long ago a demo token has ended at most: older ones are removed by the server.
const demoKept = 80

// token adds a token of owner to d, with what happened to it; names counts the owner's names.
func (g *demoMaker) token(d *models.Demo, owner *models.User, names map[string]int) {
	g.made++
	t := models.Token{
		ID: int64(g.made), UserID: owner.ID, Version: 1, Name: g.tokenName(owner, names),
		PublicID: g.letters(26, "abcdefghijklmnopqrstuvwxyz234567"), Nonce: g.letters(26, "abcdefghijklmnopqrstuvwxyz234567"),
		LastFour: g.letters(4, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), Hash: g.hash(),
	}
	age := g.random.Float64() * g.random.Float64() * 730 // days; the newer, the more
	t.CreatedAt = g.now.Add(-time.Duration(age * float64(demoDay))).Truncate(time.Microsecond)
	today := g.now.In(g.location(owner))
	if validity := pick(g, []int{7, 30, 30, 90, 90, 90, 365, 365, 0}); validity > 0 {
		last := validity - int(age) // day on which it ends, from today
		if last < -demoKept {       // its owner has moved the date since
			last = g.random.IntN(demoKept+300) - demoKept
		}
		at := models.StartOfDay(today.AddDate(0, 0, last+1), g.location(owner))
		t.ExpiresAt = &at
	}
	end := g.now
	if t.ExpiresAt != nil && t.ExpiresAt.Before(end) {
		end = *t.ExpiresAt
	}
	if g.chance(12) {
		begin := g.now.Add(-demoKept * demoDay)
		if t.CreatedAt.After(begin) {
			begin = t.CreatedAt
		}
		at := g.between(begin, end)
		end, t.RevokedAt = at, &at
		t.Version++
	}
	if end.Equal(g.now) {
		end = g.plan(&t)
	}
	t.Administration = owner.Admin && g.chance(10)
	if g.chance(85) {
		g.use(d, &t, end)
	}
	d.Tokens = append(d.Tokens, t)
}

// plan pauses some of the live tokens, and plans the revocation of some. It
// returns when the token was good last.
func (g *demoMaker) plan(t *models.Token) time.Time {
	switch n := g.random.IntN(100); {
	case n < 2:
		at := g.between(t.CreatedAt, g.now)
		if begin := g.now.Add(-20 * demoDay); at.Before(begin) {
			at = g.between(begin, g.now)
		}
		t.PausedAt = &at
		t.Version++
		return at
	case n < 4:
		at := g.now.Add(time.Duration(1+g.random.IntN(60)) * demoDay).Truncate(time.Hour)
		t.RevokeAt = &at
		t.Version++
	}
	return g.now
}

// tokenName is one that no other token of the owner has.
func (g *demoMaker) tokenName(owner *models.User, names map[string]int) string {
	from := demoTokenNames
	if owner.Language == "ja" {
		from = demoTokenNamesJapanese
	}
	name := pick(g, from)
	if names[name]++; names[name] > 1 {
		name = fmt.Sprintf("%s %d", name, names[name])
	}
	return name
}

// hash is that of no secret: demo tokens let nobody in.
func (g *demoMaker) hash() []byte {
	b := make([]byte, 0, 32)
	for range 4 {
		n := g.random.Uint64()
		for range 8 {
			b = append(b, byte(n))
			n >>= 8
		}
	}
	return b
}

// use makes up the requests of a token that was good until end.
func (g *demoMaker) use(d *models.Demo, t *models.Token, end time.Time) {
	first := g.between(t.CreatedAt, t.CreatedAt.Add(2*demoDay))
	last := g.between(end.Add(-2*demoDay), end)
	if g.chance(25) { // forgotten
		last = g.between(first, end)
	}
	if !first.Before(end) || last.Before(first) {
		return
	}
	home := pick(g, demoClients)
	address := g.address()
	t.FirstUsedAt, t.FirstUsedAddress, t.FirstUsedClient = &first, address, home
	t.LastUsedAt, t.LastUsedAddress, t.LastUsedClient = &last, address, home
	perDay := int64(1) << g.random.IntN(12)
	begin, total := dayNumber(first), int64(0)
	for day := max(begin, dayNumber(last)-int64(g.days)+1); day <= dayNumber(last); day++ {
		weekend := (day+4)%7 == 0 || (day+4)%7 == 6 // day 0 was a Thursday
		if weekend && perDay < 64 && day != begin && day != dayNumber(last) {
			continue // people's tokens rest, machines' don't
		}
		n := 1 + g.random.Int64N(2*perDay)
		total += n
		d.Usage = append(d.Usage, models.DemoUsage{TokenID: t.ID, Day: day, Outcome: models.OutcomeOK, Requests: n})
	}
	origin := models.DemoOrigin{
		TokenID: t.ID, Address: address, Client: home, Outcome: models.OutcomeOK,
		Requests: total, FirstSeen: first.UnixMicro(), LastSeen: last.UnixMicro(),
	}
	d.Origins = append(d.Origins, origin)
	if end.Before(g.now) && g.chance(40) { // somebody has not noticed its end
		g.refuse(d, t, end)
	}
	if g.days < 90 { // enough for very many tokens
		return
	}
	known := map[string]bool{address: true}
	for range g.random.IntN(4) {
		seen := g.between(first, last)
		origin.Address, origin.Client = g.address(), pick(g, demoClients)
		if known[origin.Address] {
			continue
		}
		known[origin.Address] = true
		origin.Requests, origin.FirstSeen, origin.LastSeen = 1+total/10, seen.UnixMicro(), g.between(seen, last).UnixMicro()
		d.Origins = append(d.Origins, origin)
	}
}

// refuse makes up requests with a token that ended, or was paused, at end.
func (g *demoMaker) refuse(d *models.Demo, t *models.Token, end time.Time) {
	outcome := models.OutcomeExpired
	switch {
	case t.RevokedAt != nil:
		outcome = models.OutcomeRevoked
	case t.PausedAt != nil:
		outcome = models.OutcomePaused
	}
	last := g.between(end, g.now)
	t.RefusedAt = &last
	total := int64(0)
	for day := max(dayNumber(end), dayNumber(last)-int64(g.days)+1); day <= dayNumber(last); day++ {
		n := 1 + g.random.Int64N(20)
		total += n
		d.Usage = append(d.Usage, models.DemoUsage{TokenID: t.ID, Day: day, Outcome: outcome, Requests: n})
	}
	d.Origins = append(d.Origins, models.DemoOrigin{
		TokenID: t.ID, Address: t.LastUsedAddress, Client: t.LastUsedClient, Outcome: outcome,
		Requests: total, FirstSeen: end.UnixMicro(), LastSeen: last.UnixMicro(),
	})
}

// address is one of those set aside for documentation (RFC 5737, RFC 3849).
func (g *demoMaker) address() string {
	if g.chance(10) { // the office
		return "203.0.113.10"
	}
	if g.chance(20) {
		return fmt.Sprintf("2001:db8::%x:%x", 1+g.random.IntN(0xfffe), 1+g.random.IntN(0xfffe))
	}
	return pick(g, []string{"192.0.2.", "198.51.100.", "203.0.113."}) + fmt.Sprint(1+g.random.IntN(254))
}

func dayNumber(t time.Time) int64 { return t.Unix() / int64(demoDay/time.Second) }
