package handlers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"
)

// slowUpload is a body of spaces that ends when the gate opens. It counts its bytes
// as soon as somebody reads it.
type slowUpload struct {
	io.Reader
	size   int64
	gate   chan struct{}
	inside *atomic.Int64
	begun  bool
}

func (b *slowUpload) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.inside.Add(b.size)
	}
	<-b.gate
	return b.Reader.Read(p)
}

func (b *slowUpload) Close() error { return nil }

// However many large bodies come at once, there is no more of them in memory than
// there is room for; small ones and all else go on meanwhile.
func TestLargeBodiesTakeRoom(t *testing.T) {
	const limit = 3 << 20
	const path = "/v1/projects/{p}/import-openapi"
	large := `{"input":` + quoted(petsJSON+strings.Repeat(" ", limit*9/10)) + `}`
	for name, change := range map[string]func(*http.Request){
		"declared": func(*http.Request) {},
		"unknown": func(r *http.Request) { // takes room once it is no longer small
			r.ContentLength = -1
			r.Body.(*slowUpload).gate = make(chan struct{})
			close(r.Body.(*slowUpload).gate)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, func(cfg *Config) { cfg.ImportLimit = limit })
			c := newClient(t, a)
			c.imports(`{"input":` + small("") + `}`) // GORM's caches have channels, which must not be of the bubble
			synctest.Test(t, func(t *testing.T) {
				const n = 3 * bodiesAtOnce
				var inside atomic.Int64
				gate, answers := make(chan struct{}), make(chan *httptest.ResponseRecorder, n)
				release, err := a.importTurn(t.Context()) // those that are read wait for it
				if err != nil {
					t.Fatal(err)
				}
				for range n {
					go func() {
						r, w := c.request(http.MethodPost, path, "")
						r.Body, r.ContentLength = &slowUpload{Reader: strings.NewReader(large), size: int64(len(large)), gate: gate, inside: &inside}, int64(len(large))
						change(r)
						a.Handler().ServeHTTP(w, r)
						answers <- w
					}()
				}
				synctest.Wait()
				if got := inside.Load(); name == "declared" && got != bodiesAtOnce*int64(len(large)) {
					t.Errorf("%d bytes of bodies are in memory", got)
				}
				if a.bodies.TryAcquire(int64(len(large))) {
					t.Error("there is room for more")
				}
				c.send(http.MethodGet, "/v1/user", "").want(t, http.StatusOK, "")
				c.send(http.MethodPost, "/v1/projects", `{"name":"Small"}`).want(t, http.StatusCreated, "")
				release()
				if name == "declared" {
					c.imports(`{"input":` + small("") + `}`)
				}
				time.Sleep(roomPatience)
				refused, imported := 0, 0
				if name == "declared" {
					for range n - bodiesAtOnce {
						if w := <-answers; w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "5" && strings.Contains(w.Body.String(), `"errorCode":"503000"`) {
							refused++
						}
					}
				}
				close(gate)
				for range n - refused {
					if w := <-answers; w.Code == http.StatusOK {
						imported++
					}
				}
				if name == "declared" && refused != n-bodiesAtOnce || refused+imported != n {
					t.Errorf("%d refused, %d imported", refused, imported)
				}
				if !a.bodies.TryAcquire(bodiesAtOnce * limit) {
					t.Fatal("room was not given back")
				}
				a.bodies.Release(bodiesAtOnce * limit)
			})
		})
	}
}

