package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
)

// NoticesPath is below which a notice is dismissed.
const NoticesPath = "/notices"

func dismissPath(n models.Notice) string {
	return NoticesPath + "/" + strconv.FormatInt(n.ID, 10) + "/dismiss"
}

// leakSource names where a secret was found, or who reported it: anybody, GitHub, or an
// administrator by name.
func (p Page) leakSource(source string) string {
	if source == "report" {
		return p.T("notice.source_report")
	}
	place, at, found := strings.Cut(source, ":")
	switch {
	case place != "github":
		return source
	case !found:
		return p.T("notice.source_github")
	}
	return p.T("notice.source_github_at", "url", at)
}

// noticeWords are what a notice says: what happened, what more is known or to be done, and
// where to go. Kind is that of the box.
type noticeWords struct {
	kind, title string
	text        templ.Component
	link, url   string
}

func (p Page) noticeWords(n models.Notice) noticeWords {
	when := p.DateTime(n.CreatedAt)
	switch n.Kind {
	case models.NoticeLeaked:
		return noticeWords{
			"danger", p.T("notice.leaked", "name", n.Label), p.Rich("notice.leaked_text", "source", p.leakSource(n.Detail), "when", when),
			p.T("notice.leaked_link"), TokensPath + "/" + n.Subject,
		}
	case models.NoticeOtherLeaked:
		return noticeWords{
			"danger", p.T("notice.other_leaked", "name", n.Label, "owner", n.Detail), p.Rich("notice.other_leaked_text", "when", when),
			p.T("notice.leaked_link"), AdminTokenPath(n.Subject, ""),
		}
	case models.NoticeManyLeaked:
		count, _ := strconv.Atoi(n.Detail)
		return noticeWords{
			"danger", p.T("notice.many_leaked", "n", count), p.Rich("notice.other_leaked_text", "when", when),
			p.T("notice.many_leaked_link"), AuditFilterForm{Kind: models.AuditTokenLeaked}.AuditURL(""),
		}
	case models.NoticeShortened:
		return noticeWords{
			"warn", p.T("notice.shortened"), p.Rich("notice.shortened_text", "when", when), p.T("notice.tokens_link"), TokensPath,
		}
	}
	key := "notice.unused_paused"
	if n.Detail == models.UnusedRevoke {
		key = "notice.unused_revoked"
	}
	return noticeWords{"warn", p.T(key), p.Rich("notice.unused_text", "when", when), p.T("notice.tokens_link"), TokensPath}
}
