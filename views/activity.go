package views

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// ActivityList is one page of a person's own audit events, newest first. Newer and Older are
// the addresses of the pages beside it, empty where there is none.
type ActivityList struct {
	Events       []models.AuditEvent
	Newer, Older string
}

// eventDay is what happened on one day.
type eventDay struct {
	day    time.Time
	events []models.AuditEvent
}

// eventDays groups events, which come newest first, by the reader's calendar days.
func (p Page) eventDays(events []models.AuditEvent) []eventDay {
	var days []eventDay
	last := 0
	for _, e := range events {
		n := dayNumber(e.At.In(p.Zone))
		if len(days) == 0 || n != last {
			days = append(days, eventDay{day: e.At})
			last = n
		}
		d := &days[len(days)-1]
		d.events = append(d.events, e)
	}
	return days
}

// dayHeading names a day, with "today" and "yesterday" in front of the two that have such names.
func (p Page) dayHeading(day time.Time) string {
	switch dayNumber(p.Now.In(p.Zone)) - dayNumber(day.In(p.Zone)) {
	case 0:
		return p.T("activity.today", "day", p.LongDate(day))
	case 1:
		return p.T("activity.yesterday", "day", p.LongDate(day))
	}
	return p.LongDate(day)
}

var eventIcons = map[string]string{
	models.AuditUserCreated:      "user",
	models.AuditUserDisabled:     "ended",
	models.AuditUserEnabled:      "check",
	models.AuditProfileChanged:   "edit",
	models.AuditPasswordChanged:  "shield",
	models.AuditSignedIn:         "sign-in",
	models.AuditSignedOut:        "sign-out",
	models.AuditTokenCreated:     "plus",
	models.AuditTokenChanged:     "edit",
	models.AuditTokenRevoked:     "cross",
	models.AuditTokenPaused:      "pause",
	models.AuditTokenResumed:     "check",
	models.AuditTokenScheduled:   "clock",
	models.AuditTokenUnscheduled: "clock",
	models.AuditTokenRemoved:     "trash",

	models.AuditTeamCreated:    "plus",
	models.AuditTeamChanged:    "edit",
	models.AuditTeamDeleted:    "trash",
	models.AuditMemberAdded:    "users",
	models.AuditMemberChanged:  "users",
	models.AuditMemberRemoved:  "users",
	models.AuditInvited:        "plus",
	models.AuditUninvited:      "cross",
	models.AuditProjectCreated: "plus",
	models.AuditProjectChanged: "edit",
	models.AuditProjectDeleted: "trash",
	models.AuditProjectRemoved: "trash",
	models.AuditProjectCloned:  "copy",
	models.AuditProjectMember:  "users",
	models.AuditImported:       "download",
	models.AuditExported:       "upload",
}

func eventIcon(kind string) string {
	if icon := eventIcons[kind]; icon != "" {
		return icon
	}
	return "info"
}

// eventSentence says what happened.
func (p Page) eventSentence(e models.AuditEvent) templ.Component {
	return p.Rich("audit.kind."+e.Kind, "label", p.eventLabel(e))
}

// eventLabel names what an event is about.
func (p Page) eventLabel(e models.AuditEvent) string {
	if strings.HasPrefix(e.Kind, "job.") {
		return p.jobKind(e.Label)
	}
	return e.Label
}

// eventWhere tells who did it, if it was not the reader, from which address and client.
func (p Page) eventWhere(e models.AuditEvent) []string {
	var where []string
	switch {
	case e.ActorKind == "cli":
		where = append(where, p.T("audit.by_cli"))
	case e.ActorKind == "system":
		where = append(where, p.T("audit.by_system"))
	case p.User == nil || e.ActorID == nil || *e.ActorID != p.User.ID:
		where = append(where, p.T("audit.by", "name", e.ActorName))
	}
	for _, s := range []string{e.Address, e.Client} {
		if s != "" {
			where = append(where, s)
		}
	}
	return where
}
