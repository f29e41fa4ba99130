package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tessera/models"
)

// State is a page in one of the states that it can be in.
type State struct {
	Page   string // the page's function, for instance "SignIn"
	Name   string // what is special, for instance "refused"
	Render func(Page) templ.Component
}

// Gallery returns every page in every state, drawn by the functions that the handlers call.
// It feeds the gallery page of development, the checks for accessibility and the screenshots.
// The states of one page stand together, the plain one first.
func Gallery() []State {
	var all []State
	all = append(all, signInStates()...)
	all = append(all, setupStates()...)
	all = append(all, profileStates()...)
	all = append(all, tokenStates()...)
	all = append(all, noticeStates()...)
	all = append(all, activityStates()...)
	all = append(all, apiStates()...)
	all = append(all, transferStates()...)
	all = append(all, projectStates()...)
	all = append(all, teamStates()...)
	all = append(all, consoleStates()...)
	all = append(all, adminStates()...)
	all = append(all, errorStates()...)
	return append(all, State{"GalleryIndex", "plain", func(p Page) templ.Component {
		return GalleryIndex(p, []State{{Page: "SignIn", Name: "plain"}, {Page: "SignIn", Name: "refused"}})
	}})
}

// GalleryPage is what is around the states: a person in Tokyo on a fixed evening.
func GalleryPage(locale *Locale) Page {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		zone = time.UTC // a system without zones; the gallery is still of use
	}
	return Page{
		Locale:    locale,
		Theme:     "system",
		Now:       time.Date(2026, 11, 23, 11, 35, 0, 0, time.UTC),
		Zone:      zone,
		Path:      "/settings/profile",
		Version:   "1.0.0",
		RequestID: "6f1c2b0e88d14c0a",
		User:      &models.User{ID: 1, Name: "Mika Sato", Email: "mika@harbor.example", TimeZone: "Asia/Tokyo", Theme: "system"},
		BaseURL:   "https://tessera.harbor.example",
	}
}

// signedOut is p for someone unknown.
func signedOut(p Page, path string) Page {
	p.User, p.Path = nil, path
	return p
}

const galleryEmail = "mika@harbor.example"

func signInStates() []State {
	state := func(name string, f SignInForm) State {
		return State{"SignIn", name, func(p Page) templ.Component { return SignIn(signedOut(p, "/sign-in"), f) }}
	}
	return []State{
		state("plain", SignInForm{Next: TokensPath}),
		state("refused", SignInForm{Email: galleryEmail, Errors: Errors{{Code: "sign_in_failed"}}}),
		state("throttled", SignInForm{Email: galleryEmail, Errors: Errors{
			{Code: "too_many_attempts", Params: map[string]any{"wait": 4 * time.Minute}},
		}}),
		state("busy", SignInForm{Email: galleryEmail, Errors: Errors{{Code: "busy"}}}),
		state("incomplete", SignInForm{Errors: Errors{
			{Field: "email", Code: "email_required"}, {Field: "password", Code: "password_required"},
		}}),
		state("not set up", SignInForm{NotSetUp: true}),
	}
}

func setupStates() []State {
	state := func(name string, f SetupForm) State {
		return State{"Setup", name, func(p Page) templ.Component { return Setup(signedOut(p, "/setup"), f) }}
	}
	return []State{
		state("plain", SetupForm{Secret: "example"}),
		state("refused", SetupForm{
			Secret: "example", Name: "Mika Sato", Email: "mika", TimeZone: "Mars/Olympus",
			Errors: Errors{
				{Field: "email", Code: "email_invalid"},
				{Field: "password", Code: "password_too_short", Params: map[string]any{"min": models.MinPassword}},
				{Field: "time_zone", Code: "time_zone_unknown"},
			},
		}),
		{"SetupGone", "plain", func(p Page) templ.Component { return SetupGone(signedOut(p, "/setup")) }},
	}
}

func profileStates() []State {
	plain := ProfileForm{Name: "Mika Sato", TimeZone: "Asia/Tokyo", Theme: "system"}
	return []State{
		{"Profile", "plain", func(p Page) templ.Component { return Profile(p, plain, PasswordForm{}) }},
		{"Profile", "saved", func(p Page) templ.Component {
			p.Flash = &Flash{Kind: "ok", Key: "flash.profile_saved"}
			return Profile(p, plain, PasswordForm{})
		}},
		{"Profile", "password changed", func(p Page) templ.Component {
			p.Flash = &Flash{Kind: "ok", Key: "flash.password_changed"}
			return Profile(p, plain, PasswordForm{})
		}},
		{"Profile", "refused", func(p Page) templ.Component {
			return Profile(p, ProfileForm{TimeZone: "Mars/Olympus", Theme: "sepia", Language: "xx", Errors: Errors{
				{Field: "name", Code: "name_required"}, {Field: "time_zone", Code: "time_zone_unknown"},
				{Field: "language", Code: "language_unknown"}, {Field: "theme", Code: "theme_unknown"},
			}}, PasswordForm{})
		}},
		{"Profile", "password refused", func(p Page) templ.Component {
			return Profile(p, plain, PasswordForm{Errors: Errors{
				{Field: "current_password", Code: "password_wrong"}, {Field: "new_password", Code: "password_common"},
			}})
		}},
		{"Profile", "long content", func(p Page) templ.Component {
			user := *p.User
			user.Name = longWords
			user.Email = longEmail
			p.User = &user
			return Profile(p, ProfileForm{Name: longWords, TimeZone: "America/Argentina/ComodRivadavia", Theme: "dark"}, PasswordForm{})
		}},
	}
}

