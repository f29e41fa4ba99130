package models

import (
	"cmp"
	"context"
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// TokenFilters are the views of a person's list, in the order of their tabs.
var TokenFilters = []string{"all", "active", "expiring", "paused", "expired", "revoked"}

// TokenSorts are the columns that a list can be ordered by.
var TokenSorts = []string{"created", "name", "expires", "used"}

// TokenQuery asks for one page of a person's tokens. The zero value asks for
// the newest of all.
type TokenQuery struct {
	Filter string // one of TokenFilters
	Search string // part of a name
	Sort   string // one of TokenSorts
	Asc    bool
	Before string // cursor: the page that ends just before this place
	After  string // cursor: the page that starts just after it
	Limit  int
}

// TokenPage is one page, with the cursors of its neighbours or "".
type TokenPage struct {
	Tokens        []Token
	Before, After string
}

// The expressions are those of the indexes, and never null, so that a row's
// place can be compared with a cursor.
var tokenSortColumns = map[string]string{
	"created": "created_at",
	"name":    "name_key",
	"expires": "COALESCE(expires_at, 9223372036854775807)",
	"used":    "COALESCE(last_used_at, 0)",
}

// Tokens returns one page of owner's tokens. Error: CodeInvalid for an unknown
// filter or sort, or a cursor that this list did not make.
func (s *Store) Tokens(ctx context.Context, owner *User, q TokenQuery) (TokenPage, error) {
	column, ok := tokenSortColumns[cmp.Or(q.Sort, "created")]
	db, known := s.filterTokens(ctx, owner, cmp.Or(q.Filter, "all"), q.Search)
	if !ok || !known {
		return TokenPage{}, ErrInvalid
	}
	backwards := q.Before != ""
	cursor := cmp.Or(q.Before, q.After)
	if cursor != "" {
		value, id, err := decodeCursor(cursor, column == "name_key")
		if err != nil {
			return TokenPage{}, err
		}
		op := " < "
		if q.Asc != backwards {
			op = " > "
		}
		db = db.Where("("+column+", id)"+op+"(?, ?)", value, id)
	}
	direction := " DESC"
	if q.Asc != backwards {
		direction = ""
	}
	var p TokenPage
	err := db.Order(column + direction + ", id" + direction).Limit(q.Limit + 1).Find(&p.Tokens).Error
	if err != nil {
		return TokenPage{}, err
	}
	var before, after bool
	p.Tokens, before, after = cutPage(p.Tokens, q.Limit, backwards, cursor != "")
	if before {
		p.Before = encodeCursor(&p.Tokens[0], column)
	}
	if after {
		p.After = encodeCursor(&p.Tokens[len(p.Tokens)-1], column)
	}
	return p, nil
}

func (s *Store) filterTokens(ctx context.Context, owner *User, filter, search string) (*gorm.DB, bool) {
	const notRevoked = "revoked_at IS NULL AND (revoke_at IS NULL OR revoke_at > ?)"
	now := s.Now()
	us := now.UnixMicro()
	db := s.read(ctx).Model(&Token{}).Where("user_id = ?", owner.ID)
	if search = fold(search); search != "" {
		db = db.Where(`name_key LIKE ? ESCAPE '\'`, "%"+escapeLike(search)+"%")
	}
	switch filter {
	case "all":
	case "active":
		db = db.Where(notRevoked+" AND paused_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", us, us)
	case "expiring":
		db = db.Where(notRevoked+" AND paused_at IS NULL AND expires_at > ? AND expires_at <= ?", us, us, expiringUntil(now, owner.Location()).UnixMicro())
	case "paused":
		db = db.Where(notRevoked+" AND paused_at IS NOT NULL AND (expires_at IS NULL OR expires_at > ?)", us, us)
	case "expired":
		db = db.Where(notRevoked+" AND expires_at <= ?", us, us)
	case "revoked":
		db = db.Where("NOT ("+notRevoked+")", us)
	default:
		return nil, false
	}
	return db, true
}

// MaxCount is where counting stops: a larger number is told as "1,000+".
const MaxCount = 1000

// TokenCounts returns how many of owner's tokens each filter shows, at most MaxCount+1.
func (s *Store) TokenCounts(ctx context.Context, owner *User, search string) (map[string]int, error) {
	var parts []string
	var args []any
	for _, f := range TokenFilters {
		db, _ := s.filterTokens(ctx, owner, f, search)
		parts = append(parts, "(SELECT count(*) FROM (?) AS t)")
		args = append(args, db.Select("1").Limit(MaxCount+1))
	}
	counts := make([]int, len(TokenFilters))
	targets := make([]any, len(counts))
	for i := range counts {
		targets[i] = &counts[i]
	}
	if err := scanRow(s.read(ctx).Raw("SELECT "+strings.Join(parts, ", "), args...), targets...); err != nil {
		return nil, err
	}
	out := map[string]int{}
	for i, f := range TokenFilters {
		out[f] = counts[i]
	}
	return out, nil
}

// A cursor names a row's place in an order: its sort value and its id.
func encodeCursor(t *Token, column string) string {
	var value string
	switch column {
	case "name_key":
		value = t.NameKey
	case "created_at":
		value = strconv.FormatInt(t.CreatedAt.UnixMicro(), 10)
	default:
		at, n := t.LastUsedAt, int64(0)
		if strings.Contains(column, "expires_at") {
			at, n = t.ExpiresAt, math.MaxInt64
		}
		if at != nil {
			n = at.UnixMicro()
		}
		value = strconv.FormatInt(n, 10)
	}
	return newCursor(t.ID, value)
}

func newCursor(id int64, value string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(id, 10) + " " + value))
}

func decodeCursor(s string, text bool) (value any, id int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	left, right, ok := strings.Cut(string(b), " ")
	if err == nil && ok {
		id, err = strconv.ParseInt(left, 10, 64)
	}
	if err != nil || !ok || !storable(right) {
		return nil, 0, ErrInvalid
	}
	if text {
		return right, id, nil
	}
	n, err := strconv.ParseInt(right, 10, 64)
	if err != nil {
		return nil, 0, ErrInvalid
	}
	return n, id, nil
}

// escapeLike makes s stand for itself in a LIKE pattern that escapes with a backslash.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
