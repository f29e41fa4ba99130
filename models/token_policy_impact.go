package models

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// PolicyImpact is what a policy would mean for the tokens that are there, before it is set.
type PolicyImpact struct {
	Rules []RuleImpact // of the rules that the policy has
}

// RuleImpact is what one rule would mean.
type RuleImpact struct {
	Rule   string // see Rule…
	Tokens int64  // that are not as the rule asks; for RuleLive, how many too many
	Owners int64
	About  bool            // not all that may be so were looked at: there may be more
	Looked int64           // then, at how many
	First  []AffectedToken // those that it reaches first
	People []Person        // for RuleLive, those with the most tokens
}

// AffectedToken is a token with the moment at which a rule reaches it, which is
// zero where the token is left as it is.
type AffectedToken struct {
	AdminToken
	At time.Time
}

// The rules that existing tokens can be at odds with.
const (
	RuleLifetime = "lifetime" // ends too late
	RuleNever    = "never"    // never ends
	RuleUnused   = "unused"   // not used for too long
	RuleNetworks = "networks" // used from elsewhere in the last 30 days
	RuleLive     = "live"     // people with too many; they keep them
)

const (
	PolicyScan  = 20_000 // tokens that PolicyDryRun looks through for a rule, at most
	policyFirst = 10
)

// PolicyDryRun tells what SetPolicy would mean, and changes nothing. Error: CodeInvalid.
func (s *Store) PolicyDryRun(ctx context.Context, p TokenPolicy, t PolicyTreatment) (*PolicyImpact, error) {
	var v Invalid
	s.checkPolicy(&v, &p, t)
	if err := v.Err(); err != nil {
		return nil, err
	}
	old, err := s.CurrentPolicy(ctx)
	if err != nil {
		return nil, err
	}
	d := dryRun{store: s, policy: p.following(old, t, s.Now()), treatment: t, now: s.Now()}
	for _, rule := range []struct {
		name string
		set  bool
		run  func(context.Context) (RuleImpact, error)
	}{
		{RuleLifetime, p.MaxLifetimeDays > 0, d.lifetime},
		{RuleNever, !p.NeverAllowed(), d.never},
		{RuleUnused, p.MaxUnusedDays > 0, d.unused},
		{RuleNetworks, len(p.Networks) > 0, d.networks},
		{RuleLive, p.MaxLive > 0, d.live},
	} {
		if !rule.set {
			continue
		}
		r, err := rule.run(ctx)
		if err != nil {
			return nil, err
		}
		r.Rule = rule.name
		d.impact.Rules = append(d.impact.Rules, r)
	}
	return &d.impact, nil
}

type dryRun struct {
	store     *Store
	policy    *TokenPolicy
	treatment PolicyTreatment
	now       time.Time
	impact    PolicyImpact
}

// lifetime: those that end too late, the oldest of them first.
func (d *dryRun) lifetime(ctx context.Context) (RuleImpact, error) {
	sql, args := d.policy.tooLong(d.now, d.treatment.Notice)
	return d.scan(ctx, "expires_at", "expires_at > ?", []any{d.now.UnixMicro()}, sql, args, d.shortened)
}

func (d *dryRun) never(ctx context.Context) (RuleImpact, error) {
	return d.scan(ctx, "created_at", "expires_at IS NULL", nil, "TRUE", nil, d.shortened)
}

// shortened is when the token will end.
func (d *dryRun) shortened(t *Token, zone *time.Location) time.Time {
	a := act{Job: &Job{Kind: JobShorten, CreatedAt: d.now, Params: JobParams{Notice: d.treatment.Notice}}, policy: d.policy, now: d.now}
	if _, skipped := a.do(t, zone); !d.treatment.Shorten || skipped != "" {
		return time.Time{}
	}
	return *t.ExpiresAt
}

func (d *dryRun) unused(ctx context.Context) (RuleImpact, error) {
	sql := "TRUE"
	if d.policy.UnusedAction == UnusedPause {
		sql = "paused_at IS NULL"
	}
	since := d.now.AddDate(0, 0, -d.policy.MaxUnusedDays).UnixMicro()
	return d.scan(ctx, unusedColumn, unusedColumn+" <= ?", []any{since}, sql, nil, func(*Token, *time.Location) time.Time {
		if d.policy.UnusedFrom.After(d.now) {
			return *d.policy.UnusedFrom
		}
		return d.now
	})
}

// candidate is a token that a rule may reach.
type candidate struct {
	ID, UserID, Made int64
	Hit              bool
}

// scan tells of the tokens that candidates returns. at tells when the rule reaches one.
func (d *dryRun) scan(ctx context.Context, column, from string, fromArgs []any, hit string, hitArgs []any, at func(*Token, *time.Location) time.Time) (RuleImpact, error) {
	hits, about, err := d.candidates(ctx, column, from, fromArgs, hit, hitArgs)
	if err != nil {
		return RuleImpact{}, err
	}
	return d.rule(ctx, hits, about, at)
}

