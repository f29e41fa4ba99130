package views

import (
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// pseudoTag is the made-up language of Locales.Pseudo; XA is a region code for private use.
const pseudoTag = "en-XA"

var accents = strings.NewReplacer(
	"a", "á", "c", "ç", "d", "đ", "e", "é", "g", "ğ", "i", "í", "l", "ł", "n", "ñ", "o", "ö",
	"r", "ř", "s", "š", "t", "ţ", "u", "ü", "y", "ý", "z", "ž",
	"A", "Á", "C", "Ç", "E", "É", "I", "Í", "N", "Ñ", "O", "Ö", "S", "Š", "T", "Ţ", "U", "Ü",
)

// accentMessage makes an English message pseudo-localised. Date patterns stay as they are:
// their letters are not words.
func accentMessage(m *i18n.Message) {
	if strings.HasPrefix(m.ID, datePrefix) {
		return
	}
	m.Other = accent(m.Other)
	if m.One != "" {
		m.One = accent(m.One)
	}
}

// accent changes the letters of s outside its placeholders, adds two fifths to its length
// and puts brackets around it.
func accent(s string) string {
	var b strings.Builder
	b.WriteString("[")
	letters := 0
	for rest := s; rest != ""; {
		text, after, found := strings.Cut(rest, "{{")
		b.WriteString(accents.Replace(text))
		letters += len(text)
		if !found {
			break
		}
		placeholder, tail, _ := strings.Cut(after, "}}")
		b.WriteString("{{" + placeholder + "}}")
		rest = tail
	}
	b.WriteString(strings.Repeat(" öñé", (letters*2/5+3)/4))
	b.WriteString("]")
	return b.String()
}
