package main

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"tessera/models"
)

// demoHistory makes up what the audit log tells of made-up people and tokens. It
// keeps little of each, for there may be very many.
type demoHistory struct {
	g       *demoMaker
	wanted  int // events; 0: nothing is kept
	people  []demoPerson
	tokens  []demoTrace
	moments []demoMoment
}

type demoPerson struct {
	id      int64
	name    string
	created int64 // Unix microseconds, as all times here
}

// demoTrace is what events tell of a token.
type demoTrace struct {
	id, name     string
	owner        int32 // index of the person
	created, end int64
}

// demoMoment is an event to be: subject is the index of a token or of a person.
type demoMoment struct {
	at      int64
	subject int32
	kind    demoKind
}

type demoKind uint8

const (
	demoJoined demoKind = iota
	demoDisabled
	demoSignedIn
	demoSignedOut
	demoCreated
	demoChanged
	demoRevoked
)

// newDemoHistory begins with first, whose account is in the log already.
func newDemoHistory(g *demoMaker, first *models.User, wanted int) *demoHistory {
	h := &demoHistory{g: g, wanted: wanted}
	h.people = append(h.people, demoPerson{first.ID, first.Name, first.CreatedAt.UnixMicro()})
	return h
}

// person keeps what happened to u, who owns the tokens that follow.
func (h *demoHistory) person(u *models.User) {
	if h.wanted == 0 {
		return
	}
	n := int32(len(h.people))
	h.people = append(h.people, demoPerson{u.ID, u.Name, u.CreatedAt.UnixMicro()})
	h.moments = append(h.moments, demoMoment{u.CreatedAt.UnixMicro(), n, demoJoined})
	if u.DisabledAt != nil {
		h.moments = append(h.moments, demoMoment{u.DisabledAt.UnixMicro(), n, demoDisabled})
	}
}

// token keeps what happened to t.
func (h *demoHistory) token(t *models.Token) {
	if h.wanted == 0 {
		return
	}
	n := int32(len(h.tokens))
	end := h.g.now
	if t.ExpiresAt != nil && t.ExpiresAt.Before(end) {
		end = *t.ExpiresAt
	}
	h.moments = append(h.moments, demoMoment{t.CreatedAt.UnixMicro(), n, demoCreated})
	if t.RevokedAt != nil {
		end = *t.RevokedAt
		h.moments = append(h.moments, demoMoment{end.UnixMicro(), n, demoRevoked})
	}
	h.tokens = append(h.tokens, demoTrace{t.PublicID, t.Name, int32(len(h.people) - 1), t.CreatedAt.UnixMicro(), end.UnixMicro()})
}

// events are as many as were wanted, in their order: the newest of what happened,
// among as many sign-ins and other small things as it takes.
func (h *demoHistory) events() iter.Seq[models.AuditEvent] {
	for len(h.moments) < h.wanted {
		h.moments = append(h.moments, h.smallThing())
	}
	slices.SortFunc(h.moments, func(a, b demoMoment) int { return cmp.Compare(a.at, b.at) })
	h.moments = h.moments[len(h.moments)-h.wanted:]
	return func(yield func(models.AuditEvent) bool) {
		for _, m := range h.moments {
			if !yield(h.event(m)) {
				return
			}
		}
	}
}

func (h *demoHistory) smallThing() demoMoment {
	if n := h.g.random.IntN(10); n < 8 || len(h.tokens) == 0 {
		i := h.g.random.IntN(len(h.people))
		kind := demoSignedIn
		if n == 0 {
			kind = demoSignedOut
		}
		return demoMoment{h.within(h.people[i].created, h.g.now.UnixMicro()), int32(i), kind}
	}
	i := h.g.random.IntN(len(h.tokens))
	return demoMoment{h.within(h.tokens[i].created, h.tokens[i].end), int32(i), demoChanged}
}

// within is a moment from a up to b; a when b is not after it.
func (h *demoHistory) within(a, b int64) int64 {
	if b <= a {
		return a
	}
	return a + h.g.random.Int64N(b-a)
}

// event is what the log tells of m.
func (h *demoHistory) event(m demoMoment) models.AuditEvent {
	e := models.AuditEvent{At: time.UnixMicro(m.at).UTC(), Changes: models.AuditChanges{}}
	var p *demoPerson
	if m.kind >= demoCreated {
		t := &h.tokens[m.subject]
		p = &h.people[t.owner]
		e.Subject, e.Label = t.id, t.name
	} else {
		p = &h.people[m.subject]
		e.Label = p.name
	}
	e.UserID = &p.id
	e.ActorKind, e.ActorID, e.ActorName, e.Address, e.Client = "user", &p.id, p.name, h.g.address(), pick(h.g, demoBrowsers)
	switch m.kind {
	case demoJoined, demoDisabled:
		e.Kind = models.AuditUserCreated
		if m.kind == demoDisabled {
			e.Kind = models.AuditUserDisabled
		}
		e.ActorKind, e.ActorID, e.ActorName, e.Address, e.Client = "cli", nil, "", "", ""
	case demoSignedIn:
		e.Kind = models.AuditSignedIn
	case demoSignedOut:
		e.Kind = models.AuditSignedOut
	case demoCreated:
		e.Kind = models.AuditTokenCreated
	case demoChanged:
		e.Kind = models.AuditTokenChanged
		e.Changes = append(e.Changes, models.AuditChange{Field: "name", Old: pick(h.g, demoTokenNames), New: e.Label})
	case demoRevoked:
		e.Kind = models.AuditTokenRevoked
	}
	return e
}
