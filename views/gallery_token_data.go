package views

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tessera/models"
)

const galleryDay = 24 * time.Hour

// wideWords is as long as a name may be, in characters that are two columns wide.
var wideWords = string([]rune(strings.Repeat("経費精算と勤怠管理の夜間連携処理用", 5))[:models.MaxName])

// gallerySecret has the form of a secret, but no token has it.
const gallerySecret = "tsr_pat_5Hq8mVx2Lr9TzN4sWc7KdYp3EXAMPLEfGn7Xw8"

// ago is a moment before that of the page.
func ago(p Page, d time.Duration) *time.Time {
	t := p.Now.Add(-d)
	return &t
}

// endOf is an expiry at the end of the reader's day that lies n days ahead.
func endOf(p Page, n int) *time.Time {
	t := models.StartOfDay(p.Now.In(p.Zone).AddDate(0, 0, n+1), p.Zone)
	return &t
}

// galleryToken is a token in use with 69 days left, after the changes.
func galleryToken(p Page, changes ...func(Page, *models.Token)) models.Token {
	t := models.Token{
		ID: 1, PublicID: "k7q2m4x9p3w8z5n6t2rvaehjbc", Name: "CI deploy (GitHub Actions)", LastFour: "a1B2", Version: 3,
		CreatedAt: *ago(p, 21*galleryDay), ExpiresAt: endOf(p, 69),
		FirstUsedAt: ago(p, 21*galleryDay-time.Hour), FirstUsedAddress: "192.0.2.45", FirstUsedClient: "curl 8.7.1",
		LastUsedAt: ago(p, 3*time.Minute), LastUsedAddress: "203.0.113.24", LastUsedClient: "curl 8.10.1",
	}
	for _, change := range changes {
		change(p, &t)
	}
	return t
}

func expiredToken(p Page, t *models.Token) {
	t.Name, t.PublicID, t.LastFour = "Import script 2025", "x3c9v2expired", "pL44"
	t.CreatedAt, t.ExpiresAt, t.LastUsedAt = *ago(p, 435*galleryDay), endOf(p, -70), ago(p, 73*galleryDay)
	t.LastUsedAddress, t.LastUsedClient = "192.0.2.45", "node"
}

func revokedToken(p Page, t *models.Token) {
	t.Name, t.PublicID, t.LastFour = "Old laptop", "r8d5k1revoked", "Vb2e"
	t.RevokedAt, t.LastUsedAt = ago(p, 34*galleryDay), ago(p, 35*galleryDay)
	t.LastUsedAddress, t.LastUsedClient = "192.0.2.45", "curl 8.7.1"
}

func unusedToken(_ Page, t *models.Token) {
	t.FirstUsedAt, t.FirstUsedAddress, t.FirstUsedClient = nil, "", ""
	t.LastUsedAt, t.LastUsedAddress, t.LastUsedClient = nil, "", ""
}

func pausedToken(p Page, t *models.Token) {
	t.Name, t.PausedAt, t.RefusedAt = "old import (keep!)", ago(p, 2*galleryDay), ago(p, time.Hour)
}

func scheduledToken(p Page, t *models.Token) {
	t.Name, t.RevokeAt = "Label printer, dock 3", endOf(p, 6)
}

func endlessToken(_ Page, t *models.Token) { t.ExpiresAt = nil }
func longToken(_ Page, t *models.Token)    { t.Name = longWords }
func wideToken(_ Page, t *models.Token)    { t.Name = wideWords }

