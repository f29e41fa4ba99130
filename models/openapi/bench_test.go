package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// bigDocument makes a description of about that many bytes, of a usual mix.
func bigDocument(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Big","version":"1.0.0"},"paths":{`)
	n := 0
	for ; b.Len() < size*2/3; n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `
  "/things/kind%d/{id}": {
    "get": {
      "operationId": "getThing%d", "summary": "Read thing %d", "tags": ["group%d"],
      "description": "Returns one thing of kind %d.\n\nIt *may* be gone; then the answer is 404 \"not found\".",
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}, {"$ref": "#/components/parameters/Page"}],
      "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing%d"},
        "examples": {"one": {"value": {"id": "0b3c", "size": %d, "ratio": 0.50, "tags": ["a", "b", "c"], "ok": true, "none": null}}}}}}, "404": {"$ref": "#/components/responses/Gone"}}
    }
  }`, n, n, n, n%20, n, n%500, n)
	}
	b.WriteString(`},"components":{"parameters":{"Page":{"name":"page","in":"query","schema":{"type":"integer"}}},"responses":{"Gone":{"description":"Gone"}},"schemas":{`)
	for i := 0; i < 500 || b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `
  "Thing%d": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "description": "Its name"}, "size": {"type": "integer", "minimum": 0, "nullable": true}, "next": {"$ref": "#/components/schemas/Thing%d"}, "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}}}}`, i, i%500)
	}
	b.WriteString("}}}\n")
	return b.Bytes()
}

// BenchmarkParse reports the processor time as a multiple of decoding the same
// document into any, in alternating rounds, and the peak of the heap as a multiple
// of the document. The budget is 3 and 20.
func BenchmarkParse(b *testing.B) {
	for _, mib := range []int{1, 5, 13} {
		data := bigDocument(mib << 20)
		b.Run(fmt.Sprintf("%dMiB", mib), func(b *testing.B) { benchRatio(b, data, data) })
	}
	data := bigDocument(5 << 20)
	doc, err := Parse(data)
	if err != nil {
		b.Fatal(err)
	}
	yaml := mustExport(b, doc, same(doc, YAML))
	b.Run("5MiB-YAML", func(b *testing.B) { benchRatio(b, data, yaml) })
}

func benchRatio(b *testing.B, plain, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var parse, decode time.Duration
	for b.Loop() {
		start := time.Now()
		var v any
		if err := json.Unmarshal(plain, &v); err != nil {
			b.Fatal(err)
		}
		decode += time.Since(start)
		v = nil
		start = time.Now()
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
		parse += time.Since(start)
	}
	b.ReportMetric(float64(parse)/float64(decode), "x-any")
	b.ReportMetric(float64(parse.Milliseconds())/float64(b.N), "ms/parse")
	b.ReportMetric(peak(func() { _, _ = Parse(data) })/float64(len(data)), "x-memory")
}

// peak returns how far the heap grows while f runs, in bytes.
func peak(f func()) float64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var highest atomic.Uint64
	done := make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest.Store(max(highest.Load(), m.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	<-finished
	return max(0, float64(highest.Load())-float64(before.HeapAlloc))
}

func BenchmarkExport(b *testing.B) {
	doc, err := Parse(bigDocument(5 << 20))
	if err != nil {
		b.Fatal(err)
	}
	for _, o := range []ExportOptions{{Version: V30}, {Version: V30, Format: YAML}, {Version: V31}, {Version: V20}} {
		b.Run(string(o.Version)+string(o.Format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustExport(b, doc, o)
			}
		})
	}
}
