package handlers

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tessera/models"
)

func init() {
	addAdminRows(map[string]adminRow{
		"GET /admin/audit":      adminPage(200),
		"GET /admin/audit.csv":  adminPage(200),
		"GET /admin/audit.json": adminPage(200),
	})
}

func (a *answer) kinds() []string {
	var kinds []string
	for _, e := range a.doc.Find("tbody code").EachIter() {
		kinds = append(kinds, e.Text())
	}
	return kinds
}

func TestAuditFilters(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		w := newAdminWorld(t, s)
		if _, err := s.store.PauseToken(t.Context(), models.Actor{Kind: "user", User: w.admin, Address: "192.0.2.9"}, w.token.PublicID); err != nil {
			t.Fatal(err)
		}
		b := w.browsers["administrator"]
		page := b.get("/admin/audit").want(http.StatusOK)
		row := page.find("tbody tr:has(code:contains('token.paused'))")
		for _, link := range []string{"/admin/tokens/" + w.token.PublicID, personAt(w.admin, ""), personAt(w.person, "")} {
			if row.Find("a[href='"+link+"']").Length() != 1 {
				t.Errorf("the row does not lead to %s: %s", link, squeeze(row.Text()))
			}
		}
		page.find("#audit-verify")
		if head := page.text("#audit-head"); !strings.Contains(head, fmt.Sprintf("--head %d:", s.count(t, "SELECT MAX(seq) FROM audit_events"))) {
			t.Errorf("the head is %q", head)
		}
		email := url.QueryEscape
		for filter, want := range map[string]string{
			"actor=" + email(w.admin.Email) + "&kind=token.paused": "token.paused",
			"subject=" + w.token.PublicID:                          "token.paused token.created",
			"subject=" + email(w.person.Email) + "&kind=token.":    "token.paused token.created",
			"address=192.0.2.9":                                    "token.paused",
			"actor=cli&subject=" + w.token.PublicID:                "token.created",
			"kind=token.paused&from=2026-12-14&to=2026-12-14":      "token.paused",
			"kind=token.paused&from=2026-12-15":                    "",
			"kind=token.paused&to=2026-12-13":                      "",
			"actor=nobody%40harbor.example":                        "",
		} {
			page := b.get("/admin/audit?" + filter).want(http.StatusOK)
			if got := strings.Join(page.kinds(), " "); got != want {
				t.Errorf("%s: %q", filter, got)
			}
			values, _ := url.ParseQuery(filter)
			for name, v := range values {
				if name != "kind" && page.value("#"+name) != v[0] {
					t.Errorf("%s: the form has %q", filter, page.value("#"+name))
				}
			}
			if want == "" {
				page.find(".empty")
			}
		}
		b.get("/admin/audit?actor=&subject=&kind=user.created&from=&to=").to("/admin/audit?kind=user.created")
		refused := b.get("/admin/audit?from=yesterday&to=2026-12-14&actor=x").refused("from")
		if refused.value("#actor") != "x" {
			t.Error("what was typed is gone")
		}
		b.get("/admin/audit?before=odd").want(http.StatusBadRequest)
		b.get("/admin/audit.csv?from=yesterday").want(http.StatusBadRequest)
	})
}

func TestAuditPages(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	for i := range auditPerPage {
		s.token(t, w.person, fmt.Sprint("=<b>", i))
	}
	b := w.browsers["administrator"]
	first := b.get("/admin/audit?kind=token.created").want(http.StatusOK)
	first.none("table b").none("a[rel=prev]")
	second := b.get(first.find("a[rel=next]").AttrOr("href", "")).want(http.StatusOK)
	if len(first.kinds()) != auditPerPage || len(second.kinds()) != 2 { // the tokens of the world
		t.Errorf("%d and %d events", len(first.kinds()), len(second.kinds()))
	}
	if back := b.get(second.find("a[rel=prev]").AttrOr("href", "")); len(back.kinds()) != auditPerPage {
		t.Errorf("back leads to %d events", len(back.kinds()))
	}

	rows, err := csv.NewReader(strings.NewReader(b.get("/admin/audit.csv?kind=token.created").want(http.StatusOK).body)).ReadAll()
	if err != nil || len(rows) != 1+auditPerPage+2 || len(rows[0]) != len(models.AuditColumns) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if label := rows[len(rows)-1][8]; label != fmt.Sprint("'=<b>", auditPerPage-1) {
		t.Errorf("the last one is %q", label)
	}
	var events []models.AuditEntry
	answer := b.get("/admin/audit.json").want(http.StatusOK).header("Content-Disposition", `attachment; filename="audit.json"`)
	if err := json.Unmarshal([]byte(answer.body), &events); err != nil || len(events) != s.count(t, "SELECT COUNT(*) FROM audit_events") {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// A search that finds little in many events stops, says so, and goes on.
func TestAuditSearchStops(t *testing.T) {
	s := newSite(t)
	w := newAdminWorld(t, s)
	events := slices.Repeat([]models.AuditEvent{{At: s.clock.Now(), Kind: models.AuditTokenCreated, ActorKind: "cli", Label: "x"}}, 6000)
	if err := s.store.InsertDemoEvents(t.Context(), slices.Values(events)); err != nil {
		t.Fatal(err)
	}
	b := w.browsers["administrator"]
	page, pages := b.get("/admin/audit?actor=system&kind=user.created").want(http.StatusOK), 1
	for page.count("a:contains('Continue')") == 1 {
		page = b.get(page.find("a:contains('Continue')").AttrOr("href", "")).want(http.StatusOK)
		pages++
	}
	if page.find(".empty"); pages != 2 {
		t.Errorf("%d pages until the end", pages)
	}
}
