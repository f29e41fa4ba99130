package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in the browser may take on a busy machine.
const patience = time.Minute

// browser starts Chromium once for all tests; its context is nil where there is none.
var browser = sync.OnceValues(func() (context.Context, error) {
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		return nil, nil
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// A page that asks for anything beyond this machine fails its test.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	closeBrowser = func() { chromedp.Cancel(ctx) }
	return ctx, chromedp.Do(ctx)
})

// closeBrowser ends Chromium and removes its profile; TestMain calls it last.
var closeBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}

// look says who looks at the pages, and how. Its zero value is an English
// reader's 1280 px wide screen in light colours, with JavaScript.
type look struct {
	width    int64  // CSS pixels
	language string // of the browser
	zone     string // of the browser, an IANA name
	noScript bool
	dark     bool
	forced   bool // high contrast: forced colours
	still    bool // reduced motion
}

// tab is a window of its own: it shares no cookie with others. What goes wrong
// in its pages fails the test.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

// newTab opens a tab that closes after the test. It skips the test without Chromium.
func newTab(t testing.TB, l look) *tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Fatal("start Chromium:", err)
	}
	if parent == nil {
		t.Skip("Chromium is not installed: `make deps` installs it")
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		b.check("at the end")
		cancel()
	})
	b.do(
		command(audits.Enable, cdp.Empty{}),
		// Several tabs work at once; each believes that it has the focus.
		command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
	)
	if err := chromedp.Listen(ctx, b.notice); err != nil {
		t.Fatal(err)
	}
	b.set(l)
	return b
}

// set changes who looks. What is open already is not loaded again.
func (b *tab) set(l look) {
	b.t.Helper()
	if l.width == 0 {
		l.width = 1280
	}
	if l.language == "" {
		l.language = "en"
	}
	height, phone := int64(800), l.width < 500
	if phone {
		height = 844
	}
	media := []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: choose(l.dark, "dark", "light")},
		{Name: "forced-colors", Value: choose(l.forced, "active", "none")},
		{Name: "prefers-reduced-motion", Value: choose(l.still, "reduce", "no-preference")},
	}
	b.do(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: l.width, Height: height, DeviceScaleFactor: 1, Mobile: phone,
		}),
		command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: phone}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: media}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}),
		command(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: l.zone}),
		command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
			Headers: network.Headers{"Accept-Language": l.language},
		}),
	)
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

// command makes a step of a DevTools command whose result does not matter.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// noFileName is what a picture's name does not keep.
var noFileName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// shoot takes a picture of the whole page into the folder that TESSERA_SHOTS
// names, if it names one.
func (b *tab) shoot(name string) {
	folder := os.Getenv("TESSERA_SHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, noFileName.ReplaceAllString(name, "-")+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Error("take a picture:", err)
	}
}

// check fails the test for what has gone wrong in the tab's pages since the last check.
func (b *tab) check(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Errorf("%s: %s", where, p)
	}
	b.problems = nil
}

// notice keeps what no page may cause: exceptions, errors on the console, content
// that the security policy refuses, parts of a page that are missing. A page
// itself may well be a 404, and a form's answer a 422.
func (b *tab) notice(event any) {
	var problem string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			problem += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			problem = "console:"
			for _, a := range e.Args {
				problem += " " + string(a.Value) + a.Description
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			problem = "log: " + e.Entry.Text
		}
	case *audits.EventIssueAdded:
		if d := e.Issue.Details.ContentSecurityPolicyIssueDetails; d != nil {
			problem = fmt.Sprintf("content security policy: %s %s %s", d.ViolatedDirective, d.ContentSecurityPolicyViolationType, d.BlockedURL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument &&
			e.Type != network.ResourceTypeXHR && e.Type != network.ResourceTypeFetch {
			problem = fmt.Sprintf("%s: %d", e.Response.URL, e.Response.Status)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled && e.Type != network.ResourceTypeDocument {
			problem = fmt.Sprintf("a %s: %s %s", e.Type, e.ErrorText, e.BlockedReason)
		}
	}
	if problem != "" {
		b.mu.Lock()
		b.problems = append(b.problems, problem)
		b.mu.Unlock()
	}
}
