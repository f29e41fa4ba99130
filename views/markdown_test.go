package views

import (
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Just words.", "<p>Just words.</p>"},
		{"**b** and `c`", "<p><strong>b</strong> and <code>c</code></p>\n"},
		{"# Big\n\ntext", "<p><strong>Big</strong></p>\n<p>text</p>\n"},
		{"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"[x](https://example.com)", `<p><a href="https://example.com" rel="nofollow noreferrer">x</a></p>` + "\n"},
		{"[x](javascript:alert(1))", "<p>x</p>\n"},
		{"![alt](https://example.com/a.png)", `<p><a href="https://example.com/a.png" rel="nofollow noreferrer">alt</a></p>` + "\n"},
		{"<p>html <script>alert(1)</script><b onclick=x>bold</b></p>", "<p>html <b>bold</b></p>"},
		{"<img src=x onerror=alert(1)>", "\n"},
		{"a</li></ul></div></main><ul><li>open", "<p>a</p><ul><li>open<p></p>\n</li></ul>"},
		{"<style>*{}</style><div style=color:red id=main>x</div>", "x"},
	} {
		got, err := safeHTML(c.text)
		if err != nil || strings.TrimSpace(got) != strings.TrimSpace(c.want) {
			t.Errorf("%q: %q, not %q (%v)", c.text, got, c.want, err)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"a", "# a", "<b>x", "[a](b)", "|a|\n|-|\n|b|", "</p></div>", "<svg><script>", "<a href='java\nscript:x'>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := safeHTML(text)
		if err != nil {
			t.Fatal(err)
		}
		lower := strings.ToLower(got)
		for _, bad := range []string{"<script", "<style", "<iframe", "<img", "<form", "<svg", "=\"javascript", "<div", "<h1"} {
			if strings.Contains(lower, bad) {
				t.Fatalf("%q became %q", text, got)
			}
		}
	})
}
