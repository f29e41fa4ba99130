package views

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"tessera/models/openapi"
)

// Bounds of a body that is folded; what is more is shown as text.
const (
	MaxFoldedBytes  = 256 << 10
	maxFoldedValues = 3000
	openLevels      = 2 // deeper ones are folded at first
)

// jsonTree shows JSON coloured, each object and list in a <details>. It reports
// false when text is no JSON or has too many values for a page.
func jsonTree(text []byte) (templ.Component, bool) {
	w := &treeWriter{d: json.NewDecoder(bytes.NewReader(text))}
	w.d.UseNumber()
	if len(text) > MaxFoldedBytes || w.value("", 0) != nil {
		return nil, false
	}
	if _, err := w.d.Token(); err != io.EOF {
		return nil, false
	}
	return templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
		_, err := out.Write(w.b.Bytes())
		return err
	}), true
}

type treeWriter struct {
	d      *json.Decoder
	b      bytes.Buffer
	values int
}

func (w *treeWriter) value(key string, depth int) error {
	t, err := w.d.Token()
	if err != nil {
		return err
	}
	if w.values++; w.values > maxFoldedValues || depth > 64 {
		return errTooMany
	}
	open, nested := t.(json.Delim)
	if !nested {
		w.scalar(key, t)
		return nil
	}
	var inner treeWriter
	inner.d, inner.values = w.d, w.values
	n := 0
	for ; w.d.More(); n++ {
		name := ""
		if open == '{' {
			k, err := w.d.Token()
			if err != nil {
				return err
			}
			name = `<span class="k">` + html.EscapeString(string(openapi.Quote(k.(string)))) + "</span>: "
		}
		inner.b.WriteString("<li>")
		if err := inner.value(name, depth+1); err != nil {
			return err
		}
		inner.b.WriteString("</li>")
	}
	w.values = inner.values
	closing, err := w.d.Token()
	if err != nil {
		return err
	}
	if n == 0 {
		w.b.WriteString(key + open.String() + closing.(json.Delim).String())
		return nil
	}
	attr := ""
	if depth < openLevels {
		attr = " open"
	}
	end := closing.(json.Delim).String()
	w.b.WriteString("<details" + attr + "><summary>" + key + open.String() + ` <span class="c">` + strconv.Itoa(n) + `</span> <span class="closing">` + end + "</span></summary><ul>")
	w.b.Write(inner.b.Bytes())
	w.b.WriteString("</ul>" + end + "</details>")
	return nil
}

func (w *treeWriter) scalar(key string, t json.Token) {
	w.b.WriteString(key)
	class, text := "n", ""
	switch v := t.(type) {
	case string:
		class, text = "s", string(openapi.Quote(v))
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	default:
		text = "null"
	}
	w.b.WriteString(`<span class="` + class + `">` + html.EscapeString(text) + "</span>")
}

var errTooMany = errors.New("too many values")
