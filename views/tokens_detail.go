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

func (d TokenDetail) chart(p Page) DayChart {
	return DayChart{Caption: p.T("tokens.usage"), Days: d.Days}
}

// firstOf parts origins into the first n and the others.
func firstOf(origins []models.Origin, n int) (first, others []models.Origin) {
	n = min(n, len(origins))
	return origins[:n], origins[n:]
}

// historyURL is the address of another page of a token's history, which stands on the page at path.
func historyURL(path, direction string, seq int64) string {
	if seq == 0 {
		return ""
	}
	return path + "?" + direction + "=" + strconv.FormatInt(seq, 10) + "#history"
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

// impactTitle says in a heading what would break without a token, of whose use c is the chart.
func (p Page) impactTitle(t *models.Token, c DayChart, origins []models.Origin) string {
	switch good, refused := c.requests(len(c.Days)); {
	case good > 0:
		return p.T("tokens.impact_used")
	case refused > 0:
		return p.T("tokens.impact_refused")
	case t.LastUsedAt == nil && len(origins) == 0:
		return p.T("tokens.impact_never")
	}
	return p.T("tokens.impact_idle")
}

// unusedWord says of a token without an accepted request whether there were others, as far
// as is known: some of these leave only origins, which lists don't read.
func (p Page) unusedWord(t *models.Token, origins ...models.Origin) string {
	if t.RefusedAt != nil || len(origins) > 0 {
		return p.T("tokens.only_refused")
	}
	return p.T("tokens.never_used")
}

// requestWords count requests, and how many of them were refused.
func (p Page) requestWords(good, refused int64) string {
	if refused == 0 {
		return p.T("tokens.requests", "n", good)
	}
	return p.T("tokens.requests_refused", "n", good+refused, "refused", refused)
}

// originSentence says how often and when last a token was used from somewhere.
func (p Page) originSentence(o models.Origin) string {
	if o.Outcome != models.OutcomeOK {
		return p.T("tokens.origin_refused", "n", o.Requests, "when", p.Ago(o.LastSeen))
	}
	return p.T("tokens.origin_requests", "n", o.Requests, "when", p.Ago(o.LastSeen))
}
