package views

import (
	"slices"
	"strconv"
	"time"

	"tessera/models"
)

// AdminTokenDetail is all that administrators see of one token.
type AdminTokenDetail struct {
	Token        models.AdminToken
	Days         []models.OutcomeDay // the last 30 days in UTC, oldest first
	Origins      []models.Origin     // as Store.Origins returns them
	LeavesAt     *time.Time          // when it ends at the latest because its owner leaves; nil: they stay
	Acts         models.Acts         // who paused it, and who planned its revocation
	Events       []models.AuditEvent // newest first
	Newer, Older int64               // sequence numbers of neighbouring pages of Events; 0: none
}

func (d *AdminTokenDetail) path(below string) string { return AdminTokenPath(d.Token.PublicID, below) }

func (d *AdminTokenDetail) chart(p Page) DayChart {
	return newOutcomeChart(p.T("tokens.usage"), d.Days)
}

// origins are those of accepted requests, or of the others.
func (d *AdminTokenDetail) origins(accepted bool) []models.Origin {
	var out []models.Origin
	for _, o := range d.Origins {
		if (o.Outcome == models.OutcomeOK) == accepted {
			out = append(out, o)
		}
	}
	return out
}

// dead reports whether a request was refused because the token had ended.
func dead(o models.Origin) bool {
	return o.Outcome == models.OutcomeRevoked || o.Outcome == models.OutcomeExpired
}

// afterDeath parts what was refused into what came after the end of a token that has ended, and
// the rest, such as what came while it was paused.
func (d *AdminTokenDetail) afterDeath(now time.Time) (after, others []models.Origin) {
	for _, o := range d.origins(false) {
		if dead(o) && !d.Token.Live(now) {
			after = append(after, o)
		} else {
			others = append(others, o)
		}
	}
	return after, others
}

// screamed reports whether refused requests are over: they came while the token was paused, and
// it is not any more.
func (d *AdminTokenDetail) screamed(now time.Time, refused []models.Origin) bool {
	return d.Token.Live(now) && d.Token.PausedAt == nil &&
		!slices.ContainsFunc(refused, func(o models.Origin) bool { return o.Outcome != models.OutcomePaused })
}

// requestsFrom counts the requests of origins.
func requestsFrom(origins []models.Origin) (n int64) {
	for _, o := range origins {
		n += o.Requests
	}
	return n
}

// span is when an origin was seen, as a bar on a line that leads from the first to now.
func (d *AdminTokenDetail) span(p Page, o models.Origin) (x, width string) {
	first := p.Now
	for _, other := range d.Origins {
		if other.FirstSeen.Before(first) {
			first = other.FirstSeen
		}
	}
	whole := max(p.Now.Sub(first).Seconds(), 1)
	const least = 1.5 // of a hundred: one moment among years is still seen
	from := o.FirstSeen.Sub(first).Seconds() / whole * 100
	length := max(o.LastSeen.Sub(o.FirstSeen).Seconds()/whole*100, least)
	from = min(from, 100-least)
	return strconv.FormatFloat(from, 'f', 1, 64), strconv.FormatFloat(min(length, 100-from), 'f', 1, 64)
}

// everybody makes lists of events name each actor, also who looks at them.
func (p Page) everybody() Page {
	p.User = nil
	return p
}

// AdminTokenAct is one of the pages that ask before something is done to one token.
type AdminTokenAct struct {
	AdminTokenDetail
	Kind      string // "revoke", "pause" or "schedule"
	Day, Time string // when scheduling, as typed: YYYY-MM-DD and HH:MM
	Errors    Errors
}

// title asks the question of the page.
func (a *AdminTokenAct) title(p Page) string {
	return p.T("admin.ask_"+a.Kind, "name", a.Token.Name)
}

// fieldFor is the type of a field for a date or time: what is none shows in a plain one only.
func fieldFor(kind, layout, value string) string {
	if _, err := time.Parse(layout, value); value != "" && err != nil {
		return "text"
	}
	return kind
}

func momentInput(p Page, name string, errors Errors) Input {
	in := Input{Name: name, Label: p.T("admin.moment_" + name), Errors: errors}
	switch name {
	case "at":
		in.Hint = p.T("admin.moment_zone", "zone", p.ZoneName())
	case "at_time":
		in.Hint = p.T("admin.moment_empty")
	}
	return in
}
