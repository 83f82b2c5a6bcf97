package ddlfuzz_test

import (
	"fmt"
	"slices"
	"strings"
)

// typed is a column type as it is written, and what fits it.
type typed struct {
	text    string
	class   string // of values and defaults
	size    int
	scale   int
	members []string
}

// newType makes up a type.
func (g *generator) newType() typed {
	choices := []func() typed{
		g.integer, g.integer, g.integer, g.decimal, g.float, g.temporal, g.temporal, g.character, g.character, g.character, g.text,
		g.bytes, g.labels, g.labels, g.other, g.other,
	}
	return pick(g, choices...)()
}

func (g *generator) integer() typed {
	name := pick(g, "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INT", "INTEGER", "BIGINT", "BOOL", "BOOLEAN", "INT1", "INT2", "INT3", "INT4", "INT8", "MIDDLEINT")
	if strings.HasPrefix(name, "BOOL") {
		return typed{text: name, class: "bool"}
	}
	return typed{text: name + pick(g, "", "", "", "(1)", "(5)", "( 11 )") + pick(g, "", "", " UNSIGNED", " SIGNED", " ZEROFILL", " UNSIGNED ZEROFILL"), class: "int"}
}

func (g *generator) decimal() typed {
	name := pick(g, "DECIMAL", "DECIMAL", "NUMERIC", "DEC", "FIXED")
	sign := pick(g, "", "", " UNSIGNED", " ZEROFILL")
	switch g.r.IntN(4) {
	case 0:
		return typed{name + sign, "decimal", 10, 0, nil}
	case 1:
		p := 1 + g.r.IntN(65)
		return typed{fmt.Sprintf("%s(%d)%s", name, p, sign), "decimal", p, 0, nil}
	}
	s := g.r.IntN(31)
	p := min(65, s+1+g.r.IntN(36))
	return typed{fmt.Sprintf("%s(%d%s%d)%s", name, p, pick(g, ",", ", "), s, sign), "decimal", p, s, nil}
}

func (g *generator) float() typed {
	return typed{text: pick(g, "FLOAT", "FLOAT(20)", "FLOAT(24)", "FLOAT(25)", "FLOAT(53)", "FLOAT(7,3)", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL", "DOUBLE(12,4)",
		"REAL(9,2)") + pick(g, "", "", "", " UNSIGNED"), class: "float"}
}

func (g *generator) temporal() typed {
	f := g.r.IntN(7)
	suffix := fmt.Sprintf("(%d)", f)
	if f == 0 && g.chance(80) {
		suffix = ""
	}
	switch name := pick(g, "DATE", "YEAR", "TIME", "DATETIME", "DATETIME", "TIMESTAMP", "TIMESTAMP"); name {
	case "DATE", "YEAR":
		return typed{text: name, class: strings.ToLower(name)}
	default:
		return typed{text: name + suffix, class: strings.ToLower(name), scale: f}
	}
}

func (g *generator) character() typed {
	n := pick(g, 1, 3, 10, 20, 36, 60, 64, 85, 120, 255)
	name := pick(g, "CHAR", "VARCHAR", "VARCHAR", "VARCHAR", "CHARACTER VARYING", "CHARACTER", "VARCHARACTER", "NCHAR", "NATIONAL VARCHAR", "NVARCHAR", "NATIONAL CHARACTER VARYING", "CHAR VARYING", "NCHAR VARCHAR")
	switch {
	case name == "CHAR" && g.chance(20):
		return typed{text: name + g.columnCharset(), class: "char", size: 1}
	case strings.HasPrefix(name, "N"):
		return typed{text: fmt.Sprintf("%s(%d)%s", name, n, g.maybe(10, " BINARY")), class: "char", size: n}
	case strings.Contains(name, "VAR") && g.chance(10):
		n = pick(g, 256, 700, 1000)
	case g.maria && name == "VARCHAR" && g.chance(5):
		return typed{text: fmt.Sprintf("VARCHAR(%d) COMPRESSED%s", n, g.columnCharset()), class: "compressed", size: n}
	}
	return typed{text: fmt.Sprintf("%s(%d)%s", name, n, g.columnCharset()), class: "char", size: n}
}

