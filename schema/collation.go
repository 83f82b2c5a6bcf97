package schema

import "strings"

// lowCollations are the character sets of the collations 1 to 99, in order.
// Source, here and below: INFORMATION_SCHEMA.COLLATIONS of MySQL 5.6-9.x and
// MariaDB 10.11-11.4.
var lowCollations = strings.Fields(`
	big5 latin2 dec8 cp850 latin1 hp8 koi8r latin1 latin2 swe7
	ascii ujis sjis cp1251 latin1 hebrew filename tis620 euckr latin7
	latin2 koi8u cp1251 gb2312 greek cp1250 latin2 gbk cp1257 latin5
	latin1 armscii8 utf8mb3 cp1250 ucs2 cp866 keybcs2 macce macroman cp852
	latin7 latin7 macce cp1250 utf8mb4 utf8mb4 latin1 latin1 latin1 cp1251
	cp1251 cp1251 macroman utf16 utf16 utf16le cp1256 cp1257 cp1257 utf32
	utf32 utf16le binary armscii8 ascii cp1250 cp1256 cp866 dec8 greek
	hebrew hp8 keybcs2 koi8r koi8u utf8mb3 latin2 latin5 latin7 cp850
	cp852 swe7 utf8mb3 big5 euckr gb2312 gbk sjis tis620 ucs2
	ujis geostd8 geostd8 latin1 cp932 cp932 eucjpms eucjpms cp1250`)

// highCollations are those of the collations above.
var highCollations = []struct {
	first, last uint64
	charset     string
}{
	{101, 124, "utf16"},
	{128, 151, "ucs2"},
	{159, 159, "ucs2"},
	{160, 183, "utf32"},
	{192, 215, "utf8mb3"},
	{223, 223, "utf8mb3"},
	{224, 247, "utf8mb4"},
	{248, 250, "gb18030"},
	{255, 323, "utf8mb4"}, // MySQL 8
	// MariaDB's own.
	{576, 578, "utf8mb3"},
	{608, 610, "utf8mb4"},
	{640, 642, "ucs2"},
	{672, 674, "utf16"},
	{736, 738, "utf32"},
	// MariaDB's UCA 14.0.0: 256 ids a character set.
	{2048, 2303, "utf8mb3"},
	{2304, 2559, "utf8mb4"},
	{2560, 2815, "ucs2"},
	{2816, 3071, "utf16"},
	{3072, 3327, "utf32"},
}

// nopad is what MariaDB adds to the id of a collation for its NO PAD variant.
const nopad = 1024

// CollationCharset returns the name of the character set of a collation.
func CollationCharset(id uint64) (string, bool) {
	if id >= nopad && id < 2*nopad {
		id -= nopad
	}
	if id >= 1 && id <= uint64(len(lowCollations)) {
		return lowCollations[id-1], true
	}
	for _, r := range highCollations {
		if id >= r.first && id <= r.last {
			return r.charset, true
		}
	}
	return "", false
}

// charsetWidth returns how many bytes a character can take.
func charsetWidth(charset string) int {
	switch charset {
	case "utf8mb4", "utf16", "utf16le", "utf32", "gb18030":
		return 4
	case "utf8mb3", "ujis", "eucjpms":
		return 3
	case "big5", "cp932", "euckr", "gb2312", "gbk", "sjis", "ucs2":
		return 2
	case "filename":
		return 5
	}
	return 1
}
