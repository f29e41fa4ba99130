package views

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"tessera/models/openapi"
)

// input is the labelled field around a control.
func (f ConsoleField) input(p Page, errors Errors) Input {
	var words []string
	if t := f.typeWord(p); t != "" {
		words = append(words, t)
	}
	if f.Default != "" && !f.Required {
		words = append(words, p.T("console.default", "value", f.Default))
	}
	if f.Deprecated {
		words = append(words, p.T("console.deprecated"))
	}
	hint := strings.Join(words, " · ")
	if f.Description != "" {
		hint = strings.TrimSpace(f.Description + separator(f.Description, hint) + hint)
	}
	attrs := templ.Attributes{"autocomplete": "off", "spellcheck": "false"}
	if f.Type == "file" {
		attrs = templ.Attributes{}
	}
	if f.Required {
		attrs["aria-required"] = "true"
	}
	return Input{Name: f.Key, Label: f.Name, Hint: hint, Value: f.Value, Errors: errors, Attrs: attrs}
}

// separator stands between a text and what is said after it.
func separator(text, after string) string {
	last, _ := utf8.DecodeLastRuneInString(text)
	if after == "" || strings.ContainsRune(".。!?！？…", last) {
		return " "
	}
	return " · "
}

// inlineCode is one line of a description: of Markdown, code is shown and other marks are left out.
func inlineCode(line string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		parts := strings.Split(line, "`")
		var out strings.Builder
		for i, part := range parts {
			switch {
			case i%2 == 0:
				out.WriteString(templ.EscapeString(marks.Replace(part)))
			case i == len(parts)-1: // never closed
				out.WriteString("`" + templ.EscapeString(part))
			default:
				out.WriteString("<code>" + templ.EscapeString(part) + "</code>")
			}
		}
		_, err := io.WriteString(w, out.String())
		return err
	})
}

// typeWord says how a value is written where its control does not show it.
func (f ConsoleField) typeWord(p Page) string {
	switch {
	case f.JSON || f.Type == "object":
		return p.T("console.as_json")
	case f.Type == "array" && f.lines():
		return p.T("console.as_lines")
	case f.Type == "array":
		return p.T("console.as_json_list")
	case f.Type == "integer":
		return p.T("console.integer")
	case f.Type == "number":
		return p.T("console.number")
	case f.Format != "" && f.Type != "file":
		return f.Format
	}
	return ""
}

// lines reports whether an array is written one value a line.
func (f ConsoleField) lines() bool { return ArrayOfLines(f.FormField) }

// ArrayOfLines reports whether the elements of an array are plain values, which
// people write one a line.
func ArrayOfLines(f openapi.FormField) bool {
	return f.Type == "array" && (f.Items == "string" || f.Items == "integer" || f.Items == "number" || f.Items == "boolean" || f.Items == "" && f.In != "body")
}

func (f ConsoleField) control() string {
	switch {
	case f.Type == "file":
		return "file"
	case len(f.Enum) > 0 && f.Type != "array", f.Type == "boolean":
		return "select"
	case f.JSON, f.Type == "array", f.Type == "object", f.Long:
		return "textarea"
	case f.Secret && !strings.Contains(f.Value, "{{"):
		return "secret"
	}
	return "text"
}

// choices are those of a select. A value of its own, such as {{name}}, stays one of them.
func (f ConsoleField) choices(p Page) []Option {
	values := f.Enum
	if len(values) == 0 {
		values = []string{"true", "false"}
	}
	out := []Option{{Value: "", Text: p.T("console.not_sent")}}
	known := f.Value == ""
	for _, v := range values {
		known = known || v == f.Value
		out = append(out, Option{Value: v, Text: v})
	}
	if !known {
		out = append(out, Option{Value: f.Value, Text: f.Value})
	}
	return out
}

// rows is more for what is likely to be long: a text that is asked for, such as a whole document.
func (f ConsoleField) rows() int {
	least := 3
	if f.Long && f.Required {
		least = 10
	}
	return min(max(least, strings.Count(f.Value, "\n")+1), 20)
}
