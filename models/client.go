package models

import (
	"strings"
	"unicode/utf8"
)

// maxClient is how much of a client's name is kept.
const maxClient = 64

// browsers lists what to look for in a browser's User-Agent, most telling first:
// each one names the others too.
var browsers = []struct{ product, name string }{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"},
	{"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Version/", "Safari"},
}

// ClientName cuts a User-Agent to the product's name and version, for instance
// "curl 8.10.1" or "Firefox 128": enough to recognise it, too little to follow a person.
func ClientName(userAgent string) string {
	if strings.HasPrefix(userAgent, "Mozilla/") {
		for _, b := range browsers {
			if _, rest, ok := strings.Cut(userAgent, b.product); ok {
				major, _, _ := strings.Cut(firstWord(rest), ".")
				return clip(b.name + " " + major)
			}
		}
	}
	name, version, _ := strings.Cut(firstWord(userAgent), "/")
	if version == "" {
		return clip(name)
	}
	return clip(name + " " + version)
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " \t;(),"); i >= 0 {
		return s[:i]
	}
	return s
}

// clip bounds s and keeps only what is printable ASCII, so that no client can
// write control characters into a page or a log.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= utf8.RuneSelf || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), maxClient)]
}
