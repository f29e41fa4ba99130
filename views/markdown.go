package views

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxMarkdown bounds what is shown of a description, in bytes.
const maxMarkdown = 32 << 10

// markdown renders what somebody wrote in Markdown (CommonMark with tables), in which
// API descriptions may hold HTML too. Only harmless elements remain, without
// attributes; images, which would be asked for elsewhere, become links.
func markdown(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		out, err := safeHTML(text)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, out)
		return err
	})
}

// plainText is text in which Markdown has nothing to do.
var plainText = regexp.MustCompile("^[^\\n*_`<>\\[\\]&#|~\\\\:]*$")

func safeHTML(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxMarkdown {
		text = strings.ToValidUTF8(text[:maxMarkdown], "") + " …"
	}
	if plainText.MatchString(text) && !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "+") && !startsNumbered.MatchString(text) {
		return "<p>" + templ.EscapeString(text) + "</p>", nil
	}
	var b bytes.Buffer
	if err := converter().Convert([]byte(text), &b); err != nil {
		return "", err
	}
	// The policy takes away elements, and leaves open what the author left open. The
	// parser closes it, so that no description reaches out of its place.
	context := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(policy().SanitizeReader(&b), context)
	if err != nil {
		return "", err
	}
	b.Reset()
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

var startsNumbered = regexp.MustCompile(`^\d+[.)]\s`)

var converter = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
		goldmark.WithRendererOptions(
			goldmarkhtml.WithUnsafe(), // the policy comes after
			renderer.WithNodeRenderers(util.Prioritized(ownElements{}, 100)),
		),
	)
})

// ownElements renders headings as strong paragraphs, since the page has an outline of
// its own, and images as links.
type ownElements struct{}

// RegisterFuncs is renderer.NodeRenderer's.
func (ownElements) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		tag := "</strong></p>\n"
		if entering {
			tag = "<p><strong>"
		}
		_, err := w.WriteString(tag)
		return ast.WalkContinue, err
	})
	r.Register(ast.KindImage, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		address := string(n.(*ast.Image).Destination)
		label := ""
		for kid := n.FirstChild(); kid != nil; kid = kid.NextSibling() {
			if t, ok := kid.(*ast.Text); ok {
				label += string(t.Segment.Value(source))
			}
		}
		if label == "" {
			label = address
		}
		_, err := w.WriteString(`<a href="` + templ.EscapeString(address) + `">` + templ.EscapeString(label) + `</a>`)
		return ast.WalkSkipChildren, err
	})
}

var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "ul", "ol", "li", "code", "pre", "strong", "b", "em", "i", "blockquote",
		"table", "thead", "tbody", "tr", "th", "td", "del", "dl", "dt", "dd", "kbd", "sub", "sup")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
})
