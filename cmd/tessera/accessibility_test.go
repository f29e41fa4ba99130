package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Where `make deps` puts what is needed from npm.
const (
	axeScript = "../../.ci/node_modules/axe-core/axe.min.js"
	nuJar     = "../../.ci/node_modules/vnu-jar/build/dist/vnu.jar"
)

var readAxe = sync.OnceValues(func() ([]byte, error) { return os.ReadFile(axeScript) })

// runAxe looks for violations of WCAG 2.2 AA and of axe's best practices in the
// document that stands, and gives one line a finding.
const runAxe = `
axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	resultTypes: ["violations"],
}).then(({violations}) => violations.flatMap(({id, help, nodes}) =>
	nodes.map(n => id + ": " + help + ": " + n.target.join(" ") + ": " + n.html.slice(0, 200) + ": " + n.failureSummary.replaceAll("\n", " "))))`

// axe fails the test for what axe-core finds on the tab's page. It skips the test
// without axe-core. The page's own policy does not hold for what DevTools evaluates.
func (b *tab) axe(where string) {
	b.t.Helper()
	script, err := readAxe()
	if err != nil {
		b.t.Skip("axe-core is not installed: `make deps` installs it")
	}
	if !get(b, chromedp.Evaluate[bool]("'axe' in window")) {
		b.do(chromedp.Evaluate[chromedp.Void](string(script)))
	}
	for _, v := range get(b, chromedp.Evaluate[[]string](runAxe, chromedp.EvalAwaitPromise)) {
		b.t.Errorf("%s: %s", where, v)
	}
}

// overflow fails the test when the page is wider than its window, and names the
// innermost elements that stick out.
func (b *tab) overflow(where string) {
	b.t.Helper()
	const find = `(() => {
		const width = document.documentElement.clientWidth, whole = document.documentElement.scrollWidth;
		if (whole <= width) return [];
		const out = [...document.body.querySelectorAll("*")].filter(e =>
			e.getBoundingClientRect().right > width + 0.5 || e.scrollWidth > width);
		const innermost = out.filter(e => !out.some(other => other !== e && e.contains(other)));
		return ["the page is " + whole + " px wide in " + width + " px"].concat(
			innermost.slice(0, 3).map(e => e.outerHTML.slice(0, 160)));
	})()`
	if wide := get(b, chromedp.Evaluate[[]string](find)); len(wide) > 0 {
		b.t.Errorf("%s: %s", where, strings.Join(wide, "\n\t"))
	}
}

// nuAllowed are messages of the Nu validator that are no fault, by their text, each with its reason.
var nuAllowed = map[string]string{}

// nu runs the Nu HTML checker once over documents, by name, and fails the test for
// its errors and warnings. It skips the test without Java or the checker.
func nu(t *testing.T, documents map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("Java is not installed: `make deps` installs it")
	}
	if _, err := os.Stat(nuJar); err != nil {
		t.Skip("the Nu checker is not installed: `make deps` installs it")
	}
	folder := t.TempDir()
	names := map[string]string{} // by file, since a name may hold anything
	for name, html := range documents {
		file := fmt.Sprintf("%04d.html", len(names))
		names[file] = name
		if err := os.WriteFile(filepath.Join(folder, file), []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range runNu(t, folder) {
		if m.Type == "info" && m.SubType != "warning" {
			continue
		}
		if _, ok := nuAllowed[m.Message]; !ok {
			t.Errorf("%s:%d: %s: %s", names[filepath.Base(m.URL)], m.LastLine, m.Message, m.Extract)
		}
	}
}

// nuMessage is one finding of the Nu checker's JSON output.
type nuMessage struct {
	Type, SubType, URL, Message, Extract string
	LastLine                             int
}

func runNu(t *testing.T, folder string) []nuMessage {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.Command("java", "-Xss1m", "-jar", nuJar, "--format", "json", "--stdout", "--exit-zero-always", folder)
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("run Nu: %v: %s", err, &problems)
	}
	var report struct{ Messages []nuMessage }
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("read Nu's report: %v: %s%s", err, &out, &problems)
	}
	return report.Messages
}
