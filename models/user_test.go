package models_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

func TestCreateUser(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		in := models.NewUser{
			Email: " Aiko@Example.com ", Name: "  Aiko  Tanaka ", Password: modeltest.Password,
			TimeZone: "Asia/Tokyo", Language: "ja", Admin: true,
		}
		if _, err := s.CreateUser(t.Context(), models.CLI, in); err != nil {
			t.Fatal(err)
		}
		u := must(s.UserByEmail(t.Context(), "AIKO@EXAMPLE.COM"))(t)
		want := models.User{
			ID: u.ID, Email: "Aiko@Example.com", EmailKey: "aiko@example.com", Name: "Aiko  Tanaka", NameKey: "aiko  tanaka", PasswordHash: u.PasswordHash,
			TimeZone: "Asia/Tokyo", Language: "ja", Theme: "system", Admin: true, CreatedAt: clock.Now(), UpdatedAt: clock.Now(),
		}
		if *u != want {
			t.Errorf("made %+v, not %+v", *u, want)
		}
		if strings.Contains(u.PasswordHash, modeltest.Password) || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the password is kept as %s", u.PasswordHash)
		}
		if got := kinds(t, s, u.ID, ""); !slices.Equal(got, []string{models.AuditUserCreated}) {
			t.Errorf("events: %v", got)
		}
		in.Email = "ａiko@exaMple.com" // the same after Unicode normalisation
		_, err := s.CreateUser(t.Context(), models.CLI, in)
		wantRefusals(t, err, "email:email_taken")
		if n := count(t, s, "SELECT count(*) FROM audit_events"); n != 1 {
			t.Errorf("the refused one left an event")
		}
		_, err = s.UserByEmail(t.Context(), "bo@example.com")
		wantError(t, err, models.ErrNotFound)
	})
}

func TestCreateUserRefuses(t *testing.T) {
	s := modeltest.NewSQLite(t)
	for _, c := range []struct {
		change func(*models.NewUser)
		want   string
	}{
		{func(in *models.NewUser) { *in = models.NewUser{} }, "name:name_required email:email_required password:password_required"},
		{func(in *models.NewUser) { in.Email = "aiko" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Email = "Aiko <aiko@example.com>" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Email = "a@example.com\r\nBcc: b@example.com" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Email = "a\x00@example.com" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Email = "a\xff@example.com" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Email = "a\u202E@example.com" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Email = strings.Repeat("a", 243) + "@example.com" }, "email:email_invalid"},
		{func(in *models.NewUser) { in.Name = " " }, "name:name_blank"},
		{func(in *models.NewUser) { in.TimeZone = "Asia/Edo" }, "time_zone:time_zone_unknown"},
		{func(in *models.NewUser) { in.TimeZone = "Local" }, "time_zone:time_zone_unknown"},
		{func(in *models.NewUser) { in.TimeZone = "../etc/localtime" }, "time_zone:time_zone_unknown"},
		{func(in *models.NewUser) { in.Language = "tlh" }, "language:language_unknown"},
		{func(in *models.NewUser) { in.Password = "shibuya" }, "password:password_too_short"},
	} {
		in := models.NewUser{Email: "bo@example.com", Name: "Bo", Password: modeltest.Password}
		c.change(&in)
		_, err := s.CreateUser(t.Context(), models.CLI, in)
		if got := refusals(t, err); got != c.want {
			t.Errorf("%+v: refused %q, not %q", in, got, c.want)
		}
	}
}

func at[T any](v T) *T { return &v }

