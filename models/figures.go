package models

import "time"

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
	Days        []FigureDay    `json:"-"` // the last 30 days, today last; as of now, not of At
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

// FigureDay counts the requests of one day in UTC with known tokens.
type FigureDay struct {
	Day      time.Time
	Requests map[Outcome]int64
}
