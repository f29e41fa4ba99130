package models

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// scanLimit is how many tokens one page may look through.
const scanLimit = 5000

// tokenPlace is where a token stands on an index.
type tokenPlace struct {
	ID     int64
	Number int64
	Text   string
}

// cursor is the place in an opaque form.
func (p tokenPlace) cursor(w tokenIndex) string {
	if w.text() {
		return newCursor(p.ID, p.Text)
	}
	return newCursor(p.ID, strconv.FormatInt(p.Number, 10))
}

func (w tokenIndex) parseCursor(cursor string) (*tokenPlace, error) {
	value, id, err := decodeCursor(cursor, w.text())
	if err != nil {
		return nil, err
	}
	p := &tokenPlace{ID: id}
	if w.text() {
		p.Text = value.(string)
	} else {
		p.Number = value.(int64)
	}
	return p, nil
}

// compare orders places as their index does.
func (p tokenPlace) compare(q tokenPlace) int {
	return cmp.Or(cmp.Compare(p.Number, q.Number), strings.Compare(p.Text, q.Text), cmp.Compare(p.ID, q.ID))
}

// scan is what was found between two places.
type scan struct {
	hits    []tokenPlace
	scanned int         // at most so many were looked at
	stopped *tokenPlace // the last one looked at, when the end was not reached
}

// scanTokens reads on from a place, nil for the beginning, until it has found enough,
// or has looked through scanLimit tokens.
func (s *Store) scanTokens(ctx context.Context, r *tokenPlan, asc bool, from *tokenPlace, enough int) (scan, error) {
	var out scan
	if r.nothing {
		return out, nil
	}
	for size := enough; ; size = out.next(enough) {
		hits, err := s.hits(ctx, r, step{asc, from, size})
		if err != nil {
			return scan{}, err
		}
		out.scanned += size
		if out.hits = append(out.hits, hits...); len(out.hits) >= enough {
			out.hits = out.hits[:enough]
			return out, nil
		}
		if len(hits) == size {
			from = &hits[size-1]
		} else if from, err = s.last(ctx, r, step{asc, from, size}); err != nil || from == nil {
			return out, err
		}
		if scanLimit-out.scanned < leastLook {
			out.stopped = from
			return out, nil
		}
	}
}

// snapshot gives f a store that reads what is there at one moment: a token that goes
// between two statements of a look would make it step over another one.
func (s *Store) snapshot(ctx context.Context, f func(*Store) error) error {
	return s.read(ctx).Transaction(func(tx *gorm.DB) error {
		one := *s
		one.db = tx
		return f(&one)
	}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// leastLook is how many tokens are looked at again at least.
const leastLook = 64

// next is how many to look at next: so many that enough are among them if they are
// as frequent as so far. Powers of two, since each size is a statement that is kept prepared.
func (s scan) next(enough int) int {
	want := 4 * s.scanned
	if n := len(s.hits); n > 0 {
		want = min(want, (enough-n)*s.scanned/n)
	}
	size := leastLook
	for size < want && 2*size <= scanLimit-s.scanned {
		size *= 2
	}
	return size
}

// step is a look at some tokens of a plan.
type step struct {
	asc   bool
	after *tokenPlace // nil: from the beginning
	size  int
}

func (st step) direction() string {
	if st.asc {
		return "ASC"
	}
	return "DESC"
}

func (st step) beyond() string {
	if st.asc {
		return ">"
	}
	return "<"
}

// hits returns the tokens of a step that fulfil the check, in its order.
func (s *Store) hits(ctx context.Context, r *tokenPlan, st step) ([]tokenPlace, error) {
	sql, args := r.statement(st, r.check, fmt.Sprint("LIMIT ", st.size))
	if len(r.check) > 0 {
		sql = "SELECT * FROM (" + sql + ") seen WHERE hit"
	}
	var out []tokenPlace
	if err := s.read(ctx).Raw(sql, args...).Scan(&out).Error; err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b tokenPlace) int { // they come in order, but nobody promises it
		if st.asc {
			return a.compare(b)
		}
		return b.compare(a)
	})
	return out, nil
}

