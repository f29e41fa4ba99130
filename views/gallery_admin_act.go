package views

import (
	"math"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminActStates() []State {
	state := func(name, kind string, change func(Page, *AdminAct)) State {
		return adminState("AdminActPage", name, func(p Page) templ.Component {
			filter := models.AdminFilter{Unused: 90, Never: true}
			a := AdminAct{
				Kind: kind, Nonce: "example", Selection: models.Selection{Filter: &filter}, Day: "2026-12-07", Time: "00:00", ExpiresOn: "2027-02-21",
				Impact: &models.Impact{Tokens: models.Count{N: 318}, Looked: 318, Skipped: 4, Reasons: map[string]int64{models.SkippedRevoked: 4}, Owners: 52, Requests7: 81340, Busiest: galleryBusiest(p)},
			}
			change(p, &a)
			p.Path = AdminTokensPath
			return AdminActPage(p, a)
		})
	}
	plain := func(Page, *AdminAct) {}
	byHand := func(_ Page, a *AdminAct) { a.Selection = models.Selection{IDs: []string{"gallery-a", "gallery-b"}} }
	return []State{
		state("plain", models.JobRevoke, plain),
		state("one, by hand, unused", models.JobPause, func(p Page, a *AdminAct) {
			byHand(p, a)
			a.Impact = &models.Impact{Tokens: models.Count{N: 1}, Looked: 1, Owners: 1}
		}),
		state("resume", models.JobResume, func(_ Page, a *AdminAct) {
			a.List = "status=live&sort=unused&dir=asc"
			a.Impact.Skipped, a.Impact.Reasons = 260, map[string]int64{models.SkippedSame: 244, models.SkippedExpired: 16}
		}),
		state("resume, nothing to do", models.JobResume, func(p Page, a *AdminAct) {
			byHand(p, a)
			a.Impact = &models.Impact{Tokens: models.Count{N: 2}, Looked: 2, Skipped: 2, Reasons: map[string]int64{models.SkippedSame: 2}}
		}),
		state("plan", models.JobSchedule, plain),
		state("plan, of another day", models.JobSchedule, func(_ Page, a *AdminAct) { a.Moved = true }),
		state("cancel plans", models.JobUnschedule, plain),
		state("move expiry", models.JobMoveExpiry, byHand),
		state("everything", models.JobRevoke, func(_ Page, a *AdminAct) {
			a.Selection.Filter = &models.AdminFilter{}
			a.Impact.Looked = 100_000
			a.Impact.Tokens, a.Impact.Owners, a.Impact.Requests7 = models.Count{N: 1_000_000, About: true}, 61_204, math.MaxInt32
		}),
		state("more than were looked at", models.JobPause, func(_ Page, a *AdminAct) {
			a.Impact.Looked, a.Impact.Skipped = 41_000, 12
			a.Impact.Tokens = models.Count{N: 41_000, AtLeast: true}
		}),
		state("nothing selected", models.JobRevoke, func(_ Page, a *AdminAct) {
			a.Selection, a.Impact, a.Errors = models.Selection{}, nil, Errors{{Field: "ids", Code: "job_nothing"}}
		}),
		state("plan, refused", models.JobSchedule, func(_ Page, a *AdminAct) {
			a.Day, a.Impact, a.Errors = "", nil, Errors{{Field: "at", Code: "job_at_missing"}, {Field: "at_time", Code: "moment_time"}}
		}),
		state("move expiry, refused", models.JobMoveExpiry, func(_ Page, a *AdminAct) {
			a.ExpiresOn, a.Impact, a.Errors = "soon", nil, Errors{{Field: "expires_on", Code: "expires_on_invalid"}}
		}),
	}
}

func galleryBusiest(p Page) []models.BusyToken {
	var out []models.BusyToken
	for i, t := range galleryAdminTokens(p)[:5] {
		out = append(out, models.BusyToken{AdminToken: t, Requests7: int64(51_000 / (i + 1))})
	}
	return out
}

func adminJobStates() []State {
	list := func(name string, l func(Page) AdminJobList) State {
		return adminState("AdminJobsPage", name, func(p Page) templ.Component { return AdminJobsPage(p, l(p)) })
	}
	state := func(name string, change func(Page, *AdminJob)) State {
		return adminState("AdminJobPage", name, func(p Page) templ.Component {
			j := AdminJob{Job: galleryJob(p, 12, models.JobRevoke, models.JobRunning)}
			change(p, &j)
			return AdminJobPage(p, j)
		})
	}
	return []State{
		list("plain", func(p Page) AdminJobList {
			return AdminJobList{Older: AdminPath + "/jobs?before=3", Jobs: []models.Job{
				galleryJob(p, 12, models.JobRevoke, models.JobRunning), galleryJob(p, 11, models.JobPause, models.JobCollecting),
				galleryJob(p, 10, models.JobSchedule, models.JobDone), galleryJob(p, 9, models.JobMoveExpiry, models.JobStopped),
				galleryJob(p, 8, models.JobShorten, models.JobDone), galleryJob(p, 7, models.JobUnschedule, models.JobDone),
				galleryJob(p, 6, models.JobResume, models.JobDone),
			}}
		}),
		list("empty", func(Page) AdminJobList { return AdminJobList{} }),
		list("long names", func(p Page) AdminJobList {
			j := galleryJob(p, 12, models.JobRevoke, models.JobRunning)
			j.ActorName = longWords
			return AdminJobList{Jobs: []models.Job{j}}
		}),
		state("plain", func(_ Page, j *AdminJob) {
			j.Report = map[string]int64{models.SkippedSame: 1204, models.SkippedRevoked: 88}
		}),
		state("collecting", func(_ Page, j *AdminJob) { j.State, j.Changed, j.Skipped = models.JobCollecting, 0, 0 }),
		state("stopping", func(_ Page, j *AdminJob) { j.StopAsked = true }),
		state("stopped", func(p Page, j *AdminJob) {
			j.Stop = &models.AuditEvent{ActorKind: "user", ActorName: "Jonas Weber", At: *ago(p, 2*time.Minute)}
			j.State, j.FinishedAt, j.Selection.Filter = models.JobStopped, ago(p, time.Minute), &models.AdminFilter{}
		}),
		state("done, every reason", func(p Page, j *AdminJob) {
			j.State, j.FinishedAt, j.Report = models.JobDone, ago(p, time.Minute), map[string]int64{}
			for _, reason := range skipReasons {
				j.Report[reason] = 7
			}
			j.Changed, j.Skipped = j.Total-42, 42
			j.Kind, j.Params.ExpiresOn, j.Selection = models.JobMoveExpiry, "2027-02-21", models.Selection{IDs: []string{"a", "b"}}
		}),
		state("plan, of the command line", func(p Page, j *AdminJob) {
			j.Kind, j.ActorKind, j.Params.At = models.JobSchedule, "cli", endOf(p, 14)
		}),
		state("shorten, nothing to do", func(p Page, j *AdminJob) {
			j.Kind, j.ActorKind, j.State, j.Selection = models.JobShorten, "system", models.JobDone, models.Selection{}
			j.Total, j.Changed, j.Skipped, j.FinishedAt = 0, 0, 0, ago(p, time.Minute)
		}),
	}
}

func galleryJob(p Page, id int64, kind, state string) models.Job {
	return models.Job{
		ID: id, Kind: kind, State: state, ActorKind: "user", ActorName: "Priya Raman", Address: "192.0.2.12", Client: "Firefox 144",
		Total: 100_000, Changed: 41_208, Skipped: 1292, CreatedAt: *ago(p, time.Duration(13-id)*7*time.Minute),
		Selection: models.Selection{Filter: &models.AdminFilter{Unused: 365, Never: true}},
	}
}

func adminFindStates() []State {
	state := func(name string, change func(Page, *AdminFind)) State {
		return adminState("AdminFindPage", name, func(p Page) templ.Component {
			var f AdminFind
			change(p, &f)
			p.Path = AdminFindPath
			return AdminFindPage(p, f)
		})
	}
	found := func(change func(Page, *models.Token)) func(Page, *AdminFind) {
		return func(p Page, f *AdminFind) { d := galleryAdminDetail(p, change); f.Found, f.Days = &d.Token, d.Days }
	}
	return []State{
		state("plain", func(Page, *AdminFind) {}),
		state("found", found(func(Page, *models.Token) {})),
		state("found, revoked", found(revokedToken)),
		state("found, long name", found(longToken)),
		state("last four", func(p Page, f *AdminFind) { f.LastFour, f.Tokens = "a1B2", galleryAdminTokens(p)[:2] }),
		state("last four, none", func(_ Page, f *AdminFind) { f.LastFour = "ZZZZ" }),
		state("unknown", func(_ Page, f *AdminFind) { f.Errors = Errors{{Field: "secret", Code: "find_unknown"}} }),
		state("empty", func(_ Page, f *AdminFind) { f.Errors = Errors{{Field: "secret", Code: "find_required"}} }),
	}
}
