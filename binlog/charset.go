package binlog

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// charset is a character set of the server. It is immutable.
type charset struct {
	// transcode appends src to dst in UTF-8, with U+FFFD for what src has no
	// character for. It is nil where the bytes are UTF-8 already; those are
	// not checked, since the writer of the text has to look at them anyway.
	transcode func(dst, src []byte) []byte
	// ascii tells that text of bytes below 0x80 is ASCII.
	ascii bool
}

// charsetNamed returns a character set by the server's name for it. Names that
// have no entry are those of servers newer than this table.
//
// Where Java and the WHATWG tables of x/text differ, Java wins, since the text
// is compared with what Debezium writes.
func charsetNamed(name string) (*charset, error) {
	switch name {
	case "utf8mb4", "utf8mb3", "utf8":
		return &charset{ascii: true}, nil
	case "swe7":
		return &charset{transcode: singleByte(swe7Table())}, nil
	case "ucs2", "utf16":
		return &charset{transcode: appendUTF16(binary.BigEndian)}, nil
	case "utf16le":
		return &charset{transcode: appendUTF16(binary.LittleEndian)}, nil
	case "utf32":
		return &charset{transcode: appendUTF32}, nil
	}
	if t := singleByteTable(name); t != nil {
		return &charset{transcode: singleByte(t), ascii: true}, nil
	}
	if t := multiByte(name); t != nil {
		return &charset{transcode: t, ascii: true}, nil
	}
	return nil, fmt.Errorf("character set %q is not supported", name)
}

// singleByteTable returns the table of an extension of ASCII.
func singleByteTable(name string) *[256]rune {
	switch name {
	case "ascii":
		return ownTable(asciiHigh)
	case "latin1":
		return windows(charmap.Windows1252)
	case "cp1250":
		return windows(charmap.Windows1250)
	case "cp1251":
		return windows(charmap.Windows1251)
	case "cp1256":
		return windows(charmap.Windows1256)
	case "cp1257":
		return windows(charmap.Windows1257)
	case "latin2":
		return iso(charmap.ISO8859_2)
	case "latin5":
		return iso(charmap.ISO8859_9)
	case "latin7":
		return iso(charmap.ISO8859_13)
	case "greek":
		return iso(charmap.ISO8859_7)
	case "hebrew":
		return iso(charmap.ISO8859_8)
	case "tis620":
		return tis620()
	case "koi8r":
		return mapped(charmap.KOI8R)
	case "koi8u":
		return mapped(charmap.KOI8U)
	case "cp850":
		return mapped(charmap.CodePage850)
	case "cp852":
		return mapped(charmap.CodePage852)
	case "cp866":
		return mapped(charmap.CodePage866)
	case "macroman":
		return mapped(charmap.Macintosh)
	default:
		return rareTable(name)
	}
}

// multiByte returns the conversion of a set with characters of two bytes and
// more, nil when there is none of that name.
func multiByte(name string) func(dst, src []byte) []byte {
	switch name {
	case "gbk":
		return transformer(simplifiedchinese.GBK, nil)
	case "gb2312":
		return transformer(simplifiedchinese.GBK, gb2312Runes)
	case "gb18030":
		return transformer(simplifiedchinese.GB18030, nil)
	case "big5":
		return transformer(traditionalchinese.Big5, big5Runes)
	case "sjis":
		return transformer(japanese.ShiftJIS, jisRunes)
	case "cp932":
		return transformer(japanese.ShiftJIS, cp932Runes)
	case "ujis", "eucjpms":
		return transformer(japanese.EUCJP, jisRunes)
	case "euckr":
		return transformer(korean.EUCKR, nil)
	default:
		return nil
	}
}

// utf8 returns b in UTF-8: b itself where that is the same, else text in the
// scratch space.
func (c *charset) utf8(r *cursor, b []byte) []byte {
	if c.transcode == nil || c.ascii && isASCII(b) {
		return b
	}
	start := len(r.scratch)
	r.scratch = c.transcode(r.scratch, b)
	return r.kept(start)
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
