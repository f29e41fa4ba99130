package views

import (
	"strconv"

	"tessera/models"
)

// How many origins are shown at once: on the token's page, and where it is to be revoked.
const (
	firstOrigins  = 8
	impactOrigins = 5
)

// requests sums up the last n days: good requests, and those after the token's death.
func (d TokenDetail) requests(n int) (good, refused int64) {
	for _, day := range d.Days[max(0, len(d.Days)-n):] {
		good += day.OK
		refused += day.Refused
	}
	return good, refused
}

func (d TokenDetail) chart(p Page) DayChart {
	return DayChart{Caption: p.T("tokens.usage"), Days: d.Days}
}

// split parts the origins into the first n and the others.
func (d TokenDetail) split(n int) (first, others []models.Origin) {
	n = min(n, len(d.Origins))
	return d.Origins[:n], d.Origins[n:]
}

// historyURL is the address of another page of the token's history.
func (d TokenDetail) historyURL(direction string, seq int64) string {
	if seq == 0 {
		return ""
	}
	return tokenPath(&d.Token, "?"+direction+"="+strconv.FormatInt(seq, 10)+"#history")
}

// outcomeWord says what became of requests.
func (p Page) outcomeWord(o models.Outcome) string {
	switch o {
	case models.OutcomeOK:
		return p.T("tokens.outcome_ok")
	case models.OutcomeExpired:
		return p.T("tokens.outcome_expired")
	case models.OutcomeRevoked:
		return p.T("tokens.outcome_revoked")
	case models.OutcomePaused:
		return p.T("tokens.outcome_paused")
	case models.OutcomeNetwork:
		return p.T("tokens.outcome_network")
	default:
		return p.T("tokens.outcome_disabled")
	}
}

// impactTitle says in a heading what revoking would break.
func (d TokenDetail) impactTitle(p Page) string {
	if d.Token.LastUsedAt == nil {
		return p.T("tokens.impact_never")
	}
	if good, _ := d.requests(len(d.Days)); good == 0 {
		return p.T("tokens.impact_idle")
	}
	return p.T("tokens.impact_used")
}

// originSentence says how often and when last a token was used from somewhere.
func (p Page) originSentence(o models.Origin) string {
	if o.Outcome != models.OutcomeOK {
		return p.T("tokens.origin_refused", "n", o.Requests, "when", p.Ago(o.LastSeen))
	}
	return p.T("tokens.origin_requests", "n", o.Requests, "when", p.Ago(o.LastSeen))
}
