package views

import (
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

func adminAuditStates() []State {
	state := func(name string, change func(Page, *AuditLog)) State {
		return adminState("AdminAuditPage", name, func(p Page) templ.Component {
			l := AuditLog{
				Events: galleryAudit(p), Older: 88213, People: map[int64]string{7: "Jonas Weber"},
				Head: "88231:6a1b7f00c2d93e5f4ab80c1e7725d9f0b36a4c58e1f92d03b7ac6e5d41908f2c",
			}
			change(p, &l)
			return AdminAuditPage(p, l)
		})
	}
	return []State{
		state("plain", func(Page, *AuditLog) {}),
		state("jobs, rules and leaks", func(p Page, l *AuditLog) { l.Events, l.Older = galleryChanges(p), 0 }),
		state("middle page, filtered", func(_ Page, l *AuditLog) {
			l.Filter = AuditFilterForm{Actor: "mika@harbor.example", Subject: "k7q2m4x9p3w8z5n6t2rvaehjbc", Kind: "token.", Address: "192.0.2.45", From: "2026-11-20", To: "2026-11-23"}
			l.Newer = 88230
		}),
		state("empty", func(_ Page, l *AuditLog) { *l = AuditLog{} }),
		state("filtered, none", func(_ Page, l *AuditLog) {
			l.Events, l.Older, l.Filter = nil, 0, AuditFilterForm{Kind: models.AuditTokenPaused, Address: "2001:db8::1"}
		}),
		state("search stopped", func(_ Page, l *AuditLog) {
			l.Events, l.Older, l.Continue, l.Filter = l.Events[:3], 0, 83000, AuditFilterForm{Actor: "system", Address: "192.0.2.45"}
		}),
		state("search stopped, none so far", func(_ Page, l *AuditLog) {
			l.Events, l.Older, l.Continue, l.Filter = nil, 0, 83000, AuditFilterForm{Actor: "cli", Kind: models.AuditSignedIn}
		}),
		state("refused", func(_ Page, l *AuditLog) {
			l.Events, l.Older, l.Head = nil, 0, ""
			l.Filter = AuditFilterForm{From: "yesterday", Errors: Errors{{Field: "from", Code: "filter_time"}}}
		}),
		state("long names", func(_ Page, l *AuditLog) {
			for i := range l.Events {
				e := &l.Events[i]
				e.ActorName, e.Label, e.Address, e.Client = longWords, wideWords, "2001:db8:85a3:8d3:1319:8a2e:370:7348", longWords[:64]
			}
		}),
	}
}

// galleryAudit are events of several people over two days, some about somebody else's account.
func galleryAudit(p Page) []models.AuditEvent {
	events := galleryEvents(p)
	other := int64(7)
	for i := range events {
		e := &events[i]
		e.Seq = int64(88231 - i)
		e.At = p.Now.Add(-time.Duration(i) * 131 * time.Minute)
		if e.ActorKind == "cli" || e.ActorKind == "system" {
			e.ActorID = nil
		}
		if e.Label != "" {
			e.UserID, e.Subject = &other, "k7q2m4x9p3w8z5n6t2rvaehjbc"
		}
	}
	return events
}

// galleryChanges are events with values that the log keeps in the words of machines.
func galleryChanges(p Page) []models.AuditEvent {
	events := []models.AuditEvent{
		{Kind: models.AuditTokenLeaked, Label: "CI deploy (GitHub Actions)", Subject: "k7q2m4x9p3w8z5n6t2rvaehjbc", Changes: models.AuditChanges{
			{Field: "source", New: "github:https://github.com/harbor/site/blob/main/.env"},
		}},
		{Kind: models.AuditJobEnded, Label: models.JobMoveExpiry, Subject: "job-12", Changes: models.AuditChanges{
			{Field: "state", New: models.JobDone}, {Field: "changed", New: "41208"}, {Field: "skipped", New: "1292"},
		}},
		{Kind: models.AuditJobStarted, Label: models.JobMoveExpiry, Subject: "job-12", Changes: models.AuditChanges{
			{Field: "filter", New: "never=1&owner=nora%40harbor.example&unused=365"}, {Field: "expires_on", New: "2027-02-21"},
		}},
		{Kind: models.AuditJobStarted, Label: models.JobShorten, Subject: "job-11"},
		{Kind: models.AuditPolicyChanged, Label: "4", Changes: models.AuditChanges{
			{Field: "max_lifetime", New: "365"}, {Field: "allow_never", Old: "1"}, {Field: "max_unused", Old: "90", New: "180"},
			{Field: "unused_action", Old: models.UnusedPause, New: models.UnusedRevoke}, {Field: "networks", New: "10.0.0.0/8, 2001:db8::/32"},
			{Field: "max_live", New: "20"}, {Field: "existing", New: "shorten 14"},
		}},
		{Kind: models.AuditRundownChanged, Label: "Jonas Weber", Changes: models.AuditChanges{
			{Field: "ends_at", Old: "2026-12-30T15:00:00Z", New: "2026-12-31T15:00:00Z"}, {Field: "tokens", New: "26"},
		}},
	}
	for i := range events {
		e := &events[i]
		e.Seq, e.At = int64(88240-i), p.Now.Add(-time.Duration(i)*17*time.Minute)
		e.ActorKind, e.ActorName, e.ActorID, e.Address, e.Client = "user", p.User.Name, &p.User.ID, "192.0.2.45", "Firefox 144"
	}
	return events
}

func noticeStates() []State {
	all := func(p Page) []models.Notice {
		id := "k7q2m4x9p3w8z5n6t2rvaehjbc"
		notices := []models.Notice{
			{Kind: models.NoticeLeaked, Subject: id, Label: "CI deploy (GitHub Actions)", Detail: "github:https://github.com/harbor/site/blob/main/.env"},
			{Kind: models.NoticeOtherLeaked, Subject: id, Label: "Old laptop", Detail: "jonas@harbor.example"},
			{Kind: models.NoticeManyLeaked, Detail: "1200"},
			{Kind: models.NoticeShortened, Subject: "3"},
			{Kind: models.NoticeUnused, Detail: models.UnusedPause},
			{Kind: models.NoticeUnused, Detail: models.UnusedRevoke},
		}
		for i := range notices {
			notices[i].ID, notices[i].CreatedAt = int64(i+1), *ago(p, time.Duration(i*5+1)*time.Hour)
		}
		return notices
	}
	state := func(name string, change func(*Page)) State {
		return State{"TokensPage", name, func(p Page) templ.Component {
			change(&p)
			return TokensPage(p, TokenList{Tokens: galleryTokens(p)[:2], Counts: map[string]int{"all": 2, "active": 2}})
		}}
	}
	return []State{
		state("leaked", func(p *Page) { p.Notices = all(*p)[:1] }),
		state("every notice", func(p *Page) { p.Notices = all(*p) }),
		state("leaving", func(p *Page) { p.Leaving = galleryRundown(*p) }),
		state("long notices", func(p *Page) {
			p.Leaving, p.Notices = galleryRundown(*p), all(*p)[:2]
			p.Leaving.Rows[0].Token.Name, p.Leaving.Rows[0].Replacement, p.Leaving.ActorName = longWords, wideWords, longWords
			p.Notices[0].Label, p.Notices[0].Detail, p.Notices[1].Label, p.Notices[1].Detail = longWords, longEmail, wideWords, longEmail
		}),
	}
}
