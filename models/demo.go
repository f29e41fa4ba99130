package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Demo is a batch of made-up rows with ids of their own. What follows from
// other fields (EmailKey, NameKey, LiveName) may be left out.
type Demo struct {
	Users   []User
	Tokens  []Token
	Usage   []DemoUsage
	Origins []DemoOrigin
}

// DemoUsage is how often a token was used on one day, which counts from 1970-01-01, UTC.
type DemoUsage struct {
	TokenID, Day int64
	Outcome      Outcome
	Requests     int64
}

// DemoOrigin is where a token was used from, and when, in Unix microseconds.
type DemoOrigin struct {
	TokenID             int64
	Address, Client     string
	Outcome             Outcome
	Requests            int64
	FirstSeen, LastSeen int64
}

// demoRows is how many rows a statement inserts: fewer parameters than either
// database's limit, and few enough to build it quickly.
const demoRows = 200

// InsertDemo writes d in one transaction. It checks no rule but the database's,
// and writes no audit events: InsertDemoEvents does.
func (s *Store) InsertDemo(ctx context.Context, d Demo) error {
	now := s.Now()
	for i := range d.Users {
		u := &d.Users[i]
		u.EmailKey = EmailKey(u.Email)
		u.setName(u.Name)
	}
	for i := range d.Tokens {
		t := &d.Tokens[i]
		if t.setName(t.Name); t.Live(now) {
			t.LiveName = &t.NameKey
		}
	}
	all := map[dayUse]int64{}
	for _, u := range d.Usage {
		all[dayUse{day: u.Day, outcome: u.Outcome}] += u.Requests
	}
	return s.Tx(ctx, func(tx *Store) error {
		db := tx.write(ctx)
		if err := tx.largeCache(db); err != nil {
			return err
		}
		for _, err := range []error{
			db.CreateInBatches(d.Users, demoRows).Error,
			db.CreateInBatches(d.Tokens, demoRows).Error,
			db.Table("token_usage").CreateInBatches(d.Usage, demoRows).Error,
			db.Table("token_origins").CreateInBatches(d.Origins, demoRows).Error,
			addToDays(db, all),
		} {
			if err != nil {
				return err
			}
		}
		return tx.skipIDs(db, "users", "tokens")
	})
}

// skipIDs makes PostgreSQL continue after ids that were given; SQLite does so by itself.
func (s *Store) skipIDs(db *gorm.DB, tables ...string) error {
	if !s.postgres {
		return nil
	}
	for _, t := range tables {
		sql := fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%s', 'id'), GREATEST(1, (SELECT max(id) FROM %s)))", t, t)
		if err := db.Exec(sql).Error; err != nil {
			return err
		}
	}
	return nil
}
