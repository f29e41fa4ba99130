package models

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Impact is what an act on many tokens would mean, before it happens.
type Impact struct {
	Tokens    Count            // selected
	Looked    int64            // at so many; when they are fewer, the rest is of these
	Skipped   int64            // of these, what the act would leave as they are
	Reasons   map[string]int64 // why: see Skipped…
	Owners    int64            // of what it would change, as the rest
	Requests7 int64            // in the last 7 days, whatever the outcome
	Busiest   []BusyToken      // at most impactBusiest that were used
}

// Changes is how many tokens the act would change.
func (i *Impact) Changes() Count {
	if i.Cut() && i.Skipped == 0 {
		return i.Tokens
	}
	return Count{N: i.Looked - i.Skipped, AtLeast: i.Cut()}
}

// Cut reports whether they were too many to look at all.
func (i *Impact) Cut() bool { return i.Tokens.About || i.Tokens.AtLeast }

// BusyToken is a token with its requests in the last 7 days.
type BusyToken struct {
	AdminToken
	Requests7 int64
}

const (
	impactLimit   = 100_000         // tokens that are looked at
	impactTime    = 3 * time.Second // somebody waits
	impactBusiest = 10
)

// Impact tells what a job would mean that in starts. Error: CodeInvalid with its
// fields, as StartJob has it; the nonce does not matter.
func (s *Store) Impact(ctx context.Context, actor Actor, in JobForm) (*Impact, error) {
	j, err := s.newJob(actor, in)
	if err != nil {
		return nil, err
	}
	policy, err := s.CurrentPolicy(ctx)
	if err != nil {
		return nil, err
	}
	m := impactMeter{act: act{Job: j, policy: policy, now: s.Now()}, owners: map[int64]bool{}}
	m.Reasons = map[string]int64{}
	for {
		ids, place, err := s.collect(ctx, j, "")
		if err != nil {
			return nil, err
		}
		if err := s.measure(ctx, &m, ids); err != nil {
			return nil, err
		}
		if j.Place = place; place == "" {
			break
		}
		if m.Looked >= impactLimit || s.Now().Sub(m.act.now) > impactTime {
			m.Tokens.AtLeast = true
			break
		}
	}
	m.Tokens.N = m.Looked
	m.Owners = int64(len(m.owners))
	if m.Cut() {
		count, err := s.AdminCount(ctx, *in.Filter) // ids are not so many
		if err != nil {
			return nil, err
		}
		if count.N > m.Looked {
			m.Tokens = Count{N: count.N, About: count.About, AtLeast: !count.About}
		}
	}
	m.Busiest, err = s.busiest(ctx, m.uses)
	return &m.Impact, err
}

// impactMeter adds up an impact.
type impactMeter struct {
	Impact
	act    act
	owners map[int64]bool
	uses   []tokenRequests // the most first
}

type tokenRequests struct{ TokenID, Requests int64 }

// measure adds some tokens.
func (s *Store) measure(ctx context.Context, m *impactMeter, ids []int64) error {
	var tokens []Token
	err := s.read(ctx).Select("id", "user_id", "created_at", "expires_at", "revoked_at", "revoke_at", "paused_at").Where("id IN ?", ids).Find(&tokens).Error
	if err != nil {
		return err
	}
	var zones map[int64]*time.Location
	if m.act.Kind == JobMoveExpiry {
		if zones, err = s.zones(ctx, tokens); err != nil {
			return err
		}
	}
	var changing []int64
	if m.act.ends, err = s.endsFor(ctx, m.act.Job, tokens); err != nil {
		return err
	}
	for i := range tokens {
		t := &tokens[i]
		m.Looked++
		if _, skipped := m.act.do(t, zones[t.UserID]); skipped != "" {
			m.Skipped++
			m.Reasons[skipped]++
			continue
		}
		m.owners[t.UserID] = true
		changing = append(changing, t.ID)
	}
	var uses []tokenRequests
	err = s.read(ctx).Table("token_usage").Select("token_id, CAST(sum(requests) AS BIGINT) AS requests").
		Where("token_id IN ? AND day > ?", changing, s.Now().UnixMicro()/day.Microseconds()-7).Group("token_id").Find(&uses).Error
	for _, u := range uses {
		m.Requests7 += u.Requests
	}
	m.uses = append(m.uses, uses...)
	slices.SortFunc(m.uses, func(a, b tokenRequests) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.TokenID, b.TokenID))
	})
	m.uses = m.uses[:min(len(m.uses), impactBusiest)]
	return err
}

func (s *Store) busiest(ctx context.Context, uses []tokenRequests) ([]BusyToken, error) {
	ids := make([]int64, len(uses))
	requests := map[int64]int64{}
	for i, u := range uses {
		ids[i], requests[u.TokenID] = u.TokenID, u.Requests
	}
	tokens, err := s.adminTokens(ctx, ids)
	out := make([]BusyToken, len(tokens))
	for i, t := range tokens {
		out[i] = BusyToken{t, requests[t.ID]}
	}
	return out, err
}