// candidates reads, along an index over what is live, the tokens that may be at odds
// with a rule, and returns those that hit chooses, the oldest first. about is true
// when there were too many to look at them all.
func (d *dryRun) candidates(ctx context.Context, column, from string, fromArgs []any, hit string, hitArgs []any) (hits []candidate, about bool, err error) {
	var seen []candidate
	sql := "SELECT id, user_id, created_at AS made, " + hit + " AS hit FROM tokens WHERE live_name IS NOT NULL AND " + from +
		" ORDER BY " + column + " DESC LIMIT ?"
	args := append(append(slices.Clone(hitArgs), fromArgs...), PolicyScan+1)
	if err := d.store.read(ctx).Raw(sql, args...).Scan(&seen).Error; err != nil {
		return nil, false, err
	}
	if about = len(seen) > PolicyScan; about {
		seen = seen[:PolicyScan]
	}
	hits = slices.DeleteFunc(seen, func(c candidate) bool { return !c.Hit })
	slices.SortFunc(hits, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.Made, b.Made), cmp.Compare(a.ID, b.ID)) })
	return hits, about, nil
}

// rule is the impact of a rule on tokens, of which it reaches the first ones first.
func (d *dryRun) rule(ctx context.Context, hits []candidate, about bool, at func(*Token, *time.Location) time.Time) (RuleImpact, error) {
	owners := map[int64]bool{}
	var first []int64
	for i, c := range hits {
		owners[c.UserID] = true
		if i < policyFirst {
			first = append(first, c.ID)
		}
	}
	affected, err := d.affected(ctx, first, at)
	r := RuleImpact{Tokens: int64(len(hits)), Owners: int64(len(owners)), About: about, First: affected}
	if about {
		r.Looked = PolicyScan
	}
	return r, err
}

// affected reads tokens, with the moment at which the rule reaches each.
func (d *dryRun) affected(ctx context.Context, ids []int64, at func(*Token, *time.Location) time.Time) ([]AffectedToken, error) {
	tokens, err := d.store.adminTokens(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Token, len(tokens))
	for i, t := range tokens {
		all[i] = t.Token
	}
	zones, err := d.store.zones(ctx, all)
	out := make([]AffectedToken, len(tokens))
	for i, t := range tokens {
		out[i] = AffectedToken{t, at(&all[i], zones[t.UserID])} // all[i] may change, t does not
	}
	return out, err
}

// networks: those that were used in the last 30 days from where they may no longer be used.
func (d *dryRun) networks(ctx context.Context) (RuleImpact, error) {
	since := d.now.AddDate(0, 0, -30).UnixMicro()
	used, about, err := d.candidates(ctx, unusedColumn, unusedColumn+" >= ?", []any{since}, "last_used_at IS NOT NULL", nil)
	if err != nil {
		return RuleImpact{}, err
	}
	total := len(used)
	outside, looked, err := d.outside(ctx, used, since)
	if err != nil {
		return RuleImpact{}, err
	}
	r, err := d.rule(ctx, outside, about || looked < total, func(t *Token, _ *time.Location) time.Time { return d.bound(t) })
	if r.About {
		r.Looked = int64(looked)
	}
	return r, err
}

// outside returns those of some tokens that have origins outside of the policy's networks
// since a moment, in microseconds, and at how many it has looked: reading many takes long,
// and somebody waits.
func (d *dryRun) outside(ctx context.Context, used []candidate, since int64) (outside []candidate, looked int, err error) {
	elsewhere := map[int64]bool{}
	for some := range slices.Chunk(used, rowsAtOnce) {
		ids := make([]int64, len(some))
		for i, c := range some {
			ids[i] = c.ID
		}
		var origins []struct {
			TokenID int64
			Address string
		}
		err := d.store.read(ctx).Table("token_origins").Select("token_id, address").
			Where("token_id IN ? AND outcome = ? AND last_seen >= ?", ids, OutcomeOK, since).Find(&origins).Error
		if err != nil {
			return nil, 0, err
		}
		for _, o := range origins {
			if !within(o.Address, d.policy.Networks) {
				elsewhere[o.TokenID] = true
			}
		}
		looked += len(some)
		if d.store.Now().Sub(d.now) > impactTime {
			break
		}
	}
	return slices.DeleteFunc(used, func(c candidate) bool { return !elsewhere[c.ID] }), looked, nil
}

// bound is when the newest rule of networks, which is the policy's, holds for a
// token: never for one that an older rule is left to.
func (d *dryRun) bound(t *Token) time.Time {
	r := d.policy.NetworkRules[0]
	switch {
	case !t.CreatedAt.Before(r.Since):
		return d.now
	case r.All != nil:
		return *r.All
	}
	return time.Time{}
}

func (d *dryRun) live(ctx context.Context) (RuleImpact, error) {
	var rows []struct{ UserID, Owners, Tokens int64 }
	err := d.store.read(ctx).Raw(`SELECT user_id, count(*) OVER () AS owners, CAST(sum(live - ?) OVER () AS BIGINT) AS tokens FROM
		(SELECT user_id, count(*) AS live FROM tokens WHERE live_name IS NOT NULL GROUP BY user_id HAVING count(*) > ?) p
		ORDER BY live DESC, user_id LIMIT ?`, d.policy.MaxLive, d.policy.MaxLive, policyFirst).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return RuleImpact{}, err
	}
	r := RuleImpact{Owners: rows[0].Owners, Tokens: rows[0].Tokens}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.UserID
	}
	var users []User
	if err := d.store.read(ctx).Where("id IN ?", ids).Find(&users).Error; err != nil {
		return RuleImpact{}, err
	}
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	r.People, err = d.store.persons(ctx, users)
	return r, err
}
