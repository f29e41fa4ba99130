package views

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"tessera/models"
)

//go:embed locales
var localeFiles embed.FS

// Locales are the languages the product speaks.
type Locales struct {
	byTag   map[string]*Locale
	inOrder []*Locale // as the matcher counts them; the first is the default
	matcher language.Matcher
	pseudo  *Locale
}

// Locale is one language: its words, its plural rules and the way it writes dates.
type Locale struct {
	Tag       string            // BCP 47, for instance "ja"; the value of the lang attribute
	static    map[string]string // messages without placeholders, ready to use
	dynamic   map[string]bool   // messages with placeholders or plural forms
	localizer *i18n.Localizer
	dates     dateFormats
	names     []Option // every language by its own name: who looks for theirs reads no other
}

// NewLocales reads the catalogues of models.Languages from the binary, the default first. It
// fails when a catalogue is broken or says the same key twice.
func NewLocales() (*Locales, error) {
	l := &Locales{byTag: map[string]*Locale{}}
	bundle := i18n.NewBundle(language.English)
	var tags []language.Tag
	var names []Option
	for _, name := range models.Languages {
		locale, err := newLocale(bundle, name, name, asWritten)
		if err != nil {
			return nil, err
		}
		l.byTag[name] = locale
		l.inOrder = append(l.inOrder, locale)
		tags = append(tags, language.MustParse(name))
		names = append(names, Option{Value: name, Text: locale.static["language.name"], Lang: name})
	}
	l.matcher = language.NewMatcher(tags)
	var err error
	l.pseudo, err = newLocale(bundle, pseudoTag, models.Languages[0], accentMessage)
	if err != nil {
		return nil, err
	}
	l.pseudo.names = names
	for _, locale := range l.inOrder {
		locale.names = names
	}
	return l, nil
}

// asWritten is the rewrite of newLocale that changes nothing.
func asWritten(*i18n.Message) {}

// newLocale makes the language tag from the catalogue of lang, rewriting each message.
func newLocale(bundle *i18n.Bundle, tag, lang string, rewrite func(*i18n.Message)) (*Locale, error) {
	messages, err := readCatalogue(lang)
	if err != nil {
		return nil, err
	}
	l := &Locale{Tag: tag, static: map[string]string{}, dynamic: map[string]bool{}}
	for _, m := range messages {
		rewrite(m)
		if m.One == "" && !strings.Contains(m.Other, "{{") {
			l.static[m.ID] = m.Other
			continue
		}
		l.dynamic[m.ID] = true
		if err := bundle.AddMessages(language.MustParse(tag), m); err != nil {
			return nil, fmt.Errorf("locale %s: %s: %w", tag, m.ID, err)
		}
	}
	l.localizer = i18n.NewLocalizer(bundle, tag)
	l.dates = newDateFormats(l.static)
	return l, nil
}

// readCatalogue reads every JSON file in a language's folder. A value is a sentence, or an
// object of sentences by plural form (CLDR).
func readCatalogue(lang string) ([]*i18n.Message, error) {
	names, err := fs.Glob(localeFiles, path.Join("locales", lang, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []*i18n.Message
	seen := map[string]string{}
	for _, name := range names {
		data, err := localeFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var entries map[string]json.RawMessage
		if err := json.Unmarshal(data, &entries); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for id, raw := range entries {
			if first, dup := seen[id]; dup {
				return nil, fmt.Errorf("%s: %q stands in %s too", name, id, first)
			}
			seen[id] = name
			m := &i18n.Message{ID: id}
			var forms struct{ One, Other string }
			if raw[0] == '"' {
				err = json.Unmarshal(raw, &m.Other)
			} else if err = json.Unmarshal(raw, &forms); err == nil {
				m.One, m.Other = forms.One, forms.Other
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %q: %w", name, id, err)
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// maxLanguageRange bounds what Match reads of one preference: Accept-Language comes from
// strangers, and no honest one is longer.
const maxLanguageRange = 200

// Match returns the best language for the preferences, the strongest first: a language tag
// or an Accept-Language header (RFC 9110, 12.5.4). Empty, unknown and broken ones are passed
// over; English is the last resort.
func (l *Locales) Match(preferred ...string) *Locale {
	for _, p := range preferred {
		if locale := l.byTag[p]; locale != nil {
			return locale
		}
		if p == "" || len(p) > maxLanguageRange {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(p)
		if err != nil {
			continue
		}
		if _, i, confidence := l.matcher.Match(tags...); confidence > language.No {
			return l.inOrder[i]
		}
	}
	return l.inOrder[0]
}

// Pseudo returns English that is accented, bracketed and about 40 percent longer (en-XA). It
// shows in the gallery which words are not in the catalogue and which boxes are too tight.
func (l *Locales) Pseudo() *Locale { return l.pseudo }

// below returns the keys that start with prefix, without it, in order.
func (l *Locale) below(prefix string) []string {
	var keys []string
	for key := range l.static {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			keys = append(keys, rest)
		}
	}
	for key := range l.dynamic {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			keys = append(keys, rest)
		}
	}
	slices.Sort(keys)
	return keys
}

// text returns the message for key. Its placeholders are filled from params, whose values
// are strings already; n is the count that chooses the plural form, nil when there is none.
// An unknown key is returned as it is, so that the page still says something.
func (l *Locale) text(key string, params map[string]string, n any) string {
	if s, ok := l.static[key]; ok {
		return s
	}
	if !l.dynamic[key] {
		return key
	}
	s, err := l.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, TemplateData: params, PluralCount: n, TemplateParser: placeholders{},
	})
	if err != nil {
		return key
	}
	return s
}
