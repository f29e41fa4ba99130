package openapi

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// A text is read as encoding/json reads it.
func TestUnquote(t *testing.T) {
	for _, quoted := range []string{
		`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC\u0000"`, `"\ud83d\uDE00!"`, `"\ud83d"`, `"\ud83d\u0041"`,
		`"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\ud83dx"`, `"日本\u8a9e\\u0041"`, `"\ud83d\n"`, `"\ud83d\""`,
	} {
		var want string
		if err := json.Unmarshal([]byte(quoted), &want); err != nil {
			t.Fatal(err)
		}
		if got := string(Unquote(Raw(quoted))); got != want {
			t.Errorf("%s is %q, not %q", quoted, got, want)
		}
	}
}

func FuzzUnquote(f *testing.F) {
	f.Add(`"\ud83d\ude00\\x"`)
	f.Fuzz(func(t *testing.T, quoted string) {
		var want string
		if !utf8.ValidString(quoted) || json.Unmarshal([]byte(quoted), &want) != nil || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return
		}
		if got := string(Unquote(Raw(quoted))); got != want {
			t.Errorf("%s is %q, not %q", quoted, got, want)
		}
	})
}
