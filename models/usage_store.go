package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// addUse adds to the counts of the tokens of batch, which is in the order of
// their ids, except of those that have been removed meanwhile. Many rows go in one
// statement: a statement a row would cost more than the requests that are counted.
func (s *Store) addUse(ctx context.Context, batch []pending) error {
	ids := make([]int64, len(batch))
	for i, p := range batch {
		ids[i] = p.tokenID
	}
	var there []int64
	if err := s.forUpdate(ctx).Model(&Token{}).Where("id IN ?", ids).Order("id").Pluck("id", &there).Error; err != nil {
		return err
	}
	var days, origins, uses, refusals tuples
	all := map[dayUse]int64{} // of a day and an outcome
	for _, p := range batch {
		if _, ok := slices.BinarySearch(there, p.tokenID); !ok {
			continue
		}
		for _, d := range p.use.days {
			days.add(p.tokenID, d.day, d.outcome, d.requests)
			all[dayUse{day: d.day, outcome: d.outcome}] += d.requests
		}
		for _, o := range p.use.origins {
			origins.add(p.tokenID, o.address, o.client, o.outcome, o.requests, o.first, o.last)
		}
		if p.use.refused != 0 {
			refusals.add(p.tokenID, p.use.refused)
		}
		if first, last := p.use.first, p.use.last; last.at != 0 {
			uses.add(p.tokenID, last.at, last.address, last.client, first.at, first.address, first.client)
		}
	}
	db := s.write(ctx)
	for _, err := range []error{
		days.exec(db, "(?, ?, ?, ?)", `INSERT INTO token_usage (token_id, day, outcome, requests) VALUES %s
			ON CONFLICT (token_id, day, outcome) DO UPDATE SET requests = token_usage.requests + excluded.requests`),
		origins.exec(db, "(?, ?, ?, ?, ?, ?, ?)", `INSERT INTO token_origins (token_id, address, client, outcome, requests, first_seen, last_seen)
			VALUES %s ON CONFLICT (token_id, address, client, outcome) DO UPDATE SET
			requests = token_origins.requests + excluded.requests,
			first_seen = CASE WHEN excluded.first_seen < token_origins.first_seen THEN excluded.first_seen ELSE token_origins.first_seen END,
			last_seen = CASE WHEN excluded.last_seen > token_origins.last_seen THEN excluded.last_seen ELSE token_origins.last_seen END`),
		// Both databases name the columns of a VALUES list column1, column2, …
		uses.exec(db, "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT))",
			`UPDATE tokens SET last_used_at = column2, last_used_address = column3, last_used_client = column4,
			first_used_at = COALESCE(first_used_at, column5),
			first_used_address = CASE WHEN first_used_at IS NULL THEN column6 ELSE first_used_address END,
			first_used_client = CASE WHEN first_used_at IS NULL THEN column7 ELSE first_used_client END
			FROM (VALUES %s) AS v WHERE id = column1 AND (last_used_at IS NULL OR last_used_at < column2)`),
		// What was refused while a token was paused, and is written after it was resumed, was not after its death.
		refusals.exec(db, "(CAST(? AS BIGINT), CAST(? AS BIGINT))", `UPDATE tokens SET refused_at = column2
			FROM (VALUES %s) AS v WHERE id = column1 AND (refused_at IS NULL OR refused_at < column2)
			AND (live_name IS NULL OR paused_at IS NOT NULL OR expires_at <= column2 OR revoke_at <= column2)`),
		addToDays(db, all),
	} {
		if err != nil {
			return err
		}
	}
	return s.dropOldOrigins(ctx, there)
}

// addToDays adds to the sums over all tokens, by day and outcome: after the tokens,
// and in one order, as everything that several processes lock.
func addToDays(db *gorm.DB, all map[dayUse]int64) error {
	var sums tuples
	for _, d := range slices.SortedFunc(maps.Keys(all), func(a, b dayUse) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.outcome, b.outcome))
	}) {
		sums.add(d.day, d.outcome, all[d])
	}
	return sums.exec(db, "(?, ?, ?)", `INSERT INTO usage_days (day, outcome, requests) VALUES %s
		ON CONFLICT (day, outcome) DO UPDATE SET requests = usage_days.requests + excluded.requests`)
}

