package snapshot

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/traditionalchinese"
)

// The character sets that text is converted from: here by the server, in package
// binlog by Java's tables.
const (
	oneByte = "armscii8 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 dec8 geostd8 greek hebrew hp8 keybcs2 koi8r koi8u" +
		" latin1 latin2 latin5 latin7 macce macroman tis620"
	otherCharsets = " ascii big5 cp932 eucjpms euckr gb2312 gbk sjis swe7 ucs2 ujis utf16 utf16le utf32"
)

// charsetCorpus has a table for each character set, with all characters of the
// basic plane and some others, as far as the set has them.
func charsetCorpus(gb18030 bool) corpus {
	sets := oneByte + otherCharsets
	if gb18030 {
		sets += " gb18030"
	}
	var blocks []string
	for at := rune(0); at < 0x21000; at += 256 {
		if at > 0xffff && at < 0x20000 {
			continue
		}
		blocks = append(blocks, fmt.Sprintf("(%d, '%s')", at, block(at)))
	}
	c := corpus{name: "characters", define: []string{"CREATE TABLE utf8mb4 (id int PRIMARY KEY, c text CHARACTER SET utf8mb4)"}}
	c.fill = []string{"SET SESSION sql_mode=''", "INSERT INTO utf8mb4 VALUES " + strings.Join(blocks, ", ")}
	for set := range strings.FieldsSeq(sets) {
		c.define = append(c.define, fmt.Sprintf("CREATE TABLE %s (id int PRIMARY KEY, c text CHARACTER SET %s)", set, set))
		c.fill = append(c.fill, fmt.Sprintf("INSERT INTO %s SELECT id, c FROM utf8mb4", set))
	}
	for set := range strings.FieldsSeq(oneByte) {
		c.fill = append(c.fill, fmt.Sprintf("INSERT INTO %s VALUES (-1, _%s 0x%x)", set, set, high()))
	}
	return c
}

// block are the characters from at on.
func block(at rune) string {
	var b strings.Builder
	for r := at; r < at+256; r++ {
		if utf8.ValidRune(r) && r >= ' ' && r != '\'' && r != '\\' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// high are all bytes that are not ASCII.
func high() (b []byte) {
	for c := 0x80; c <= 0xff; c++ {
		b = append(b, byte(c))
	}
	return b
}

// otherCharacters are, for a character set, the characters that Java has where the
// server has those in the same places below.
var otherCharacters = map[string][2]string{
	"big5":    {"廴无癶仝卅", "にはぱほ\ufffd"},
	"cp866":   {"¤№", "²ⁿ"},
	"cp1256":  {"ٹڈڑکںھہے", "????????"},
	"greek":   {"‘’ͺ€₯", "ʽʼ???"},
	"hebrew":  {"¯", "‾"},
	"koi8u":   {"Ўў∙", "╬╝•"},
	"sjis":    {"—", "―"},
	"ujis":    {"—", "―"},
	"tis620":  {"\u00a0", "\ufffd"},
	"eucjpms": {"¢£¦¬—‖−〜", "￠￡￤￢―∥－～"},
}

// sameCharacters compares text that came in a character set.
func sameCharacters(charset, selected, streamed string) bool {
	other := otherCharacters[charset]
	return slices.EqualFunc([]rune(selected), []rune(streamed), func(a, b rune) bool {
		i := slices.Index([]rune(other[0]), b)
		switch {
		case a == b, i >= 0 && a == []rune(other[1])[i]:
			return true
		case b == utf8.RuneError: // Java has no such character
			return true
		case a >= 0xe000 && a <= 0xf8ff: // of private use, where Java has some elsewhere
			return charset == "eucjpms" || charset == "ujis" || charset == "gb18030"
		}
		return charset == "big5" && extended(b)
	})
}

// extended tells characters of Big5 that not all vendors have in the same places.
func extended(r rune) bool {
	b, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(string(r)))
	return err == nil && len(b) == 2 && b[0] >= 0xc6 && b[0] <= 0xc8
}
