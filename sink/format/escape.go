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
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	dst = appendSparse(dst, s)
	return append(dst, '"')
}

// appendDocument is appendString for text with a quote every few bytes.
func appendDocument(dst, s []byte) []byte {
	dst = append(dst, '"')
	dst = appendDense(dst, s)
	return append(dst, '"')
}

// appendSparse copies eight bytes at a time and looks at them afterwards, so
// that text with little to escape runs at the speed of a copy.
func appendSparse(dst, s []byte) []byte {
	i := 0
	for i+8 <= len(s) {
		n := len(dst)
		if cap(dst)-n < 16 {
			dst = slices.Grow(dst, len(s)-i+16)
		}
		w := binary.LittleEndian.Uint64(s[i:])
		binary.LittleEndian.PutUint64(dst[n:n+8], w)
		clean := bits.TrailingZeros64(special(w)) >> 3
		dst = dst[:n+clean]
		if i += clean; clean == 8 {
			continue
		}
		if c := s[i]; c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
			i++
			continue
		}
		dst, i = appendSpecial(dst, s, i)
	}
	return appendDense(dst, s[i:])
}

// special sets the top bit of each byte of w that cannot be copied: control
// characters, quotes, backslashes and all that is not ASCII. Bits above the
// lowest one that is set may be wrong.
func special(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := w^'"'*ones, w^'\\'*ones
	return (w | (w - 0x20*ones) | (quote - ones) | (backslash - ones)) & tops
}

// dense is how many bytes appendDense looks at before it asks for room again.
const dense = 512

// appendDense looks at each byte and writes two, whether they are wanted or
// not, which costs no mispredicted branch where quotes are frequent.
func appendDense(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		end, n := min(len(s), i+dense), len(dst)
		dst = slices.Grow(dst, 2*dense)
		out := dst[:cap(dst)]
		for ; i < end; i++ {
			e := escapes[s[i]]
			if e.size == 0 {
				break
			}
			binary.LittleEndian.PutUint16(out[n:], e.text)
			n += int(e.size)
		}
		if dst = out[:n]; i < end {
			dst, i = appendSpecial(dst, s, i)
		}
	}
	return dst
}

// escape is how an ASCII character is printed: the first size bytes of text,
// little-endian. Size 0 is for what takes more than two.
type escape struct {
	text uint16
	size uint8
}

var escapes = escapeTable()

func escapeTable() (t [256]escape) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = escape{uint16(c), 1}
	}
	for i, c := range []byte("\"\\\n\t\r\b\f") {
		t[c] = escape{'\\' | uint16(`"\ntrbf`[i])<<8, 2}
	}
	return t
}

// appendSpecial prints the character at s[i], which cannot be copied, and
// returns where the next one is.
func appendSpecial(dst, s []byte, i int) ([]byte, int) {
	switch e := escapes[s[i]]; {
	case s[i] >= utf8.RuneSelf:
		return appendRune(dst, s, i)
	case e.size == 2:
		return append(dst, '\\', byte(e.text>>8)), i + 1
	default:
		return appendUnit(dst, uint16(s[i])), i + 1
	}
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
