package models

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Person is somebody with an account, as administrators see them.
type Person struct {
	User
	LiveTokens int64      // neither revoked nor expired
	SeenAt     *time.Time // when a session of theirs was last used; nil: there is none
	EndsAt     *time.Time // when they leave: the end of their run-down; nil: there is none
}

// PeopleStatuses are what PeopleQuery.Status may be. Active is who is not
// disabled; leaving, who has a run-down.
var PeopleStatuses = []string{"active", "disabled", "admin", "leaving"}

// PeopleSorts are what people can be ordered by, the default first.
var PeopleSorts = []string{"email", "name"}

// PeopleQuery asks for one page of people. A search has an order of its own:
// those whose name begins with the text, by name, then those whose address does.
type PeopleQuery struct {
	Text   string
	Status string // one of PeopleStatuses; empty: everybody
	Sort   string // one of PeopleSorts; empty: the first
	Desc   bool
	Before string // cursor: the page that ends just before this place
	After  string // cursor: the page that starts just after it
	Limit  int
}

// PeoplePage is one page, with the cursors of its neighbours or "". A search
// among the people of a status looks through a bounded number of people at a time:
// Continue is then where to go on, as After (as Before, when the query had Before).
type PeoplePage struct {
	People        []Person
	Before, After string
	Continue      string
}

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

// People returns one page of people. Error: CodeInvalid for an unknown status or
// sort, or a cursor of another order.
func (s *Store) People(ctx context.Context, q PeopleQuery) (PeoplePage, error) {
	if q.Status != "" && !slices.Contains(PeopleStatuses, q.Status) || !slices.Contains(PeopleSorts, cmp.Or(q.Sort, "email")) {
		return PeoplePage{}, ErrInvalid
	}
	ways, backwards := q.ways(), q.Before != ""
	asc := q.Desc == backwards
	if !asc {
		slices.Reverse(ways)
	}
	var start peoplePlace
	cursor := cmp.Or(q.Before, q.After)
	if cursor != "" {
		var err error
		if start, err = peopleStart(ways, cursor); err != nil {
			return PeoplePage{}, err
		}
	}
	hits, next, err := s.lookForPeople(ctx, ways, start, asc, q.Limit+1)
	if err != nil {
		return PeoplePage{}, err
	}
	p := PeoplePage{Continue: next}
	more := len(hits) > q.Limit
	if more {
		hits = hits[:q.Limit]
	}
	if backwards {
		slices.Reverse(hits)
	}
	if n := len(hits); n > 0 {
		if backwards && more || cursor != "" && !backwards {
			p.Before = hits[0].cursor
		}
		if backwards || more {
			p.After = hits[n-1].cursor
		}
	}
	users := make([]User, len(hits))
	for i, h := range hits {
		users[i] = h.User
	}
	p.People, err = s.persons(ctx, users)
	return p, err
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

// persons adds to users what stands elsewhere.
func (s *Store) persons(ctx context.Context, users []User) ([]Person, error) {
	out := make([]Person, len(users))
	at := make(map[int64]*Person, len(users))
	ids := make([]int64, len(users))
	for i, u := range users {
		out[i].User, ids[i] = u, u.ID
		at[u.ID] = &out[i]
	}
	if len(ids) == 0 {
		return nil, nil
	}
	us := s.Now().UnixMicro()
	live := s.read(ctx).Model(&Token{}).Select("user_id, count(*) AS n").
		Where("live_name IS NOT NULL AND "+endColumn+" > ? AND (revoke_at IS NULL OR revoke_at > ?)", us, us).Group("user_id")
	seen := s.read(ctx).Model(&Session{}).Select("user_id, max(seen_at) AS n").Group("user_id")
	ends := s.read(ctx).Table("rundowns").Select("user_id, ends_at AS n")
	for db, set := range map[*gorm.DB]func(*Person, int64){
		live: func(p *Person, n int64) { p.LiveTokens = n },
		seen: func(p *Person, n int64) { p.SeenAt = microsPointer(n) },
		ends: func(p *Person, n int64) { p.EndsAt = microsPointer(n) },
	} {
		var rows []struct{ UserID, N int64 }
		if err := db.Where("user_id IN ?", ids).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			set(at[r.UserID], r.N)
		}
	}
	return out, nil
}

func microsPointer(us int64) *time.Time {
	t := fromMicros(us)
	return &t
}

// Person returns somebody by number. Error: ErrNotFound.
func (s *Store) Person(ctx context.Context, id int64) (*Person, error) {
	var u User
	if err := s.read(ctx).Where("id = ?", id).Take(&u).Error; err != nil {
		return nil, found(err)
	}
	all, err := s.persons(ctx, []User{u})
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// UserNames returns the names of people by their numbers.
func (s *Store) UserNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	var rows []User
	err := s.read(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error
	out := make(map[int64]string, len(rows))
	for _, u := range rows {
		out[u.ID] = u.Name
	}
	return out, err
}

// fillNameKeys writes the name keys of people whose rows are older than that column.
func (s *Store) fillNameKeys(ctx context.Context) error {
	for last := int64(0); ; {
		var old []User
		err := s.read(ctx).Where("name_key = '' AND id > ?", last).Order("id").Limit(500).Find(&old).Error
		if err != nil || len(old) == 0 {
			return err
		}
		err = s.Tx(ctx, func(tx *Store) error {
			for _, u := range old {
				u.setName(u.Name)
				if err := tx.write(ctx).Model(&u).UpdateColumn("name_key", u.NameKey).Error; err != nil {
					return err
				}
				last = u.ID
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
