package views

import (
	"github.com/a-h/templ"

	"tessera/models"
)

// SignInForm is what the sign-in page shows again after a refused attempt.
type SignInForm struct {
	Email, Next string
	Errors      Errors
	NotSetUp    bool // no one has an account yet
	Ended       bool // this browser was signed in before
}

// SetupForm makes the first administrator; Secret comes from the set-up link.
type SetupForm struct {
	Secret, Name, Email, TimeZone string
	Errors                        Errors
}

// ProfileForm is what a person can change about themselves. An empty Language follows the browser.
type ProfileForm struct {
	Name, TimeZone, Language, Theme string
	Errors                          Errors
}

// PasswordForm changes the password. It keeps nothing that was typed.
type PasswordForm struct{ Errors Errors }

// languages are the choices of the profile.
func (p Page) languages() []Option {
	return append([]Option{{Value: "", Text: p.T("profile.language_browser")}}, p.Locale.names...)
}

// newPassword describes a field for a password that is being chosen.
func (p Page) newPassword(name, label string, errors Errors) Input {
	return Input{
		Name: name, Label: label, Errors: errors,
		Hint: p.T("password.hint", "min", models.MinPassword),
		Attrs: templ.Attributes{
			"autocomplete": "new-password",
		},
	}
}

// errorStatus returns the status whose words an error page uses: a general one for those
// that have none of their own.
func errorStatus(status int) int {
	switch status {
	case 403, 404, 405, 413, 422, 429, 503:
		return status
	}
	if status < 500 {
		return 400
	}
	return 500
}
