package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"tessera/models/modeltest"
)

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d=&", i)
	}
	return b.String()
}

// badForms are posts that no handler looks at, and how they are answered.
var badForms = []struct {
	what, contentType, body string
	status                  int
}{
	{"repeated field", formType, "email=a&email=b&password=x", 400},
	{"repeated field, equal", formType, "email=a&email=a&password=x", 400},
	{"repeated unknown field", formType, "x=1&x=2", 400},
	{"invalid UTF-8", formType, "email=%ff&password=x", 400},
	{"invalid UTF-8 in a name", formType, "%ff=a", 400},
	{"broken escape", formType, "email=%zz", 400},
	{"semicolon", formType, "email=a;password=b", 400},
	{"1001 keys", formType, manyKeys(1001), 400},
	{"too large", formType, "email=" + strings.Repeat("a", maxForm), 413},
	{"JSON", "application/json", `{"email":"a"}`, 415},
	{"text", "text/plain", "email=a", 415},
	{"multipart", "multipart/form-data; boundary=x", "--x--", 415},
	{"no type", "", "email=a", 415},
	{"broken type", "a/b/c; ;", "email=a", 415},
}

// A bad form is refused on every route that takes one.
func TestBadForms(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	tok, _ := s.token(t, u, "ci")
	b := s.enter(t, u)
	before := s.rows(t)
	for name := range guards {
		method, path, _ := strings.Cut(name, " ")
		if method != http.MethodPost || path == "/sign-out" || strings.HasPrefix(path, "/v1/") { // which read none
			continue
		}
		for _, bad := range badForms {
			page := b.postBody(pathOf(path, tok.PublicID), bad.contentType, bad.body)
			if page.StatusCode != bad.status {
				t.Errorf("%s, %s: %d, not %d", name, bad.what, page.StatusCode, bad.status)
			}
			page.find(".error-page")
		}
	}
	if tables := changed(before, s.rows(t)); len(tables) > 0 {
		t.Errorf("%v changed", tables)
	}
}

func TestOddFormsThatAreFine(t *testing.T) {
	s := newSite(t)
	u := modeltest.MustUser(t, s.store)
	for what, c := range map[string][2]string{
		"e-mail as an array": {formType, "email[]=nobody@example.com&"},
		"1000 keys":          {formType, manyKeys(997)},
		"charset":            {formType + "; charset=UTF-8", ""},
		"upper case":         {"Application/X-WWW-Form-Urlencoded", ""},
	} {
		body := c[1] + url.Values{"email": {u.Email}, "password": {modeltest.Password}}.Encode()
		if a := s.newBrowser(t).postBody("/sign-in", c[0], body); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", what, a.StatusCode)
		}
	}
	// A field in the address is none of the form's.
	s.newBrowser(t).postBody("/sign-in?email="+u.Email+"&password=x", formType, "email[]="+u.Email).refused("email", "password")
}

// A refused body is not read to its end: the connection is closed.
func TestLargeFormOverTheWire(t *testing.T) {
	s := newSite(t, overHTTP)
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/sign-in", strings.NewReader("email="+strings.Repeat("a", 4<<20)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formType)
	answer, err := server.Client().Do(r)
	if err != nil {
		return // the server closed while the body was on its way, which HTTP/1.1 allows
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge || !answer.Close {
		t.Errorf("%d, closed: %v", answer.StatusCode, answer.Close)
	}
}

func TestLongAddress(t *testing.T) {
	s := newSite(t)
	b := s.newBrowser(t)
	b.get("/sign-in?x=" + strings.Repeat("a", maxURL-len("/sign-in?x="))).want(http.StatusOK)
	b.get("/sign-in?x=" + strings.Repeat("a", maxURL)).want(http.StatusRequestURITooLong).find(".error-page")
	b.get("/sign-in?" + manyKeys(1001)).want(http.StatusBadRequest)
	b.get("/v1/user?x=" + strings.Repeat("a", maxURL)).want(http.StatusRequestURITooLong)
}

// FuzzForm: whatever is posted, a form is refused or has one valid text a field.
func FuzzForm(f *testing.F) {
	for _, bad := range badForms {
		f.Add(bad.contentType, bad.body)
	}
	f.Add(formType, "name=ci&validity=90&nonce=n")
	e := echo.New()
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		values, err := form(e.NewContext(r, httptest.NewRecorder()))
		if err != nil {
			if status := statusOf(err); status < 400 || status > 499 {
				t.Errorf("%d: %v", status, err)
			}
			return
		}
		if len(body) > maxForm || len(values) > maxKeys {
			t.Errorf("%d bytes with %d fields are taken", len(body), len(values))
		}
		for name, v := range values {
			if len(v) != 1 || !utf8.ValidString(name+v[0]) {
				t.Errorf("%q holds %q", name, v)
			}
		}
	})
}
