package binlog

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// Characters that Java's tables of the older standards have where the tables
// of the WHATWG, which x/text follows, have a look-alike.
var (
	cp932Runes = map[rune]rune{'\u0080': utf8.RuneError}
	jisRunes   = map[rune]rune{
		'～': '〜', '∥': '‖', '－': '−', '―': '—', '￠': '¢', '￡': '£', '￢': '¬', '\u0080': utf8.RuneError,
	}
	gb2312Runes = map[rune]rune{'·': '・', '—': '―'}
	big5Runes   = map[rune]rune{
		'‧': '•', '﹑': '､', '╴': '＿', '¯': '‾', '～': '∼', '⊕': '♁', '⊙': '☉',
		'／': '╱', '＼': '╲', '∕': '／', '﹨': '＼', '￥': '¥', '￠': '¢', '￡': '£',
	}
)

// transformer returns the conversion by a stateless decoder of x/text, with
// the runes in swap exchanged.
func transformer(e encoding.Encoding, swap map[rune]rune) func(dst, src []byte) []byte {
	d := e.NewDecoder().Transformer
	return func(dst, src []byte) []byte {
		start := len(dst)
		dst = transformAll(d, dst, src)
		return exchange(dst, start, swap)
	}
}

// transformAll appends src to dst through t. The decoders of x/text write
// U+FFFD for malformed input and fail only for want of space.
func transformAll(t transform.Transformer, dst, src []byte) []byte {
	for len(src) > 0 {
		dst = slices.Grow(dst, len(src)+utf8.UTFMax)
		n, read, err := t.Transform(dst[len(dst):cap(dst)], src, true)
		dst, src = dst[:len(dst)+n], src[read:]
		if n == 0 && read == 0 && err != nil {
			return utf8.AppendRune(dst, utf8.RuneError)
		}
	}
	return dst
}

// exchange replaces the runes of dst from start on as swap says.
func exchange(dst []byte, start int, swap map[rune]rune) []byte {
	differs := func(r rune) bool { _, ok := swap[r]; return ok }
	if swap == nil || !bytes.ContainsFunc(dst[start:], differs) {
		return dst
	}
	fixed := bytes.Map(func(r rune) rune {
		if s, ok := swap[r]; ok {
			return s
		}
		return r
	}, dst[start:])
	return append(dst[:start], fixed...)
}

// appendUTF16 returns the conversion of UTF-16 and of its subset UCS-2.
func appendUTF16(order binary.ByteOrder) func(dst, src []byte) []byte {
	return func(dst, src []byte) []byte {
		for len(src) >= 2 {
			r := rune(order.Uint16(src))
			src = src[2:]
			if utf16.IsSurrogate(r) {
				var low rune
				if len(src) >= 2 {
					low = rune(order.Uint16(src))
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					src = src[2:]
				}
			}
			dst = utf8.AppendRune(dst, r)
		}
		return appendCut(dst, src)
	}
}

func appendUTF32(dst, src []byte) []byte {
	for len(src) >= 4 {
		dst = utf8.AppendRune(dst, rune(binary.BigEndian.Uint32(src)))
		src = src[4:]
	}
	return appendCut(dst, src)
}

// appendCut stands for a character that ends too early.
func appendCut(dst, src []byte) []byte {
	if len(src) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}
