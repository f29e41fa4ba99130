package models

import "slices"

// cutPage turns rows into the page of at most limit that they are shown as; there is one
// row more where something follows in the direction in which they were read. That was
// backwards when they lead up to a cursor. before and after tell whether the page has
// such neighbours: what lies on the cursor's other side is known to be there.
func cutPage[T any](rows []T, limit int, backwards, cursor bool) (page []T, before, after bool) {
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	if backwards {
		slices.Reverse(rows)
	}
	if len(rows) == 0 {
		return rows, false, false
	}
	if backwards {
		return rows, more, cursor
	}
	return rows, cursor, more
}
