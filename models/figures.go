package models

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Figures are what the overview of all tokens shows.
type Figures struct {
	At          time.Time // when they were counted
	All         int64     // all stored tokens, live or not
	Live        int64     // neither revoked nor expired
	Expiring30  int64     // live, and ends within 30 days
	Never       int64     // live, and never expires
	Unused90    int64     // live, and not used for 90 days
	AfterDeath7 int64     // refused in the last 7 days
	Paused      int64
	Scheduled   int64
	Expired     int64
	Revoked     int64
	Ages        []FigureBucket // of live tokens, the youngest first
	Remaining   []FigureBucket // of live tokens, the soonest to end first, those without an end last
	Weeks       []FigureWeek   // live tokens that end in each of the next 13 weeks
	Days        []OutcomeDay   `json:"-"` // the last FigureDays, today last; as of now, not of At
}

// FigureBucket counts tokens by days of age or of remaining life: From is
// included, To is not. To is 0 in the last bucket; From is -1 where there is no end.
type FigureBucket struct {
	From, To int
	Tokens   int64
}

// FigureWeek counts tokens that end in the seven days from Start, which is a midnight in UTC.
type FigureWeek struct {
	Start  time.Time
	Tokens int64
}

const (
	// FigureDays is how many days of requests the overview shows.
	FigureDays  = 30
	figureWeeks = 13

	figuresCheap = 50 * time.Millisecond // what may be counted whenever somebody looks
	figuresLife  = 5 * time.Minute       // what is not so cheap is counted so often
)

// The limits of the buckets, in days.
var (
	figureAges      = []int{0, 7, 30, 90, 180, 365, 730}
	figureRemaining = []int{0, 7, 30, 90, 180, 365}
)

// TokenFigures are Figures as they were counted last. There is one row.
type TokenFigures struct {
	ID   int64     `gorm:"primaryKey"`
	At   time.Time `gorm:"serializer:micros"`
	Took int64     // microseconds
	Data string
}

// Figures returns the overview. Where counting takes long, it is as of some minutes ago.
func (s *Store) Figures(ctx context.Context) (*Figures, error) {
	f, err := s.figures(ctx)
	if err != nil {
		return nil, err
	}
	f.Days, err = s.outcomeDays(s.read(ctx).Table("usage_days"), FigureDays)
	return f, err
}

func (s *Store) figures(ctx context.Context) (*Figures, error) {
	kept, err := s.keptFigures(ctx)
	if err != nil {
		return nil, err
	}
	if kept.Took < figuresCheap.Microseconds() { // or nobody has counted yet
		return s.countFigures(ctx)
	}
	var f Figures
	return &f, json.Unmarshal([]byte(kept.Data), &f)
}

// keptFigures is a zero row when nobody has counted yet.
func (s *Store) keptFigures(ctx context.Context) (TokenFigures, error) {
	var kept TokenFigures
	err := s.read(ctx).Take(&kept).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return kept, err
}

// CountFigures counts the overview for later, unless somebody has done so lately.
func (s *Store) CountFigures(ctx context.Context) error {
	kept, err := s.keptFigures(ctx)
	if err != nil || s.Now().Before(kept.At.Add(figuresLife)) {
		return err
	}
	f, err := s.countFigures(ctx)
	if err != nil {
		return err
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	kept = TokenFigures{ID: 1, At: f.At, Took: s.Now().Sub(f.At).Microseconds(), Data: string(data)}
	return s.write(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&kept).Error
}

// countFigures counts along indexes alone, in one statement.
func (s *Store) countFigures(ctx context.Context) (*Figures, error) {
	f := &Figures{At: s.Now()}
	var parts []string
	var args, targets []any
	count := func(to *int64, where string, values ...int64) {
		parts = append(parts, "(SELECT count(*) FROM tokens WHERE "+where+")")
		targets = append(targets, to)
		for _, v := range values {
			args = append(args, v)
		}
	}
	const live = "live_name IS NOT NULL"
	now := f.At.UnixMicro()
	at := func(days int) int64 { return f.At.Add(time.Duration(days) * day).UnixMicro() }
	count(&f.All, "created_at >= 0")
	count(&f.Live, live)
	var ending int64
	count(&ending, live+" AND expires_at IS NOT NULL")
	count(&f.Expiring30, live+" AND expires_at > ? AND expires_at <= ?", now, at(30))
	count(&f.Unused90, live+" AND "+unusedColumn+" <= ?", at(-90))
	count(&f.AfterDeath7, "refused_at >= ?", at(-7))
	count(&f.Paused, live+" AND paused_at IS NOT NULL")
	count(&f.Scheduled, live+" AND revoked_at IS NULL AND revoke_at IS NOT NULL AND "+soonerThanExpiry)
	count(&f.Revoked, "revoked_at IS NOT NULL")

	f.Ages = buckets(figureAges)
	for i := range f.Ages {
		b := &f.Ages[i]
		if b.To == 0 {
			count(&b.Tokens, live+" AND created_at <= ?", at(-b.From))
		} else {
			count(&b.Tokens, live+" AND created_at <= ? AND created_at > ?", at(-b.From), at(-b.To))
		}
	}
	f.Remaining = buckets(figureRemaining)
	for i := range f.Remaining {
		b := &f.Remaining[i]
		if b.To == 0 {
			count(&b.Tokens, live+" AND expires_at > ?", at(b.From))
		} else {
			count(&b.Tokens, live+" AND expires_at > ? AND expires_at <= ?", at(b.From), at(b.To))
		}
	}
	f.Weeks = make([]FigureWeek, figureWeeks)
	for i := range f.Weeks {
		w := &f.Weeks[i]
		w.Start = date(f.At).AddDate(0, 0, 7*i)
		count(&w.Tokens, live+" AND expires_at > ? AND expires_at <= ?", max(now, w.Start.UnixMicro()), w.Start.AddDate(0, 0, 7).UnixMicro())
	}
	if err := scanRow(s.read(ctx).Raw("SELECT "+strings.Join(parts, ", "), args...), targets...); err != nil {
		return nil, err
	}
	f.Never, f.Expired = f.Live-ending, f.All-f.Live-f.Revoked
	f.Remaining = append(f.Remaining, FigureBucket{From: -1, Tokens: f.Never})
	return f, nil
}

func buckets(limits []int) []FigureBucket {
	out := make([]FigureBucket, len(limits))
	for i, from := range limits {
		out[i].From = from
		if i+1 < len(limits) {
			out[i].To = limits[i+1]
		}
	}
	return out
}
