package format

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestAppendString(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		for pad := range 9 { // each place within a word of eight bytes
			front := strings.Repeat("x", pad)
			for _, put := range []func(dst, s []byte) []byte{appendString, appendDocument} {
				if got := string(put([]byte("<"), []byte(front+in+front))); got != `<"`+front+want+front+`"` {
					t.Errorf("%q at %d: got %s, want %s", in, pad, got, want)
				}
			}
		}
	}
	f("", "")
	f("plain </script> & ' text", "plain </script> & ' text")
	f(`a"b\c/d`, `a\"b\\c/d`)
	f("\n\t\r\b\f", `\n\t\r\b\f`)
	f("\x00\x01\x1f\x7f", "\\u0000\\u0001\\u001F\x7f")
	f("é日本 ", "é日本 ")
	f("😀👍", `\uD83D\uDE00\uD83D\uDC4D`)
	f("a\xffb\xc3", "a\uFFFDb\uFFFD")
	f(strings.Repeat(`"`, 2000), strings.Repeat(`\"`, 2000))
	f(strings.Repeat("long ", 2000), strings.Repeat("long ", 2000))
}

// FuzzAppendString reads back what was printed.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "abc", `"\`, "\x00é日😀\xff\xf0\x9f", strings.Repeat("é\"", 600)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		sparse, dense := appendString(nil, s), appendDocument(nil, s)
		if !bytes.Equal(sparse, dense) {
			t.Fatalf("%q: %s and %s", s, sparse, dense)
		}
		var back string
		if err := json.Unmarshal(sparse, &back); err != nil {
			t.Fatalf("%q: %s: %v", s, sparse, err)
		}
		if want := string([]rune(string(s))); back != want {
			t.Fatalf("got %q, want %q", back, want)
		}
	})
}
