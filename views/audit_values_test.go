package views

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tessera/models"
)

// Fields that the models write under a name that is computed, by file.
var computedFields = map[string][]string{
	"user.go":                {"name", "time_zone", "language", "theme"},
	"token_policy_change.go": {"max_lifetime", "allow_never", "max_extension", "max_live", "max_unused", "unused_action", "networks"},
	"import.go":              nil, // the counters of an import
}

func TestEveryFieldOfTheAuditLogHasAName(t *testing.T) {
	literal := regexp.MustCompile(`(?:AuditChange\{|\{)Field: "(\w+)"(?:, (?:Old|New):|\})`)
	computed := regexp.MustCompile(`AuditChange\{Field: [^"]`)
	fields := map[string]string{}
	for name, text := range sources(t) {
		if filepath.Base(filepath.Dir(name)) != "models" {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			fields[m[1]] = name
		}
		if computed.MatchString(text) {
			names, known := computedFields[filepath.Base(name)]
			if !known {
				t.Errorf("%s writes fields that are not listed here", name)
			}
			for _, field := range names {
				fields[field] = name
			}
		}
	}
	for counter := range models.NewCounters() {
		fields[counter] = "import.go"
	}
	if fields["source"] == "" || fields["revoke_at"] == "" || fields["role"] == "" {
		t.Fatalf("fields are not found: %v", fields)
	}
	for _, lang := range models.Languages {
		messages := catalogue(t, lang)
		for field, file := range fields {
			if messages["audit.field."+field] == nil {
				t.Errorf("%s: the field %q of %s has no name", lang, field, file)
			}
		}
	}
}

// What the log keeps for machines, in words: the day in the reader's zone, the filter as it
// is chosen, and no arrow where there was nothing before.
func TestChangesAreInWords(t *testing.T) {
	en := page(t, "en", "Asia/Tokyo", at(t, "2026-11-23T11:35:00Z"))
	ja := page(t, "ja", "Asia/Tokyo", at(t, "2026-11-23T11:35:00Z"))
	for _, test := range []struct {
		kind, field, old, new  string
		wantOld, wantNew, inJa string
	}{
		{models.AuditRundownStarted, "ends_at", "", "2026-12-31T15:00:00Z", "", "31 Dec 2026", "2026年12月31日"},
		{models.AuditRundownChanged, "ends_at", "2026-12-30T15:00:00Z", "2026-12-31T15:00:00Z", "30 Dec 2026", "31 Dec 2026", "2026年12月31日"},
		{models.AuditRundownChanged, "tokens", "", "26", "", "26", "26"},
		{models.AuditJobEnded, "changed", "", "41208", "", "41,208", "41,208"},
		{models.AuditPolicyChanged, "allow_never", "1", "", "Allowed", "Not allowed", "認めない"},
		{models.AuditPolicyChanged, "max_lifetime", "", "90", "No limit", "90 days", "90 日"},
		{models.AuditPolicyChanged, "max_live", "20", "", "20", "the limit of this server", "このサーバーの上限"},
		{models.AuditPolicyChanged, "networks", "", "10.0.0.0/8, 2001:db8::/32", "From anywhere", "10.0.0.0/8, 2001:db8::/32", "10.0.0.0/8, 2001:db8::/32"},
		{models.AuditPolicyChanged, "unused_action", "", "revoke", "", "Revoke", "失効"},
		{models.AuditPolicyChanged, "existing", "", "leave", "", "Tokens that are there already stay as they are.", "既存のトークンはそのままです。"},
		{models.AuditTokenPaused, "max_unused", "", "90", "", "90 days", "90 日"},
		{models.AuditJobEnded, "state", "", models.JobDone, "", "Done", "完了"},
		{models.AuditJobStarted, "filter", "", "never=1&owner=nora%40example.com", "", "nora@example.com, Never expires", "nora@example.com、無期限"},
		{models.AuditJobStarted, "filter", "", "", "", "Every token of everybody", "全員のすべてのトークン"},
		{models.AuditJobStarted, "expires_on", "", "2027-02-21", "", "21 Feb 2027", "2027年2月21日"},
		{models.AuditTokenLeaked, "source", "", "report", "", "somebody who found it", "見つけた人"},
		{models.AuditTokenScheduled, "revoke_at", "", "2026-12-31T15:00:00Z", "not planned", "1 Jan 2027, 00:00", "2027年1月1日 00:00"},
		{"project.changed", "description", "Rates", "", "Rates", "none", "（空欄）"},
		{"endpoint.changed", "folder", "", "", "", "changed", "変更あり"},
		{"endpoint.changed", "status", "", "released", "", "Released", "公開済み"},
	} {
		change := models.AuditChange{Field: test.field, Old: test.old, New: test.new}
		if old, new := en.changeWords(test.kind, change); old != test.wantOld || new != test.wantNew {
			t.Errorf("%s %+v: %q -> %q", test.kind, change, old, new)
		}
		if _, new := ja.changeWords(test.kind, change); new != test.inJa {
			t.Errorf("%s %+v in Japanese: %q", test.kind, change, new)
		}
	}
	e := models.AuditEvent{Kind: models.AuditJobEnded, Label: models.JobMoveExpiry, Subject: "job-7"}
	var text strings.Builder
	if err := en.adminSentence(e).Render(t.Context(), &text); err != nil || !strings.Contains(text.String(), `href="/admin/jobs/7">Move expiry dates`) {
		t.Errorf("the end of a job: %s, %v", text.String(), err)
	}
}
