package format

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// appendString prints UTF-8 text as a JSON string the way Jackson's
// UTF8JsonGenerator does: short escapes where JSON has them, \u00XX for other
// control characters, surrogate pairs as two \uXXXX, everything else as it is.
// Invalid bytes become U+FFFD.
//
// Eight bytes are copied at a time and looked at afterwards, so that text
// without anything to escape runs at the speed of a copy.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s)
	return append(dst, '"')
}

func appendEscaped(dst, s []byte) []byte {
	i := 0
	for i+8 <= len(s) {
		if cap(dst)-len(dst) < 8 {
			dst = slices.Grow(dst, len(s)-i+16)
		}
		w := binary.LittleEndian.Uint64(s[i:])
		binary.LittleEndian.PutUint64(dst[len(dst):len(dst)+8], w)
		clean := bits.TrailingZeros64(special(w)) >> 3 // 8 when nothing is special
		dst = dst[:len(dst)+clean]
		i += clean
		if clean < 8 {
			dst, i = appendSpecial(dst, s, i)
		}
	}
	for i < len(s) {
		dst, i = appendSpecial(dst, s, i)
	}
	return dst
}

// special sets the top bit of each byte of w that cannot be copied: control
// characters, quotes, backslashes and all that is not ASCII. Bits above the
// lowest one that is set may be wrong.
func special(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := w^'"'*ones, w^'\\'*ones
	control := (w - 0x20*ones) & ^w
	return (control | (quote-ones)&^quote | (backslash-ones)&^backslash | w) & tops
}

// appendSpecial prints the character at s[i] and returns where the next one is.
func appendSpecial(dst, s []byte, i int) ([]byte, int) {
	c := s[i]
	switch {
	case c == '"' || c == '\\':
		return append(dst, '\\', c), i + 1
	case c >= utf8.RuneSelf:
		return appendRune(dst, s, i)
	case c >= 0x20:
		return append(dst, c), i + 1
	}
	switch c {
	case '\n':
		return append(dst, `\n`...), i + 1
	case '\t':
		return append(dst, `\t`...), i + 1
	case '\r':
		return append(dst, `\r`...), i + 1
	case '\b':
		return append(dst, `\b`...), i + 1
	case '\f':
		return append(dst, `\f`...), i + 1
	}
	return appendUnit(dst, uint16(c)), i + 1
}

// appendRune prints a character outside of ASCII, and the ones of two or three
// bytes that follow it.
func appendRune(dst, s []byte, i int) ([]byte, int) {
	start := i
	for i < len(s) && s[i] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(s[i:])
		if size == 2 || size == 3 {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		if size == 1 {
			return append(dst, "\uFFFD"...), i + 1
		}
		r -= 0x10000
		dst = appendUnit(dst, uint16(0xD800+r>>10))
		return appendUnit(dst, uint16(0xDC00+r&0x3FF)), i + size
	}
	return append(dst, s[start:i]...), i
}

func appendUnit(dst []byte, u uint16) []byte {
	return append(dst, '\\', 'u', upperHex[u>>12], upperHex[u>>8&15], upperHex[u>>4&15], upperHex[u&15])
}
