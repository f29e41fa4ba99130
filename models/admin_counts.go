package models

import (
	"context"
	"fmt"
	"slices"
)

// Count is a number of tokens. At most one of About, AtLeast and More is true.
type Count struct {
	N       int64
	About   bool // as of some minutes ago
	AtLeast bool // of those that were looked at: there may be more
	More    bool // counting stopped there: there are more
}

// checkedCount is how many tokens are counted where each must be looked at.
const checkedCount = 300

// AdminCount tells how many tokens a filter chooses: up to MaxCount by counting
// them along an index, up to checkedCount by looking at them, beyond that by the
// figures of the overview if they have such a number.
func (s *Store) AdminCount(ctx context.Context, f AdminFilter) (Count, error) {
	r, err := s.planTokens(ctx, f, "")
	if err != nil || r.nothing {
		return Count{}, err
	}
	var check []condition
	for _, c := range r.check {
		// These two only say to the moment what an index over live tokens says within a minute.
		if !slices.Contains(r.needs, "live") || c.name != "open" && c.name != "unplanned" {
			check = append(check, c)
		}
	}
	limit := MaxCount
	if len(check) > 0 {
		limit = checkedCount
	}
	sql, args := r.statement(step{r.asc, nil, limit + 1}, check, fmt.Sprint("LIMIT ", limit+1))
	var seen, hits int64
	err = scanRow(s.read(ctx).Raw("SELECT count(*), COALESCE(sum(CASE WHEN hit THEN 1 ELSE 0 END), 0) FROM ("+sql+") seen", args...), &seen, &hits)
	if err != nil || seen <= int64(limit) {
		return Count{N: hits}, err
	}
	counted := Count{N: hits, AtLeast: true}
	if hits > int64(limit) {
		counted = Count{N: int64(limit), More: true}
	}
	return s.estimate(ctx, f, counted)
}

// estimate is for a filter with more tokens than are counted.
func (s *Store) estimate(ctx context.Context, f AdminFilter, counted Count) (Count, error) {
	figures, err := s.figures(ctx)
	if err != nil {
		return Count{}, err
	}
	n := counted.N
	switch f {
	case AdminFilter{}:
		n = figures.All
	case AdminFilter{Status: "live"}:
		n = figures.Live
	case AdminFilter{Status: "active"}:
		n = figures.Live - figures.Paused
	case AdminFilter{Status: "paused"}:
		n = figures.Paused
	case AdminFilter{Status: "scheduled"}:
		n = figures.Scheduled
	case AdminFilter{Status: "expired"}:
		n = figures.Expired
	case AdminFilter{Status: "revoked"}:
		n = figures.Revoked
	case AdminFilter{Never: true}:
		n = figures.Never
	case AdminFilter{Remaining: 30}:
		n = figures.Expiring30
	case AdminFilter{Unused: 90}:
		n = figures.Unused90
	case AdminFilter{AfterDeath: 7}:
		n = figures.AfterDeath7
	}
	if n > counted.N {
		return Count{N: n, About: true}, nil
	}
	return counted, nil
}
