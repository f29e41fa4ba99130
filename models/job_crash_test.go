package models_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// interrupted runs jobs until some tokens are changed, and then as when the process dies.
func interrupted(t testing.TB, s *models.Store, j *models.Job) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.AfterStep(func() {
		if now := must(s.Job(t.Context(), j.ID))(t); now.Changed > 0 {
			cancel()
		}
	})
	wantError(t, s.RunJobs(ctx), context.Canceled)
	s.AfterStep(nil)
}

func TestJobStops(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		modeltest.SetClock(s)
		admin := fleetOf(t, s, 300)
		j := mustJob(t, s, admin, models.JobPause, everyone())
		interrupted(t, s, j)
		for range 2 {
			j = must(s.StopJob(t.Context(), by(admin), j.ID))(t)
		}
		if !j.StopAsked || !j.Open() {
			t.Errorf("asked to stop, it is %+v", j)
		}
		changed := j.Changed
		j = ran(t, s, j)
		wantJob(t, j, models.JobStopped, 300, changed, 0)
		if changed == 0 || j.Left() == 0 || j.FinishedAt == nil {
			t.Errorf("stopped too early or late: %+v", j)
		}
		wantOnceEach(t, s, models.AuditTokenPaused, int(changed), j)
		if got := kindsOf(t, s, j.Subject()); !slices.Equal(got, []string{models.AuditJobStarted, models.AuditJobStopped, models.AuditJobEnded}) {
			t.Errorf("the job's events are %v", got)
		}
		if again := must(s.StopJob(t.Context(), by(admin), j.ID))(t); again.State != models.JobStopped {
			t.Errorf("stopped again, it is %s", again.State)
		}
		_, err := s.StopJob(t.Context(), by(admin), 987)
		wantError(t, err, models.ErrNotFound)

		early := mustJob(t, s, admin, models.JobPause, everyone())
		must(s.StopJob(t.Context(), by(admin), early.ID))(t)
		wantJob(t, ran(t, s, early), models.JobStopped, 0, 0, 0)
	})
}

// A process that dies holds its job until the lease ends; then another one goes on.
func TestJobOfADeadProcess(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 300)
		j := mustJob(t, s, admin, models.JobRevoke, everyone())
		interrupted(t, s, j)
		_, err := s.SQL().ExecContext(t.Context(), fmt.Sprint("UPDATE jobs SET lease_until = ", clock.Now().Add(models.JobLease).UnixMicro()))
		ok(t, err)
		other := secondStore(t, s)
		clock.Advance(models.JobLease - time.Microsecond)
		if j = ran(t, other, j); !j.Open() {
			t.Error("the job was taken before its lease ended")
		}
		clock.Advance(time.Microsecond)
		wantJob(t, ran(t, other, j), models.JobDone, 300, 300, 0)
		wantOnceEach(t, s, models.AuditTokenRevoked, 300, j)
	})
}

// A process that was too slow finds that another one has its job, and leaves it alone.
func TestJobLeaseIsLost(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		admin := fleetOf(t, s, 300)
		j := mustJob(t, s, admin, models.JobRevoke, everyone())
		other := secondStore(t, s)
		steps := 0
		s.AfterStep(func() {
			if steps++; steps == 2 {
				clock.Advance(models.JobLease)
				ok(t, other.RunJobs(t.Context()))
			}
		})
		ok(t, s.RunJobs(t.Context()))
		if steps != 2 {
			t.Errorf("%d steps by who lost the job", steps)
		}
		wantJob(t, ran(t, s, j), models.JobDone, 300, 300, 0)
		wantOnceEach(t, s, models.AuditTokenRevoked, 300, j)
	})
}

// Two processes, each with its own look at the time, work on the same jobs.
func TestJobsOfTwoReplicas(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		admin := fleetOf(t, s, 700)
		first := mustJob(t, s, admin, models.JobPause, everyone())
		second := mustJob(t, s, admin, models.JobRevoke, everyone())
		stores := []*models.Store{s, secondStore(t, s)}
		stores[1].Now = models.Now
		var done sync.WaitGroup
		for _, store := range stores {
			done.Go(func() {
				for n := 0; n < 100; n++ { // as the ticker does
					if err := store.RunJobs(t.Context()); err != nil {
						t.Error(err)
					}
					if j := must(s.Job(t.Context(), second.ID))(t); !j.Open() {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		done.Wait()
		first, second = ran(t, s, first), must(s.Job(t.Context(), second.ID))(t)
		if first.State != models.JobDone || first.Left() != 0 || first.Total != 700 {
			t.Errorf("the first is %+v", first)
		}
		wantJob(t, second, models.JobDone, 700, 700, 0)
		wantOnceEach(t, s, models.AuditTokenRevoked, 700, second)
		if n := len(eventsOf(t, s, models.AuditTokenPaused)); int64(n) != first.Changed {
			t.Errorf("%d tokens were paused, the job says %d", n, first.Changed)
		}
	})
}
