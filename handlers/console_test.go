package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tessera/models"
	"tessera/models/modeltest"
)

const consoleDescription = `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"security":[{"bearer":[]}],
"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}}},"paths":{
"/echo/{id}":{"post":{"summary":"Echo","parameters":[
 {"name":"id","in":"path","required":true,"schema":{"type":"string"}},
 {"name":"limit","in":"query","schema":{"type":"integer"}},
 {"name":"tags","in":"query","schema":{"type":"array","items":{"type":"string"}}},
 {"name":"X-Mine","in":"header","schema":{"type":"string"}},
 {"name":"Host","in":"header","schema":{"type":"string"}},
 {"name":"sid","in":"cookie","schema":{"type":"string"}}],
 "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["input"],"properties":{
  "input":{"type":"string"},"on":{"type":"boolean"},"n":{"type":"integer"},"options":{"type":"object"},"password":{"type":"string","format":"password"}}}}}},"responses":{}}},
"/file":{"post":{"requestBody":{"content":{"multipart/form-data":{"schema":{"type":"object","properties":{
 "photo":{"type":"string","format":"binary"},"note":{"type":"string"}}}}}},"responses":{}}},
"/get":{"get":{"responses":{}}},"/image":{"get":{"responses":{}}},"/svg":{"get":{"responses":{}}},"/big":{"get":{"responses":{}}},"/bytes":{"get":{"responses":{}}},
"/redirect":{"get":{"responses":{}}},"/slow":{"get":{"responses":{}}},"/v1/user":{"get":{"responses":{}}},"/settings/tokens":{"get":{"responses":{}}}}}`

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"

// upstream is somebody's API, which tells what it was asked.
func upstream(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/image":
			w.Header().Set("Content-Type", "image/png")
			io.WriteString(w, png)
		case "/svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
		case "/big":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, strings.Repeat("<b>big</b>", 100_000))
		case "/bytes":
			w.Write([]byte{0, 1, 2, 0xff})
		case "/redirect":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/slow":
			<-r.Context().Done()
		default:
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Echo", r.Header.Get("Authorization"))
			json.NewEncoder(w).Encode(map[string]any{"uri": r.RequestURI, "host": r.Host, "header": r.Header, "body": string(body)})
		}
	}))
	t.Cleanup(s.Close)
	return s
}

const envSecret = "sekrit-of-mine-0123456789-tail"

