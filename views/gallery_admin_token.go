package views

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminTokenStates() []State {
	state := func(name string, token func(Page, *models.Token), changes ...func(Page, *AdminTokenDetail)) State {
		return adminState("AdminTokenPage", name, func(p Page) templ.Component {
			d := galleryAdminDetail(p, token)
			for _, change := range changes {
				change(p, &d)
			}
			p.Path = d.path("")
			return AdminTokenPage(p, d)
		})
	}
	flash := func(name, kind, key string) State {
		return adminState("AdminTokenPage", name, func(p Page) templ.Component {
			p.Flash = &Flash{Kind: kind, Key: key, Params: map[string]any{"name": "Terraform", "date": p.Date(p.Now)}}
			return AdminTokenPage(p, galleryAdminDetail(p, revokedToken))
		})
	}
	return []State{
		state("plain", func(Page, *models.Token) {}, func(_ Page, d *AdminTokenDetail) { d.Newer, d.Older = 12, 3 }),
		state("paused, still called", pausedToken, adminScream),
		state("paused, quiet", pausedToken),
		state("resumed, called while paused", func(Page, *models.Token) {}, adminScreamed),
		state("its owner leaves", scheduledToken, func(p Page, d *AdminTokenDetail) { d.LeavesAt = endOf(p, 18) }),
		state("to be revoked", scheduledToken, func(p Page, d *AdminTokenDetail) {
			d.Acts.Scheduled = &models.AuditEvent{ActorName: "Priya Raman", At: *ago(p, 3*galleryDay)}
			d.Token.OwnerDisabled = true
		}),
		state("revoked, still called", revokedToken, adminScream),
		state("expired", expiredToken),
		state("never used", unusedToken, func(_ Page, d *AdminTokenDetail) { d.Origins, d.Days = nil, nil }),
		state("long name", wideToken, func(_ Page, d *AdminTokenDetail) { d.Token.OwnerName, d.Token.OwnerEmail = longWords, longEmail }),
		flash("revoked", "ok", "flash.admin_revoked"),
		flash("resumed", "ok", "flash.admin_resumed"),
		flash("dead", "warn", "flash.admin_dead"),
	}
}

func adminTokenActStates() []State {
	state := func(name, kind string, token func(Page, *models.Token), changes ...func(*AdminTokenAct)) State {
		return adminState("AdminTokenActPage", name, func(p Page) templ.Component {
			a := AdminTokenAct{AdminTokenDetail: galleryAdminDetail(p, token), Kind: kind, Day: "2026-12-07", Time: "00:00"}
			for _, change := range changes {
				change(&a)
			}
			p.Path = a.path("/" + kind)
			return AdminTokenActPage(p, a)
		})
	}
	return []State{
		state("plain", "revoke", func(Page, *models.Token) {}),
		state("pause", "pause", longToken),
		state("pause, never used", "pause", unusedToken, func(a *AdminTokenAct) { a.Origins, a.Days = nil, nil }),
		state("only refused", "revoke", unusedToken, func(a *AdminTokenAct) {
			seen := a.Token.CreatedAt.Add(time.Hour)
			a.Origins = []models.Origin{{Address: "198.51.100.7", Client: "Go-http-client 2.0", Outcome: models.OutcomePaused, Requests: 43, FirstSeen: seen, LastSeen: seen}}
			for i := range a.Days {
				a.Days[i].Requests = map[models.Outcome]int64{models.OutcomePaused: int64(i % 4)}
			}
			a.Token.RefusedAt = &seen
		}),
		state("plan", "schedule", func(Page, *models.Token) {}),
		state("plan, refused", "schedule", wideToken, func(a *AdminTokenAct) {
			a.Day, a.Errors = "2026-11-01", Errors{{Field: "at", Code: "revoke_at_past"}, {Field: "at_time", Code: "moment_time"}}
		}),
	}
}

// galleryAdminDetail is a token of somebody else, used from two places, with what was done to it.
func galleryAdminDetail(p Page, change func(Page, *models.Token)) AdminTokenDetail {
	own := galleryDetail(p, change)
	d := AdminTokenDetail{
		Token:   models.AdminToken{Token: own.Token, OwnerName: "Jonas Weber", OwnerEmail: "jonas@harbor.example", Requests30: 1399},
		Origins: own.Origins, Events: own.Events,
	}
	for i := range d.Origins {
		d.Origins[i].FirstSeen = *ago(p, time.Duration(21-9*i)*galleryDay)
	}
	for _, day := range own.Days {
		d.Days = append(d.Days, models.OutcomeDay{Day: day.Day, Requests: map[models.Outcome]int64{models.OutcomeOK: day.OK}})
	}
	for i := range d.Events {
		d.Events[i].ActorName = []string{"Mika Sato", "Jonas Weber"}[i%2]
	}
	if d.Token.PausedAt != nil {
		e := models.AuditEvent{
			Seq: 11, Kind: models.AuditTokenPaused, ActorKind: "user", ActorName: "Priya Raman", Label: d.Token.Name,
			At: *d.Token.PausedAt, Address: "192.0.2.12", Client: "Firefox 144",
		}
		d.Acts.Paused, d.Events = &e, slices.Insert(d.Events, 1, e)
	}
	return d
}

// adminScreamed adds requests that came while it was paused.
func adminScreamed(p Page, d *AdminTokenDetail) {
	adminScream(p, d)
	d.Origins = slices.DeleteFunc(d.Origins, func(o models.Origin) bool {
		return o.Outcome != models.OutcomeOK && o.Outcome != models.OutcomePaused
	})
}

// adminScream adds requests that were refused, of every kind.
func adminScream(p Page, d *AdminTokenDetail) {
	for i, o := range []models.Outcome{
		models.OutcomePaused, models.OutcomeRevoked, models.OutcomeExpired, models.OutcomeUserDisabled, models.OutcomeNetwork,
	} {
		d.Origins = append(d.Origins, models.Origin{
			Address: []string{"198.51.100.7", "2001:db8:85a3:8d3:1319:8a2e:370:7348"}[i%2], Client: []string{"Go-http-client 2.0", ""}[i%2],
			Outcome: o, Requests: int64(412 - 100*i), FirstSeen: *ago(p, 2*galleryDay), LastSeen: *ago(p, time.Duration(i)*time.Hour),
		})
		for j := range 3 {
			d.Days[27+j].Requests[o] = int64(30 + 20*j + 5*i)
		}
	}
}
