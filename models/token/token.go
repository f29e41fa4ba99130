// Package token is the format of a personal access token's secret.
//
// A secret is Prefix, then 32 random base62 characters, then 6 base62
// characters of checksum: 46 in all. The checksum lets a reader tell a typing
// error or a made-up string from a token without asking a database; it proves
// nothing about whether the token is good. docs/token-format.md has the grammar
// and test vectors.
//
// The package uses the standard library only.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"regexp"
	"strings"
)

// The parts of a secret. Pattern matches one in running text, for secret scanners.
const (
	Prefix      = "tsr_pat_"
	RandomLen   = 32
	ChecksumLen = 6
	Len         = len(Prefix) + RandomLen + ChecksumLen
	Pattern     = `tsr_pat_[0-9A-Za-z]{38}`
)

// Why Parse refuses a string.
var (
	ErrFormat   = errors.New("token: not of the form " + Pattern)
	ErrChecksum = errors.New("token: the checksum does not match")
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// New makes a secret of 190 bits of entropy from crypto/rand.
func New() string {
	s, err := generate(rand.Reader)
	if err != nil {
		panic(err) // crypto/rand.Reader never fails: since Go 1.24 it ends the program instead
	}
	return s
}

// generate draws bytes by rejection, so that each of the 62 characters is equally likely.
func generate(random io.Reader) (string, error) {
	const limit = 256 - 256%len(alphabet)
	body := make([]byte, 0, Len)
	body = append(body, Prefix...)
	var buf [RandomLen]byte
	for len(body) < len(Prefix)+RandomLen {
		if _, err := io.ReadFull(random, buf[:]); err != nil {
			return "", err
		}
		for _, b := range buf {
			if int(b) < limit && len(body) < len(Prefix)+RandomLen {
				body = append(body, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	sum := checksum(body)
	return string(append(body, sum[:]...)), nil
}

// Parse reports whether s is, as a whole, a well-formed secret: nil, ErrFormat or ErrChecksum.
func Parse(s string) error {
	if len(s) != Len || !strings.HasPrefix(s, Prefix) {
		return ErrFormat
	}
	for i := len(Prefix); i < Len; i++ {
		if !base62(s[i]) {
			return ErrFormat
		}
	}
	var body [Len - ChecksumLen]byte // on the stack
	copy(body[:], s)
	sum := checksum(body[:])
	if s[Len-ChecksumLen:] != string(sum[:]) {
		return ErrChecksum
	}
	return nil
}

// part is more of a secret than is shown of one: Prefix and the last four characters.
var part = regexp.MustCompile(`(?i)tsr_pat_…?[0-9a-z]{5}`)

// Within reports whether a secret, or more of one than may be shown, stands in text,
// so that the text should not be kept, sent back or put into an address.
func Within(text string) bool { return part.MatchString(text) }

// Find returns the well-formed secrets in a text, in their order, whatever stands around them.
func Find(text string) []string {
	var out []string
	for {
		i := strings.Index(text, Prefix)
		if i < 0 || len(text)-i < Len {
			return out
		}
		text = text[i:]
		n := len(Prefix)
		if Parse(text[:Len]) == nil {
			out, n = append(out, text[:Len]), Len
		}
		text = text[n:]
	}
}

// Hash is what is stored of a secret: SHA-256. A slow hash would add nothing,
// since the input is uniformly random and far too long to guess.
func Hash(s string) [sha256.Size]byte {
	var whole [Len]byte // on the stack, which is long enough for a secret
	return sha256.Sum256(append(whole[:0], s...))
}

// LastFour returns the end of a secret, which helps its owner to recognise it.
func LastFour(s string) string { return s[len(s)-4:] }

// checksum is CRC-32 (IEEE 802.3) of body in base62, most significant digit first, zero-padded.
func checksum(body []byte) [ChecksumLen]byte {
	n := crc32.ChecksumIEEE(body)
	var out [ChecksumLen]byte
	for i := ChecksumLen - 1; i >= 0; i-- {
		out[i] = alphabet[n%62]
		n /= 62
	}
	return out
}

func base62(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
