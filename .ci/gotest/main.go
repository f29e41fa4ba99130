// Command gotest runs `go test -json` with its own arguments and prints what a
// person wants to read: one line a package, the whole output of failed tests,
// every skipped test with its reason, and a closing count. When the environment
// variable CI is set, a skipped test fails the run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strings"
)

// event is one line of test2json output (`go doc test2json`).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	FailedBuild string
}

// id names a test across packages.
type id struct{ pkg, test string }

func (i id) String() string { return strings.TrimPrefix(i.pkg, "tessera/") + " " + i.test }

// report collects events. Output is kept until the test's verdict is known.
type report struct {
	w       io.Writer
	output  map[id]*strings.Builder
	count   map[string]int // by action: pass, fail, skip
	skipped []string       // "package test: reason"
	failed  []string       // tests, and packages that failed outside of a test
	broken  map[string]bool
}

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
	r := report{w: os.Stdout, output: map[id]*strings.Builder{}, count: map[string]int{}, broken: map[string]bool{}}
	r.read(out)
	err = cmd.Wait()
	r.close()
	if err != nil || len(r.failed) > 0 {
		os.Exit(1)
	}
	if ci := os.Getenv("CI"); ci != "" && ci != "false" && len(r.skipped) > 0 {
		fmt.Println("FAIL: in CI no test may be skipped; `make deps` installs what they need")
		os.Exit(1)
	}
}

func (r *report) read(in io.Reader) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action != "" {
			r.add(e)
		} else {
			r.w.Write(line) // not an event: what go test says of itself
		}
		if err != nil {
			return
		}
	}
}

func (r *report) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.w, e.Output)
	case e.Action == "output" && e.Test == "":
		if e.Output != "PASS\n" && !strings.Contains(e.Output, "[no test files]") {
			fmt.Fprint(r.w, e.Output)
		}
	case e.Action == "output" && strings.HasPrefix(e.Output, "=== "):
		// RUN, PAUSE and CONT say nothing about a failure.
	case e.Action == "output":
		i := id{e.Package, e.Test}
		if r.output[i] == nil {
			r.output[i] = &strings.Builder{}
		}
		r.output[i].WriteString(e.Output)
	case e.Test == "" && e.Action == "fail":
		r.packageFailed(e)
	case e.Test != "":
		r.verdict(id{e.Package, e.Test}, e.Action)
	}
}

func (r *report) verdict(i id, action string) {
	if action != "pass" && action != "fail" && action != "skip" {
		return
	}
	r.count[action]++
	text := ""
	if b := r.output[i]; b != nil {
		text = b.String()
		delete(r.output, i)
	}
	switch action {
	case "fail":
		fmt.Fprint(r.w, text)
		r.failed = append(r.failed, i.String())
		r.broken[i.pkg] = true
	case "skip":
		r.skipped = append(r.skipped, i.String()+": "+reason(text))
	}
}

// packageFailed prints what tests without a verdict said: a panic or a time-out
// ends the process before they get one.
func (r *report) packageFailed(e event) {
	for i, text := range r.output {
		if i.pkg == e.Package {
			fmt.Fprint(r.w, text.String())
			delete(r.output, i)
		}
	}
	if !r.broken[e.Package] {
		r.failed = append(r.failed, e.Package)
	}
}

func (r *report) close() {
	r.list("Failed", r.failed)
	r.list("Skipped", r.skipped)
	fmt.Fprintf(r.w, "\n%d passed, %d failed, %d skipped\n", r.count["pass"], len(r.failed), len(r.skipped))
}

func (r *report) list(heading string, names []string) {
	if len(names) == 0 {
		return
	}
	sort.Strings(names)
	fmt.Fprintf(r.w, "\n%s:\n", heading)
	for _, n := range names {
		fmt.Fprintln(r.w, "  "+n)
	}
}

// reason finds the sentence given to t.Skip, "    file_test.go:12: sentence".
func reason(output string) string {
	for line := range strings.Lines(output) {
		if _, after, ok := strings.Cut(line, ".go:"); ok {
			if _, sentence, ok := strings.Cut(after, ": "); ok {
				return strings.TrimSpace(sentence)
			}
		}
	}
	return "no reason given"
}