// dropOldOrigins keeps of each token the newest maxOrigins of good requests, and of refused ones.
func (s *Store) dropOldOrigins(ctx context.Context, ids []int64) error {
	var full []struct {
		TokenID int64
		Good    bool
	}
	db := s.write(ctx)
	err := db.Table("token_origins").Select("token_id, outcome = 'ok' AS good").Where("token_id IN ?", ids).
		Group("token_id, outcome = 'ok'").Having("count(*) > ?", maxOrigins).Find(&full).Error
	for _, f := range full {
		err = errors.Join(err, db.Exec(`DELETE FROM token_origins WHERE token_id = ? AND (outcome = 'ok') = ? AND (address, client, outcome) NOT IN
			(SELECT address, client, outcome FROM token_origins WHERE token_id = ? AND (outcome = 'ok') = ? ORDER BY last_seen DESC LIMIT ?)`,
			f.TokenID, f.Good, f.TokenID, f.Good, maxOrigins).Error)
	}
	return err
}

// tuples are the values of a statement that takes many.
type tuples [][]any

func (r *tuples) add(values ...any) { *r = append(*r, values) }

// exec runs statement with tuple repeated in place of %s for some of the rows
// after the other. It uses few sizes, since each is a statement that is kept prepared.
func (r *tuples) exec(db *gorm.DB, tuple, statement string) error {
	left := *r
	for _, size := range []int{256, 32, 4, 1} {
		text := ""
		for ; len(left) >= size; left = left[size:] {
			if text == "" {
				text = fmt.Sprintf(statement, strings.Repeat(tuple+", ", size-1)+tuple)
			}
			if err := db.Exec(text, slices.Concat(left[:size]...)...).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// DayUse is what happened with a token on one day, which begins at midnight UTC.
type DayUse struct {
	Day     time.Time
	OK      int64
	Refused int64 // after its death
}

// UsageByDay returns the last n days up to today, oldest first, none left out.
func (s *Store) UsageByDay(ctx context.Context, t *Token, n int) ([]DayUse, error) {
	days, err := s.UsageByOutcome(ctx, t, n)
	out := make([]DayUse, len(days))
	for i, d := range days {
		out[i] = d.Use()
	}
	return out, err
}

// OutcomeDay counts the requests of one day, which begins at midnight UTC.
type OutcomeDay struct {
	Day      time.Time
	Requests map[Outcome]int64
}

// Use sums up the outcomes.
func (d OutcomeDay) Use() DayUse {
	use := DayUse{Day: d.Day}
	for outcome, requests := range d.Requests {
		if outcome == OutcomeOK {
			use.OK += requests
		} else {
			use.Refused += requests
		}
	}
	return use
}

// UsageByOutcome is UsageByDay with each outcome for itself.
func (s *Store) UsageByOutcome(ctx context.Context, t *Token, n int) ([]OutcomeDay, error) {
	return s.outcomeDays(s.read(ctx).Table("token_usage").Where("token_id = ?", t.ID), n)
}

// outcomeDays reads the last n days from a table of requests by day and outcome.
func (s *Store) outcomeDays(db *gorm.DB, n int) ([]OutcomeDay, error) {
	today := s.Now().UnixMicro() / day.Microseconds()
	out := make([]OutcomeDay, n)
	for i := range out {
		out[i] = OutcomeDay{time.Unix((today-int64(n-1-i))*int64(day/time.Second), 0).UTC(), map[Outcome]int64{}}
	}
	var rows []struct {
		Day, Requests int64
		Outcome       Outcome
	}
	err := db.Where("day > ? AND day <= ?", today-int64(n), today).Find(&rows).Error
	for _, r := range rows {
		out[r.Day-today+int64(n)-1].Requests[r.Outcome] += r.Requests
	}
	return out, err
}

// Origin is an address and client that a token was used from.
type Origin struct {
	Address, Client     string
	Outcome             Outcome
	Requests            int64
	FirstSeen, LastSeen time.Time `gorm:"serializer:micros"`
}

// Origins returns where a token was used from, at most 50 with good requests and then
// 50 with refused ones, each the newest first.
func (s *Store) Origins(ctx context.Context, t *Token) ([]Origin, error) {
	var out []Origin
	err := s.read(ctx).Table("token_origins").Where("token_id = ?", t.ID).
		Order("outcome <> 'ok', last_seen DESC").Limit(2 * maxOrigins).Find(&out).Error
	return out, err
}
