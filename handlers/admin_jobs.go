package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"tessera/views"
)

const jobsPath = views.AdminPath + "/jobs"

func (s *Server) adminJobRoutes(administrator addRoute) {
	administrator("GET", jobsPath, s.adminJobs)
	administrator("GET", jobsPath+"/:id", s.adminJob)
	administrator("POST", jobsPath+"/:id/stop", s.adminStopJob)
}

const jobsPerPage = 50

func (s *Server) adminJobs(c echo.Context) error {
	q, p, _, err := s.asked(c)
	if err != nil {
		return err
	}
	before, _, err := eventRange(q)
	if err != nil {
		return err
	}
	var list views.AdminJobList
	var older int64
	if list.Jobs, older, err = s.store.Jobs(c.Request().Context(), before, jobsPerPage); err != nil {
		return err
	}
	if older != 0 {
		list.Older = jobsPath + "?before=" + decimal(older)
	}
	return s.show(c, views.AdminJobsPage(p, list))
}

func (s *Server) adminJob(c echo.Context) error {
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	p, _, err := s.page(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	job, err := s.store.Job(ctx, id)
	if err != nil {
		return err
	}
	report, err := s.store.JobReport(ctx, id)
	if err != nil {
		return err
	}
	stop, err := s.store.JobStop(ctx, job)
	if err != nil {
		return err
	}
	page := views.AdminJobPage(p, views.AdminJob{Job: *job, Report: report, Stop: stop})
	if isFragment(c) {
		return render(c, http.StatusOK, page, "job")
	}
	return s.show(c, page)
}

func (s *Server) adminStopJob(c echo.Context) error {
	if _, err := form(c); err != nil {
		return err
	}
	id, v, err := s.visitOf(c, "id")
	if err != nil {
		return err
	}
	if _, err := s.store.StopJob(c.Request().Context(), s.actor(c, v), id); err != nil {
		return err
	}
	return s.redirect(c, views.AdminJobPath(id))
}
