package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tessera/models"
	"tessera/models/modeltest"
)

// bigDocument is a description of about so many bytes, with operations of 4 KiB.
func bigDocument(size int) string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Big","version":"1"},"paths":{`)
	property := func(i int) string {
		return fmt.Sprintf(`"property%d":{"type":"string","description":"What property %d of this says.","example":"value %d","maxLength":%d,"nullable":true,"enum":["a","b","c"]}`, i, i, i, 100+i)
	}
	var properties []string
	for i := range 20 {
		properties = append(properties, property(i))
	}
	object := `{"type":"object","properties":{` + strings.Join(properties, ",") + `}}`
	for i := 0; b.Len() < size*9/10; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/things%d/{id}":{"get":{"operationId":"get%d","tags":["group %d"],"summary":"Get thing %d","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],`+
			`"responses":{"200":{"description":"OK","content":{"application/json":{"schema":%s}}},"404":{"$ref":"#/components/responses/None"}}}}`, i, i, i%40, i, object)
	}
	b.WriteString(`},"components":{"responses":{"None":{"description":"There is none."}},"schemas":{`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"Thing%d":%s`, i, object)
	}
	b.WriteString("}}}")
	return b.String()
}

// cpuTime is the processor time that this process has used.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakHeap runs f and returns how far the heap rose meanwhile.
func peakHeap(f func()) uint64 {
	runtime.GC()
	debug.FreeOSMemory()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				runtime.ReadMemStats(&now)
				peak.Store(max(peak.Load(), now.HeapInuse))
			}
		}
	}()
	f()
	close(stop)
	<-stopped
	return peak.Load() - min(peak.Load(), before.HeapInuse)
}

// quietly sends a body past the checks of call, which cost more than the answer.
func (c *client) quietly(path, body string) {
	c.t.Helper()
	r, w := c.request(http.MethodPost, path, body)
	c.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		c.t.Fatalf("%s: %d %.500s", path, w.Code, w.Body)
	}
}

// newQuietClient is a client of a server that logs as in production.
func newQuietClient(b *testing.B) *client {
	b.Helper()
	store := modeltest.NewSQLite(b)
	s := &site{logs: &lockedBuffer{}, cookies: map[string]bool{}, clock: modeltest.SetClock(store)}
	s.start(b, store, func(cfg *Config) { cfg.Logger = nil })
	return newClient(b, trusting(b, s))
}

// decode is what the costs are held against.
func decode(b *testing.B, document string) {
	b.Helper()
	var tree any
	if err := json.Unmarshal([]byte(document), &tree); err != nil {
		b.Fatal(err)
	}
}

// compare reports the processor time of f as a multiple of decoding document once.
func compare(b *testing.B, document string, f func()) {
	b.Helper()
	var spent, decoding time.Duration
	for b.Loop() {
		start := cpuTime(b)
		f()
		runtime.GC() // what it left behind is its own cost
		middle := cpuTime(b)
		decode(b, document)
		runtime.GC()
		spent, decoding = spent+middle-start, decoding+cpuTime(b)-middle
	}
	b.ReportMetric(float64(spent)/float64(decoding), "cpu/decode")
}

// BenchmarkImport imports a description of 5 MB through HTTP, and says how that
// compares with decoding it once into any: processor time and memory.
func BenchmarkImport(b *testing.B) {
	document := bigDocument(5 << 20)
	body := `{"input":` + quoted(document) + `}`
	c := newQuietClient(b)
	project := func() *client {
		p, err := c.store.CreateProject(b.Context(), models.Actor{Kind: "user", User: c.user}, models.NewProject{Name: "Big"})
		if err != nil {
			b.Fatal(err)
		}
		return c.in(p.ID)
	}
	peak := peakHeap(func() { project().quietly("/v1/projects/{p}/import-openapi", body) })
	compare(b, document, func() { project().quietly("/v1/projects/{p}/import-openapi", body) })
	b.ReportMetric(float64(peak)/float64(len(document)), "peak/size")
}

// BenchmarkExport does the same for an export of the version that was imported.
func BenchmarkExport(b *testing.B) {
	document := bigDocument(5 << 20)
	c := newQuietClient(b)
	c.quietly("/v1/projects/{p}/import-openapi", `{"input":`+quoted(document)+`}`)
	compare(b, document, func() { c.quietly("/v1/projects/{p}/export-openapi", `{"oasVersion":"3.0"}`) })
}
