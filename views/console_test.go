package views

import (
	"bytes"
	"strings"
	"testing"
)

func TestJSONTree(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":{"<b>":["x&y",1.50,true,null]},"e":{},"l":[]}`: `<details open><summary>{ <span class="c">3</span> <span class="closing">}</span></summary><ul><li><details open><summary><span class="k">&#34;a&#34;</span>: { <span class="c">1</span> <span class="closing">}</span></summary><ul>` +
			`<li><details><summary><span class="k">&#34;&lt;b&gt;&#34;</span>: [ <span class="c">4</span> <span class="closing">]</span></summary><ul><li><span class="s">&#34;x&amp;y&#34;</span></li>` +
			`<li><span class="n">1.50</span></li><li><span class="n">true</span></li><li><span class="n">null</span></li></ul>]</details></li></ul>}</details></li>` +
			`<li><span class="k">&#34;e&#34;</span>: {}</li><li><span class="k">&#34;l&#34;</span>: []</li></ul>}</details>`,
		`12345678901234567890`: `<span class="n">12345678901234567890</span>`,
	} {
		tree, ok := jsonTree([]byte(text))
		if !ok {
			t.Fatalf("%s is not folded", text)
		}
		var b bytes.Buffer
		if err := tree.Render(t.Context(), &b); err != nil || b.String() != want {
			t.Errorf("%s becomes\n%s", text, b.String())
		}
	}
	for what, text := range map[string]string{
		"nothing": "", "no JSON": "{", "more after it": "{} {}", "many values": "[" + strings.Repeat("1,", maxFoldedValues) + "1]",
		"depth": strings.Repeat("[", 100) + strings.Repeat("]", 100), "length": `"` + strings.Repeat("x", MaxFoldedBytes) + `"`,
	} {
		if _, ok := jsonTree([]byte(text)); ok {
			t.Errorf("%s is folded", what)
		}
	}
}
