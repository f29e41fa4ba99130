package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// By default nothing of this machine and its networks is reached, whatever the base URL says.
func TestConsoleKeepsOut(t *testing.T) {
	var asked atomic.Int32
	up := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer up.Close()
	c := newConsoleSite(t, consoleDescription)
	send := c.send(t, "get", "/get")
	for _, base := range []string{up.URL, "http://169.254.169.254", "https://127.0.0.1", "https://[::1]", "https://[::ffff:7f00:1]", "https://[64:ff9b::7f00:1]",
		"https://10.0.0.1", "https://0x7f000001", "https://2130706433", "http://8.8.8.8", "https://tokens.example"} {
		e := c.environment(t, base)
		c.browser.post(c.path("/environments/choose"), "environment", e[strings.LastIndexByte(e, '/')+1:])
		a := c.browser.post(send, "p0", "").want(200)
		if got := a.text(".answer .notice-title"); got != "Not allowed" {
			t.Errorf("%s: %s", base, got)
		}
		c.browser.post(e + "/delete")
	}
	if asked.Load() != 0 {
		t.Error("asked")
	}
}

// Our own API answers within the process: without cookies, and as to the person's address.
func TestConsoleAsksOurselvesInside(t *testing.T) {
	c := newConsoleSite(t, consoleDescription)
	_, secret := c.token(t, c.user, "console")
	e := c.environment(t, "https://tokens.example", "access_token!", "")
	send := c.send(t, "get", "/v1/user")
	c.own(t, c.browser, e, "access_token", secret)
	a := c.browser.from("198.51.100.77").post(send, "p0", "Bearer {{access_token}}").want(200)
	if a.text(".response-line .status") != "200 OK" || !strings.Contains(a.find("#answer-text").Text(), c.user.Email) {
		t.Fatal(a.excerpt())
	}
	if err := c.usage.FlushUser(t.Context(), c.user.ID); err != nil {
		t.Fatal(err)
	}
	if n := c.count(t, "SELECT COUNT(*) FROM token_origins WHERE address = '198.51.100.77'"); n != 1 {
		t.Error("the caller's address is lost")
	}
	// Without the token the session's cookie is of no use there.
	if a := c.browser.post(send, "p0", "").want(200); a.text(".response-line .status") != "401 Unauthorized" {
		t.Error(a.excerpt())
	}
	// Pages are not answered inside, and a connection to ourselves is not made.
	if a := c.browser.post(c.send(t, "get", "/settings/tokens"), "p0", "").want(200); a.text(".answer .notice-title") != "Not allowed" {
		t.Error(a.excerpt())
	}
}

func TestSecretsStayWithTheirOrigin(t *testing.T) {
	up, other := upstream(t), upstream(t)
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	e := c.environment(t, up.URL, "access_token!", "", "host", "")
	c.own(t, c.browser, e, "access_token", envSecret)
	send := c.send(t, "get", "/get")
	fields := []string{"p0", "Bearer {{access_token}}"}
	c.browser.post(send, fields...).want(200)
	id := fmt.Sprint(c.count(t, "SELECT id FROM variables WHERE name = 'access_token'"))
	c.browser.post(e, "name", "Moved", "base_url", other.URL+"/x", "id-0", id, "variable-0", "access_token", "shared-0", "", "secret-0", "1").to(e)

	sent := c.count(t, "SELECT COUNT(*) FROM console_requests")
	a := c.browser.post(send, fields...).want(409)
	if a.value("button[name=allow_origin]") != other.URL || c.count(t, "SELECT COUNT(*) FROM console_requests") != sent {
		t.Error(a.excerpt())
	}
	if a := c.browser.get(e); !strings.Contains(a.body, "was entered for another address") {
		t.Error(a.excerpt())
	}
	// An answer to another question does not count.
	c.browser.post(send, append(fields, "allow_origin", "https://elsewhere.test")...).want(409)
	c.browser.post(e+"/repin", "origin", "https://elsewhere.test").to(e)
	c.browser.post(send, fields...).want(409)
	c.browser.post(send, append(fields, "allow_origin", other.URL)...).want(200)
	c.browser.post(send, fields...).want(200)

	// A request without the secret needs no answer; one to a shared secret's place is nobody's to move.
	c.browser.post(e, "name", "Moved", "base_url", up.URL, "id-0", id, "variable-0", "access_token", "shared-0", "", "secret-0", "1").to(e)
	c.browser.post(send, "p0", "").want(200)
	c.browser.post(e+"/repin", "origin", up.URL).to(e)
	c.browser.post(send, fields...).want(200)
}

