package views

import (
	"strings"

	"github.com/a-h/templ"
)

// Meta is what a page says about itself.
type Meta struct {
	Title   string // without the product's name
	Section string // the part of the product that the page belongs to; may be empty
	Area    string // the entry of the top bar that is current: "projects", "admin" or, where Nav is set, "account"
	Nav     string // the entry of the account's side navigation that is current: "profile", "tokens", "activity"
	Failed  bool   // the post was refused: the title starts with "Error: "
	Wide    bool   // a list that needs the whole width; forms and reading are narrow
}

func (m Meta) area() string {
	if m.Nav != "" {
		return "account"
	}
	return m.Area
}

// here marks an entry of the top bar as the part of the product that is open.
func here(on bool) templ.Attributes {
	if on {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}

// title is the text of <title>: "Error: Profile · Account settings · Tessera".
func (m Meta) title(p Page) string {
	parts := []string{m.Title}
	if m.Section != "" {
		parts = append(parts, m.Section)
	}
	s := strings.Join(append(parts, productName), " · ")
	if m.Failed {
		return p.T("page.error_title", "title", s)
	}
	return s
}

// productName is a name, not a word to translate.
const productName = "Tessera"

func (p Page) themes() []Option {
	return []Option{
		{Value: "system", Text: p.T("theme.system")},
		{Value: "light", Text: p.T("theme.light")},
		{Value: "dark", Text: p.T("theme.dark")},
	}
}

// theme is the value of data-theme; without one the system decides.
func (p Page) theme() string {
	if p.Theme == "light" || p.Theme == "dark" {
		return p.Theme
	}
	return "system"
}

// navEntry is one line of the side navigation.
type navEntry struct{ id, icon, text, url string }

func (p Page) accountNav() []navEntry {
	return []navEntry{
		{"profile", "user", p.T("nav.profile"), "/settings/profile"},
		{"tokens", "key", p.T("nav.tokens"), TokensPath},
		{"activity", "list", p.T("nav.activity"), "/settings/activity"},
	}
}

// htmxConfig turns off what the content security policy would refuse, and lets htmx show the
// answers that carry a form back. Other failures raise the notice in requests.js.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,` +
	`"historyCacheSize":0,"historyRestoreAsHxRequest":false,"scrollIntoViewOnBoost":false,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},` +
	`{"code":"409|413|422|429","swap":true},{"code":"[45]..","swap":false,"error":true}]}`

// pressed is the value of aria-pressed.
func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}
