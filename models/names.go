package models

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxName is the length of a name in characters, of people and of tokens.
const MaxName = 80

// checkName returns name in the form that is stored, or notes why it can't be.
func checkName(v *Invalid, field, name string) string {
	stored := strings.TrimSpace(norm.NFC.String(name))
	switch {
	case name == "":
		v.Add(field, "name_required")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, control):
		v.Add(field, "name_control")
	case strings.ContainsFunc(name, bidiControl):
		v.Add(field, "name_bidi")
	case strings.IndexFunc(stored, visible) < 0:
		v.Add(field, "name_blank")
	case utf8.RuneCountInString(stored) > MaxName:
		v.Add(field, "name_too_long", "max", MaxName)
	}
	return stored
}

// control: control characters and what else ends a line.
func control(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// bidiControl: the characters that reorder what stands around them, so that a
// name could be shown as another (Unicode Standard Annex #9, section 2).
func bidiControl(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069'
}

// visible: what leaves a mark. Among what doesn't are letters by category, the
// Hangul fillers, and the empty Braille cell.
func visible(r rune) bool {
	return !unicode.IsSpace(r) && r != '\u2800' &&
		!unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// fold makes texts comparable without regard to case, Unicode form and
// characters that can't be seen. What no database stores becomes U+FFFD, so that
// the answer can be asked for.
func fold(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(s))))
}