// A member's own value in the base URL does not lead a shared secret away.
func TestSharedSecretsDontFollowOwnValues(t *testing.T) {
	up := upstream(t)
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	e := c.environment(t, "{{host}}", "access_token!", "shared-secret-0123456789", "host", up.URL)
	send := c.send(t, "get", "/get")
	a := c.browser.post(send, "p0", "Bearer {{access_token}}").want(200)
	if strings.Contains(a.body, "shared-secret-0123456789") {
		t.Error("a shared secret is shown")
	}
	c.own(t, c.browser, e, "host", upstream(t).URL)
	c.browser.post(send, "p0", "Bearer {{access_token}}").refused("environment")
}

// Whoever leads an environment elsewhere learns no shared secret there.
func TestSharedSecretsStayWithTheirOrigin(t *testing.T) {
	up, other := upstream(t), upstream(t)
	c := newConsoleSite(t, consoleDescription, reaching("127.0.0.0/8"))
	e := c.environment(t, up.URL, "access_token!", "shared-secret-0123456789")
	send := c.send(t, "get", "/get")
	c.browser.post(send, "p0", "Bearer {{access_token}}").want(200)
	id := fmt.Sprint(c.count(t, "SELECT id FROM variables WHERE name = 'access_token'"))
	save := func(shared string) *answer {
		c.browser.post(e, "name", "Moved", "base_url", other.URL, "id-0", id, "variable-0", "access_token", "shared-0", shared, "secret-0", "1").to(e)
		return c.browser.get(e)
	}
	if a := save(""); !strings.Contains(a.text("main .notice-warn"), "cleared: access_token") || a.find("#shared-0").AttrOr("placeholder", "") != "" {
		t.Error(a.excerpt())
	}
	c.browser.post(send, "p0", "Bearer {{access_token}}").refused("p0")
	save("another-secret-0123456789")
	c.browser.post(send, "p0", "Bearer {{access_token}}").want(200)
}

// A base URL that changed since the page was shown gets no secret typed there.
func TestOwnSecretsTakeTheShownOrigin(t *testing.T) {
	c := newConsoleSite(t, smallDescription)
	e := c.environment(t, "https://{{host}}", "access_token!", "", "host", "one.test", "plain", "")
	id := func(name string) string {
		return "value-" + fmt.Sprint(c.count(t, "SELECT id FROM variables WHERE name = ?", name))
	}
	own := func(origin, host string) *answer {
		return c.browser.post(e+"/values", "origin", origin, id("access_token"), envSecret, id("host"), host, id("plain"), "typed")
	}
	stored := func() int { return c.count(t, "SELECT COUNT(*) FROM personal_values") }
	a := own("https://before.test", "").want(409)
	if !strings.Contains(a.text("main .notice-warn"), "changed meanwhile") || a.value("#"+id("plain")) != "typed" || strings.Contains(a.body, envSecret) || stored() != 0 {
		t.Error(a.excerpt())
	}
	// One's own value in the base URL moves what goes with it: the page asks.
	own(a.value("form[action$='/values'] [name=origin]"), "two.test").to(e)
	if a := c.browser.get(e); stored() != 3 || !strings.Contains(a.body, "Entered for: https://one.test") {
		t.Error(a.excerpt())
	}
}
