package models

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// What became of a token that a job had collected. It is changed, or skipped for a reason.
const (
	itemChanged = "changed"

	SkippedGone    = "gone"    // it has been removed
	SkippedRevoked = "revoked" // it was revoked
	SkippedExpired = "expired" // it had expired
	SkippedSame    = "same"    // it was so already
	SkippedPast    = "past"    // the chosen day is over where its owner is
	SkippedPolicy  = "policy"  // the policy allows no such date
	SkippedLeaving = "leaving" // its owner leaves, and it ends with that at the latest
	SkippedSooner  = "sooner"  // it expires before the moment that is planned
)

// act is what a job does to each token.
type act struct {
	*Job
	policy *TokenPolicy
	ends   map[int64]time.Time // of the tokens of who leaves
	now    time.Time
}

// columns that the act changes.
func (a act) columns() []string {
	switch a.Kind {
	case JobRevoke:
		return []string{"revoked_at"}
	case JobPause:
		return []string{"paused_at"}
	case JobResume:
		return []string{"paused_at", "refused_at"}
	case JobSchedule, JobUnschedule:
		return []string{"revoke_at"}
	default:
		return []string{"expires_at"}
	}
}

// do changes t, and returns the event for it, or why it stays as it is.
func (a act) do(t *Token, zone *time.Location) (e AuditEvent, skipped string) {
	switch {
	case t.Revoked(a.now):
		return e, SkippedRevoked
	case !t.Live(a.now) && a.Kind != JobRevoke:
		return e, SkippedExpired
	}
	switch a.Kind {
	case JobRevoke:
		t.RevokedAt, t.LiveName = &a.now, nil
		e.Kind = AuditTokenRevoked
	case JobPause:
		if t.PausedAt != nil {
			return e, SkippedSame
		}
		t.PausedAt = &a.now
		e.Kind = AuditTokenPaused
	case JobResume:
		if t.PausedAt == nil {
			return e, SkippedSame
		}
		t.PausedAt, t.RefusedAt = nil, nil
		e.Kind = AuditTokenResumed
	case JobSchedule:
		return a.schedule(t, AuditTokenScheduled, a.Params.At)
	case JobUnschedule:
		return a.schedule(t, AuditTokenUnscheduled, nil)
	case JobMoveExpiry:
		return a.moveExpiry(t, zone)
	case JobShorten:
		return a.shorten(t, zone)
	}
	e.Changes = a.changes()
	return e, ""
}

// changes begins with what the event says of the token itself; the job's number follows.
func (a act) changes(of ...AuditChange) AuditChanges {
	return append(of, AuditChange{Field: "job", New: strconv.FormatInt(a.ID, 10)})
}

func (a act) schedule(t *Token, kind string, at *time.Time) (e AuditEvent, skipped string) {
	old := stamp(t.RevokeAt)
	if old == stamp(at) {
		return e, SkippedSame
	}
	if end, leaves := a.ends[t.ID]; leaves && later(at, &end) {
		return e, SkippedLeaving
	}
	if at != nil && t.ExpiresAt != nil && !at.Before(*t.ExpiresAt) {
		return e, SkippedSooner
	}
	t.RevokeAt = at
	return AuditEvent{Kind: kind, Changes: a.changes(AuditChange{Field: "revoke_at", Old: old, New: stamp(at)})}, ""
}

func (a act) moveExpiry(t *Token, zone *time.Location) (e AuditEvent, skipped string) {
	last, err := time.Parse(time.DateOnly, a.Params.ExpiresOn)
	end := StartOfDay(last.AddDate(0, 0, 1), zone)
	switch {
	case err != nil || !end.After(a.now):
		return e, SkippedPast
	case t.ExpiresAt != nil && t.ExpiresAt.Equal(end):
		return e, SkippedSame
	case a.policy.EndRefusal(t, &end, a.now, zone) != nil:
		return e, SkippedPolicy
	}
	return a.end(t, end), ""
}

// shorten brings the end of a token forward to what the policy allows, but not
// before its owner has had notice.
func (a act) shorten(t *Token, zone *time.Location) (e AuditEvent, skipped string) {
	limit := a.policy.lifetimeEnd(t.CreatedAt, zone)
	if limit == nil && (t.ExpiresAt != nil || a.policy.NeverAllowed()) {
		return e, SkippedSame
	}
	end := endAfter(a.CreatedAt, a.Params.Notice, zone)
	if limit != nil && limit.After(end) {
		end = *limit
	}
	if t.ExpiresAt != nil && !end.Before(*t.ExpiresAt) {
		return e, SkippedSame
	}
	return a.end(t, end), ""
}

