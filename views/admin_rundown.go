package views

import (
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// RundownForm is the plan for somebody who leaves, as it was filled in.
type RundownForm struct {
	Person            models.Person
	Version           int64  // of the plan that the form was made from; 0: there is none yet
	LastDay           string // YYYY-MM-DD
	FirstDay, Longest string // between which it may lie
	Rows              []RundownRow
	Errors            Errors
	Conflict          bool // the plan was changed elsewhere meanwhile; the form is as it was typed
}

// RundownRow is what the plan says about one token.
type RundownRow struct {
	Token       models.AdminToken
	Replacement string // what takes over, in the administrator's words
	Day         string // the token's own last day; empty: that of the person
}

// usedDays is for how long a token that was used counts as in use.
const usedDays = 30

// parted are the rows of tokens that are in use, and of those that seem not to be.
func (f RundownForm) parted(now time.Time) (used, idle []RundownRow) {
	for _, r := range f.Rows {
		if last := r.Token.LastUsedAt; last != nil && now.Sub(*last) < usedDays*24*time.Hour {
			used = append(used, r)
		} else {
			idle = append(idle, r)
		}
	}
	return used, idle
}

// day is what a field for a day of the plan has; what was typed and is none shows in a plain one.
func (f RundownForm) day(value string) templ.Attributes {
	attrs := templ.Attributes{"type": fieldFor("date", time.DateOnly, value), "value": value}
	if attrs["type"] == "date" {
		attrs["min"], attrs["max"] = f.FirstDay, f.Longest
	}
	return attrs
}

func (f RundownForm) path(below string) string {
	return personPath(f.Person.ID, "/rundown"+below)
}

// RundownView is a plan as it is shown.
type RundownView struct {
	models.Rundown
	Rows []RundownRow // of the person's live tokens
}

// ends is when a token of the plan stops at the latest.
func (v RundownView) ends(t *models.Token) time.Time {
	end := v.EndsAt
	for _, at := range []*time.Time{t.RevokeAt, t.ExpiresAt} {
		if at != nil && at.Before(end) {
			end = *at
		}
	}
	return end
}
