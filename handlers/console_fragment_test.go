package handlers

import (
	"strings"
	"testing"
)

// htmx gets no more than the answer, so that the form is not sent back and forth; a
// form that is refused comes back whole, and so does what follows it.
func TestConsoleFragments(t *testing.T) {
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	c.environment(t, upstream(t).URL)
	send := c.send(t, "post", "/echo/{id}")
	long := strings.Repeat("a long text ", 1000)
	answered := c.browser.htmx(send).with("HX-Target", "answer").post(send, "p5", "", "p0", "1", "f0", long).want(200)
	if answered.count("#answer .response-line") != 1 || answered.count("#console-recent[data-hx-swap-oob] li") != 1 || answered.count("form, main, #p0") != 0 {
		t.Errorf("the fragment: %s", answered.body)
	}
	refused := c.browser.htmx(send).with("HX-Target", "answer").post(send, "p5", "", "p0", "1", "p1", "many", "f0", "x").want(422)
	refused.header("HX-Retarget", "#console").header("HX-Reselect", "#console")
	if refused.find("#console form").AttrOr("data-hx-target", "") != "#console" || refused.count("#console-recent[data-hx-swap-oob]") != 0 {
		t.Errorf("the refused form: %s", refused.excerpt())
	}
	after := c.browser.htmx(send).with("HX-Target", "console").post(send, "p5", "", "p0", "1", "p1", "2", "f0", "x").want(200)
	if after.count("#console .response-line") != 1 || after.count("#console form") != 1 || after.count("#console [aria-invalid]") != 0 {
		t.Errorf("the console after it: %s", after.excerpt())
	}
}

// What is wanted as JSON begins with an example.
func TestConsoleSamples(t *testing.T) {
	c := newConsoleSite(t, `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/ships":{"post":{"summary":"Book","requestBody":{"content":{"application/json":{"schema":{
	"type":"object","required":["to","parcels","note"],"properties":{"to":{"$ref":"#/components/schemas/Place"},"parcels":{"type":"array","items":{"type":"object","properties":{"grams":{"type":"integer","minimum":5}}}},
	"from":{"type":"object"},"note":{"type":"string"}}}}}},"responses":{}}}},"components":{"schemas":{"Place":{"type":"object","properties":{"city":{"type":"string","examples":["Kobe"]}}}}}}`)
	send := c.send(t, "post", "/ships")
	for _, page := range []string{send, strings.TrimSuffix(send, "/send")} {
		a := c.browser.get(page).want(200)
		for css, want := range map[string]string{
			"#f0": `{"city":"Kobe"}`, "#f1": `[{"grams":5}]`, "#f2": "", "#f3": "", "#text": `{"to":{"city":"Kobe"},"parcels":[{"grams":5}],"from":{},"note":"string"}`,
		} {
			control := a.find(css)
			if got := strings.Join(strings.Fields(control.Text()+control.AttrOr("value", "")), ""); got != want {
				t.Errorf("%s: %s begins with %s, not %s", page, css, got, want)
			}
		}
	}
}
