package models

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"gorm.io/gorm/clause"
)

// Job is an act on many tokens. First the tokens are collected, so that it is
// settled which they are; then they are acted on in small transactions. It goes on
// after a crash, and one process at a time works on it.
type Job struct {
	ID         int64  `gorm:"primaryKey"`
	Nonce      string // of the form that started it: a second submit starts no second job
	Kind       string
	ActorKind  string
	ActorID    *int64
	ActorName  string
	Address    string
	Client     string
	Selection  Selection `gorm:"serializer:json"`
	Params     JobParams `gorm:"serializer:json"`
	State      string
	Place      string // while collecting: after which token to go on
	Total      int64  // tokens collected so far
	Changed    int64
	Skipped    int64
	StopAsked  bool
	LeaseUntil int64      // Unix microseconds; until then nobody but who took the lease works on it
	CreatedAt  time.Time  `gorm:"serializer:micros;autoCreateTime:false"`
	FinishedAt *time.Time `gorm:"serializer:micros"`
}

// Selection says which tokens: those that a filter chooses, or some by their ids.
type Selection struct {
	Filter *AdminFilter `json:"filter,omitempty"`
	IDs    []string     `json:"ids,omitempty"` // public ids
}

// JobParams are what an act needs to know.
type JobParams struct {
	At        *time.Time `json:"at,omitempty"`         // JobSchedule: from when on the tokens are revoked
	ExpiresOn string     `json:"expires_on,omitempty"` // JobMoveExpiry: the last day
	Policy    int64      `json:"policy,omitempty"`     // JobShorten: the version of the policy
	Notice    int        `json:"notice,omitempty"`     // JobShorten: days until a token ends at the earliest

	// JobShorten: what that version says. Later ones do not change what was reviewed.
	MaxLifetimeDays int  `json:"max_lifetime_days,omitempty"`
	AllowNever      bool `json:"allow_never,omitempty"`
}

// policy is what JobShorten goes by.
func (p JobParams) policy() *TokenPolicy {
	return &TokenPolicy{MaxLifetimeDays: p.MaxLifetimeDays, AllowNever: p.AllowNever}
}

// What a job does.
const (
	JobRevoke     = "revoke"
	JobPause      = "pause"
	JobResume     = "resume"
	JobSchedule   = "schedule"
	JobUnschedule = "unschedule"
	JobMoveExpiry = "move_expiry"
	JobShorten    = "shorten" // to what the policy allows; only SetPolicy starts it
)

// JobKinds are the acts that a person can choose.
var JobKinds = []string{JobRevoke, JobPause, JobResume, JobSchedule, JobUnschedule, JobMoveExpiry}

// How far a job is. Collecting and running mean that work is left.
const (
	JobCollecting = "collecting"
	JobRunning    = "running"
	JobStopped    = "stopped"
	JobDone       = "done"
)

// Open reports whether work is left.
func (j *Job) Open() bool { return j.State == JobCollecting || j.State == JobRunning }

// Left is how many of the collected tokens have not had their turn.
func (j *Job) Left() int64 { return j.Total - j.Changed - j.Skipped }

// Subject is how the audit log names the job.
func (j *Job) Subject() string { return "job-" + strconv.FormatInt(j.ID, 10) }

// actor is who started the job, as the audit log names them.
func (j *Job) actor() Actor {
	a := Actor{Kind: j.ActorKind, Address: j.Address, Client: j.Client}
	if j.ActorID != nil {
		a.User = &User{ID: *j.ActorID, Name: j.ActorName}
	}
	return a
}

// MaxJobIDs is how many tokens can be selected one by one.
const MaxJobIDs = 1000

// JobForm is a filled-in form for a job.
type JobForm struct {
	Nonce, Kind string
	Selection
	At        *time.Time // for JobSchedule
	ExpiresOn string     // for JobMoveExpiry: the last day, YYYY-MM-DD, in each owner's time zone
}

// StartJob starts an act on many tokens, which RunJobs does. When a job of the same
// nonce exists already, that one is returned. Errors: CodeInvalid with its fields;
// ErrConflict, with that job, when it is another act or one on other tokens.
func (s *Store) StartJob(ctx context.Context, actor Actor, in JobForm) (*Job, error) {
	if in.Nonce == "" || len(in.Nonce) > maxNonce || !storable(in.Nonce) {
		return nil, &Error{Code: CodeInvalid, Fields: []FieldError{{Field: "nonce", Code: "nonce_missing"}}}
	}
	j, err := s.newJob(actor, in)
	if err != nil {
		return nil, err
	}
	wanted, err := j.meaning()
	if err != nil {
		return nil, err
	}
	if err := s.Tx(ctx, func(tx *Store) error { return tx.insertJob(ctx, actor, j) }); err != nil {
		return nil, err
	}
	if started, err := j.meaning(); err != nil || started != wanted {
		return j, cmp.Or[error](err, ErrConflict)
	}
	return j, nil
}

// meaning tells jobs apart by what they do to which tokens.
func (j *Job) meaning() (string, error) {
	data, err := json.Marshal([]any{j.Kind, j.Selection, j.Params})
	return string(data), err
}