// galleryTokens are one token of each kind.
func galleryTokens(p Page) []models.Token {
	live := func(name, lastFour string, expiresAt *time.Time, age int, used time.Duration, address, client string) models.Token {
		t := galleryToken(p)
		t.PublicID, t.Name, t.LastFour = "gallery-"+lastFour, name, lastFour
		t.ExpiresAt, t.CreatedAt = expiresAt, *ago(p, time.Duration(age)*galleryDay)
		t.LastUsedAt, t.LastUsedAddress, t.LastUsedClient = ago(p, used), address, client
		return t
	}
	terraform := live("Terraform", "hh3W", endOf(p, 360), 5, 0, "", "")
	unusedToken(p, &terraform)
	return []models.Token{
		galleryToken(p),
		live("Release notes bot", "x9Kd", endOf(p, 6), 84, 26*time.Hour, "198.51.100.7", "Go-http-client 2.0"),
		live("Last day today", "Qm7T", endOf(p, 0), 42, 5*time.Hour, "2001:db8:85a3:8d3:1319:8a2e:370:7348", "python-requests 2.32.3"),
		live("Metrics exporter", "7Zp0", nil, 629, 12*time.Second, "10.20.4.11", ""),
		terraform,
		galleryToken(p, expiredToken),
		galleryToken(p, revokedToken),
		galleryToken(p, pausedToken),
		galleryToken(p, scheduledToken),
	}
}

// galleryCounts are those of galleryTokens.
func galleryCounts() map[string]int {
	return map[string]int{"all": 9, "active": 6, "expiring": 2, "paused": 1, "expired": 1, "revoked": 1}
}

// galleryForm is the form as it is first shown.
func galleryForm(p Page) TokenForm {
	f := TokenForm{Validity: models.DefaultValidity, Nonce: "example", FirstDay: "2026-11-23", LastDay: "2036-11-23"}
	for _, n := range models.ValidityDays {
		f.Choices = append(f.Choices, ValidityChoice{Value: strconv.Itoa(n), ExpiresAt: endOf(p, n)})
	}
	f.Choices = append(f.Choices, ValidityChoice{Value: models.ValidityNever})
	return f
}

// galleryEdit is the form to edit a token as it is first shown.
func galleryEdit(p Page, change func(Page, *models.Token)) TokenEdit {
	e := TokenEdit{Token: galleryToken(p, change), Form: galleryForm(p)}
	e.Form.Name, e.Form.Validity, e.Form.Version = e.Token.Name, models.ValidityKeep, e.Token.Version
	e.Form.Choices = append([]ValidityChoice{{Value: models.ValidityKeep, ExpiresAt: e.Token.ExpiresAt}}, e.Form.Choices...)
	return e
}

