package models

import (
	"context"
	"strings"
)

// peopleWay is a stretch of an index on users, in which some are to be left out.
type peopleWay struct {
	column   string // "email_key" or "name_key"
	from, to string // the texts that it holds; to is excluded, "" for no end
	only     string // a condition that the index answers
	fits     func(*User) bool
}

// ways are the stretches that a query reads one after another.
func (q PeopleQuery) ways() []peopleWay {
	w := peopleWay{column: "email_key", fits: func(u *User) bool {
		return (q.Status != "active" || !u.Disabled()) && (q.Status != "disabled" || u.Disabled()) && (q.Status != "admin" || u.Admin)
	}}
	if q.Status == "leaving" {
		w.only = "id IN (SELECT user_id FROM rundowns)"
	}
	text := fold(q.Text)
	switch {
	case text != "":
		w.from, w.to = text, prefixEnd(text)
		names, fits := w, w.fits
		names.column = "name_key"
		w.fits = func(u *User) bool { return fits(u) && !strings.HasPrefix(u.NameKey, text) } // they were among the first
		return []peopleWay{names, w}
	case q.Sort == "name":
		w.column = "name_key"
	case q.Status == "disabled":
		w.only = "disabled_at IS NOT NULL"
	case q.Status == "admin":
		w.only = "admin"
	}
	return []peopleWay{w}
}

// key is what u is ordered by on w.
func (w peopleWay) key(u *User) string {
	if w.column == "name_key" {
		return u.NameKey
	}
	return u.EmailKey
}

// cursor is where u stands on w.
func (w peopleWay) cursor(u *User) string { return newCursor(u.ID, w.column[:1]+w.key(u)) }

// peoplePlace is where to go on: on the way of this number, after (before, in the
// other direction) this person; nil: at its end.
type peoplePlace struct {
	way  int
	user *User
}

// peopleStart finds the place of a cursor. Error: CodeInvalid.
func peopleStart(ways []peopleWay, cursor string) (peoplePlace, error) {
	value, id, err := decodeCursor(cursor, true)
	if err != nil {
		return peoplePlace{}, err
	}
	text := value.(string)
	for i, w := range ways {
		if key, ok := strings.CutPrefix(text, w.column[:1]); ok {
			return peoplePlace{i, &User{ID: id, EmailKey: key, NameKey: key}}, nil
		}
	}
	return peoplePlace{}, ErrInvalid
}

// foundUser is a user with their place on the way on which they were found.
type foundUser struct {
	User
	cursor string
}

// lookForPeople reads along the ways until it has found enough, or has looked
// through scanLimit people: next is then the place to go on from.
func (s *Store) lookForPeople(ctx context.Context, ways []peopleWay, at peoplePlace, asc bool, enough int) (hits []foundUser, next string, err error) {
	for scanned := 0; at.way < len(ways); {
		w := ways[at.way]
		size := min(max(enough, scanned), scanLimit-scanned)
		seen, err := s.alongPeople(ctx, w, at.user, asc, size)
		if err != nil {
			return nil, "", err
		}
		for i := range seen {
			if at.user = &seen[i]; w.fits(at.user) {
				hits = append(hits, foundUser{*at.user, w.cursor(at.user)})
			}
			if len(hits) == enough {
				return hits, "", nil
			}
		}
		scanned += len(seen)
		if len(seen) < size {
			at = peoplePlace{way: at.way + 1}
		} else if scanned >= scanLimit {
			return hits, w.cursor(at.user), nil
		}
	}
	return hits, "", nil
}

// alongPeople reads a part of a way.
func (s *Store) alongPeople(ctx context.Context, w peopleWay, after *User, asc bool, size int) ([]User, error) {
	beyond, direction := " < ", " DESC"
	if asc {
		beyond, direction = " > ", ""
	}
	db := s.read(ctx)
	if w.only != "" {
		db = db.Where(w.only)
	}
	if w.from != "" {
		db = db.Where(w.column+" >= ?", w.from)
	}
	if w.to != "" {
		db = db.Where(w.column+" < ?", w.to)
	}
	if w.column == "email_key" && w.only == "" { // the index of the whole column is without ids: addresses are unique
		if db = db.Order("email_key" + direction); after != nil {
			db = db.Where("email_key"+beyond+"?", after.EmailKey)
		}
	} else if db = db.Order(w.column + direction + ", id" + direction); after != nil {
		db = db.Where("("+w.column+", id)"+beyond+"(?, ?)", w.key(after), after.ID)
	}
	var out []User
	err := db.Limit(size).Find(&out).Error
	return out, err
}
