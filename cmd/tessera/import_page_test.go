package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// slowWay stands before the app. While it is narrow it lets so much of each connection
// through and holds the rest back.
type slowWay struct {
	net.Listener
	narrow atomic.Bool
	widen  func() // lets go of what is held back, once and for all
}

const letThrough = 256 << 10

func newSlowWay(t *testing.T, to string) *slowWay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &slowWay{Listener: l}
	wide := make(chan struct{})
	w.widen = sync.OnceFunc(func() { w.narrow.Store(false); close(wide) })
	t.Cleanup(func() { l.Close(); w.widen() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			_ = in.(*net.TCPConn).SetReadBuffer(64 << 10) // so that the system holds back the rest
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			go func() {
				defer out.Close()
				buffer, through := make([]byte, 32<<10), 0
				for {
					n, err := in.Read(buffer)
					if through += n; w.narrow.Load() && through > letThrough {
						<-wide
					}
					if _, failed := out.Write(buffer[:n]); err != nil || failed != nil {
						return
					}
				}
			}()
			go func() {
				defer in.Close()
				io.Copy(in, out)
			}()
		}
	}()
	return w
}

// A large file shows how much of it is uploaded. Stopped, it can be sent again as it is.
func TestImportShowsProgress(t *testing.T) {
	d := newDesk(t, look{}, knockDescription)
	way := newSlowWay(t, d.app.Addr().String())
	file := filepath.Join(t.TempDir(), "harbor.yaml")
	large := harborDescription + strings.Repeat("# The rest is a long silence.\n", 12<<20/30)
	if err := os.WriteFile(file, []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	d.open(fmt.Sprintf("http://%s/projects/%d/import", way.Addr(), d.project.ID))
	d.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))

	way.narrow.Store(true)
	d.click("main form .btn-primary")
	d.eventually("the upload is on its way", func() bool {
		return d.is(`(bar => bar && bar.value > 0 && bar.value < 1)(document.querySelector("#import-progress:not([hidden]) progress[value]"))`)
	})
	if text := d.text("#import-progress"); !strings.Contains(text, "Uploading") || !strings.Contains(text, "%") {
		t.Errorf("the progress says %q", text)
	}
	d.axe("uploading")
	d.shoot("import uploading")
	d.click("#import-progress [data-cancel]")
	d.eventually("the upload is stopped", func() bool { return d.has("#import-progress[hidden]") == 1 && d.has("[data-busy]") == 0 })
	d.forgive()
	if d.is(`document.querySelector("#file").files.length === 0`) {
		t.Error("the file is chosen no more")
	}

	way.widen()
	d.follow("main form .btn-primary")
	if text := d.text("main"); !strings.Contains(text, "Preview of the import") || !strings.Contains(text, "harbor.yaml") || !strings.Contains(text, "get /shipments") {
		t.Errorf("the preview: %s", text)
	}
	d.follow("main form .btn-primary")
	d.wait(".notice-ok")
	d.follow(`main .oplist a[href*="/api/endpoints/"]`)
	if got := d.text("h1"); got != "List shipments" {
		t.Errorf("the result leads to %q", got)
	}
}

// Without script the same form does the same.
func TestImportWithoutScript(t *testing.T) {
	d := newDesk(t, look{noScript: true, width: 390}, knockDescription)
	file := filepath.Join(t.TempDir(), "harbor.yaml")
	if err := os.WriteFile(file, []byte(harborDescription), 0o600); err != nil {
		t.Fatal(err)
	}
	d.visit("/import")
	d.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	d.follow("main form .btn-primary")
	d.follow("main form .btn-primary")
	if text := d.text("main"); !strings.Contains(text, "Import finished") || !strings.Contains(text, "get /shipments") {
		t.Errorf("the result: %s", text)
	}
	d.overflow("import result")
}
