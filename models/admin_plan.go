package models

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// tokenIndex is an index along which tokens can be read in an order. It answers what it
// needs and what it may answer besides.
type tokenIndex struct {
	sort, column, index string
	needs, may          []string // names of conditions
	asc                 bool     // the usual direction
}

// Never null, so that a row's place can be compared with a cursor.
const (
	endColumn    = "COALESCE(expires_at, 9223372036854775807)"
	usedColumn   = "COALESCE(last_used_at, 0)"
	unusedColumn = "COALESCE(last_used_at, created_at)"
)

// tokenIndexes: of those of a sort, the first is taken of which the filter has all that it needs.
var tokenIndexes = []tokenIndex{
	{sort: "created", column: "created_at", index: "tokens_by_created", needs: []string{"owner"}},
	{sort: "created", column: "created_at", index: "tokens_administering", needs: []string{"administration"}, may: []string{"age"}},
	{sort: "created", column: "created_at", index: "tokens_live_created", needs: []string{"live"}, may: []string{"age"}},
	{sort: "created", column: "created_at", index: "tokens_all_created", may: []string{"age"}},
	{sort: "name", column: "name_key", index: "tokens_by_name", needs: []string{"owner"}, asc: true},
	{sort: "name", column: "name_key", index: "tokens_all_name", may: []string{"text"}, asc: true},
	{sort: "expires", column: endColumn, index: "tokens_by_expiry", needs: []string{"owner"}, asc: true},
	{sort: "expires", column: "expires_at", index: "tokens_live_expiry", needs: []string{"live", "ends"}, asc: true},
	{sort: "expires", column: "expires_at", index: "tokens_expired", needs: []string{"expired"}},
	{sort: "expires", column: endColumn, index: "tokens_all_expiry", may: []string{"open"}, asc: true},
	{sort: "used", column: usedColumn, index: "tokens_by_use", needs: []string{"owner"}},
	{sort: "used", column: usedColumn, index: "tokens_all_used"},
	{sort: "unused", column: unusedColumn, index: "tokens_live_never", needs: []string{"live", "never"}, may: []string{"unused"}, asc: true},
	{sort: "unused", column: unusedColumn, index: "tokens_live_unused", needs: []string{"live", "unused"}, asc: true},
	{sort: "paused", column: "paused_at", index: "tokens_paused", needs: []string{"live", "paused"}},
	{sort: "scheduled", column: "revoke_at", index: "tokens_scheduled", needs: []string{"scheduled"}, asc: true},
	{sort: "revoked", column: "revoked_at", index: "tokens_revoked", needs: []string{"revoked"}},
	{sort: "refused", column: "refused_at", index: "tokens_refused", needs: []string{"refused"}},
	{sort: "address", column: "tokens.id", index: "token_origins_address", needs: []string{"address"}},
}

// sorts returns what the tokens of f can be ordered by, the default first.
func (f AdminFilter) sorts() []string {
	out := []string{"created", "name", "expires", "used"}
	if f.Owner != "" || f.UserID != 0 {
		return out // one person's tokens are few
	}
	first := func(sort string, is bool) {
		if is {
			out = slices.Insert(slices.DeleteFunc(out, func(s string) bool { return s == sort }), 0, sort)
		}
	}
	// From the filter that leaves the most tokens, as a rule, to the one that leaves the fewest.
	first("unused", f.Unused > 0 || f.Never)
	first("expires", f.Status == "expired")
	first("revoked", f.Status == "revoked")
	first("expires", f.Remaining > 0 || f.Status == "expiring")
	first("refused", f.AfterDeath > 0)
	first("scheduled", f.Status == "scheduled")
	first("paused", f.Status == "paused")
	first("created", f.Administration)
	first("name", f.Text != "")
	first("address", f.Address != "")
	return out
}

// tokenPlan is how the tokens of a filter are read: along an index, within the part of
// it that from chooses, looking at each whether it fulfils check.
type tokenPlan struct {
	tokenIndex
	filter      AdminFilter
	sorts       []string
	from, check []condition
	nothing     bool // no token can be as the filter asks
	postgres    bool
}

// planTokens finds how to read the tokens of f ordered by sort, by default the first
// of its sorts. Error: CodeInvalid for an order that is not among them.
func (s *Store) planTokens(ctx context.Context, f AdminFilter, sort string) (*tokenPlan, error) {
	r := &tokenPlan{filter: f, sorts: f.sorts(), nothing: f.impossible(), postgres: s.postgres}
	sort = cmp.Or(sort, r.sorts[0])
	if !slices.Contains(r.sorts, sort) {
		return nil, ErrInvalid
	}
	var owners []int64
	if f.UserID != 0 {
		owners = append(owners, f.UserID)
	}
	if f.Owner != "" {
		u, err := s.UserByEmail(ctx, f.Owner)
		if errors.Is(err, ErrNotFound) {
			r.nothing = true
		} else if err != nil {
			return nil, err
		}
		owners = append(owners, u.ID)
	}
	r.chooseIndex(sort, f.conditions(s.Now(), owners))
	r.asc = r.asc || sort == "created" && f.Age > 0 // the oldest first
	return r, nil
}

// chooseIndex chooses the index and divides the conditions into those that it answers and the rest.
func (r *tokenPlan) chooseIndex(sort string, all []condition) {
	has := func(name string) bool {
		return slices.ContainsFunc(all, func(c condition) bool { return c.name == name })
	}
	for _, w := range tokenIndexes {
		if w.sort == sort && !slices.ContainsFunc(w.needs, func(name string) bool { return !has(name) }) {
			r.tokenIndex = w
			break
		}
	}
	for _, c := range all {
		if slices.Contains(r.needs, c.name) || slices.Contains(r.may, c.name) {
			r.from = append(r.from, c)
		} else {
			r.check = append(r.check, c)
		}
	}
}

// text reports whether the index's column is a text; else it is a number.
func (w tokenIndex) text() bool { return w.column == "name_key" }

// and joins conditions.
func and(all []condition) (sql string, args []any) {
	var parts []string
	for _, c := range all {
		parts = append(parts, c.sql)
		args = append(args, c.args...)
	}
	return cmp.Or(strings.Join(parts, " AND "), "TRUE"), args
}
