package handlers

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"tessera/models/modeltest"
)

// maxAllocations is how many more a cached GET /v1/user may make than bare Echo
// answering the same bytes (docs/performance.md).
const maxAllocations = 12

// raceAllocations is what the race detector may add: it keeps more on the heap
// and drops pooled objects at random. `make bench` runs without it.
var raceAllocations = 0.0

// discard is a ResponseWriter that keeps nothing, so that only the server's allocations count.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// serving returns what answers one GET of target.
func serving(h http.Handler, target, bearer string) func() {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("User-Agent", "curl/8.10.1")
	w := &discard{http.Header{}}
	return func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// bareAndCached are bare Echo and the whole server, with a cached token and with a malformed one.
func bareAndCached(t testing.TB) (bare, cached, malformed func()) {
	a := newAPI(t, func(c *Config) { c.Logger, c.BadBearersPerMinute = slog.New(slog.DiscardHandler), 0 }) // a program logs no API call either, but at debug level
	_, secret := a.mustToken(t, modeltest.MustUser(t, a.store), "hot")
	body := []byte(a.call(t, withBearer(secret)).want(t, http.StatusOK, "").body)
	e := echo.New()
	e.GET("/v1/user", func(c echo.Context) error { return c.JSONBlob(http.StatusOK, body) })
	return serving(e, "/v1/user", secret), serving(a.Handler(), "/v1/user", secret), serving(a.Handler(), "/v1/user", "malformed")
}

func TestAPIAllocations(t *testing.T) {
	bare, cached, _ := bareAndCached(t)
	least, got := testing.AllocsPerRun(200, bare), testing.AllocsPerRun(200, cached)
	if got-least > maxAllocations+raceAllocations {
		t.Errorf("%.0f allocations, bare Echo %.0f: more than %d over it", got, least, maxAllocations)
	}
}

func BenchmarkUser(b *testing.B) {
	bare, cached, malformed := bareAndCached(b)
	for name, serve := range map[string]func(){"bare": bare, "cached": cached, "malformed": malformed} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				serve()
			}
		})
	}
}