// names are what a name may and may not be, of a person or a token.
var names = []struct{ name, given, stored, code string }{
	{"plain", "ci", "ci", ""},
	{"space around", "  ci 2 ", "ci 2", ""},
	{"composed", "cafe\u0301", "café", ""},
	{"family emoji", "👨\u200D👩\u200D👧", "👨\u200D👩\u200D👧", ""},
	{"80 emoji", strings.Repeat("🦊", 80), strings.Repeat("🦊", 80), ""},
	{"81 emoji", strings.Repeat("🦊", 81), "", "name_too_long"},
	{"80 and space", strings.Repeat("x", 80) + "   ", strings.Repeat("x", 80), ""},
	{"Arabic", "رمز", "رمز", ""},
	{"empty", "", "", "name_required"},
	{"spaces", "   ", "", "name_blank"},
	{"ideographic spaces", "\u3000\u3000", "", "name_blank"},
	{"zero width", "\u200B\u200D\uFEFF", "", "name_blank"},
	{"Hangul filler", "\u3164\uFFA0", "", "name_blank"},
	{"variation selector", "\uFE0F", "", "name_blank"},
	{"soft hyphen", "\u00AD", "", "name_blank"},
	{"empty Braille cell", "\u2800", "", "name_blank"},
	{"tab", "a\tb", "", "name_control"},
	{"line", "a\nb", "", "name_control"},
	{"line separator", "a\u2028b", "", "name_control"},
	{"NUL", "a\x00b", "", "name_control"},
	{"escape", "\x1b[31m", "", "name_control"},
	{"C1", "a\u009Fb", "", "name_control"},
	{"bad UTF-8", "a\xc3", "", "name_control"},
	{"override", "abc\u202Etxt.exe", "", "name_bidi"},
	{"isolate", "a\u2066b\u2069", "", "name_bidi"},
	{"mark", "a\u200Fb", "", "name_bidi"},
}

func TestNames(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		for _, c := range names {
			want := ""
			if c.code != "" {
				want = "name:" + c.code
			}
			changed, err := s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: &c.given})
			if got := refusals(t, err); got != want || err == nil && changed.Name != c.stored {
				t.Errorf("a person, %s: %q, %q", c.name, got, changed.Name)
			}
			tok, _, err := s.CreateToken(t.Context(), by(u), u, models.NewToken{Name: c.given, Validity: "7", Nonce: nonce()})
			if got := refusals(t, err); got != want || err == nil && tok.Name != c.stored {
				t.Errorf("a token, %s: %q, %+v", c.name, got, tok)
			}
		}
	})
}

func TestUpdateProfile(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u := modeltest.MustUser(t, s)
		other := modeltest.MustUser(t, s)
		changed := must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{
			Name: at("Aiko T."), TimeZone: at("Europe/Paris"), Language: at(""), Theme: at("dark"),
		}))(t)
		back := must(s.UserByEmail(t.Context(), u.Email))(t)
		if *back != *changed || back.Name != "Aiko T." || back.TimeZone != "Europe/Paris" || back.Language != "" || back.Theme != "dark" {
			t.Errorf("stored %+v, returned %+v", back, changed)
		}
		if same := must(s.UserByEmail(t.Context(), other.Email))(t); *same != *other {
			t.Errorf("somebody else became %+v", same)
		}
		page := must(s.Events(t.Context(), models.AuditQuery{UserID: u.ID, Limit: 1}))(t)
		want := models.AuditChanges{
			{Field: "name", Old: "Aiko Tanaka", New: "Aiko T."}, {Field: "time_zone", Old: "Asia/Tokyo", New: "Europe/Paris"},
			{Field: "language", Old: "en"}, {Field: "theme", Old: "system", New: "dark"},
		}
		if !slices.Equal(page.Events[0].Changes, want) {
			t.Errorf("the event tells %v", page.Events[0].Changes)
		}
		// Nothing changed, nothing to tell.
		must(s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{Name: at("Aiko T."), Theme: at("dark")}))(t)
		if got := kinds(t, s, u.ID, ""); len(got) != 2 {
			t.Errorf("events: %v", got)
		}
		_, err := s.UpdateProfile(t.Context(), by(u), u.ID, models.ProfileChange{TimeZone: at(""), Language: at("x"), Theme: at("")})
		wantRefusals(t, err, "time_zone:time_zone_unknown language:language_unknown theme:theme_unknown")
		_, err = s.UpdateProfile(t.Context(), by(u), 987, models.ProfileChange{})
		wantError(t, err, models.ErrNotFound)
	})
}

