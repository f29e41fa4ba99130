package models

import (
	"context"
	"time"
)

const JobLease = jobLease

// AfterStep makes f run after each step of a job; nil ends that.
func (s *Store) AfterStep(f func()) {
	s.pause = pause
	if f != nil {
		s.pause = func(ctx context.Context, d time.Duration) error {
			f()
			return pause(ctx, d)
		}
	}
}
