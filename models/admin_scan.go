package models

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// scanLimit is how many tokens one page may look through.
const scanLimit = 5000

// place is where a token stands on a way.
type place struct {
	ID     int64
	Number int64
	Text   string
	Hit    bool // it is as the filter asks
}

// cursor is the place in an opaque form.
func (p place) cursor(w way) string {
	if w.text() {
		return newCursor(p.ID, p.Text)
	}
	return newCursor(p.ID, strconv.FormatInt(p.Number, 10))
}

func (w way) place(cursor string) (*place, error) {
	value, id, err := decodeCursor(cursor, w.text())
	if err != nil {
		return nil, err
	}
	p := &place{ID: id}
	if w.text() {
		p.Text = value.(string)
	} else {
		p.Number = value.(int64)
	}
	return p, nil
}

// scan is what was found between two places.
type scan struct {
	hits    []place
	scanned int
	stopped *place // the last one looked at, when the end was not reached
}

// look reads on from a place, nil for the beginning, until it has found enough,
// or has looked through scanLimit tokens. Most ways lead only past hits, so that
// it begins with few and takes more each time.
func (s *Store) look(ctx context.Context, r *route, asc bool, from *place, enough int) (scan, error) {
	var out scan
	for size := enough; !r.nothing; size = min(4*size, scanLimit-out.scanned) {
		var seen []place
		sql, args := r.statement(asc, from, size, r.check)
		if err := s.read(ctx).Raw(sql, args...).Scan(&seen).Error; err != nil {
			return scan{}, err
		}
		for _, p := range seen {
			if out.scanned++; p.Hit {
				out.hits = append(out.hits, p)
			}
			if len(out.hits) == enough {
				return out, nil
			}
		}
		if len(seen) < size {
			break
		}
		from = &seen[size-1]
		if out.scanned >= scanLimit {
			out.stopped = from
			break
		}
	}
	return out, nil
}

// statement reads up to size places along the route, after one of them.
func (r *route) statement(asc bool, after *place, size int, check []condition) (sql string, args []any) {
	step := step{after: after, beyond: "<", direction: "DESC", size: size, check: check}
	if asc {
		step.beyond, step.direction = ">", "ASC"
	}
	if r.index == "token_origins_address" {
		return r.byAddress(step)
	}
	if r.index != "tokens_all_name" || !r.filter.couldBeLastFour() {
		return r.part(step, r.from)
	}
	// One index has the names, another one the last four characters.
	prefix, prefixArgs := r.filter.prefix()
	names, namesArgs := r.part(step, []condition{{sql: prefix, args: prefixArgs}})
	ended := fmt.Sprintf("(SELECT id AS ended FROM tokens WHERE last_four = ? ORDER BY id LIMIT %d) f JOIN tokens ON tokens.id = f.ended", maxFound)
	fours, foursArgs := r.partOf(condition{sql: ended, args: []any{r.filter.Text}}, step, []condition{{sql: "NOT " + prefix, args: prefixArgs}})
	return fmt.Sprintf("SELECT * FROM (%s) a UNION ALL SELECT * FROM (%s) b ORDER BY text %[3]s, id %[3]s LIMIT %[4]d",
		names, fours, step.direction, size), append(namesArgs, foursArgs...)
}

// step is one look along a route.
type step struct {
	after             *place // nil: from the beginning
	beyond, direction string
	size              int
	check             []condition
}

// part is the statement for the part of the way that conditions choose.
func (r *route) part(st step, conditions []condition) (sql string, args []any) {
	return r.partOf(condition{sql: "tokens"}, st, conditions)
}

// partOf is part of those tokens only that table has.
func (r *route) partOf(table condition, st step, conditions []condition) (sql string, args []any) {
	name := "number"
	if r.text() {
		name = "text"
	}
	if st.after != nil {
		at := any(st.after.Number)
		if r.text() {
			at = st.after.Text
		}
		conditions = slices.Concat(conditions, []condition{{
			sql: fmt.Sprintf("(%s, id) %s (?, ?)", r.column, st.beyond), args: []any{at, st.after.ID},
		}})
	}
	hit, args := and(st.check)
	where, whereArgs := and(conditions)
	return fmt.Sprintf("SELECT id, %[1]s AS %[2]s, %[3]s AS hit FROM %[7]s WHERE %[4]s ORDER BY %[1]s %[5]s, id %[5]s LIMIT %[6]d",
		r.column, name, hit, where, st.direction, st.size, table.sql), slices.Concat(args, table.args, whereArgs)
}

// byAddress is the statement for the tokens that were used from an address, in
// the order of their ids: an address may have several rows for each.
func (r *route) byAddress(st step) (sql string, args []any) {
	hit, args := and(st.check)
	args = append(args, r.filter.Address)
	after := ""
	if st.after != nil {
		after = " AND token_id " + st.beyond + " ?"
		args = append(args, st.after.ID)
	}
	return fmt.Sprintf(`SELECT tokens.id, tokens.id AS number, %s AS hit
		FROM (SELECT DISTINCT token_id FROM token_origins WHERE address = ?%s ORDER BY token_id %[3]s LIMIT %[4]d) used
		JOIN tokens ON tokens.id = used.token_id ORDER BY tokens.id %[3]s`, hit, after, st.direction, st.size), args
}
