package format

import (
	"crypto/md5"  //nolint:gosec // chosen by the user, for what is there already
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"cdcd/schema"
)

// HashForm is how a text becomes the bytes that are hashed.
type HashForm uint8

// The forms.
const (
	HashSerialized HashForm = iota + 1 // as Java serialises a String (column.mask.hash)
	HashPlain                          // UTF-8 (column.mask.hash.v2)
)

// Hash prints the digest of salt and text in hexadecimal, cut to the length of the
// column. NULL stays NULL. An algorithm has its name in Java, without case; the
// error names those that there are, and no salt.
// Source: MaskStrings.HashValueConverter.
func Hash(form HashForm, algorithm, salt string) (Action, error) {
	sum, ok := digests[digestName(algorithm)]
	if !ok {
		return Action{}, fmt.Errorf("hash algorithm %q is not known: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/224, SHA-512/256 and SHA3-224 to SHA3-512 are", algorithm)
	}
	hash := hashed(form, sum, []byte(salt))
	return Action{masks: true, apply: func(_ *JSON, c *schema.Column, col *column) {
		col.schema.params = append(col.schema.params, param{"masked", "true"})
		col.rewrite(c, hash)
		if n := typeLength(c); n > 0 {
			col.rewrite(c, cutString(n))
		}
	}}, nil
}

// digestName brings the names that Java knows an algorithm by to one.
func digestName(name string) string {
	name = strings.ToUpper(name)
	if bits, ok := strings.CutPrefix(name, "SHA"); ok && !strings.HasPrefix(bits, "-") && !strings.HasPrefix(bits, "3-") {
		if bits == "" {
			bits = "1"
		}
		return "SHA-" + bits
	}
	return name
}

// digests append the digest of data to dst in hexadecimal; data may lie in dst's
// memory.
var digests = map[string]func(dst, data []byte) []byte{
	"MD5":         func(dst, b []byte) []byte { s := md5.Sum(b); return hex.AppendEncode(dst, s[:]) },  //nolint:gosec // see the import
	"SHA-1":       func(dst, b []byte) []byte { s := sha1.Sum(b); return hex.AppendEncode(dst, s[:]) }, //nolint:gosec // see the import
	"SHA-224":     func(dst, b []byte) []byte { s := sha256.Sum224(b); return hex.AppendEncode(dst, s[:]) },
	"SHA-256":     func(dst, b []byte) []byte { s := sha256.Sum256(b); return hex.AppendEncode(dst, s[:]) },
	"SHA-384":     func(dst, b []byte) []byte { s := sha512.Sum384(b); return hex.AppendEncode(dst, s[:]) },
	"SHA-512":     func(dst, b []byte) []byte { s := sha512.Sum512(b); return hex.AppendEncode(dst, s[:]) },
	"SHA-512/224": func(dst, b []byte) []byte { s := sha512.Sum512_224(b); return hex.AppendEncode(dst, s[:]) },
	"SHA-512/256": func(dst, b []byte) []byte { s := sha512.Sum512_256(b); return hex.AppendEncode(dst, s[:]) },
	"SHA3-224":    func(dst, b []byte) []byte { s := sha3.Sum224(b); return hex.AppendEncode(dst, s[:]) },
	"SHA3-256":    func(dst, b []byte) []byte { s := sha3.Sum256(b); return hex.AppendEncode(dst, s[:]) },
	"SHA3-384":    func(dst, b []byte) []byte { s := sha3.Sum384(b); return hex.AppendEncode(dst, s[:]) },
	"SHA3-512":    func(dst, b []byte) []byte { s := sha3.Sum512(b); return hex.AppendEncode(dst, s[:]) },
}

// hashed replaces a printed string by the digest of its text. What is hashed is put
// together behind the string, so that a row needs no memory of its own.
func hashed(form HashForm, sum func(dst, data []byte) []byte, salt []byte) rewriter {
	appendForm := appendUTF8
	if form == HashSerialized {
		appendForm = appendSerialized
	}
	return func(dst []byte, start int) []byte {
		end := len(dst)
		dst = append(dst, salt...)
		dst = appendForm(dst, start+1, end-1)
		dst = sum(dst[:start+1], dst[end:])
		return append(dst, '"')
	}
}

// appendUTF8 appends the text that is printed in dst[from:to].
func appendUTF8(dst []byte, from, to int) []byte {
	for from < to {
		size := unitSize(dst[from:])
		if dst[from] != '\\' {
			dst = append(dst, dst[from:from+size]...)
			from += size
			continue
		}
		r := rune(unit(dst[from:]))
		if from += size; utf16.IsSurrogate(r) { // always the first of a pair
			r = utf16.DecodeRune(r, rune(unit(dst[from:])))
			from += unitSize(dst[from:])
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// appendSerialized appends what Java's ObjectOutputStream writes for the text that
// is printed in dst[from:to]: modified UTF-8, in which surrogates are characters of
// three bytes and U+0000 has two, behind a header with its length.
func appendSerialized(dst []byte, from, to int) []byte {
	dst = append(dst, 0xAC, 0xED, 0, 5, 't', 0, 0)
	start := len(dst)
	for from < to {
		size := unitSize(dst[from:])
		if dst[from] == '\\' {
			dst = appendModified(dst, unit(dst[from:]))
		} else {
			dst = append(dst, dst[from:from+size]...)
		}
		from += size
	}
	return putLength(dst, start)
}

// putLength completes the header of what begins at start: two bytes of length, or
// eight for a long string.
func putLength(dst []byte, start int) []byte {
	n := len(dst) - start
	if n <= 0xFFFF {
		binary.BigEndian.PutUint16(dst[start-2:], uint16(n))
		return dst
	}
	dst = slices.Insert(dst, start, 0, 0, 0, 0, 0, 0)
	dst[start-3] = '|'
	binary.BigEndian.PutUint64(dst[start-2:], uint64(n))
	return dst
}

func appendModified(dst []byte, u uint16) []byte {
	switch {
	case u == 0:
		return append(dst, 0xC0, 0x80)
	case u < 0x80:
		return append(dst, byte(u))
	case u < 0x800:
		return append(dst, byte(0xC0|u>>6), byte(0x80|u&0x3F))
	}
	return append(dst, byte(0xE0|u>>12), byte(0x80|u>>6&0x3F), byte(0x80|u&0x3F))
}

// unit reads an escape.
func unit(s []byte) uint16 {
	switch s[1] {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'u':
		n, _ := strconv.ParseUint(string(s[2:6]), 16, 16) // the printer wrote it
		return uint16(n)
	}
	return uint16(s[1])
}
