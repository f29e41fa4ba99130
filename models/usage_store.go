package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// addUse adds to a token's counts, unless it has been removed meanwhile.
func (s *Store) addUse(ctx context.Context, id int64, t *tokenUse) error {
	db := s.write(ctx)
	err := s.forUpdate(ctx).Select("id").Where("id = ?", id).Take(&Token{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	for key, n := range t.days {
		if err := db.Exec(`INSERT INTO token_usage (token_id, day, outcome, requests) VALUES (?, ?, ?, ?)
			ON CONFLICT (token_id, day, outcome) DO UPDATE SET requests = token_usage.requests + excluded.requests`,
			id, key.day, key.outcome, n).Error; err != nil {
			return err
		}
	}
	for key, o := range t.origins {
		if err := db.Exec(`INSERT INTO token_origins (token_id, address, client, outcome, requests, first_seen, last_seen)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token_id, address, client, outcome) DO UPDATE SET
			requests = token_origins.requests + excluded.requests,
			first_seen = CASE WHEN excluded.first_seen < token_origins.first_seen THEN excluded.first_seen ELSE token_origins.first_seen END,
			last_seen = CASE WHEN excluded.last_seen > token_origins.last_seen THEN excluded.last_seen ELSE token_origins.last_seen END`,
			id, key.address, key.client, key.outcome, o.requests, o.first, o.last).Error; err != nil {
			return err
		}
	}
	if err := db.Exec(`DELETE FROM token_origins WHERE token_id = ? AND (address, client, outcome) NOT IN
		(SELECT address, client, outcome FROM token_origins WHERE token_id = ? ORDER BY last_seen DESC LIMIT ?)`,
		id, id, maxOrigins).Error; err != nil {
		return err
	}
	return s.addLastUse(db, id, t)
}

func (s *Store) addLastUse(db *gorm.DB, id int64, t *tokenUse) error {
	if t.last.at == 0 {
		return nil
	}
	if err := db.Exec(`UPDATE tokens SET last_used_at = ?, last_used_address = ?, last_used_client = ?
		WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)`,
		t.last.at, t.last.address, t.last.client, id, t.last.at).Error; err != nil {
		return err
	}
	return db.Exec(`UPDATE tokens SET first_used_at = ?, first_used_address = ?, first_used_client = ?
		WHERE id = ? AND first_used_at IS NULL`, t.first.at, t.first.address, t.first.client, id).Error
}

// DayUse is what happened with a token on one day, which begins at midnight UTC.
type DayUse struct {
	Day     time.Time
	OK      int64
	Refused int64 // after its death
}

// UsageByDay returns the last n days up to today, oldest first, none left out.
func (s *Store) UsageByDay(ctx context.Context, t *Token, n int) ([]DayUse, error) {
	today := s.Now().UnixMicro() / day.Microseconds()
	out := make([]DayUse, n)
	for i := range out {
		out[i].Day = time.Unix((today-int64(n-1-i))*int64(day/time.Second), 0).UTC()
	}
	var rows []struct {
		Day, Requests int64
		Outcome       Outcome
	}
	err := s.read(ctx).Table("token_usage").Where("token_id = ? AND day > ? AND day <= ?", t.ID, today-int64(n), today).Find(&rows).Error
	for _, r := range rows {
		d := &out[r.Day-today+int64(n)-1]
		if r.Outcome == OutcomeOK {
			d.OK += r.Requests
		} else {
			d.Refused += r.Requests
		}
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

// Origins returns where a token was used from, newest first, at most 50.
func (s *Store) Origins(ctx context.Context, t *Token) ([]Origin, error) {
	var out []Origin
	err := s.read(ctx).Table("token_origins").Where("token_id = ?", t.ID).
		Order("last_seen DESC").Limit(maxOrigins).Find(&out).Error
	return out, err
}
