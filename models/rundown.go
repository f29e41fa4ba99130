package models

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Rundown is the plan for a person who leaves: each of their tokens ends on a day
// of its own at the latest, and in the end everything of theirs does.
type Rundown struct {
	UserID    int64     `gorm:"primaryKey;autoIncrement:false"`
	EndsAt    time.Time `gorm:"serializer:micros"` // then the account is disabled
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ActorID   *int64
	ActorName string
	Version   int64 // counts edits, to notice a stale form

	Tokens map[int64]RundownToken `gorm:"-"` // by id of the token
}

// RundownToken is what the plan says about one token.
type RundownToken struct {
	TokenID     int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID      int64
	Replacement string    // what takes over, in the administrator's words
	RevokeAt    time.Time `gorm:"serializer:micros"`
}

// RundownForm is a filled-in plan. Days are in the time zone of who fills it in.
type RundownForm struct {
	LastDay string          // YYYY-MM-DD
	Version int64           // of the plan when the form was shown; 0: there was none
	Tokens  []RundownChoice // others end on the last day
}

// RundownChoice is what a form says about one token.
type RundownChoice struct {
	PublicID    string
	Day         string // its own last day, or empty
	Replacement string
}

const maxReplacement = 200 // characters

// SaveRundown starts or changes a person's run-down, and plans the revocation of
// their tokens accordingly; those planned for an earlier moment by somebody else stay
// so. Errors: CodeInvalid with its fields, those of a token being "day_" and "by_"
// with its public id; ErrNotFound; ErrConflict when the plan is another by now.
func (s *Store) SaveRundown(ctx context.Context, actor Actor, userID int64, in RundownForm) (*Rundown, error) {
	zone := actor.zone()
	var r *Rundown
	err := s.Tx(ctx, func(tx *Store) error {
		if err := tx.holdAdministrators(ctx); err != nil {
			return err
		}
		var u User
		if err := tx.lockUser(ctx, userID, &u); err != nil {
			return err
		}
		old, err := tx.Rundown(ctx, userID)
		switch {
		case errors.Is(err, ErrNotFound):
			old = &Rundown{}
		case err != nil:
			return err
		}
		if old.Version != in.Version {
			return ErrConflict
		}
		last, err := tx.lastAdministrator(ctx, &u)
		if err != nil {
			return err
		}
		var v Invalid
		switch {
		case actor.User != nil && actor.User.ID == userID:
			v.Add("last_day", "rundown_self")
		case u.Disabled():
			v.Add("last_day", "rundown_disabled")
		case last:
			v.Add("last_day", "rundown_last")
		}
		plan := in.check(&v, tx.Now(), zone)
		if err := v.Err(); err != nil {
			return err
		}
		r = &Rundown{UserID: userID, EndsAt: plan.end, CreatedAt: tx.Now(), Version: old.Version + 1, ActorID: old.ActorID, ActorName: old.ActorName}
		if old.Version > 0 {
			r.CreatedAt = old.CreatedAt
		} else if actor.User != nil {
			r.ActorID, r.ActorName = &actor.User.ID, actor.User.Name
		}
		return tx.planRundown(ctx, actor, &u, old, r, plan)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// rundownPlan is a checked form.
type rundownPlan struct {
	end    time.Time
	tokens map[string]RundownToken // by public id
}

func (in RundownForm) check(v *Invalid, now time.Time, zone *time.Location) rundownPlan {
	p := rundownPlan{tokens: map[string]RundownToken{}}
	today := date(now.In(zone))
	longest := today.AddDate(maxYears, 0, 0)
	last := rundownDay(v, "last_day", in.LastDay, today, longest)
	if !last.IsZero() {
		longest = last
	}
	p.end = StartOfDay(last.AddDate(0, 0, 1), zone)
	for _, c := range in.Tokens {
		t := RundownToken{RevokeAt: p.end, Replacement: strings.TrimSpace(c.Replacement)}
		if c.Day != "" {
			t.RevokeAt = StartOfDay(rundownDay(v, "day_"+c.PublicID, c.Day, today, longest).AddDate(0, 0, 1), zone)
		}
		if !storable(t.Replacement) || utf8.RuneCountInString(t.Replacement) > maxReplacement {
			v.Add("by_"+c.PublicID, "rundown_by", "max", maxReplacement)
		}
		p.tokens[c.PublicID] = t
	}
	return p
}

// rundownDay reads a day that lies between two others; the zero time when it does not.
func rundownDay(v *Invalid, field, text string, first, last time.Time) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case text == "":
		v.Add(field, "rundown_day_required")
	case err != nil:
		v.Add(field, "rundown_day_invalid")
	case day.Before(first):
		v.Add(field, "rundown_day_past", "first", Day{first})
	case day.After(last) && field == "last_day":
		v.Add(field, "rundown_day_far", "last", Day{last})
	case day.After(last):
		v.Add(field, "rundown_day_late", "last", Day{last})
	default:
		return day
	}
	return time.Time{}
}

// planRundown replaces a plan by another one, whose owner is locked.
func (s *Store) planRundown(ctx context.Context, actor Actor, u *User, old, r *Rundown, plan rundownPlan) error {
	tokens, err := s.lockLive(ctx, u.ID)
	if err != nil {
		return err
	}
	r.Tokens = map[int64]RundownToken{}
	var changes []change
	rows := make([]RundownToken, len(tokens))
	for i := range tokens {
		t := &tokens[i]
		row, chosen := plan.tokens[t.PublicID]
		if !chosen {
			row.RevokeAt = plan.end
		}
		row.TokenID, row.UserID = t.ID, u.ID
		rows[i], r.Tokens[t.ID] = row, row
		before, planned := old.Tokens[t.ID]
		ours := planned && t.RevokeAt != nil && t.RevokeAt.Equal(before.RevokeAt)
		if ours && t.RevokeAt.Equal(row.RevokeAt) || !ours && !later(t.RevokeAt, &row.RevokeAt) {
			continue
		}
		changes = append(changes, planChange(t, AuditTokenScheduled, &row.RevokeAt))
	}
	if err := s.write(ctx).Save(r).Error; err != nil {
		return err
	}
	if err := s.write(ctx).Where("user_id = ?", u.ID).Delete(&RundownToken{}).Error; err != nil {
		return err
	}
	if err := s.write(ctx).CreateInBatches(rows, rowsAtOnce).Error; err != nil {
		return err
	}
	if err := s.saveMany(ctx, actor, changes, "revoke_at"); err != nil {
		return err
	}
	kind, was := AuditRundownChanged, stamp(&old.EndsAt)
	if old.Version == 0 {
		kind, was = AuditRundownStarted, ""
	}
	return s.audit(ctx, actor, AuditEvent{Kind: kind, UserID: &u.ID, Label: u.Name, Changes: AuditChanges{
		{Field: "ends_at", Old: was, New: stamp(&r.EndsAt)}, {Field: "tokens", New: strconv.Itoa(len(changes))},
	}})
}

// lockLive locks a person's live tokens in the order of their ids.
func (s *Store) lockLive(ctx context.Context, userID int64) ([]Token, error) {
	var tokens []Token
	err := s.forUpdate(ctx).Where("user_id = ? AND live_name IS NOT NULL", userID).Order("id").Find(&tokens).Error
	now := s.Now()
	return slices.DeleteFunc(tokens, func(t Token) bool { return !t.Live(now) }), err
}

// Rundown returns a person's run-down. Error: ErrNotFound.
func (s *Store) Rundown(ctx context.Context, userID int64) (*Rundown, error) {
	r := Rundown{Tokens: map[int64]RundownToken{}}
	if err := s.read(ctx).Where("user_id = ?", userID).Take(&r).Error; err != nil {
		return nil, found(err)
	}
	var rows []RundownToken
	err := s.read(ctx).Where("user_id = ?", userID).Find(&rows).Error
	for _, row := range rows {
		r.Tokens[row.TokenID] = row
	}
	return &r, err
}

// RundownEnd is when a token ends at the latest because its owner leaves; nil: they stay.
func (s *Store) RundownEnd(ctx context.Context, t *Token) (*time.Time, error) {
	ends, err := s.rundownEnds(ctx, []Token{*t})
	if end, leaves := ends[t.ID]; leaves {
		return &end, err
	}
	return nil, err
}

// rundownEnds are the moments at which tokens end at the latest because their owners
// leave, by the ids of the tokens.
func (s *Store) rundownEnds(ctx context.Context, tokens []Token) (map[int64]time.Time, error) {
	owners := make([]int64, len(tokens))
	for i, t := range tokens {
		owners[i] = t.UserID
	}
	var plans []Rundown
	if err := s.read(ctx).Where("user_id IN ?", owners).Find(&plans).Error; err != nil || len(plans) == 0 {
		return nil, err
	}
	last := map[int64]time.Time{}
	for _, r := range plans {
		last[r.UserID] = r.EndsAt
	}
	ends := map[int64]time.Time{}
	for _, t := range tokens {
		if end, leaves := last[t.UserID]; leaves {
			ends[t.ID] = end
		}
	}
	var rows []RundownToken
	err := s.read(ctx).Where("token_id IN ?", slices.Collect(maps.Keys(ends))).Find(&rows).Error
	for _, row := range rows {
		ends[row.TokenID] = row.RevokeAt
	}
	return ends, err
}

// CancelRundown ends a run-down before its time: the revocations that it planned
// are no longer planned. Error: ErrNotFound.
func (s *Store) CancelRundown(ctx context.Context, actor Actor, userID int64) error {
	return s.Tx(ctx, func(tx *Store) error {
		var u User
		if err := tx.lockUser(ctx, userID, &u); err != nil {
			return err
		}
		r, err := tx.Rundown(ctx, userID)
		if err != nil {
			return err
		}
		tokens, err := tx.lockLive(ctx, userID)
		if err != nil {
			return err
		}
		var changes []change
		for i := range tokens {
			t := &tokens[i]
			if row, ok := r.Tokens[t.ID]; ok && t.RevokeAt != nil && t.RevokeAt.Equal(row.RevokeAt) {
				changes = append(changes, planChange(t, AuditTokenUnscheduled, nil))
			}
		}
		if err := tx.write(ctx).Delete(r).Error; err != nil { // and with it what it says of tokens
			return err
		}
		if err := tx.saveMany(ctx, actor, changes, "revoke_at"); err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditRundownCancelled, UserID: &userID, Label: u.Name})
	})
}
