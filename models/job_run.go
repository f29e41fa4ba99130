package models

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// jobLease is how long a process that has died keeps others from its job.
	jobLease = 10 * time.Second
	// jobTokens is how many tokens a transaction acts on: while it runs, nothing else is written to SQLite.
	jobTokens = 64
	// collectBatch is how many tokens a transaction collects.
	collectBatch = 1000
	// jobPause is the longest pause between two transactions.
	jobPause = time.Second
)

// errLeaseLost means that another process has taken the job over.
var errLeaseLost = errors.New("another process works on the job")

// RunJobs does all the work that is left of jobs that no other process works on.
// It pauses between two transactions as long as the one took, so that others can
// write meanwhile; several jobs take turns.
func (s *Store) RunJobs(ctx context.Context) error {
	r := jobRunner{store: s, leases: map[int64]int64{}}
	defer r.release(context.WithoutCancel(ctx))
	for {
		worked, err := r.round(ctx)
		if err != nil || !worked {
			return err
		}
	}
}

// jobRunner is one process's work on jobs, with the leases that it holds.
type jobRunner struct {
	store  *Store
	leases map[int64]int64 // by job; the lease's end tells it from others'
}

// round takes one step in each job, and tells whether there was one to take.
func (r *jobRunner) round(ctx context.Context) (worked bool, err error) {
	var open []int64
	err = r.store.read(ctx).Model(&Job{}).Where("state IN ('"+JobCollecting+"', '"+JobRunning+"')").Order("id").Pluck("id", &open).Error
	if err != nil {
		return false, err
	}
	var errs []error
	for _, id := range open {
		mine, err := r.lease(ctx, id)
		if err == nil && mine {
			worked = true
			err = r.step(ctx, id)
		}
		if errors.Is(err, errLeaseLost) {
			delete(r.leases, id)
			continue
		}
		errs = append(errs, err)
	}
	return worked, errors.Join(errs...)
}

// lease takes a job that nobody holds, and reports whether this process holds it.
func (r *jobRunner) lease(ctx context.Context, id int64) (mine bool, err error) {
	if _, mine = r.leases[id]; mine {
		return true, nil
	}
	now := r.store.Now()
	until := now.Add(jobLease).UnixMicro()
	taken := r.store.write(ctx).Model(&Job{}).Where("id = ? AND lease_until <= ?", id, now.UnixMicro()).Update("lease_until", until)
	if taken.RowsAffected == 1 {
		r.leases[id] = until
	}
	return taken.RowsAffected == 1, taken.Error
}

// release gives up all leases, so that the next process need not wait for their end.
func (r *jobRunner) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for id, until := range r.leases {
		// If this fails, the lease ends by itself.
		_ = r.store.write(ctx).Model(&Job{}).Where("id = ? AND lease_until = ?", id, until).Update("lease_until", 0).Error
	}
}

// step does the next part of a job that this process holds, and pauses.
func (r *jobRunner) step(ctx context.Context, id int64) error {
	began := r.store.Now()
	j, err := r.store.Job(ctx, id)
	if err != nil {
		return err
	}
	var found []int64
	place := ""
	if j.State == JobCollecting && !j.StopAsked {
		if found, place, err = r.store.collect(ctx, j, j.Selection.jobOrder()); err != nil {
			return err
		}
	}
	until := r.store.Now().Add(jobLease).UnixMicro()
	err = r.store.Tx(ctx, func(tx *Store) error {
		renewed := tx.write(ctx).Model(&Job{}).Where("id = ? AND lease_until = ?", id, r.leases[id]).Update("lease_until", until)
		if renewed.Error != nil {
			return renewed.Error
		}
		if renewed.RowsAffected == 0 {
			return errLeaseLost
		}
		if err := tx.read(ctx).Where("id = ?", id).Take(j).Error; err != nil {
			return err
		}
		switch {
		case j.StopAsked:
			return tx.endJob(ctx, j, JobStopped)
		case j.State == JobCollecting:
			return tx.keepCollected(ctx, j, found, place)
		default:
			return tx.actOnSome(ctx, j)
		}
	})
	if err != nil {
		return err
	}
	r.leases[id] = until
	if !j.Open() {
		delete(r.leases, id)
	}
	return r.store.pauseSince(ctx, began)
}

// pauseSince waits as long as what began then took, so that others can write.
func (s *Store) pauseSince(ctx context.Context, began time.Time) error {
	return s.pause(ctx, min(max(0, s.Now().Sub(began)), jobPause))
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// jobOrder is an order in which no token changes its place: of what moves while a job
// collects, none is left out.
func (sel Selection) jobOrder() string {
	if sel.Filter != nil && slices.Contains(sel.Filter.sorts(), "address") {
		return "address" // whose index has only what was used from there
	}
	return "created"
}

// collect reads the next tokens that the job's selection chooses, in an order that a
// filter offers, and the place after them, "" at the end.
func (s *Store) collect(ctx context.Context, j *Job, order string) (ids []int64, place string, err error) {
	switch {
	case j.Kind == JobShorten:
		return s.collectTooLong(ctx, j)
	case j.Selection.Filter != nil:
		return s.adminTokenIDs(ctx, *j.Selection.Filter, order, j.Place, collectBatch)
	default:
		err = s.read(ctx).Model(&Token{}).Where("public_id IN ?", j.Selection.IDs).Order("id").Pluck("id", &ids).Error
		return ids, "", err
	}
}

// keepCollected adds tokens to the job, except those that were made since it was
// started and those that it has already.
func (s *Store) keepCollected(ctx context.Context, j *Job, ids []int64, place string) error {
	if len(ids) > 0 {
		added := s.write(ctx).Exec(`INSERT INTO job_items (job_id, token_id) SELECT CAST(? AS BIGINT), id FROM tokens
			WHERE id IN ? AND created_at <= ? ON CONFLICT DO NOTHING`, j.ID, ids, j.CreatedAt.UnixMicro())
		if added.Error != nil {
			return added.Error
		}
		j.Total += added.RowsAffected
	}
	if j.Place = place; place == "" {
		j.State = JobRunning
	}
	return s.write(ctx).Select("state", "place", "total").Updates(j).Error
}

// endJob ends a job that is done or was asked to stop.
func (s *Store) endJob(ctx context.Context, j *Job, state string) error {
	now := s.Now()
	j.State, j.FinishedAt, j.LeaseUntil = state, &now, 0
	if err := s.write(ctx).Select("state", "finished_at", "lease_until").Updates(j).Error; err != nil {
		return err
	}
	return s.audit(ctx, j.actor(), AuditEvent{Kind: AuditJobEnded, Subject: j.Subject(), Label: j.Kind, Changes: j.outcome()})
}