func TestConsoleSends(t *testing.T) {
	up := upstream(t)
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	e := c.environment(t, up.URL, "access_token!", "", "id", "a/b c", "text", `say "hi"`)
	send := c.send(t, "post", "/echo/{id}")

	a := c.browser.get(send).want(200)
	if a.value("#p0") != "{{id}}" || a.count("#p0[aria-required]") != 1 || !strings.Contains(a.body, "Bearer {{access_token}}") || !strings.Contains(a.body, "Without a value yet: access_token") {
		t.Error(a.excerpt())
	}
	if a.count("select[name=f1]") != 1 || a.count("textarea[name=f0]") != 1 || a.count("textarea[name=f3]") != 1 || a.count("input[type=password][name=f4]") != 1 || a.count("textarea[name=text]") != 1 {
		t.Error("the controls of the body")
	}
	fields := []string{"p0", "{{id}}", "p1", "5", "p2", "x\r\ny z", "p3", "{{text}}", "p4", "", "p5", "Bearer {{access_token}}", "p6", "c00kie-typed", "media", "application/json", "as", "fields",
		"f0", "line \"1\"\r\n{{text}}", "f1", "true", "f2", "3", "f3", `{"a": [1]}`, "f4", "pass-typed-1", "text", ""}
	a = c.browser.get(send)
	order := map[string]string{}
	for _, name := range []string{"id", "limit", "tags", "X-Mine", "Host", "Authorization", "sid"} {
		a.doc.Find("label").Each(func(_ int, l *goquery.Selection) {
			if strings.HasPrefix(squeeze(l.Text()), name) {
				order[name], _ = l.Attr("for")
			}
		})
	}
	if order["id"] != "p0" || order["sid"] != "p6" || order["Authorization"] != "p5" {
		t.Fatalf("controls: %v", order)
	}
	// What has no value is pointed out at its field, before anything is sent.
	c.browser.post(send, fields...).refused("p5")
	c.own(t, c.browser, e, "access_token", envSecret)
	a = c.browser.post(send, fields...).want(200)
	if a.text(".response-line .status") != "200 OK" {
		t.Fatal(a.excerpt())
	}
	var got struct {
		URI, Host, Body string
		Header          http.Header
	}
	if err := json.Unmarshal([]byte(a.find("#answer-text").Text()), &got); err != nil {
		t.Fatal(err, a.excerpt())
	}
	if got.URI != "/echo/a%2Fb%20c?limit=5&tags=x&tags=y+z" || got.Header.Get("X-Mine") != `say "hi"` || got.Header.Get("Cookie") != "sid=c00kie-typed" ||
		got.Header.Get("Content-Type") != "application/json" || got.Header.Get("X-Forwarded-For") != "" {
		t.Errorf("sent %+v", got)
	}
	if got.Body != `{"input":"line \"1\"\nsay \"hi\"","on":true,"n":3,"options":{"a": [1]},"password":"pass-typed-1"}` {
		t.Errorf("body %s", got.Body)
	}
	// The secret arrived, but is shown to nobody.
	if got.Header.Get("Authorization") != "Bearer ****tail" {
		t.Errorf("authorization shown as %s", got.Header.Get("Authorization"))
	}
	curl := a.find("#answer-curl").Text()
	for _, secret := range []string{envSecret, "c00kie-typed", "pass-typed-1"} {
		if strings.Contains(curl, secret) {
			t.Errorf("as curl: %s", curl)
		}
		for table, rows := range c.rows(t) {
			if strings.Contains(rows, secret) {
				t.Errorf("%s stands in %s", secret, table)
			}
		}
		if strings.Contains(c.logs.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
	if !strings.Contains(curl, "Bearer ****tail") || strings.Contains(a.body, envSecret) {
		t.Errorf("as curl: %s", curl)
	}
	c.history(t, send)
}

// history looks at what is left of the request of TestConsoleSends.
func (c *consoleSite) history(t *testing.T, send string) {
	t.Helper()
	list := strings.TrimSuffix(send, "send") + "history"
	a := c.browser.get(list)
	again := a.find("main .rows a").AttrOr("href", "")
	a = c.browser.get(again).want(200)
	if a.value("#p1") != "5" || a.value("#p5") != "Bearer {{access_token}}" || a.value("#p6") != "" || a.value("#f4") != "" || a.find("#p2").Text() != "x\ny z" || !strings.Contains(a.body, "are not in the history") {
		t.Errorf("filled in again: %q %q %q", a.value("#p1"), a.value("#p5"), a.value("#p6"))
	}
	mate := modeltest.MustUser(t, c.store)
	secret, err := c.store.Invite(t.Context(), c.actor(), c.project.TeamID, models.TeamAdmin)
	if err == nil {
		_, err = c.store.Join(t.Context(), models.Actor{Kind: "user", User: mate}, secret)
	}
	if err != nil {
		t.Fatal(err)
	}
	other := c.enter(t, mate)
	if a := other.get(list).want(200); !strings.Contains(a.body, "Nothing sent yet") {
		t.Error("another member sees the history")
	}
	other.get(again).want(404)
	c.clock.Advance(models.KeepConsole + time.Hour)
	if a := c.enter(t, c.user).get(list).want(200); !strings.Contains(a.body, "Nothing sent yet") {
		t.Error("still there after 30 days")
	}
}

func TestConsoleRefusesAtTheField(t *testing.T) {
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	send := c.send(t, "post", "/echo/{id}")
	c.browser.post(send, "p0", "x", "p5", "", "as", "fields", "f0", "y").refused("environment")
	c.environment(t, upstream(t).URL)
	for what, test := range map[string]struct {
		fields []string
		wrong  []string
	}{
		"required":       {[]string{"p0", "", "p5", "", "f0", ""}, []string{"p0", "f0"}},
		"types":          {[]string{"p0", "x", "p1", "five", "p5", "", "f0", "y", "f2", "1.5", "f3", "{"}, []string{"p1", "f2", "f3"}},
		"dots":           {[]string{"p0", "..", "p5", "", "f0", "y"}, []string{"p0"}},
		"a header":       {[]string{"p0", "x", "p3", "a\x01b", "p5", "", "f0", "y"}, []string{"p3"}},
		"Host":           {[]string{"p0", "x", "p4", "evil.test", "p5", "", "f0", "y"}, []string{"p4"}},
		"JSON as text":   {[]string{"p0", "x", "p5", "", "as", "text", "text", "{"}, []string{"text"}},
		"name in a text": {[]string{"p0", "x", "p5", "", "as", "text", "text", `{"a":"{{nobody}}"}`}, []string{"text"}},
	} {
		fields := test.fields
		if !strings.Contains(strings.Join(fields, " "), " as ") {
			fields = append(fields, "as", "fields")
		}
		t.Run(what, func(t *testing.T) {
			c.browser.post(send, append(fields, "media", "application/json")...).refused(test.wrong...)
		})
	}
	if n := c.count(t, "SELECT COUNT(*) FROM console_requests"); n != 0 {
		t.Errorf("%d requests", n)
	}
	a := c.browser.post(send, "p0", "x", "p5", "", "as", "text", "media", "application/json", "text", `{"whole": 1}`).want(200)
	if !strings.Contains(a.find("#answer-text").Text(), `{\"whole\": 1}`) {
		t.Error(a.excerpt())
	}
}

func TestConsoleAnswers(t *testing.T) {
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	c.environment(t, upstream(t).URL)
	ask := func(path string) *answer { return c.browser.post(c.send(t, "get", path), "p0", "").want(200) }
	if a := ask("/image"); !strings.HasPrefix(a.find("img.answer-image").AttrOr("src", ""), "data:image/png;base64,") {
		t.Error("no image")
	}
	if a := ask("/svg"); a.count("svg script") != 0 || a.count("main img") != 0 || a.count(".answer a[download]") != 1 {
		t.Error("an SVG is drawn")
	}
	a := ask("/big")
	if a.count(".answer b") != 0 || !strings.Contains(a.body, "Only the beginning is shown") {
		t.Error("HTML is drawn")
	}
	whole := a.find(".answer a[download]").AttrOr("href", "")
	got := c.browser.get(whole).want(200)
	got.header("Content-Type", "application/octet-stream").header("Content-Disposition", `attachment; filename="answer"`)
	if len(got.body) != 1_000_000 {
		t.Errorf("%d bytes", len(got.body))
	}
	other := c.enter(t, modeltest.MustUser(t, c.store))
	other.get(whole).want(404)
	if a := ask("/bytes"); a.count(".answer a[download]") != 1 || a.count("#answer-text") != 0 {
		t.Error("bytes")
	}
	if a := ask("/redirect"); a.text(".response-line .status") != "302 Found" {
		t.Error("a redirect is followed")
	}
	if a := ask("/get"); a.count(".json details") < 2 || a.count(".json .k") < 4 {
		t.Error("JSON is not folded")
	}
}

func TestConsoleIsLimited(t *testing.T) {
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	c.environment(t, upstream(t).URL)
	send := c.send(t, "get", "/get")
	for range sendsPerMinute {
		if wait := c.sends.take(fmt.Sprint(c.user.ID)); wait > 0 {
			t.Fatal("too early")
		}
	}
	c.browser.post(send, "p0", "").want(429).header("Retry-After", "60")
	c.clock.Advance(time.Minute)
	c.browser.post(send, "p0", "").want(200)
}

func TestConsoleSendsFiles(t *testing.T) {
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	c.environment(t, upstream(t).URL)
	send := c.send(t, "post", "/file")
	a := c.browser.get(send)
	if a.find("form[action='"+send+"#answer']").AttrOr("enctype", "") != "multipart/form-data" || a.count("input[type=file]") != 1 {
		t.Fatal(a.excerpt())
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"p0", ""}, {"media", "multipart/form-data"}, {"as", "fields"}, {"f1", "a note"}} {
		w.WriteField(f[0], f[1])
	}
	part, err := w.CreateFormFile("f0", `odd "name".txt`)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(part, "the file itself")
	w.Close()
	a = c.browser.postBody(send, w.FormDataContentType(), b.String()).want(200)
	text := a.find("#answer-text").Text()
	if !strings.Contains(text, "the file itself") || !strings.Contains(text, "a note") || !strings.Contains(text, `filename=\"odd`) {
		t.Error(text)
	}
	if rows := c.rows(t)["console_requests"]; strings.Contains(rows, "the file itself") {
		t.Error("a file is in the history")
	}
}

// Cancel ends the request to the other server, and leaves no trace.
func TestConsoleCancel(t *testing.T) {
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	c.environment(t, upstream(t).URL)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	r := httptest.NewRequest(http.MethodPost, c.send(t, "get", "/slow"), strings.NewReader("p0=")).WithContext(ctx)
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	start := time.Now()
	c.browser.do(r)
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM console_requests"); n != 0 {
		t.Errorf("%d requests", n)
	}
}
