package views

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
)

// AuditPath is the address of the audit log.
const AuditPath = AdminPath + "/audit"

// AuditFilterForm is the filter of the audit log as it was typed. From and To are days,
// YYYY-MM-DD, both included.
type AuditFilterForm struct {
	Actor, Subject, Kind, Address, From, To string
	Errors                                  Errors
}

// query returns the fields that are set as parameters of an address.
func (f AuditFilterForm) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"actor": f.Actor, "subject": f.Subject, "kind": f.Kind, "address": f.Address, "from": f.From, "to": f.To,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// AuditURL is the address below the log, or the log itself, for this filter.
func (f AuditFilterForm) AuditURL(below string) string {
	return withQuery(AuditPath+below, f.query())
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// AuditLog is one page of what happened in the whole installation, newest first.
type AuditLog struct {
	Filter       AuditFilterForm
	Events       []models.AuditEvent
	People       map[int64]string // names of those whose accounts the events concern
	Newer, Older int64            // sequence numbers of neighbouring pages; 0: none
	Continue     int64            // where a search that found too little stopped; 0: it went to the end
	Forward      bool             // the search goes to newer ones
	Head         string           // of the log as it is now, to keep elsewhere; empty: there is nothing yet
}

func (l AuditLog) pageURL(direction string, seq int64) string {
	if seq == 0 {
		return ""
	}
	q := l.Filter.query()
	q.Set(direction, strconv.FormatInt(seq, 10))
	return withQuery(AuditPath, q)
}

// continueURL goes on with a search, in the direction in which it went.
func (l AuditLog) continueURL() string {
	if l.Forward {
		return l.pageURL("after", l.Continue)
	}
	return l.pageURL("before", l.Continue)
}

// kindGroup is the events about one sort of thing: "token." and all whose kind begins so.
type kindGroup struct {
	family string
	kinds  []string
}

func (p Page) kindGroups() []kindGroup {
	var groups []kindGroup
	for _, kind := range p.Locale.below("audit.kind.") {
		family, _, _ := strings.Cut(kind, ".")
		if n := len(groups); n == 0 || groups[n-1].family != family {
			groups = append(groups, kindGroup{family: family})
		}
		last := &groups[len(groups)-1]
		last.kinds = append(last.kinds, kind)
	}
	return groups
}

// actorName is who did something, in the reader's words where it was no person.
func (p Page) actorName(kind, name string) string {
	switch kind {
	case "cli":
		return p.T("admin_audit.cli")
	case "system":
		return p.T("admin_audit.system")
	}
	return name
}

// adminSentence says what happened, with the way to the token or the person.
func (p Page) adminSentence(e models.AuditEvent) templ.Component {
	if target := auditTarget(e); target != "" && e.Label != "" {
		return p.Rich("audit.kind."+e.Kind, "label", textLink(target, p.eventLabel(e)))
	}
	return p.eventSentence(e)
}

// auditTarget is the page of what an event is about, where there is one for administrators.
func auditTarget(e models.AuditEvent) string {
	family, _, _ := strings.Cut(e.Kind, ".")
	switch {
	case family == "token" && e.Subject != "":
		return AdminPath + "/tokens/" + e.Subject
	case (family == "user" || family == "rundown") && e.UserID != nil:
		return AdminPersonPath(*e.UserID)
	case family == "job":
		return AdminPath + "/jobs/" + strings.TrimPrefix(e.Subject, "job-")
	}
	return ""
}

// elsewhere reports whether an event concerns the account of somebody other than who did it.
func elsewhere(e models.AuditEvent) bool {
	return e.UserID != nil && (e.ActorID == nil || *e.ActorID != *e.UserID)
}

// owner names the account that an event concerns, which may be gone.
func (l AuditLog) owner(p Page, id int64) string {
	return cmp.Or(l.People[id], p.T("admin_audit.person", "id", strconv.FormatInt(id, 10)))
}
