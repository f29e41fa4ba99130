package handlers

import (
	"net/http"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestSessionsEnd(t *testing.T) {
	s := newSite(t)
	person := modeltest.MustUser(t, s.store)
	admin := modeltest.MustUser(t, s.store, func(u *models.NewUser) { u.Admin = true })
	alive := func(b *browser) bool { return b.get("/settings/profile").StatusCode == http.StatusOK }
	const hour, day = time.Hour, 24 * time.Hour
	for _, c := range []struct {
		user       *models.User
		idle, most time.Duration
	}{{person, 7 * day, 30 * day}, {admin, 12 * hour, 7 * day}} {
		b := s.enter(t, c.user)
		s.clock.Advance(c.idle - time.Second)
		if !alive(b) {
			t.Errorf("gone before %v of idleness", c.idle)
		}
		s.clock.Advance(c.idle)
		if alive(b) {
			t.Errorf("alive after %v of idleness", c.idle)
		}
		b = s.enter(t, c.user)
		for passed := c.idle / 2; passed < c.most; passed += c.idle / 2 {
			s.clock.Advance(c.idle / 2)
			if !alive(b) {
				t.Fatalf("gone after %v, although in use", passed)
			}
		}
		s.clock.Advance(c.idle / 2)
		if alive(b) {
			t.Errorf("alive after %v", c.most)
		}
	}
	b := s.enter(t, person)
	if err := s.store.SetDisabled(t.Context(), models.CLI, person.ID, true); err != nil {
		t.Fatal(err)
	}
	if alive(b) {
		t.Error("a disabled person's session opens a page")
	}
	if err := s.store.SetDisabled(t.Context(), models.CLI, person.ID, false); err != nil {
		t.Fatal(err)
	}
	if alive(b) {
		t.Error("the session is back with the account")
	}
}

func TestPasswordChange(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	here, there := s.enter(t, u), s.enter(t, u)
	before := here.sessionCookie()
	const next = "seven quiet otters in Nara"

	here.post("/settings/password").refused("current_password", "new_password")
	page := here.post("/settings/password", "current_password", "wrong", "new_password", next).refused("current_password")
	if page.value("#current_password") != "" || page.value("#new_password") != "" {
		t.Error("a password comes back")
	}
	here.post("/settings/password", "current_password", modeltest.Password, "new_password", "short").refused("new_password")
	there.get("/settings/profile").want(http.StatusOK)

	here.post("/settings/password", "current_password", modeltest.Password, "new_password", next).to("/settings/profile")
	if here.sessionCookie() == before {
		t.Error("this browser's cookie was not renewed")
	}
	here.get("/settings/profile").want(http.StatusOK).find("#flash")
	here.get("/settings/profile").none("#flash") // told once
	there.get("/settings/profile").to("/sign-in?next=%2Fsettings%2Fprofile")
	there.setCookie(s.sessions.name(), before)
	there.get("/settings/profile").to("/sign-in?next=%2Fsettings%2Fprofile")
	there.signIn(u.Email, modeltest.Password).refused("")
	there.signIn(u.Email, next).to("/settings/tokens")
}
