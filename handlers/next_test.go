package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A signed-out post, poll or preview comes back to a page, not to its own address.
func TestSignedOutComesBackToThePage(t *testing.T) {
	s := newSite(t)
	b := s.newBrowser(t)
	const tokens = "/sign-in?next=%2Fsettings%2Ftokens"
	b.post("/settings/tokens").to("/sign-in")
	page := b.base().String() + "/settings/profile"
	b.post("/settings/password").to("/sign-in")
	b.with("Referer", page).post("/settings/password").to("/sign-in?next=%2Fsettings%2Fprofile")
	b.with("Referer", "https://tokens.example//evil.test/").post("/settings/password").to(tokens)
	b.with("HX-Request", "true", "HX-Current-URL", "javascript:alert(1)").get("/settings/tokens/preview").
		want(http.StatusOK).header("HX-Redirect", tokens)
	b.htmx("/settings/tokens/new").get("/settings/tokens/preview").
		want(http.StatusOK).header("HX-Redirect", "/sign-in?next=%2Fsettings%2Ftokens%2Fnew").header("Location", "")
}

// hostile are addresses elsewhere that a browser or parser might take for local.
var hostile = []string{
	"", "//evil.test", "//evil.test/%2f..", "///evil.test", `/\evil.test`, `\\evil.test`, `/\/evil.test`, "/%2f%2fevil.test", "/%2F/evil.test", "/%5cevil.test",
	"http:evil.test", "https://evil.test", "HTTPS://evil.test/", "javascript:alert(1)", "data:text/html,x", "mailto:a@evil.test", "evil.test", "@evil.test",
	"/\tevil", "\t//evil.test", "/\r\nSet-Cookie: a=b", "/\x00", "/\x7f", "https:/evil.test", "https:///evil.test", "//user@evil.test", "?x", "#x", "../x", "/%zz", "/%00%2f\x01",
}

func TestNextIsLocal(t *testing.T) {
	for _, next := range hostile {
		if got := localPath(next); got != "/settings/tokens" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
	for next, want := range map[string]string{
		"/settings/profile":        "/settings/profile",
		"/settings/tokens?q=a%26b": "/settings/tokens?q=a%26b",
		"/x#fragment":              "/x",
		"/@evil.test":              "/@evil.test",
		"/a?next=//evil.test":      "/a?next=//evil.test",
		"/日本":                      "/%E6%97%A5%E6%9C%AC",
		"/a%2fb":                   "/a%2fb",
	} {
		if got := localPath(next); got != want {
			t.Errorf("%q leads to %q, not %q", next, got, want)
		}
	}
}

func FuzzNext(f *testing.F) {
	for _, next := range hostile {
		f.Add(next)
	}
	f.Add("/settings/tokens?q=a%26b#x")
	base := &url.URL{Scheme: "https", Host: "tokens.example", Path: "/sign-in"}
	f.Fuzz(func(t *testing.T, next string) {
		got := localPath(next)
		u, err := base.Parse(got)
		if err != nil {
			t.Fatalf("%q leads to %q: %v", next, got, err)
		}
		if u.Scheme != base.Scheme || u.Host != base.Host || u.User != nil {
			t.Errorf("%q leads to %q, which is %s", next, got, u)
		}
		// Browsers drop tabs and line ends and read \ as /.
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.HasPrefix(got, `/\`) || strings.ContainsAny(got, "\t\r\n\x00") {
			t.Errorf("%q leads to %q", next, got)
		}
		if localPath(got) != got {
			t.Errorf("%q leads to %q, and that to %q", next, got, localPath(got))
		}
	})
}