// newJob checks in. Error: CodeInvalid with its fields.
func (s *Store) newJob(actor Actor, in JobForm) (*Job, error) {
	j := &Job{Nonce: in.Nonce, Kind: in.Kind, Selection: in.Selection, State: JobCollecting, CreatedAt: s.Now(),
		ActorKind: actor.Kind, Address: actor.Address, Client: actor.Client}
	zone := actor.zone()
	if actor.User != nil {
		j.ActorID, j.ActorName = &actor.User.ID, actor.User.Name
	}
	var v Invalid
	checkSelection(&v, in.Selection)
	switch in.Kind {
	case JobRevoke, JobPause, JobResume, JobUnschedule:
	case JobSchedule:
		if in.At == nil {
			v.Add("at", "job_at_missing")
			break
		}
		at, err := s.checkRevokeAt(in.At)
		v.take(err)
		j.Params.At = at
	case JobMoveExpiry:
		if !customDay(&v, in.ExpiresOn, s.Now().In(zone)).IsZero() {
			j.Params.ExpiresOn = in.ExpiresOn
		}
	default:
		v.Add("kind", "job_kind")
	}
	return j, v.Err()
}

func checkSelection(v *Invalid, in Selection) {
	switch {
	case in.Filter == nil && len(in.IDs) == 0:
		v.Add("ids", "job_nothing")
	case in.Filter != nil && len(in.IDs) > 0:
		v.Add("ids", "job_one_selection")
	case len(in.IDs) > MaxJobIDs:
		v.Add("ids", "job_too_many", "max", MaxJobIDs)
	case in.Filter != nil:
		_, err := ParseAdminFilter(in.Filter.Query().Get)
		v.take(err)
	}
	for _, id := range in.IDs {
		if !storable(id) {
			v.Add("ids", "job_nothing")
			return
		}
	}
}

// insertJob writes a job, or reads into j the one that has its nonce already.
func (s *Store) insertJob(ctx context.Context, actor Actor, j *Job) error {
	made := s.write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "nonce"}}, DoNothing: true}).Create(j)
	if made.Error != nil {
		return made.Error
	}
	if made.RowsAffected == 0 {
		nonce := j.Nonce
		*j = Job{}
		return found(s.write(ctx).Where("nonce = ?", nonce).Take(j).Error)
	}
	var changes AuditChanges // none where the policy chooses the tokens: how many, nobody knows yet
	if f := j.Selection.Filter; f != nil {
		changes = append(changes, AuditChange{Field: "filter", New: f.Query().Encode()})
	} else if n := len(j.Selection.IDs); n > 0 {
		changes = append(changes, AuditChange{Field: "tokens", New: strconv.Itoa(n)})
	}
	if j.Params.At != nil {
		changes = append(changes, AuditChange{Field: "revoke_at", New: stamp(j.Params.At)})
	}
	if j.Params.ExpiresOn != "" {
		changes = append(changes, AuditChange{Field: "expires_on", New: j.Params.ExpiresOn})
	}
	return s.audit(ctx, actor, AuditEvent{Kind: AuditJobStarted, Subject: j.Subject(), Label: j.Kind, Changes: changes})
}

// StopJob asks a job to stop, which it does after the tokens that it is at. What
// has been done stays done. A second call, and one for a job that has ended,
// changes nothing. Error: ErrNotFound.
func (s *Store) StopJob(ctx context.Context, actor Actor, id int64) (*Job, error) {
	var j Job
	err := s.Tx(ctx, func(tx *Store) error {
		if err := found(tx.forUpdate(ctx).Where("id = ?", id).Take(&j).Error); err != nil {
			return err
		}
		if !j.Open() || j.StopAsked {
			return nil
		}
		j.StopAsked = true
		if err := tx.write(ctx).Select("stop_asked").Updates(&j).Error; err != nil {
			return err
		}
		return tx.audit(ctx, actor, AuditEvent{Kind: AuditJobStopped, Subject: j.Subject(), Label: j.Kind})
	})
	return &j, err
}

// Job returns one job. Error: ErrNotFound.
func (s *Store) Job(ctx context.Context, id int64) (*Job, error) {
	var j Job
	return &j, found(s.read(ctx).Where("id = ?", id).Take(&j).Error)
}

// Jobs lists jobs, the newest first, those before an id, if it is not 0. older is
// where the next page begins, or 0.
func (s *Store) Jobs(ctx context.Context, before int64, limit int) (jobs []Job, older int64, err error) {
	db := s.read(ctx).Order("id DESC").Limit(limit + 1)
	if before != 0 {
		db = db.Where("id < ?", before)
	}
	if err = db.Find(&jobs).Error; err == nil && len(jobs) > limit {
		jobs = jobs[:limit]
		older = jobs[limit-1].ID
	}
	return jobs, older, err
}

// JobReport counts a job's tokens by why they were skipped: see Skipped….
func (s *Store) JobReport(ctx context.Context, id int64) (map[string]int64, error) {
	var rows []struct {
		Outcome string
		Tokens  int64
	}
	err := s.read(ctx).Table("job_items").Select("outcome, count(*) AS tokens").
		Where("job_id = ? AND outcome NOT IN ('', ?)", id, itemChanged).Group("outcome").Find(&rows).Error
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Outcome] = r.Tokens
	}
	return out, err
}

// JobStop tells who asked a job to stop, and when; nil when nobody did.
func (s *Store) JobStop(ctx context.Context, j *Job) (*AuditEvent, error) {
	if !j.StopAsked {
		return nil, nil
	}
	return s.newestEvent(ctx, j.Subject(), AuditJobStopped)
}
