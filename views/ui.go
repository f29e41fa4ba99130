package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

var noticeIcons = map[string]string{"info": "info", "ok": "check", "warn": "alert", "danger": "alert"}

func flashRole(kind string) string {
	if kind == "danger" {
		return "alert"
	}
	return "status"
}

// initials returns one or two letters for the avatar: of the first and last word of a name in
// an alphabet, the first character of one in another script, such as Japanese.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 || first > unicode.MaxLatin1 {
		return string(unicode.ToUpper(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return string([]rune{unicode.ToUpper(first), unicode.ToUpper(last)})
}

// Rich returns the message for key as HTML: **bold** and `code` in the message become
// elements. Values are as in T, but may also be components, for instance a link or a date;
// what they hold is never read as markup.
func (p Page) Rich(key string, kv ...any) templ.Component {
	values := map[string]any{}
	marked := make([]any, len(kv))
	for i := 0; i+1 < len(kv); i += 2 {
		marked[i], marked[i+1] = kv[i], kv[i+1]
		if kv[i] == "n" {
			continue // needed as it is, to choose the plural form
		}
		id := strconv.Itoa(i)
		values[id] = kv[i+1]
		marked[i+1] = "\x00" + id + "\x00"
	}
	text := p.T(key, marked...)
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		bold, code := "<strong>", "<code>"
		for i, piece := range strings.Split(text, "\x00") {
			var err error
			if c, ok := values[piece].(templ.Component); ok && i%2 == 1 {
				err = c.Render(ctx, w)
			} else if i%2 == 1 {
				_, err = io.WriteString(w, templ.EscapeString(p.param(values[piece])))
			} else {
				piece = templ.EscapeString(piece)
				piece = alternate(piece, "**", &bold, "<strong>", "</strong>")
				_, err = io.WriteString(w, alternate(piece, "`", &code, "<code>", "</code>"))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// alternate replaces each mark in s by next, which changes between open and closing.
func alternate(s, mark string, next *string, open, closing string) string {
	for strings.Contains(s, mark) {
		s = strings.Replace(s, mark, *next, 1)
		if *next == open {
			*next = closing
		} else {
			*next = open
		}
	}
	return s
}
