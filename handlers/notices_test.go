package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tessera/models/modeltest"
)

func (s *site) tell(t *testing.T, userID int64, kind, subject, label, detail string) {
	t.Helper()
	_, err := s.db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO notices (user_id, kind, subject, label, detail, created_at) VALUES (%d, '%s', '%s', '%s', '%s', %d)",
		userID, kind, subject, label, detail, s.clock.Now().UnixMicro()))
	if err != nil {
		t.Fatal(err)
	}
}

// What happened without their doing stands on a person's pages until they dismiss it.
func TestNotices(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		u, other := modeltest.MustUser(t, s.store), modeltest.MustUser(t, s.store)
		tok, _ := s.token(t, u, "ci")
		b := s.enter(t, u)
		b.get("/settings/tokens").want(http.StatusOK).none("section[aria-label='For your attention']")
		s.tell(t, u.ID, "token.leaked", tok.PublicID, "ci <b>", "GitHub <i>")
		s.tell(t, u.ID, "policy.shortened", "4", "", "")
		for _, path := range []string{"/settings/tokens", "/settings/profile", "/settings/activity", tokenPath(tok.PublicID)} {
			page := b.get(path).want(http.StatusOK)
			if n := page.count("section[aria-label='For your attention'] .notice"); n != 2 {
				t.Errorf("%s shows %d notices", path, n)
			}
			page.none(".notice b").none(".notice i")
		}
		s.enter(t, other).get("/settings/tokens").none("section[aria-label='For your attention']")
		page := b.get("/settings/profile")
		form := page.find("main .notice-danger form")
		if text := page.text("main .notice-danger"); !strings.Contains(text, "“ci <b>”") || !strings.Contains(text, "GitHub <i>") {
			t.Errorf("it says %q", text)
		}
		dismiss := form.AttrOr("action", "")
		s.enter(t, other).post(dismiss).to("/settings/tokens") // not theirs: nothing happens
		if n := s.count(t, "SELECT COUNT(*) FROM notices"); n != 2 {
			t.Errorf("%d notices are left", n)
		}
		for range 2 {
			b.post(dismiss, "next", form.Find("input[name=next]").AttrOr("value", "")).to("/settings/profile")
		}
		b.post(dismiss, "next", "https://evil.test/").to("/settings/tokens")
		if n := b.get("/settings/tokens").count("section[aria-label='For your attention'] .notice"); n != 1 {
			t.Errorf("%d notices are left", n)
		}
	})
}
