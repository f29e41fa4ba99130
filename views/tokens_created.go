package views

import (
	"context"
	"io"
	"time"

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

// secretVariable is the name that the examples give to the variable that holds the secret.
const secretVariable = "TESSERA_TOKEN"

// curlExample calls the API with the secret, or with the variable where there is none to show.
func curlExample(p Page, secret string) templ.Component {
	if secret == "" {
		secret = "$" + secretVariable
	}
	return codeParts(
		codePart{"c", "# " + p.T("tokens.example_curl_comment")},
		codePart{"", "\ncurl " + p.BaseURL + "/v1/user \\\n  -H "},
		codePart{"s", `"Authorization: Bearer ` + secret + `"`},
	)
}

func environmentExample(p Page, secret string) templ.Component {
	return codeParts(
		codePart{"c", "# " + p.T("tokens.example_env_comment")},
		codePart{"", "\n export "},
		codePart{"k", secretVariable},
		codePart{"", "="},
		codePart{"s", "'" + secret + "'"},
	)
}

func actionsExample(p Page) templ.Component {
	return codeParts(
		codePart{"c", "# " + p.T("tokens.example_actions_comment")},
		codePart{"", "\n- "},
		codePart{"k", "run"},
		codePart{"", ": curl -fsS " + p.BaseURL + "/v1/user -H "},
		codePart{"s", `"Authorization: Bearer $` + secretVariable + `"`},
		codePart{"", "\n  "},
		codePart{"k", "env"},
		codePart{"", ":\n    "},
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

func (p Page) examples(secret string) []example {
	return []example{
		{"curl", "curl", p.T("tokens.example_curl"), curlExample(p, secret)},
		{"env", p.T("tokens.example_env_short"), p.T("tokens.example_env"), environmentExample(p, secret)},
		{"actions", "GitHub Actions", p.T("tokens.example_actions"), actionsExample(p)},
	}
}

// secondsLeft is how long the secret may still stand on the page, and a second more.
func (t CreatedToken) secondsLeft(p Page) int {
	return int(t.WaitUntil.Sub(p.Now)/time.Second) + 2
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
