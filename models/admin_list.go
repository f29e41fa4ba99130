package models

import (
	"cmp"
	"context"
	"time"
)

// AdminToken is a token as administrators see it, in lists and alone.
type AdminToken struct {
	Token
	OwnerName, OwnerEmail string
	OwnerDisabled         bool
	Requests30            int64 // in the last 30 days, whatever the outcome
}

// StatusUTC is the status of a token as all administrators see it, whatever their
// time zone: as the filters and the exports have it.
func (t *AdminToken) StatusUTC(now time.Time) Status { return t.Status(now, time.UTC) }

// AdminQuery asks for one page of the tokens that a filter chooses.
type AdminQuery struct {
	AdminFilter
	Sort   string // one of AdminPage.Sorts; empty: the first of them, in its usual direction, whatever Asc says
	Asc    bool
	Before string // cursor: the page that ends just before this place
	After  string // cursor: the page that starts just after it
	Last   bool   // the last page
	Limit  int
}

// AdminPage is one page, with the cursors of its neighbours or "". A filter
// without an index of its own in the asked order is answered by looking through
// the tokens in that order, a bounded number of them at a time: Continue is then
// where to go on, as After (as Before, when the query had Before or Last).
type AdminPage struct {
	Tokens        []AdminToken
	Before, After string
	Sort          string // as it was applied
	Asc           bool
	Sorts         []string // offered for this filter, the default first
	Scanned       int      // tokens looked through
	Continue      string
}

// Next is where to go on, as After, in a list that is read forwards; "" at its end.
func (p AdminPage) Next() string { return cmp.Or(p.After, p.Continue) }

// EachAdminToken calls f with everybody's tokens that q chooses, in its order, which
// reads q.Limit of them at a time, each time as of one moment, and stops at the first error. Error: that of f or of AdminTokens.
func (s *Store) EachAdminToken(ctx context.Context, q AdminQuery, f func(*AdminToken) error) error {
	for {
		var page AdminPage
		err := s.snapshot(ctx, func(one *Store) (err error) {
			page, err = one.AdminTokens(ctx, q)
			return err
		})
		if err != nil {
			return err
		}
		for i := range page.Tokens {
			if err := f(&page.Tokens[i]); err != nil {
				return err
			}
		}
		if q.After = page.Next(); q.After == "" {
			return nil
		}
	}
}

// AdminTokens returns one page of everybody's tokens. Error: CodeInvalid for an
// order that the filter does not offer, or a cursor of another order.
func (s *Store) AdminTokens(ctx context.Context, q AdminQuery) (AdminPage, error) {
	r, err := s.planTokens(ctx, q.AdminFilter, q.Sort)
	if err != nil {
		return AdminPage{}, err
	}
	p := AdminPage{Sort: r.sort, Asc: r.asc, Sorts: r.sorts}
	if q.Sort != "" {
		p.Asc = q.Asc
	}
	backwards := q.Before != "" || q.Last
	var from *tokenPlace
	if cursor := cmp.Or(q.Before, q.After); cursor != "" {
		if from, err = r.parseCursor(cursor); err != nil {
			return AdminPage{}, err
		}
	}
	found, err := s.scanTokens(ctx, r, p.Asc != backwards, from, q.Limit+1)
	if err != nil {
		return AdminPage{}, err
	}
	p.Scanned = found.scanned
	if found.stopped != nil {
		p.Continue = found.stopped.cursor(r.tokenIndex)
	}
	hits, before, after := cutPage(found.hits, q.Limit, backwards, from != nil)
	if before {
		p.Before = hits[0].cursor(r.tokenIndex)
	}
	if after {
		p.After = hits[len(hits)-1].cursor(r.tokenIndex)
	}
	ids := make([]int64, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	p.Tokens, err = s.adminTokens(ctx, ids)
	return p, err
}

// adminTokenIDs returns up to limit ids of the tokens of f, after a place in an order,
// and the place to go on from, or "" at the end. It looks at a bounded number of tokens,
// so that there may be fewer, or none, before the end.
func (s *Store) adminTokenIDs(ctx context.Context, f AdminFilter, sort, after string, limit int) (ids []int64, next string, err error) {
	r, err := s.planTokens(ctx, f, sort)
	if err != nil {
		return nil, "", err
	}
	var from *tokenPlace
	if after != "" {
		if from, err = r.parseCursor(after); err != nil {
			return nil, "", err
		}
	}
	var found scan
	err = s.snapshot(ctx, func(one *Store) (err error) {
		found, err = one.scanTokens(ctx, r, r.asc, from, limit)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	for _, h := range found.hits {
		ids = append(ids, h.ID)
	}
	switch n := len(ids); {
	case n == limit:
		next = found.hits[n-1].cursor(r.tokenIndex)
	case found.stopped != nil:
		next = found.stopped.cursor(r.tokenIndex)
	}
	return ids, next, nil
}

// adminTokens reads tokens in the order of ids, without those that have been removed meanwhile.
func (s *Store) adminTokens(ctx context.Context, ids []int64) ([]AdminToken, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var read []AdminToken
	err := s.read(ctx).Table("tokens").Joins("JOIN users ON users.id = tokens.user_id").
		Select("tokens.*, users.name AS owner_name, users.email AS owner_email, users.disabled_at IS NOT NULL AS owner_disabled").
		Where("tokens.id IN ?", ids).Find(&read).Error
	if err != nil {
		return nil, err
	}
	var uses []struct{ TokenID, Requests int64 }
	since := s.Now().UnixMicro()/day.Microseconds() - 30
	err = s.read(ctx).Table("token_usage").Select("token_id, CAST(sum(requests) AS BIGINT) AS requests").
		Where("token_id IN ? AND day > ?", ids, since).Group("token_id").Find(&uses).Error
	at := make(map[int64]*AdminToken, len(read))
	for i := range read {
		at[read[i].ID] = &read[i]
	}
	for _, u := range uses {
		if t := at[u.TokenID]; t != nil {
			t.Requests30 = u.Requests
		}
	}
	out := make([]AdminToken, 0, len(read))
	for _, id := range ids {
		if t := at[id]; t != nil {
			out = append(out, *t)
		}
	}
	return out, err
}

// AdminToken returns one token of anybody. Error: ErrNotFound.
func (s *Store) AdminToken(ctx context.Context, publicID string) (*AdminToken, error) {
	if !storable(publicID) {
		return nil, ErrNotFound
	}
	return s.oneAdminToken(ctx, "public_id = ?", publicID)
}

func (s *Store) oneAdminToken(ctx context.Context, where string, value any) (*AdminToken, error) {
	var ids []int64
	if err := s.read(ctx).Model(&Token{}).Where(where, value).Pluck("id", &ids).Error; err != nil {
		return nil, err
	}
	all, err := s.adminTokens(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, ErrNotFound
	}
	return &all[0], nil
}
