package binlog

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// singleByte returns the conversion of a set with one byte a character.
func singleByte(t *[256]rune) func(dst, src []byte) []byte {
	return func(dst, src []byte) []byte {
		for _, b := range src {
			dst = utf8.AppendRune(dst, t[b])
		}
		return dst
	}
}

func mapped(m *charmap.Charmap) *[256]rune {
	var t [256]rune
	for b := range t {
		t[b] = m.DecodeByte(byte(b))
	}
	return &t
}

// iso is mapped with the C1 controls, which x/text leaves out of some tables.
func iso(m *charmap.Charmap) *[256]rune {
	t := mapped(m)
	for b := 0x80; b < 0xa0; b++ {
		t[b] = rune(b)
	}
	return t
}

// windows is mapped without the C1 controls that the WHATWG put where Windows
// has no character, and Java U+FFFD.
func windows(m *charmap.Charmap) *[256]rune {
	t := mapped(m)
	for b := 0x80; b < 0xa0; b++ {
		if t[b] == rune(b) {
			t[b] = utf8.RuneError
		}
	}
	return t
}

// tis620 is Windows 874 without what Microsoft added below 0xA0.
func tis620() *[256]rune {
	t := mapped(charmap.Windows874)
	for b := 0x80; b < 0xa0; b++ {
		t[b] = utf8.RuneError
	}
	return t
}

// ownTable extends ASCII with the characters of high, from 0x80 on; there is
// none for bytes past the end of high.
func ownTable(high string) *[256]rune {
	var t [256]rune
	for b := range t {
		t[b] = rune(b)
		if b >= utf8.RuneSelf {
			t[b] = utf8.RuneError
		}
	}
	b := utf8.RuneSelf
	for _, r := range high {
		t[b] = r
		b++
	}
	return &t
}