// What a body takes: nothing while it is small, what it declares, or the most until
// it turns out to be less.
func TestRoomOfABody(t *testing.T) {
	const most = 8 * smallBody
	for _, c := range []struct {
		declared, length int64
		during, after    int64
	}{
		{smallBody, smallBody, 0, 0},
		{smallBody + 1, smallBody + 1, smallBody + 1, smallBody + 1},
		{-1, smallBody - 1, 0, 0},
		{-1, 2 * smallBody, most, 2 * smallBody},
		{100 * most, 2 * smallBody, most, 2 * smallBody}, // is refused elsewhere
	} {
		taken := room{of: semaphore.NewWeighted(most)}
		r := &roomReader{Reader: strings.NewReader(strings.Repeat(" ", int(c.length))), ctx: t.Context(), room: &taken, size: c.declared, most: most}
		n, err := io.CopyN(io.Discard, r, c.length)
		if n != c.length || err != nil || taken.taken != c.during {
			t.Errorf("%+v: %d bytes, %v, %d taken", c, n, err, taken.taken)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || taken.taken != c.after {
			t.Errorf("%+v: %v, %d taken in the end", c, err, taken.taken)
		}
		taken.release()
		if !taken.of.TryAcquire(most) {
			t.Errorf("%+v: not all was given back", c)
		}
	}
}

// A page says at the file what an API call says with its code.
func TestUploadsTakeRoom(t *testing.T) {
	const limit = 2 << 20
	s := newSite(t, func(cfg *Config) { cfg.ImportLimit = limit })
	d := s.describe(t, shipments(t))
	b := s.enter(t, d.owner)
	document := append(shipments(t), strings.Repeat("#\n", limit*9/20)...)
	send := func(document []byte) *answer {
		return b.send(d.path("/import"), "big.yaml", document, "source", "file")
	}
	send(document).want(http.StatusSeeOther)
	send(shipments(t)).want(http.StatusSeeOther)
	busy := func(status int, document []byte) {
		t.Helper()
		page := send(document).want(status).header("Retry-After", "5")
		if !strings.Contains(page.text("main"), "Many large documents are on their way") {
			t.Errorf("the page says %s", page.text("main"))
		}
	}
	synctest.Test(t, func(t *testing.T) {
		const most = bodiesAtOnce * limit
		if !s.bodies.TryAcquire(most - smallBody) {
			t.Fatal("room was not given back")
		}
		start := time.Now()
		busy(http.StatusServiceUnavailable, document)
		if took := time.Since(start); took != roomPatience {
			t.Errorf("it waited %v", took)
		}
		send(shipments(t)).want(http.StatusSeeOther)
		s.bodies.Release(most - smallBody)
		if !s.importing.TryAcquire(1) {
			t.Fatal("an import runs")
		}
		busy(http.StatusConflict, shipments(t))
		s.importing.Release(1)
		send(document).want(http.StatusSeeOther)
		if !s.bodies.TryAcquire(most) {
			t.Error("room was not given back")
		}
	})
}

// An export of a large project takes room too, one of a small project none.
func TestExportsTakeRoom(t *testing.T) {
	a := newAPI(t)
	c := newClient(t, a)
	b := a.enter(t, c.user)
	large := c.another("Large")
	large.importText(small(operation("/pets", "get", `"description":"`+strings.Repeat("x", smallBody)+`"`)), "")
	page := func(c *client) *answer {
		return b.post(fmt.Sprintf("/projects/%d/export", c.project), "scope", "ALL", "oasVersion", "3.1", "exportFormat", "JSON")
	}
	const path = "/v1/projects/{p}/export-openapi"
	c.export("")
	large.export("")
	page(large).want(http.StatusOK)
	synctest.Test(t, func(t *testing.T) {
		if !a.bodies.TryAcquire(bodiesAtOnce * defaultImportLimit) {
			t.Fatal("room was not given back")
		}
		c.export("")
		page(c).want(http.StatusOK)
		large.send(http.MethodPost, path, "").want(t, http.StatusServiceUnavailable, "too_many_bodies").wantHeader(t, "Retry-After", "5")
		if text := page(large).want(http.StatusServiceUnavailable).header("Retry-After", "5").text("main"); !strings.Contains(text, "Many large documents are on their way") {
			t.Errorf("the page says %s", text)
		}
		a.bodies.Release(bodiesAtOnce * defaultImportLimit)
		large.export("")
	})
}
