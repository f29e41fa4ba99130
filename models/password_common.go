package models

import (
	_ "embed" // for the word list
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The list holds the passwords and password parts seen most in public leaks, one
// a line, in lower case. Few of them are 15 characters long by themselves;
// what people do is to put several together.
//
//go:embed common_passwords.txt
var commonPasswords string

var commonParts = sync.OnceValue(func() map[string]bool {
	parts := map[string]bool{}
	for line := range strings.Lines(commonPasswords) {
		parts[strings.TrimSpace(line)] = true
	}
	return parts
})

// maxPart is longer than any line of the list.
const maxPart = 40

// guessable reports whether password is made of nothing but common passwords,
// digits, repeats and runs along the keyboard or the alphabet: what a guesser tries first.
func guessable(password string) bool {
	s := []rune(strings.ToLower(password))
	reach := make([]bool, len(s)+1) // reach[n]: the first n can be cut into parts of which each is common
	reach[0] = true
	for end := 1; end <= len(s); end++ {
		for start := max(0, end-maxPart); start < end && !reach[end]; start++ {
			reach[end] = reach[start] && (common(s[start:end], plain) || common(s[start:end], unleet))
		}
	}
	return reach[len(s)]
}

// plain drops what joins words.
func plain(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// unleet also undoes the substitutions that everyone knows.
func unleet(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1', '!':
		return 'i'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	}
	return plain(r)
}

// rows are the ways along a keyboard.
var rows = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"}

// common: on the list, only digits or what joins words, or a run (aaaa, abcd, 4321, qwer) of three or more.
func common(part []rune, as func(rune) rune) bool {
	word := strings.Map(as, string(part))
	if commonParts()[word] || strings.Trim(word, "0123456789") == "" {
		return true
	}
	run := []rune(word)
	if len(run) < 3 {
		return false
	}
	back := slices.Clone(run)
	slices.Reverse(back)
	for _, row := range rows {
		if strings.Contains(row, word) || strings.Contains(row, string(back)) {
			return true
		}
	}
	step := run[1] - run[0]
	for i := 2; i < len(run); i++ {
		if run[i]-run[i-1] != step {
			return false
		}
	}
	return -1 <= step && step <= 1
}

// aboutYou reports whether password is little more than the person's name or
// address: what else it has is short or common.
func aboutYou(password, name, email string) bool {
	p := fold(password)
	local, domain, _ := strings.Cut(fold(email), "@")
	rest := p
	for _, word := range append(strings.Fields(fold(name)), local, domain, "tessera") {
		if utf8.RuneCountInString(word) >= 3 {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	if rest == p {
		return false
	}
	rest = strings.Map(plain, rest)
	return utf8.RuneCountInString(rest) < 8 || guessable(rest)
}
