package models

import (
	"context"
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SetPolicy makes p the policy, if it is made from the current version, and treats
// the tokens that are there as t says. Errors: CodeInvalid with its fields; ErrConflict
// when somebody else has changed the policy meanwhile.
func (s *Store) SetPolicy(ctx context.Context, actor Actor, p TokenPolicy, t PolicyTreatment) (*TokenPolicy, error) {
	var v Invalid
	s.checkPolicy(&v, &p, t)
	if err := v.Err(); err != nil {
		return nil, err
	}
	var next *TokenPolicy
	err := s.Tx(ctx, func(tx *Store) error {
		lock := ""
		if s.postgres {
			lock = " FOR UPDATE"
		}
		old, err := tx.readPolicy(ctx, lock)
		if err != nil {
			return err
		}
		if old.Version != p.Version {
			return ErrConflict
		}
		now := tx.Now()
		next = p.following(old, t, now)
		shortens := t.Shorten && (next.MaxLifetimeDays > 0 || !next.AllowNever)
		if !shortens && next.same(old, now) {
			next = old
			return nil
		}
		changes := append(old.differences(next), t.change())
		return tx.writePolicy(ctx, actor, next, changes, shortens, t.Notice)
	})
	if err != nil {
		return nil, err
	}
	return next, nil
}

func (s *Store) writePolicy(ctx context.Context, actor Actor, next *TokenPolicy, changes AuditChanges, shortens bool, notice int) error {
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := s.write(ctx).Exec("UPDATE token_policies SET version = ?, data = ? WHERE id = 1", next.Version, string(data)).Error; err != nil {
		return err
	}
	*s.after = append(*s.after, func() { s.keepPolicy(next) })
	if err := s.standingChanged(ctx, forgetEntry{}); err != nil {
		return err
	}
	if shortens {
		j := &Job{Nonce: "policy-" + strconv.FormatInt(next.Version, 10), Kind: JobShorten, State: JobCollecting, CreatedAt: s.Now(),
			ActorKind: actor.Kind, Address: actor.Address, Client: actor.Client, Params: JobParams{
				Policy: next.Version, Notice: notice, MaxLifetimeDays: next.MaxLifetimeDays, AllowNever: next.AllowNever,
			}}
		if actor.User != nil {
			j.ActorID, j.ActorName = &actor.User.ID, actor.User.Name
		}
		if err := s.insertJob(ctx, actor, j); err != nil {
			return err
		}
	}
	return s.audit(ctx, actor, AuditEvent{Kind: AuditPolicyChanged, Label: strconv.FormatInt(next.Version, 10), Changes: changes})
}

// keepPolicy makes p what Policy returns, unless that is a newer one.
func (s *Store) keepPolicy(p *TokenPolicy) {
	for {
		old := s.policy.Load()
		if old != nil && old.Version > p.Version || s.policy.CompareAndSwap(old, p) {
			return
		}
	}
}

// following is p as the policy after old.
func (p *TokenPolicy) following(old *TokenPolicy, t PolicyTreatment, now time.Time) *TokenPolicy {
	next := *p
	next.Version = old.Version + 1
	if len(next.Networks) == 0 {
		next.Networks = nil
	}
	notice := now.AddDate(0, 0, t.Notice)
	next.UnusedFrom = old.UnusedFrom
	switch {
	case p.MaxUnusedDays == 0:
		next.UnusedFrom = nil
	case old.MaxUnusedDays == 0 || p.MaxUnusedDays < old.MaxUnusedDays || p.UnusedAction == UnusedRevoke && old.UnusedAction != UnusedRevoke:
		from := now.AddDate(0, 0, p.MaxUnusedDays) // all that is there has its time from now on
		next.UnusedFrom = &from
	}
	if t.Shorten && later(next.UnusedFrom, &notice) && next.UnusedFrom != nil {
		next.UnusedFrom = &notice
	}
	next.NetworkRules = old.networkRules(now)
	if !slices.Equal(p.Networks, old.Networks) {
		next.NetworkRules = addRule(next.NetworkRules, NetworkRule{Networks: p.Networks, Since: now})
	}
	if t.Shorten && len(next.NetworkRules) > 0 && later(next.NetworkRules[0].All, &notice) {
		next.NetworkRules[0].All = &notice
	}
	next.NetworkRules = next.networkRules(now)
	return &next
}

// networkRules are those that still matter: a rule that holds for all tokens leaves
// older ones nothing.
func (p *TokenPolicy) networkRules(now time.Time) []NetworkRule {
	for i, r := range p.NetworkRules {
		if r.All != nil && !now.Before(*r.All) {
			return slices.Clone(p.NetworkRules[:i+1])
		}
	}
	return slices.Clone(p.NetworkRules)
}

// addRule puts a new rule before others. One that takes nothing away holds at once
// for all tokens for which one of them does.
func addRule(rules []NetworkRule, r NetworkRule) []NetworkRule {
	if len(rules) == 0 || slices.ContainsFunc(rules, func(old NetworkRule) bool { return !covers(r.Networks, old.Networks) }) {
		return append([]NetworkRule{r}, rules...)
	}
	if len(r.Networks) == 0 {
		return nil
	}
	for _, old := range rules {
		r.Since = old.Since // in the end, of the oldest
		if later(r.All, old.All) {
			r.All = old.All
		}
	}
	return []NetworkRule{r}
}

// same reports whether p, at now, is another version of the same policy.
func (p *TokenPolicy) same(old *TokenPolicy, now time.Time) bool {
	a, b := *p, *old
	b.Version, b.NetworkRules = a.Version, old.networkRules(now)
	first, err := json.Marshal(a)
	second, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(first) == string(second)
}

// covers reports whether each address of some networks is in others; no networks are all addresses.
func covers(wide, narrow []netip.Prefix) bool {
	if len(wide) == 0 || len(narrow) == 0 {
		return len(wide) == 0
	}
	return !slices.ContainsFunc(narrow, func(n netip.Prefix) bool {
		return !slices.ContainsFunc(wide, func(w netip.Prefix) bool { return w.Bits() <= n.Bits() && w.Contains(n.Addr()) })
	})
}

// differences are what an administrator changed.
func (p *TokenPolicy) differences(to *TokenPolicy) AuditChanges {
	var c AuditChanges
	old, new := p.Query(), to.Query()
	for _, field := range []string{"max_lifetime", "allow_never", "max_extension", "max_live", "max_unused", "unused_action", "networks"} {
		if !reflect.DeepEqual(old[field], new[field]) {
			oneLine := func(s string) string { return strings.ReplaceAll(s, "\n", ", ") }
			c = append(c, AuditChange{Field: field, Old: oneLine(old.Get(field)), New: oneLine(new.Get(field))})
		}
	}
	return c
}

// change is what the audit log says of a treatment.
func (t PolicyTreatment) change() AuditChange {
	if !t.Shorten {
		return AuditChange{Field: "existing", New: "leave"}
	}
	return AuditChange{Field: "existing", New: "shorten " + strconv.Itoa(t.Notice)}
}
