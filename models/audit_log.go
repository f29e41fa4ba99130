package models

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AuditFilter chooses among the events of the audit log. Its zero value chooses
// all; what is set must all hold.
type AuditFilter struct {
	Actor   string    // e-mail address of who did it, or "cli" or "system"
	Subject string    // public id of a token, or e-mail address of whose account it concerns
	Kind    string    // of the event, or with a dot at its end the beginning of it: "token."
	Address string    // from where it was done
	From    time.Time // zero: from the first one on
	To      time.Time // excluded; zero: to the last one
}

// Query returns f as the parameters that ParseAuditFilter reads; what is not set has none.
func (f AuditFilter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"actor": f.Actor, "subject": f.Subject, "kind": f.Kind, "address": f.Address} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return q
}

// ParseAuditFilter reads a filter from named parameters, of which get returns the
// value or "". A time is one of RFC 3339, or a day in loc, which is meant as a
// whole. Error: CodeInvalid with the parameters that can't be understood; the
// filter then has the others.
func ParseAuditFilter(get func(string) string, loc *time.Location) (AuditFilter, error) {
	var v Invalid
	text := func(name string) string { return filterText(&v, get, name) }
	moment := func(name string, daysOn int) time.Time {
		value := strings.TrimSpace(get(name))
		if value == "" {
			return time.Time{}
		}
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			return StartOfDay(day.AddDate(0, 0, daysOn), loc)
		}
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			v.Add(name, "filter_time")
		}
		return at.UTC()
	}
	f := AuditFilter{
		Actor: text("actor"), Subject: text("subject"), Kind: text("kind"), Address: filterAddress(&v, get, "address"),
		From: moment("from", 0), To: moment("to", 1),
	}
	return f, v.Err()
}

// AuditPage is one page of the audit log, newest first. A combination that no
// index answers is looked for in a bounded number of events: Continue is then
// where to go on, as before (as after, when the query had that), else 0.
type AuditPage struct {
	EventPage
	Continue int64
}

// AuditLog returns up to limit of the newest events of f that are older than
// before and newer than after; after, if not 0, wins over before.
func (s *Store) AuditLog(ctx context.Context, f AuditFilter, before, after int64, limit int) (AuditPage, error) {
	r, err := s.auditRange(ctx, f)
	if err != nil {
		return AuditPage{}, err
	}
	forward := after > 0
	switch {
	case forward:
		r.from = max(r.from, after+1)
	case before > 0:
		r.to = min(r.to, before)
	}
	seqs, stopped, err := s.lookForEvents(ctx, r, forward, limit+1)
	if err != nil {
		return AuditPage{}, err
	}
	p := AuditPage{Continue: stopped}
	seqs, newer, older := cutPage(seqs, limit, forward, forward || before > 0)
	if newer {
		p.Newer = seqs[0]
	}
	if older {
		p.Older = seqs[len(seqs)-1]
	}
	if len(seqs) > 0 {
		err = s.read(ctx).Where("seq IN ?", seqs).Order("seq DESC").Find(&p.Events).Error
	}
	return p, err
}

// auditRange is the part of the log in which the events of a filter stand: those of
// the numbers from up to to that fulfil along, which an index answers. Of these,
// those that fulfil check are meant.
type auditRange struct {
	along, check []condition
	kinds        []string // if any, those of each stand along an index, in place of along
	from, to     int64    // to is excluded
}

// auditRange finds where the events of f are. Those of nobody are nowhere.
func (s *Store) auditRange(ctx context.Context, f AuditFilter) (r auditRange, err error) {
	if r.from, r.to, err = s.seqRange(ctx, f.From, f.To); err != nil {
		return r, err
	}
	conditions, err := s.auditConditions(ctx, f)
	if err != nil {
		return r, err
	}
	if n := slices.IndexFunc(conditions, func(c condition) bool { return c.name != "" }); n >= 0 {
		r.along, conditions = conditions[n:n+1], slices.Delete(slices.Clone(conditions), n, n+1)
	}
	if len(r.along) == 0 && len(conditions) > 0 {
		r.kinds, err = s.kindsOf(ctx, f.Kind)
		return r, err
	}
	r.check = conditions
	return r, nil
}

// kindsOf are the kinds of events in the log that begin with a prefix; if there are
// none, the prefix, which is no kind. There are few: each is found along the index.
func (s *Store) kindsOf(ctx context.Context, prefix string) ([]string, error) {
	kinds, last := []string{}, prefix
	for {
		var next []string
		err := s.read(ctx).Model(&AuditEvent{}).Where("kind > ? AND kind < ?", last, prefixEnd(prefix)).Order("kind").Limit(1).Pluck("kind", &next).Error
		if err != nil || len(next) == 0 {
			if len(kinds) == 0 {
				kinds = []string{prefix}
			}
			return kinds, err
		}
		last = next[0]
		kinds = append(kinds, last)
	}
}

// auditConditions are what f asks for. Those with a name have an index, with the
// one first that leaves the fewest events, as a rule.
func (s *Store) auditConditions(ctx context.Context, f AuditFilter) (out []condition, err error) {
	add := func(name, sql string, args ...any) { out = append(out, condition{name, sql, args}) }
	person := func(column, email string) error {
		u, err := s.UserByEmail(ctx, email)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		add(column, column+" = ?", u.ID) // 0 for nobody
		return nil
	}
	switch {
	case strings.Contains(f.Subject, "@"):
		err = person("user_id", f.Subject)
	case f.Subject != "":
		add("subject", "subject = ?", f.Subject)
	}
	if err != nil {
		return nil, err
	}
	switch f.Actor {
	case "":
	case "cli", "system":
		add("actor_id", "actor_id IS NULL")
		add("", "actor_kind = ?", f.Actor)
	default:
		err = person("actor_id", f.Actor)
	}
	if f.Address != "" {
		add("address", "address = ?", f.Address)
	}
	switch {
	case strings.HasSuffix(f.Kind, "."):
		add("", "kind >= ? AND kind < ?", f.Kind, prefixEnd(f.Kind))
	case f.Kind != "":
		add("kind", "kind = ?", f.Kind)
	}
	return out, err
}
