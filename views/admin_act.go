package views

import (
	"strconv"
	"time"

	"tessera/models"
)

// AdminActsPath is where acts on many tokens are reviewed and started.
const AdminActsPath = AdminTokensPath + "/act"

// adminKinds are what can be done to many tokens, in the order of their buttons.
var adminKinds = []string{
	models.JobPause, models.JobResume, models.JobSchedule, models.JobUnschedule, models.JobMoveExpiry, models.JobRevoke,
}

// AdminAct is an act on many tokens that is not started yet.
type AdminAct struct {
	Kind      string
	Selection models.Selection
	Nonce     string // marks a second submit of the same form
	Day, Time string // for a planned revocation, as typed: YYYY-MM-DD and HH:MM
	ExpiresOn string // for another last day, as typed
	List      string // parameters of the list that they were chosen from
	Moved     bool   // started with another day than that of which the impact was shown
	Impact    *models.Impact
	Errors    Errors
}

// dated reports whether the act needs a day to be chosen.
func (a AdminAct) dated() bool {
	return a.Kind == models.JobSchedule || a.Kind == models.JobMoveExpiry
}

// When is the chosen day and time, of which the impact is shown; empty where there is none.
func (a AdminAct) When() string {
	switch a.Kind {
	case models.JobSchedule:
		return a.Day + " " + a.Time
	case models.JobMoveExpiry:
		return a.ExpiresOn
	}
	return ""
}

// back is the list that the tokens were chosen from.
func (a AdminAct) back() string {
	if a.List == "" {
		return AdminTokensPath
	}
	return AdminTokensPath + "?" + a.List
}

// everything reports whether all tokens of everybody are selected.
func (a AdminAct) everything() bool {
	return a.Selection.Filter != nil && *a.Selection.Filter == models.AdminFilter{}
}

// found writes a number of what was looked at; when that was not all, there may be more.
func (a AdminAct) found(p Page, n int64) string {
	return p.count(models.Count{N: n, AtLeast: a.Impact.Cut()})
}

// summary are the errors in the words of a page on which the tokens are chosen already.
func (a AdminAct) summary() Errors {
	out := make(Errors, len(a.Errors))
	for i, e := range a.Errors {
		if e.Field != "at" && e.Field != "at_time" && e.Field != "expires_on" {
			e.Field = "" // there is no such field here
		}
		out[i] = e
	}
	return out
}

// filterWords are the filters of a selection in words.
func filterWords(p Page, f models.AdminFilter) []string {
	var words []string
	for _, c := range (AdminTokenList{Query: models.AdminQuery{AdminFilter: f}}).chips(p) {
		words = append(words, c.text)
	}
	return words
}

// AdminJobPath is the address of a job.
func AdminJobPath(id int64) string { return AdminPath + "/jobs/" + strconv.FormatInt(id, 10) }

// AdminJob is a job and, for each reason, how many tokens were skipped for it.
type AdminJob struct {
	models.Job
	Report map[string]int64
	Stop   *models.AuditEvent // who asked it to stop; nil: nobody
}

// AdminJobList is one page of jobs, the newest first. Older is the address of the next one.
type AdminJobList struct {
	Jobs  []models.Job
	Older string
}

func (p Page) jobKind(kind string) string { return p.T("admin.job_" + kind) }

// jobState is a job's state in words, and as a kind of status with its icon.
func (p Page) jobState(j *models.Job) (kind, icon, word string) {
	switch {
	case j.State == models.JobDone:
		return "ok", "check", p.T("admin.state_done")
	case j.State == models.JobStopped:
		return "off", "ended", p.T("admin.state_stopped")
	case j.StopAsked:
		return "warn", "clock", p.T("admin.state_stopping")
	case j.State == models.JobCollecting:
		return "warn", "clock", p.T("admin.state_collecting")
	}
	return "warn", "clock", p.T("admin.state_running")
}

// skipReasons are why a token may be skipped, in the order of the report.
var skipReasons = []string{
	models.SkippedSame, models.SkippedRevoked, models.SkippedExpired, models.SkippedPolicy, models.SkippedLeaving, models.SkippedSooner, models.SkippedPast, models.SkippedGone,
}

// progressOf is how many tokens a job has dealt with; one with nothing to do is done at once.
func progressOf(j AdminJob) int64 {
	if !j.Open() && j.Total == 0 {
		return 1
	}
	return j.Changed + j.Skipped
}

// dayOf writes a day that is stored as YYYY-MM-DD.
func (p Page) dayOf(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return p.param(models.Day{Time: t})
}

// changesWords say of how many selected tokens those are that the act would change.
func (a AdminAct) changesWords(p Page) string {
	all, some := "admin.impact_all", "admin.impact_of"
	if a.Impact.Cut() {
		all, some = "admin.impact_all_looked", "admin.impact_of_looked"
	}
	if a.Impact.Skipped == 0 {
		return p.T(all)
	}
	return p.T(some, "n", a.Impact.Looked)
}

// pointless reports whether the act would change nothing.
func (a AdminAct) pointless() bool { return a.Impact.Changes() == models.Count{} }

// skippedWord says why an act leaves a token as it is.
func (p Page) skippedWord(kind, reason string) string {
	if reason == models.SkippedSame {
		return p.T("admin.same_" + kind)
	}
	return p.T("admin.skipped_" + reason)
}

// skippedTokens is a number of tokens with the reason why they stay as they are.
type skippedTokens struct {
	n   int64
	why string
}

// skipped parts what a kind of act leaves as it is by the reasons, in the order of the report.
func (p Page) skipped(kind string, reasons map[string]int64) []skippedTokens {
	var out []skippedTokens
	for _, reason := range skipReasons {
		if n := reasons[reason]; n > 0 {
			out = append(out, skippedTokens{n, p.skippedWord(kind, reason)})
		}
	}
	return out
}
