package views

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"tessera/models"
)

// codePart is a piece of an example: plain, or of class c (comment), s (string), k (name).
type codePart struct{ class, text string }

// codeParts writes an example without the white space that templates put between elements.
func codeParts(parts ...codePart) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for _, part := range parts {
			text := templ.EscapeString(part.text)
			if part.class != "" {
				text = `<span class="` + part.class + `">` + text + `</span>`
			}
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
		return nil
	})
}

// The examples name the variable that holds the secret, never the secret itself, so that it
// does not get into a shell's history or a repository.
const secretVariable = "TESSERA_TOKEN"

func curlExample(p Page) templ.Component {
	return codeParts(
		codePart{"c", "# " + p.T("tokens.example_curl_comment")},
		codePart{"", "\ncurl " + p.BaseURL + "/v1/user \\\n  -H "},
		codePart{"s", `"Authorization: Bearer $` + secretVariable + `"`},
	)
}

func environmentExample(p Page) templ.Component {
	return codeParts(
		codePart{"c", "# " + p.T("tokens.example_env_comment")},
		codePart{"", "\n export "},
		codePart{"k", secretVariable},
		codePart{"", "="},
		codePart{"s", "'" + p.T("tokens.example_env_value") + "'"},
	)
}

func actionsExample(p Page) templ.Component {
	return codeParts(
		codePart{"c", "# " + p.T("tokens.example_actions_comment")},
		codePart{"", "\n"},
		codePart{"k", "env"},
		codePart{"", ":\n  "},
		codePart{"k", secretVariable},
		codePart{"", ": "},
		codePart{"s", "${{ secrets." + secretVariable + " }}"},
	)
}

// example is one of the switched snippets. ID is known to the style sheet.
type example struct {
	ID, Word, Label string
	Code            templ.Component
}

func (p Page) examples() []example {
	return []example{
		{"curl", "curl", p.T("tokens.example_curl"), curlExample(p)},
		{"env", p.T("tokens.example_env_short"), p.T("tokens.example_env"), environmentExample(p)},
		{"actions", "GitHub Actions", p.T("tokens.example_actions"), actionsExample(p)},
	}
}

func (p Page) createdTitle(t CreatedToken) string {
	if t.Secret == "" {
		return t.Token.Name
	}
	return p.T("tokens.copy")
}

// createdSentence says which token this is and how long it is good.
func (p Page) createdSentence(t *models.Token) templ.Component {
	if t.ExpiresAt == nil {
		return p.Rich("tokens.created_never", "name", t.Name)
	}
	return p.Rich("tokens.created_expires", "name", t.Name, "date", TimeLong(p, LastMinute(*t.ExpiresAt)), "zone", p.ZoneName())
}

// firstUseSentence tells of a token's first request; not every client names itself.
func (p Page) firstUseSentence(t *models.Token) templ.Component {
	when := firstUseTime(p, *t.FirstUsedAt)
	if t.FirstUsedClient == "" {
		return p.Rich("tokens.first_used", "when", when, "address", t.FirstUsedAddress)
	}
	return p.Rich("tokens.first_used_with", "when", when, "address", t.FirstUsedAddress, "client", t.FirstUsedClient)
}