// longEmail is an address that no line can hold.
const longEmail = "maximiliane.von.und.zu.hohenstein-wolkenburg@departement-fuer-unternehmenskommunikation.harbor.example"

// longWords is as long as a name may be, with a word that no line can hold.
const longWords = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

func activityStates() []State {
	return []State{
		{"Activity", "plain", func(p Page) templ.Component {
			return Activity(p, ActivityList{Events: galleryEvents(p), Older: "/settings/activity?before=3"})
		}},
		{"Activity", "empty", func(p Page) templ.Component { return Activity(p, ActivityList{}) }},
		{"Activity", "middle page", func(p Page) templ.Component {
			return Activity(p, ActivityList{
				Events: galleryEvents(p)[:3],
				Newer:  "/settings/activity?after=9", Older: "/settings/activity?before=3",
			})
		}},
	}
}

// galleryEvents are one event of each kind, the newest a few minutes old.
func galleryEvents(p Page) []models.AuditEvent {
	changed := func(field, old, now string) models.AuditChange {
		return models.AuditChange{Field: field, Old: old, New: now}
	}
	events := []models.AuditEvent{
		{Kind: models.AuditSignedIn},
		{Kind: models.AuditTokenCreated, Label: "CI deploy (GitHub Actions)"},
		{Kind: models.AuditTokenChanged, Label: longWords, Changes: models.AuditChanges{
			changed("name", "Rate checker", longWords), changed("administration", "", "true"), changed("expires_at", "", "2027-02-21T15:00:00Z"),
		}},
		{Kind: models.AuditTokenRevoked, Label: "Old laptop", ActorKind: "cli"},
		{Kind: models.AuditTokenPaused, Label: "Old laptop", ActorKind: "user", ActorName: "Jonas Weber"},
		{Kind: models.AuditTokenResumed, Label: "Old laptop", ActorKind: "user", ActorName: "Jonas Weber"},
		{Kind: models.AuditTokenScheduled, Label: "Old laptop", ActorKind: "user", ActorName: "Jonas Weber", Changes: models.AuditChanges{
			changed("revoke_at", "", "2027-02-21T15:00:00Z"),
		}},
		{Kind: models.AuditTokenUnscheduled, Label: "Old laptop", ActorKind: "user", ActorName: "Jonas Weber", Changes: models.AuditChanges{
			changed("revoke_at", "2027-02-21T15:00:00Z", ""),
		}},
		{Kind: models.AuditTokenRemoved, Label: "Import script 2025", ActorKind: "system"},
		{Kind: models.AuditProfileChanged, Changes: models.AuditChanges{
			changed("time_zone", "UTC", "Asia/Tokyo"), changed("language", "", "ja"), changed("theme", "system", "dark"),
		}},
		{Kind: models.AuditPasswordChanged},
		{Kind: models.AuditSignedOut},
		{Kind: models.AuditUserEnabled, Label: "Mika Sato", ActorKind: "user", ActorName: "Jonas Weber"},
		{Kind: models.AuditUserDisabled, Label: "Mika Sato", ActorKind: "cli"},
		{Kind: models.AuditUserCreated, Label: "Mika Sato", ActorKind: "cli"},
	}
	for i := range events {
		e := &events[i]
		e.Seq = int64(20 - i)
		e.At = p.Now.Add(-time.Duration(i*i) * 97 * time.Minute)
		if e.ActorKind == "" {
			e.ActorKind, e.ActorName, e.ActorID = "user", p.User.Name, &p.User.ID
			e.Address, e.Client = "192.0.2.45", "Firefox 144"
		}
	}
	return events
}

func errorStates() []State {
	var states []State
	for _, status := range []int{404, 400, 403, 405, 413, 422, 429, 500, 503} {
		name := strconv.Itoa(status)
		states = append(states, State{"ErrorPage", name, func(p Page) templ.Component { return ErrorPage(p, status) }})
	}
	return append(states, State{"ErrorPage", "404, signed out", func(p Page) templ.Component {
		return ErrorPage(signedOut(p, "/nothing"), 404)
	}})
}

// Path is the address of a state below the gallery's own: "SignIn/not-set-up".
func (s State) Path() string {
	return s.Page + "/" + strings.NewReplacer(" ", "-", ",", "").Replace(s.Name)
}
