package openapi

import (
	"math/big"
	"strings"

	"go.yaml.in/yaml/v4"
)

const quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func isPlain(n *yaml.Node) bool { return n.Style&(quotedStyles|yaml.TaggedStyle) == 0 }

// appendScalar appends a scalar as JSON, by the core schema of YAML 1.2 (chapter
// 10.3). Infinity and NaN, which JSON lacks, stay strings.
func appendScalar(b []byte, n *yaml.Node) []byte {
	quoted := n.Style&quotedStyles != 0
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.Tag {
		case "!!int", "!!float", "!!bool", "!!null":
			quoted = false
		default:
			quoted = true
		}
	}
	if quoted {
		return appendQuoted(b, n.Value)
	}
	return appendPlain(b, n.Value)
}

func appendPlain(b []byte, s string) []byte {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return append(b, "null"...)
	case "true", "True", "TRUE":
		return append(b, "true"...)
	case "false", "False", "FALSE":
		return append(b, "false"...)
	}
	if c := s[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		if number, ok := coreNumber(s); ok {
			return append(b, number...)
		}
	}
	return appendQuoted(b, s)
}

// coreNumber returns a number of YAML's core schema as JSON writes it: its own text
// wherever JSON allows that.
func coreNumber(s string) (string, bool) {
	if rest, ok := strings.CutPrefix(s, "0o"); ok {
		return otherBase(rest, 8)
	}
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		return otherBase(rest, 16)
	}
	sign, rest := "", s
	if s[0] == '-' || s[0] == '+' {
		sign, rest = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	whole, rest := digits(rest)
	fraction, point := "", strings.HasPrefix(rest, ".")
	if point {
		fraction, rest = digits(rest[1:])
	}
	if whole+fraction == "" || !isExponent(rest) {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if point {
		if fraction == "" {
			fraction = "0"
		}
		fraction = "." + fraction
	}
	return sign + whole + fraction + rest, true
}

func digits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

func isExponent(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	number, rest := digits(s)
	return number != "" && rest == ""
}

// otherBase reads an octal or hexadecimal number. Longer ones than any computer's
// integer are no numbers to anybody, and converting them takes quadratic time.
func otherBase(s string, base int) (string, bool) {
	if s == "" || len(s) > 64 || s[0] == '-' || s[0] == '+' || strings.Contains(s, "_") {
		return "", false
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok {
		return "", false
	}
	return n.String(), true
}