func TestDisabledPersonIsOut(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		u, other := modeltest.MustUser(t, s), modeltest.MustUser(t, s)
		session, others := mustSignIn(t, s, u), mustSignIn(t, s, other)
		for range 2 { // a second call changes nothing
			ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, true))
		}
		_, err := s.Authenticate(t.Context(), u.Email, modeltest.Password)
		wantRefusals(t, err, "email:sign_in_failed")
		_, err = s.SignIn(t.Context(), u, nil, "", "") // authenticated before
		wantRefusals(t, err, "email:sign_in_failed")
		ok(t, s.SetDisabled(t.Context(), models.CLI, u.ID, false))
		_, _, err = s.SessionBySecret(t.Context(), session.Secret)
		wantError(t, err, models.ErrNotFound) // ended, not only shut out
		if _, _, err := s.SessionBySecret(t.Context(), others.Secret); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		must(s.Authenticate(t.Context(), u.Email, modeltest.Password))(t)
		want := []string{models.AuditUserCreated, models.AuditSignedIn, models.AuditUserDisabled, models.AuditUserEnabled}
		if got := kinds(t, s, u.ID, ""); !slices.Equal(got, want) {
			t.Errorf("events: %v", got)
		}
		wantError(t, s.SetDisabled(t.Context(), models.CLI, 987, true), models.ErrNotFound)
	})
}

func TestSetUp(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		clock := modeltest.SetClock(s)
		web := models.Actor{Kind: "user", Address: "192.0.2.7"}
		first := models.NewUser{Email: "admin@example.com", Name: "Admin", Password: modeltest.Password}
		replaced := must(s.NewSetupLink(t.Context()))(t)
		late := must(s.NewSetupLink(t.Context()))(t)
		wantError(t, s.SetupLinkOpen(t.Context(), replaced), models.ErrNotFound)
		clock.Advance(models.SetupLinkLife - time.Microsecond)
		ok(t, s.SetupLinkOpen(t.Context(), late))
		clock.Advance(time.Microsecond)
		_, err := s.SetUp(t.Context(), web, late, first)
		wantError(t, err, models.ErrNotFound)

		link := must(s.NewSetupLink(t.Context()))(t)
		wrong := first
		wrong.Password = "short"
		_, err = s.SetUp(t.Context(), web, link, wrong)
		wantRefusals(t, err, "password:password_too_short")
		ok(t, s.SetupLinkOpen(t.Context(), link)) // one more try
		admin := must(s.SetUp(t.Context(), web, link, first))(t)
		if !admin.Admin {
			t.Error("the first person is no administrator")
		}
		events := must(s.Events(t.Context(), models.AuditQuery{UserID: admin.ID, Limit: 9}))(t).Events
		if len(events) != 1 || events[0].ActorID == nil || *events[0].ActorID != admin.ID || events[0].Address != "192.0.2.7" {
			t.Errorf("events: %+v", events)
		}
		first.Email = "second@example.com"
		_, err = s.SetUp(t.Context(), web, link, first)
		wantError(t, err, models.ErrNotFound)
		if again := must(s.NewSetupLink(t.Context()))(t); again != "" {
			t.Error("a new link, though there is somebody")
		}
	})
}

// The command line may make the first person while a link is open.
func TestSetupLinkEndsWithTheFirstPerson(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		link := must(s.NewSetupLink(t.Context()))(t)
		modeltest.MustUser(t, s)
		wantError(t, s.SetupLinkOpen(t.Context(), link), models.ErrNotFound)
	})
}

func TestUsersAreListedByAddress(t *testing.T) {
	modeltest.Each(t, func(t *testing.T, s *models.Store) {
		for _, email := range []string{"bo@example.com", "Aiko@example.com", "cy@example.com"} {
			modeltest.MustUser(t, s, func(in *models.NewUser) { in.Email = email })
		}
		var got []string
		for _, u := range must(s.Users(t.Context()))(t) {
			got = append(got, u.Email)
		}
		if !slices.Equal(got, []string{"Aiko@example.com", "bo@example.com", "cy@example.com"}) {
			t.Errorf("listed %v", got)
		}
	})
}

func TestCheckPreferences(t *testing.T) {
	ok(t, models.CheckPreferences(models.ProfileChange{Language: at("ja"), Theme: at("dark")}))
	ok(t, models.CheckPreferences(models.ProfileChange{Language: at("")}))
	wantRefusals(t, models.CheckPreferences(models.ProfileChange{Language: at("x"), Theme: at("pink")}),
		"language:language_unknown theme:theme_unknown")
}

func TestUnknownZoneIsUTC(t *testing.T) {
	for zone, want := range map[string]string{"Asia/Tokyo": "Asia/Tokyo", "Asia/Edo": "UTC", "": "UTC"} {
		if got := (&models.User{TimeZone: zone}).Location().String(); got != want {
			t.Errorf("%q is %s, not %s", zone, got, want)
		}
	}
}