// tokenErrors are all that can be wrong with a token's form.
func tokenErrors() Errors {
	date := func(y int, m time.Month, d int) models.Day {
		return models.Day{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	}
	return Errors{
		{Field: "name", Code: "name_required"},
		{Field: "name", Code: "name_blank"},
		{Field: "name", Code: "name_too_long", Params: map[string]any{"max": models.MaxName}},
		{Field: "name", Code: "name_control"},
		{Field: "name", Code: "name_bidi"},
		{Field: "name", Code: "name_taken", Params: map[string]any{"name": longWords}},
		{Field: "name", Code: "token_limit", Params: map[string]any{"max": 100}},
		{Field: "validity", Code: "validity_unknown"},
		{Field: "nonce", Code: "nonce_missing"},
		{Field: "expires_on", Code: "expires_on_required"},
		{Field: "expires_on", Code: "expires_on_invalid"},
		{Field: "expires_on", Code: "expires_on_past", Params: map[string]any{"first": date(2026, 11, 23), "given": date(2026, 3, 1)}},
		{Field: "expires_on", Code: "expires_on_too_far", Params: map[string]any{"last": date(2036, 11, 23)}},
	}
}

// galleryDetail is all about a token: busy on working days, from two places, changed once.
func galleryDetail(p Page, change func(Page, *models.Token)) TokenDetail {
	d := TokenDetail{Token: galleryToken(p, change)}
	today := p.Now.UTC().Truncate(galleryDay)
	for i := range 30 {
		day := models.DayUse{Day: today.AddDate(0, 0, i-29)}
		weekend := day.Day.Weekday() == time.Saturday || day.Day.Weekday() == time.Sunday
		if d.Token.LastUsedAt != nil && !weekend && i > 7 {
			day.OK = int64(40 + i*i*7%43)
		}
		d.Days = append(d.Days, day)
	}
	if d.Token.LastUsedAt != nil {
		d.Origins = []models.Origin{
			{Address: "203.0.113.24", Client: "curl 8.10.1", Outcome: models.OutcomeOK, Requests: 1398, LastSeen: *ago(p, 3*time.Minute)},
			{Address: "198.51.100.7", Outcome: models.OutcomeOK, Requests: 1, LastSeen: *ago(p, 4*galleryDay)},
		}
	}
	event := func(seq int64, kind string, at *time.Time, changes ...models.AuditChange) models.AuditEvent {
		return models.AuditEvent{
			Seq: seq, At: *at, Kind: kind, ActorKind: "user", ActorName: p.User.Name, ActorID: &p.User.ID,
			Label: d.Token.Name, Address: "192.0.2.45", Client: "Firefox 144", Changes: changes,
		}
	}
	d.Events = []models.AuditEvent{
		event(9, models.AuditTokenChanged, ago(p, 2*time.Hour),
			models.AuditChange{Field: "name", Old: "CI deploy", New: d.Token.Name},
			models.AuditChange{Field: "expires_at", New: "2027-01-31T15:00:00Z"}),
		event(8, models.AuditTokenCreated, ago(p, 21*galleryDay), models.AuditChange{Field: "expires_at"}),
	}
	return d
}

// deadCalls makes all requests ones after the token's death.
func deadCalls(p Page, d *TokenDetail) {
	for i := range d.Days {
		d.Days[i] = models.DayUse{Day: d.Days[i].Day, Refused: d.Days[i].OK}
	}
	d.Origins[0].Outcome, d.Origins[1].Outcome = models.OutcomeExpired, models.OutcomeRevoked
	d.Origins = append(d.Origins, models.Origin{
		Address: "192.0.2.99", Client: "node", Outcome: models.OutcomeUserDisabled, Requests: 2, LastSeen: *ago(p, 8*galleryDay),
	})
}

// quietDays leaves out all requests of the last 30 days.
func quietDays(_ Page, d *TokenDetail) {
	for i := range d.Days {
		d.Days[i].OK = 0
	}
}

// manyOrigins fills the list of origins to its end.
func manyOrigins(p Page, d *TokenDetail) {
	d.Origins = nil
	for i := range 50 {
		d.Origins = append(d.Origins, models.Origin{
			Address: fmt.Sprintf("2001:db8:85a3:8d3:1319:8a2e:370:%x", 0x7348+i),
			Client:  "a-client-with-a-long-name-and-version 1.2.3-preview.45678-0123456",
			Outcome: models.OutcomeOK, Requests: int64(100_000 - i*1999), LastSeen: *ago(p, time.Duration(i*i)*time.Minute),
		})
	}
}

// galleryLastDay is the furthest day that the gallery's policy allows.
var galleryLastDay = models.Day{Time: time.Date(2027, 1, 22, 0, 0, 0, 0, time.UTC)}

// underPolicy is a form where a policy refuses some of the choices.
func underPolicy(_ Page, f *TokenForm) {
	f.Policy = &models.TokenPolicy{
		MaxLifetimeDays: 60, MaxExtensionDays: 30, MaxLive: 20, MaxUnusedDays: 45, UnusedAction: models.UnusedPause,
		Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8:85a3::/48")},
	}
	f.Validity, f.LastDay = "60", galleryLastDay.Format(time.DateOnly)
	for i := range f.Choices {
		switch c := &f.Choices[i]; c.Value {
		case "90", "365":
			c.Refused = &models.FieldError{Field: "validity", Code: "policy_lifetime", Params: map[string]any{"max": 60, "last": galleryLastDay}}
		case models.ValidityNever:
			c.Refused = &models.FieldError{Field: "validity", Code: "policy_never"}
		}
	}
}
