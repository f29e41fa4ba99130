package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tessera/models"
)

// EnvironmentForm is an environment with its variables, as a page shows and edits it.
type EnvironmentForm struct {
	ID            int64 // 0: a new one
	Name, BaseURL string
	Title         string // its name as it is stored
	Rows          []VariableRow
	Errors        Errors
	Personal      []PersonalRow
	Own           Errors // of the personal values
	Origin        string // where the base URL leads the reader
	Moved         *MovedSecrets
}

// VariableRow is one row of variables. ID 0 is a new one.
type VariableRow struct {
	ID       int64
	Name     string
	Secret   bool
	Shared   string // of a secret: what was typed just now
	Stored   bool   // a secret that has a value
	LastFour string
	Remove   bool
}

// PersonalRow is a variable with the reader's own value.
type PersonalRow struct {
	models.MyVariable
	Typed string // just now, and not stored
}

// MovedSecrets are the reader's secrets that were entered for another origin
// than the one that the base URL leads to now.
type MovedSecrets struct {
	Names    []string
	Now, Was string // origins; Was is "" when they differ among themselves or there was none
}

// Empty reports whether a row says nothing.
func (r VariableRow) Empty() bool { return r.ID == 0 && r.Name == "" && r.Shared == "" }

func (f EnvironmentForm) path(m ProjectMeta, below string) string {
	if f.ID == 0 {
		return m.path("/environments/new")
	}
	return m.path("/environments/" + strconv.FormatInt(f.ID, 10) + below)
}

// secretHint tells a stored secret by its last characters.
func (p Page) secretHint(stored bool, lastFour string) string {
	switch {
	case !stored:
		return ""
	case lastFour == "":
		return p.T("environment.stored")
	}
	return p.T("environment.stored_ends", "end", lastFour)
}

// hasSecret reports whether a token may be put in.
func (f EnvironmentForm) hasSecret() bool {
	for _, r := range f.Personal {
		if r.Secret {
			return true
		}
	}
	return false
}

func rowID(part string, n int) string { return part + "-" + strconv.Itoa(n) }

func personalID(v models.MyVariable) string { return "value-" + strconv.FormatInt(v.ID, 10) }

func personalStored(v models.MyVariable) (stored bool, lastFour string) {
	if v.Personal == nil {
		return false, ""
	}
	return true, v.Personal.LastFour
}

func environmentPath(m ProjectMeta, id int64) string {
	return m.path("/environments/" + strconv.FormatInt(id, 10))
}

func (f EnvironmentForm) heading(p Page) string {
	if f.ID == 0 {
		return p.T("environment.create")
	}
	return f.Title
}

func (r VariableRow) inputType() string {
	if r.Secret {
		return "password"
	}
	return "text"
}

func (r PersonalRow) value() string {
	if r.Typed != "" || r.Personal == nil {
		return r.Typed
	}
	return r.Personal.Value
}

// personalHint says what is used while there is no own value.
func (p Page) personalHint(r PersonalRow) string {
	switch {
	case r.Secret && r.Personal != nil && r.Personal.Origin != "":
		return p.T("environment.sent_to", "origin", r.Personal.Origin)
	case r.Secret && r.Sealed != nil:
		return p.T("environment.else_shared_secret")
	case !r.Secret && r.Shared != "":
		return p.T("environment.else_shared", "value", r.Shared)
	}
	return ""
}

// listOf puts names into a sentence.
func listOf(names []string) string { return strings.Join(names, ", ") }

// groupAttrs tie an error that belongs to no single control to what it is about.
func groupAttrs(name string, errors Errors) templ.Attributes {
	attrs := templ.Attributes{"id": name, "tabindex": "-1"}
	if errors.For(name) != nil {
		attrs["aria-describedby"] = name + "-error"
	}
	return attrs
}
