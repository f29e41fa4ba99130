package views

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// placeholders parses messages such as "Hello {{.name}}" for go-i18n. It does only that
// much, and is ten times faster than text/template.
type placeholders struct{}

func (placeholders) Cacheable() bool { return true }

func (placeholders) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	var m message
	for {
		before, rest, found := strings.Cut(src, "{{.")
		if !found {
			return append(m, part{text: src}), nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, fmt.Errorf("placeholder without }} in %q", src)
		}
		m = append(m, part{text: before, param: strings.TrimSpace(name)})
		src = after
	}
}

// message is a parsed sentence.
type message []part

// part is some text and the name of the parameter that follows it, if one does.
type part struct{ text, param string }

func (m message) Execute(data any) (string, error) {
	params, _ := data.(map[string]string)
	var b strings.Builder
	for _, p := range m {
		b.WriteString(p.text)
		if p.param != "" {
			b.WriteString(params[p.param])
		}
	}
	return b.String(), nil
}
