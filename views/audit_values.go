package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tessera/models"
)

// withoutBefore are the events whose changes have no value before: also what is empty there
// stands for nothing.
var withoutBefore = []string{
	models.AuditTokenCreated, models.AuditTokenRevoked, models.AuditTokenPaused, models.AuditInvited, models.AuditMemberAdded,
	models.AuditProjectCloned, models.AuditImported, models.AuditExported,
	models.AuditEnvironmentCreated, models.AuditSecretSet, models.AuditSecretCleared,
	models.AuditJobStarted, models.AuditJobEnded,
}

// changeWords are the old and the new value of a changed field in the reader's words. Old is
// empty where there is nothing to tell of it.
func (p Page) changeWords(kind string, c models.AuditChange) (old, new string) {
	new = p.changeValue(c.Field, c.New)
	if !slices.Contains(withoutBefore, kind) {
		old = p.changeValue(c.Field, c.Old)
	}
	switch {
	case new != "":
	case old != "":
		new = p.T("audit.nothing")
	default: // the log does not keep what it was and is
		new = p.T("audit.changed")
	}
	return old, new
}

// changeValue writes a value of a changed field, which for some fields means something when it
// is empty.
func (p Page) changeValue(field, value string) string {
	switch field {
	case "expires_at":
		return p.momentOr(value, func(t time.Time) string { return p.DateTime(LastMinute(t)) }, p.T("audit.never"))
	case "revoke_at":
		return p.momentOr(value, p.DateTime, p.T("audit.not_planned"))
	case "ends_at":
		return p.momentOr(value, func(t time.Time) string { return p.Date(LastMinute(t)) }, "")
	case "expires_on":
		return p.dayOf(value)
	case "administration":
		if value == "true" {
			return p.T("audit.yes")
		}
		return p.T("audit.no")
	case "language":
		return optionText(p.languages(), value)
	case "theme":
		return optionText(p.themes(), value)
	case "role":
		return p.roleWord(models.Role(value))
	case "status":
		return p.endpointStatus(value)
	case "source":
		return p.leakSource(value)
	case "state":
		_, _, word := p.jobState(&models.Job{State: value})
		return word
	case "filter":
		return p.filterValue(value)
	case "tokens", "changed", "skipped":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return Number(n)
		}
	}
	return p.policyValue(field, value)
}

// momentOr writes a moment of the log, or what its absence means.
func (p Page) momentOr(value string, write func(time.Time) string, none string) string {
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return write(t)
	}
	return none
}

// filterValue says which tokens a filter means that stands in the log as in an address.
func (p Page) filterValue(value string) string {
	values, err := url.ParseQuery(value)
	if err != nil {
		return value
	}
	f, err := models.ParseAdminFilter(values.Get)
	if err != nil { // it had a name that is no longer known
		return value
	}
	if words := filterWords(p, f); len(words) > 0 {
		return strings.Join(words, p.T("audit.and"))
	}
	return p.T("admin.job_everything")
}

// policyValue writes a rule of the policy, where what is empty means that there is none; what
// is no such rule stays as it is.
func (p Page) policyValue(field, value string) string {
	n, _ := strconv.Atoi(value) // 0 of what is none
	switch field {
	case "max_lifetime", "max_extension", "max_unused":
		return p.limit(n)
	case "allow_never":
		return p.yesNo(value != "")
	case "max_live":
		if n == 0 {
			return p.T("audit.server_limit")
		}
		return Number(int64(n))
	case "networks":
		if value == "" {
			return p.T("policy.anywhere")
		}
		return value
	case "unused_action":
		switch value {
		case models.UnusedPause:
			return p.T("policy.pause")
		case models.UnusedRevoke:
			return p.T("policy.revoke")
		}
	case "existing":
		if value == "" {
			return ""
		}
		_, notice, shorten := strings.Cut(value, " ")
		days, _ := strconv.Atoi(notice)
		return p.treatmentText(models.PolicyTreatment{Shorten: shorten, Notice: days})
	}
	return value
}

func optionText(options []Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}