// last returns the place at which a step ends; nil when it goes beyond the end of the plan.
func (s *Store) last(ctx context.Context, r *tokenPlan, st step) (*tokenPlace, error) {
	sql, args := r.statement(st, nil, fmt.Sprint("LIMIT 1 OFFSET ", st.size-1))
	var out []tokenPlace
	err := s.read(ctx).Raw(sql, args...).Scan(&out).Error
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return &out[0], nil
}

// statement reads places of a step, telling of each whether it is a hit.
func (r *tokenPlan) statement(st step, check []condition, limit string) (sql string, args []any) {
	if r.index == "token_origins_address" {
		return r.byAddress(st, check, limit)
	}
	if r.index != "tokens_all_name" || !r.filter.couldBeLastFour() {
		return r.part(condition{sql: "tokens"}, st, r.from, check, limit)
	}
	// One index has the names, another one the last four characters.
	arm := fmt.Sprint("LIMIT ", st.size)
	prefix, prefixArgs := r.filter.prefix()
	names, namesArgs := r.part(condition{sql: "tokens"}, st, []condition{{sql: prefix, args: prefixArgs}}, check, arm)
	ended := fmt.Sprintf("(SELECT id AS ended FROM tokens WHERE last_four = ? ORDER BY id LIMIT %d) f JOIN tokens ON tokens.id = f.ended", maxFound)
	fours, foursArgs := r.part(condition{sql: ended, args: []any{r.filter.Text}}, st, []condition{{sql: "NOT " + prefix, args: prefixArgs}}, check, arm)
	return fmt.Sprintf("SELECT * FROM (%s) a UNION ALL SELECT * FROM (%s) b ORDER BY text %[3]s, id %[3]s %[4]s",
		names, fours, st.direction(), limit), append(namesArgs, foursArgs...)
}

// part is the statement for the tokens of a table that conditions choose.
func (r *tokenPlan) part(table condition, st step, conditions, check []condition, limit string) (sql string, args []any) {
	name := "number"
	if r.text() {
		name = "text"
	}
	if st.after != nil {
		at, value := any(st.after.Number), "?"
		switch {
		case r.text():
			at = st.after.Text
		case r.postgres:
			// Of a value that it sees, PostgreSQL thinks that few rows of a partial index lie beyond it, for
			// most are null; it then reads and sorts them all. A subquery hides the value.
			value = "(SELECT CAST(? AS BIGINT))"
		}
		conditions = slices.Concat(conditions, []condition{{
			sql: fmt.Sprintf("(%s, id) %s (%s, ?)", r.column, st.beyond(), value), args: []any{at, st.after.ID},
		}})
	}
	hit, args := and(check)
	where, whereArgs := and(conditions)
	return fmt.Sprintf("SELECT id, %[1]s AS %[2]s, %[3]s AS hit FROM %[4]s WHERE %[5]s ORDER BY %[1]s %[6]s, id %[6]s %[7]s",
		r.column, name, hit, table.sql, where, st.direction(), limit), slices.Concat(args, table.args, whereArgs)
}

// byAddress is the statement for the tokens that were used from an address, in
// the order of their ids: an address may have several rows for each.
func (r *tokenPlan) byAddress(st step, check []condition, limit string) (sql string, args []any) {
	hit, args := and(check)
	args = append(args, r.filter.Address)
	after := ""
	if st.after != nil {
		after = " AND token_id " + st.beyond() + " ?"
		args = append(args, st.after.ID)
	}
	used := fmt.Sprintf("SELECT DISTINCT token_id FROM token_origins WHERE address = ?%s ORDER BY token_id %s %s", after, st.direction(), limit)
	if len(check) == 0 {
		return "SELECT token_id AS id, token_id AS number, TRUE AS hit FROM (" + used + ") used", args
	}
	return fmt.Sprintf("SELECT tokens.id, tokens.id AS number, %s AS hit FROM (%s) used JOIN tokens ON tokens.id = used.token_id", hit, used), args
}
