package token

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The vectors stand in docs/token-format.md too: change both or neither.
var vectors = []struct {
	secret string
	err    error
	sha256 string
}{
	{"tsr_pat_0000000000000000000000000000000016Bqd9", nil, "0d277ce102c15cb47a1959ce614b336834cfc8d505e0146bda712e8ef183f04e"},
	{"tsr_pat_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz1wf6M5", nil, "06ef1107ac3e0c2db7113be1fa02b1d14f90d6a0b29e13fcfd93ebd832b159ff"},
	{"tsr_pat_0123456789ABCDEFGHIJKLMNOPQRSTUV3Wv7FA", nil, "d2eeeb245f875fde7372220307f3ee7ae2b59aa90cf2d1618be32c1eb1bdc8ec"},
	{"tsr_pat_TesseraTokenFormatTestVector00013G9ya0", nil, "15e810de48b16bbb6b8155eabe5597d4511dc690980f9355061c635bf977f04a"},
	{"tsr_pat_TesseraTokenFormatTestVector00013G9ya1", ErrChecksum, ""},
	{"tsr_pat_TesseraTokenFormatTestVector00023G9ya0", ErrChecksum, ""},
	{"tsr_pat_TesseraTokenFormatTestVector00013G9ya", ErrFormat, ""},
	{"tsr_pat_TesseraTokenFormatTestVector-0013G9ya0", ErrFormat, ""},
	{"TSR_PAT_TesseraTokenFormatTestVector00013G9ya0", ErrFormat, ""},
	{"", ErrFormat, ""},
}

func sum(random string) string {
	s := checksum([]byte(Prefix + random))
	return string(s[:])
}

func TestWithin(t *testing.T) {
	secret := vectors[3].secret
	for text, want := range map[string]bool{
		secret: true, "x=" + secret + "&": true, secret[:13]: true, "TSR_PAT_00000": true, "tsr_pat_…yyyyy": true,
		"": false, Prefix: false, secret[:12]: false, Prefix + "…9ya0": false, Prefix + "9ya0": false, secret[len(Prefix):]: false,
	} {
		if Within(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestNew(t *testing.T) {
	whole := regexp.MustCompile("^" + Pattern + "$")
	seen := map[string]bool{}
	for range 1000 {
		s := New()
		if !whole.MatchString(s) || len(s) != Len || Parse(s) != nil || seen[s] {
			t.Fatalf("bad secret %q", s)
		}
		seen[s] = true
	}
}

func TestNewIsUnbiased(t *testing.T) {
	const n = 1_000_000
	var count [256]int
	for range n / RandomLen {
		for _, c := range []byte(New()[len(Prefix) : len(Prefix)+RandomLen]) {
			count[c]++
		}
	}
	// Chi-squared with 61 degrees of freedom: 120 is passed by chance once in 100,000 runs.
	expected, chi := float64(n)/62, 0.0
	for _, c := range []byte(alphabet) {
		chi += math.Pow(float64(count[c])-expected, 2) / expected
	}
	if chi > 120 {
		t.Errorf("chi-squared = %.1f: the characters are not equally likely", chi)
	}
}

func TestGenerateRejectsBytesThatWouldBias(t *testing.T) {
	random := append(bytes.Repeat([]byte{248, 255}, RandomLen/2), bytes.Repeat([]byte{61}, RandomLen)...)
	s, err := generate(bytes.NewReader(random))
	if err != nil || s[len(Prefix):len(Prefix)+RandomLen] != strings.Repeat("z", RandomLen) {
		t.Errorf("got %q, %v", s, err)
	}
	if _, err := generate(bytes.NewReader(nil)); err == nil {
		t.Error("a failing source gave a secret")
	}
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		if err := Parse(v.secret); !errors.Is(err, v.err) {
			t.Errorf("Parse(%q) = %v, want %v", v.secret, err, v.err)
		}
		if got := Hash(v.secret); v.err == nil && hex.EncodeToString(got[:]) != v.sha256 {
			t.Errorf("Hash(%q) = %x, want %s", v.secret, got, v.sha256)
		}
	}
}

func TestEachAlterationIsRefused(t *testing.T) {
	s := New()
	for i := range s {
		if Parse(s[:i]) == nil || Parse(s[i+1:]) == nil {
			t.Errorf("cut at %d accepted", i)
		}
		for _, c := range []string{"\x00", "é", "-", flip(s[i])} {
			if altered := s[:i] + c + s[i+1:]; altered != s && Parse(altered) == nil {
				t.Errorf("%q at %d accepted", c, i)
			}
		}
	}
	for _, altered := range []string{s + "0", " " + s, s + "\n", strings.ToUpper(s), s + s} {
		if Parse(altered) == nil {
			t.Errorf("%q accepted", altered)
		}
	}
}

func TestFind(t *testing.T) {
	one, two := New(), New()
	for text, want := range map[string][]string{
		"": nil, "nonsense": nil, one: {one}, "\t" + one + "\r\n": {one}, one + two: {one, two}, "x" + one + "y": {one},
		"A=" + one + "\nB='" + two + "' # tsr_pat_": {one, two}, one[:Len-1]: nil, one[:Len-1] + " ": nil, Prefix + one: {one}, "\xff" + one: {one},
	} {
		if got := Find(text); !slices.Equal(got, want) {
			t.Errorf("in %q is %q, not %q", text, got, want)
		}
	}
}

func flip(c byte) string {
	if up := strings.ToUpper(string(c)); up != string(c) {
		return up
	}
	return strings.ToLower(string(c))
}

func FuzzParse(f *testing.F) {
	f.Add(New())
	f.Add("")
	f.Add(Prefix + strings.Repeat("z", 38))
	f.Fuzz(func(t *testing.T, s string) {
		if Parse(s) != nil {
			return
		}
		if len(s) != Len || !regexp.MustCompile("^"+Pattern+"$").MatchString(s) {
			t.Fatalf("%q accepted", s)
		}
		if s[Len-ChecksumLen:] != sum(s[len(Prefix):len(Prefix)+RandomLen]) {
			t.Fatalf("%q accepted with a wrong checksum", s)
		}
		if !strings.HasSuffix(s, LastFour(s)) {
			t.Fatalf("LastFour(%q) = %q", s, LastFour(s))
		}
	})
}

func BenchmarkParseAndHash(b *testing.B) {
	s := New()
	b.ReportAllocs()
	for b.Loop() {
		if Parse(s) != nil {
			b.Fatal("refused")
		}
		Hash(s)
	}
}
