package models

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tessera/models/token"
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

// Next is where to go on, as After, in a list that is read forwards; "" at its end.
func (p PeoplePage) Next() string { return cmp.Or(p.After, p.Continue) }

// People returns one page of people. Error: CodeInvalid for an unknown status or
// sort, or a cursor of another order; with the field "q" for a text with a secret in it.
func (s *Store) People(ctx context.Context, q PeopleQuery) (PeoplePage, error) {
	if token.Within(q.Text) {
		var v Invalid
		v.Add("q", "filter_secret")
		return PeoplePage{}, v.Err()
	}
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
	hits, before, after := cutPage(hits, q.Limit, backwards, cursor != "")
	if before {
		p.Before = hits[0].cursor
	}
	if after {
		p.After = hits[len(hits)-1].cursor
	}
	users := make([]User, len(hits))
	for i, h := range hits {
		users[i] = h.User
	}
	p.People, err = s.persons(ctx, users)
	return p, err
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
		err := s.read(ctx).Where("name_key = '' AND id > ?", last).Order("id").Limit(rowsAtOnce).Find(&old).Error
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
