package models_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tessera/models"
)

func TestClientName(t *testing.T) {
	for agent, want := range map[string]string{
		"":                       "",
		"curl/8.10.1":            "curl 8.10.1",
		"Go-http-client/2.0":     "Go-http-client 2.0",
		"python-requests/2.32.3": "python-requests 2.32.3",
		"gh/2.1 (linux; x86_64)": "gh 2.1",
		"my-script":              "my-script",
		"Wget":                   "Wget",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                    "Firefox 128",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36":                                       "Chrome 127",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 Edg/127.0.1":                           "Edge 127",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 OPR/112.0":                             "Opera 112",
		"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                                             "Safari 17",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1":    "Chrome 126",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/128.0 Mobile/15E148 Safari/605.1.15": "Firefox 128",
		"Mozilla/5.0 (compatible; bot)": "Mozilla 5.0",
		"a\r\nSet-Cookie: x":            "aSet-Cookie:",
		"\x1b[31mred/1\x7f":             "[31mred 1",
		"日本/1.0":                        " 1.0",
		strings.Repeat("x", 100) + "/1": strings.Repeat("x", 64),
	} {
		if got := models.ClientName(agent); got != want {
			t.Errorf("%q is %q, not %q", agent, got, want)
		}
	}
}

func FuzzClientName(f *testing.F) {
	for _, agent := range []string{"curl/8", "Mozilla/5.0 Firefox/128.0", "Mozilla/", "Mozilla/5.0 Edg/", "/", "\x00", "\xff/\xff", "日/本"} {
		f.Add(agent)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		got := models.ClientName(agent)
		if len(got) > 64 || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q is %q", agent, got)
		}
	})
}
