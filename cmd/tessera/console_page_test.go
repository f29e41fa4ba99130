package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// knockDescription has an operation with a form longer than a window, and one that is slow.
const knockDescription = `openapi: 3.1.0
info: { title: Harbor, version: "1" }
paths:
  /knock:
    post:
      summary: Knock
      parameters:
        - { name: times, in: query, schema: { type: integer } }
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [text]
              properties:
                text: { type: string, description: "What to say.\nIt may be long." }
                picture: { type: string, format: binary }
                one: { type: object }
                two: { type: object }
                three: { type: object }
                four: { type: object }
                five: { type: object }
      responses: { "200": { description: Heard } }
  /slow:
    get:
      summary: Wait
      responses: { "200": { description: Never } }
`

// door is an API on this machine. It tells when a request to /slow has begun, and
// when whoever asked has gone away.
func door(t *testing.T) (address string, begun, gone <-chan struct{}) {
	b, g := make(chan struct{}, 1), make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			b <- struct{}{}
			<-r.Context().Done()
			g <- struct{}{}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"heard":true}`)
	}))
	t.Cleanup(s.Close)
	return s.URL, b, g
}

func reachingLoopback(t *testing.T) func(*Config) {
	return func(cfg *Config) {
		if err := cfg.Outbound.Add("127.0.0.0/8"); err != nil {
			t.Fatal(err)
		}
	}
}

// After Send the answer is in view, however long the form is, and the form stays as
// it was filled in.
func TestConsoleAnswerComesIntoView(t *testing.T) {
	for name, l := range map[string]look{"wide": {}, "phone": {width: 390}, "no script": {noScript: true}, "no script, phone": {width: 390, noScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _, _ := door(t)
			d := newDesk(t, l, knockDescription, reachingLoopback(t))
			d.environment(address)
			d.operation("POST /knock")
			d.fill("#f0", "Open")
			d.fill("#p0", "three")
			if l.noScript {
				d.follow("#console form .btn-primary")
				d.wait("#p0-error")
				d.fill("#p0", "3")
				d.follow("#console form .btn-primary")
			} else {
				d.click("#console form .btn-primary")
				d.eventually("the summary takes focus", func() bool { return d.has("#console .error-summary:focus") == 1 })
				d.fill("#p0", "3")
				d.click("#console form .btn-primary") // puts a whole console in place of the refused one
				d.eventually("an answer", func() bool { return d.text("#answer .status") == "200 OK" })
				d.do(evaluate(`document.querySelector("#p0").mine = true`))
				d.click("#console form .btn-primary") // brings no more than the answer
				d.eventually("the answer takes focus", func() bool { return d.has("#answer:focus") == 1 && d.text("#live") != "" })
				if !d.is(`document.querySelector("#p0").mine === true`) {
					t.Error("the form is not the one that was filled in")
				}
			}
			if d.text("#answer .status") != "200 OK" || d.text(".error-summary") != "" || d.value("#f0") != "Open" {
				t.Errorf("%s %s %s", d.text("#answer .status"), d.text(".error-summary"), d.value("#f0"))
			}
			d.eventually("the answer is in view", func() bool { return d.is(inView("#answer")) })
			d.shoot("console answer " + name)
		})
	}
}

// Cancel ends a request on the way, for the other side too.
func TestConsoleCancel(t *testing.T) {
	address, begun, gone := door(t)
	d := newDesk(t, look{}, knockDescription, reachingLoopback(t))
	d.environment(address)
	d.operation("GET /slow")
	if d.is(`document.querySelector("[data-cancel]").checkVisibility()`) {
		t.Error("Cancel is there before anything is sent")
	}
	d.click("#console form .btn-primary")
	<-begun
	d.shoot("console waiting")
	d.click("#console [data-cancel]")
	<-gone
	d.eventually("Cancel is said", func() bool { return d.has("#answer:focus .notice") == 1 })
	if d.has("[data-busy]") != 0 || d.is(`document.querySelector("[data-cancel]").checkVisibility()`) {
		t.Error("the form is still busy")
	}
	d.click("#console form .btn-primary") // and again
	<-begun
	d.click("#console [data-cancel]")
	<-gone
	d.eventually("the other request ends too", func() bool { return d.has("[data-busy]") == 0 })
	d.forgive()
}