func (g *generator) text() typed {
	return typed{text: pick(g, "TINYTEXT", "TEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "TEXT(30)", "TEXT(300)", "TEXT(70000)", "LONG", "LONG VARCHAR", "LONG CHARACTER VARYING") + g.columnCharset(), class: "text", size: 200}
}

func (g *generator) bytes() typed {
	n := pick(g, 1, 5, 16, 40, 255)
	switch g.r.IntN(4) {
	case 0:
		return typed{text: fmt.Sprintf("BINARY(%d)", n), class: "binary", size: n}
	case 1:
		return typed{text: fmt.Sprintf("VARBINARY(%d)", n), class: "binary", size: n}
	case 2:
		return typed{text: fmt.Sprintf("%s(%d) %s", pick(g, "CHAR", "VARCHAR"), n, pick(g, "CHARACTER SET binary", "CHARSET BINARY", "BYTE")), class: "binary", size: n}
	}
	return typed{text: pick(g, "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "BLOB(20)", "BLOB(400)", "LONG VARBINARY"), class: "blob", size: 200}
}

func (g *generator) labels() typed {
	list := slices.Clone(pick(g, []string{"a"}, []string{"a", "b", "c"}, []string{"x y", "it's", `d"q`}, []string{"(", ")", ")("}, []string{"b\\s", "%"},
		[]string{"A", "1", "0", "null"}, []string{"", "e"}, []string{"trail ", "lead"}, []string{"--", "/*"}))
	name := pick(g, "ENUM", "ENUM", "SET")
	if g.chance(15) {
		return typed{text: name + "('é', " + g.str("комма") + ") CHARACTER SET utf8mb4", class: strings.ToLower(name), members: []string{"é"}}
	}
	if name == "ENUM" && g.chance(5) || name == "SET" && g.chance(20) {
		for i := range map[string]int{"ENUM": 300, "SET": 40}[name] {
			list = append(list, fmt.Sprintf("m%d", i))
		}
	}
	written := make([]string, len(list))
	for i, l := range list {
		written[i] = g.str(l)
	}
	return typed{text: name + pick(g, "", " ") + "(" + strings.Join(written, pick(g, ",", ", ")) + ")" + g.columnCharset(), class: strings.ToLower(name), members: list}
}

// str writes a character literal in one of its forms.
func (g *generator) str(s string) string {
	quote := `'`
	if !g.ansi() && g.chance(20) {
		quote = `"`
	}
	if g.backslashes() {
		s = strings.ReplaceAll(s, `\`, `\\`)
		if g.chance(20) {
			return quote + strings.ReplaceAll(s, quote, `\`+quote) + quote
		}
	}
	return quote + strings.ReplaceAll(s, quote, quote+quote) + quote
}

func (g *generator) other() typed {
	if g.chance(30) {
		n := 1 + g.r.IntN(64)
		return typed{text: fmt.Sprintf("BIT(%d)", n), class: "bit", size: n}
	}
	if g.maria && g.chance(50) {
		name := pick(g, "UUID", "INET6", "INET4")
		return typed{text: name, class: strings.ToLower(name)}
	}
	switch g.r.IntN(5) {
	case 0, 1:
		return typed{text: "JSON", class: "json"}
	case 2:
		if !g.maria {
			n := 1 + g.r.IntN(20)
			return typed{text: fmt.Sprintf("VECTOR(%d)", n), class: "vector", size: n}
		}
		return typed{text: "BIT", class: "bit", size: 1}
	}
	name := pick(g, "GEOMETRY", "POINT", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION")
	srid := pick(g, "", "", " SRID 0", " SRID 4326", " /*!80003 SRID 0 */")
	if g.maria {
		srid = pick(g, "", "", " REF_SYSTEM_ID=0")
	}
	return typed{text: name + srid, class: "spatial"}
}

// collations are character sets and some of their collations.
var collations = map[string][]string{
	"latin1": {"latin1_bin", "latin1_german1_ci", "latin1_general_cs"}, "latin2": {"latin2_bin", "latin2_general_ci"}, "ascii": {"ascii_bin"},
	"utf8mb3": {"utf8mb3_bin", "utf8mb3_unicode_ci"}, "utf8": {"utf8_bin", "utf8_general_ci"}, "utf8mb4": {"utf8mb4_bin", "utf8mb4_unicode_ci", "utf8mb4_general_ci"},
	"gbk": {"gbk_bin"}, "ucs2": {"ucs2_bin"}, "utf16": {"utf16_bin"}, "utf32": {"utf32_general_ci"}, "utf16le": {"utf16le_bin"},
	"cp1251": {"cp1251_bin", "cp1251_general_cs"}, "euckr": {"euckr_bin"}, "ujis": {"ujis_bin"}, "koi8r": {"koi8r_bin"}, "cp932": {"cp932_bin"},
	"greek": {"greek_bin"}, "hebrew": {"hebrew_bin"}, "cp850": {"cp850_bin"}, "tis620": {"tis620_bin"}, "binary": {"binary"},
}

// charsets has the common ones several times. Left out are those of which Java, and
// so Debezium, reads some characters in another way than the server: Big5
// (Cyrillic) and Shift_JIS (the backslash).
var charsets = strings.Fields(`latin1 latin1 latin1 utf8mb4 utf8mb4 utf8mb4 utf8mb3 utf8 utf8mb3 latin2 ascii gbk ucs2 utf16 utf32 utf16le
	cp1251 euckr ujis koi8r cp932 greek hebrew cp850 tis620`)

// charsetOption is a character set, a collation, or both, of a table or database.
func (g *generator) charsetOption() string {
	set := pick(g, charsets...)
	collation := pick(g, g.collationsOf(set)...)
	is := pick(g, " ", "=", " = ")
	name := pick(g, "CHARACTER SET", "CHARSET", "CHARSET", "CHAR SET")
	switch g.r.IntN(3) {
	case 0:
		return name + is + set
	case 1:
		return "COLLATE" + is + collation
	}
	return name + is + set + " COLLATE" + is + collation
}

func (g *generator) collationsOf(set string) []string {
	list := collations[set]
	if set == "utf8mb4" && g.maria {
		return append(slices.Clone(list), "utf8mb4_nopad_bin", "utf8mb4_uca1400_as_cs", "uca1400_ai_ci")
	}
	if set == "utf8mb4" {
		return append(slices.Clone(list), "utf8mb4_0900_as_cs", "utf8mb4_0900_bin")
	}
	return list
}

// columnCharset is the character set of a column, as part of its type.
func (g *generator) columnCharset() string {
	if g.chance(60) {
		return ""
	}
	set := pick(g, charsets...)
	collation := pick(g, g.collationsOf(set)...)
	if set == "utf8mb4" && strings.HasPrefix(collation, "uca") {
		return " CHARACTER SET utf8mb4 COLLATE " + collation
	}
	return " " + pick(g, "CHARACTER SET "+set, "CHARSET "+set, "CHARACTER SET "+g.str(set), "COLLATE "+collation, "CHARACTER SET "+set+" COLLATE "+collation, "ASCII", "UNICODE", "BINARY", "CHARSET "+set+" BINARY")
}