func (a act) end(t *Token, end time.Time) AuditEvent {
	old := stamp(t.ExpiresAt)
	t.ExpiresAt = &end
	return AuditEvent{Kind: AuditTokenChanged, Changes: a.changes(AuditChange{Field: "expires_at", Old: old, New: stamp(&end)})}
}

// outcome is what the audit log says when the job ends.
func (j *Job) outcome() AuditChanges {
	return AuditChanges{
		{Field: "state", New: j.State},
		{Field: "changed", New: strconv.FormatInt(j.Changed, 10)},
		{Field: "skipped", New: strconv.FormatInt(j.Skipped, 10)},
	}
}

// actOnSome acts on the next tokens of a job, or ends it when there is none left.
func (s *Store) actOnSome(ctx context.Context, j *Job) error {
	var ids []int64
	err := s.read(ctx).Table("job_items").Where("job_id = ? AND outcome = ''", j.ID).Order("token_id").Limit(jobTokens).Pluck("token_id", &ids).Error
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return s.endJob(ctx, j, JobDone)
	}
	policy := j.Params.policy()
	if j.Kind == JobShorten { // who tells people comes to them before their tokens
		err = s.keepOwners(ctx, ids)
	} else {
		policy, err = s.holdPolicy(ctx)
	}
	if err != nil {
		return err
	}
	var tokens []Token
	if err := s.forUpdate(ctx).Where("id IN ?", ids).Order("id").Find(&tokens).Error; err != nil {
		return err
	}
	zones, err := s.zones(ctx, tokens)
	if err != nil {
		return err
	}
	a := act{Job: j, policy: policy, now: s.Now()}
	if a.ends, err = s.endsFor(ctx, j, tokens); err != nil {
		return err
	}
	outcomes := map[string][]int64{}
	var changes []change
	for i := range tokens {
		t := &tokens[i]
		e, skipped := a.do(t, zones[t.UserID])
		if skipped == "" {
			changes = append(changes, change{t, e})
			skipped = itemChanged
		}
		outcomes[skipped] = append(outcomes[skipped], t.ID)
		ids = slices.DeleteFunc(ids, func(id int64) bool { return id == t.ID })
	}
	if len(ids) > 0 {
		outcomes[SkippedGone] = ids
	}
	if err := s.markItems(ctx, j, outcomes); err != nil {
		return err
	}
	if j.Kind == JobShorten {
		told := Notice{Kind: NoticeShortened, Subject: strconv.FormatInt(j.Params.Policy, 10)}
		if err := s.tellOwners(ctx, changes, told); err != nil {
			return err
		}
	}
	return s.saveMany(ctx, j.actor(), changes, a.columns()...)
}

// endsFor is rundownEnds for the jobs that plan.
func (s *Store) endsFor(ctx context.Context, j *Job, tokens []Token) (map[int64]time.Time, error) {
	if j.Kind != JobSchedule && j.Kind != JobUnschedule {
		return nil, nil
	}
	return s.rundownEnds(ctx, tokens)
}

// zones are the time zones of the tokens' owners, by their ids.
func (s *Store) zones(ctx context.Context, tokens []Token) (map[int64]*time.Location, error) {
	owners := make([]int64, len(tokens))
	for i, t := range tokens {
		owners[i] = t.UserID
	}
	var users []User
	err := s.read(ctx).Select("id", "time_zone").Where("id IN ?", owners).Find(&users).Error
	out := make(map[int64]*time.Location, len(users))
	for _, u := range users {
		out[u.ID] = u.Location()
	}
	return out, err
}

// markItems records what became of tokens, so that they are not acted on again.
func (s *Store) markItems(ctx context.Context, j *Job, outcomes map[string][]int64) error {
	for outcome, ids := range outcomes {
		err := s.write(ctx).Table("job_items").Where("job_id = ? AND token_id IN ?", j.ID, ids).Update("outcome", outcome).Error
		if err != nil {
			return err
		}
		if outcome == itemChanged {
			j.Changed += int64(len(ids))
		} else {
			j.Skipped += int64(len(ids))
		}
	}
	return s.write(ctx).Select("changed", "skipped").Updates(j).Error
}

// collectTooLong is collect for JobShorten: a page of the live tokens that may end
// too late, by their ids. What a day is to each owner, the act itself finds out.
func (s *Store) collectTooLong(ctx context.Context, j *Job) (ids []int64, place string, err error) {
	after, _ := strconv.ParseInt(j.Place, 10, 64) // empty at first
	sql, args := j.Params.policy().tooLong(j.CreatedAt, j.Params.Notice)
	err = s.read(ctx).Model(&Token{}).Where("id > ? AND live_name IS NOT NULL", after).Where(sql, args...).
		Order("id").Limit(collectBatch).Pluck("id", &ids).Error
	if len(ids) == collectBatch {
		place = strconv.FormatInt(ids[len(ids)-1], 10)
	}
	return ids, place, err
}
