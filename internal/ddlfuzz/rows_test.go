package ddlfuzz_test

import (
	"fmt"
	"slices"
	"strings"
)

// changeRows inserts, updates and deletes some rows of some tables.
func (g *generator) changeRows(st *state) []stmt {
	g.st, g.out = st, nil
	for _, tb := range st.tables {
		if tb.hashed() {
			continue
		}
		if len(st.tables) > 3 && g.chance(30) {
			continue
		}
		for range 1 + g.r.IntN(2) {
			g.insert(tb)
		}
		if g.chance(70) {
			g.update(tb)
		}
		if g.chance(40) {
			g.row("DELETE FROM", tb.quoted(), pick(g, "LIMIT 1", "LIMIT 2", "LIMIT 1", fmt.Sprintf("WHERE RAND(%d) < 0.3", g.r.IntN(100))))
		}
	}
	return g.out
}

// hashed tells a table of MariaDB that has a column of its own in its rows, the
// hash of a unique key on whole texts. It is known that such rows are refused.
func (t *table) hashed() bool {
	return slices.ContainsFunc(t.indexes, func(ix index) bool { return ix.unique && ix.kind == "HASH" })
}

func (t *table) quoted() string { return backquoted(t.db) + "." + backquoted(t.name) }

// row adds a statement about rows. They IGNORE what does not fit, so that odd
// values get into the tables.
func (g *generator) row(parts ...string) {
	g.out = append(g.out, stmt{settings: plainSession, text: strings.Join(parts, " ")})
}

func (g *generator) insert(tb *table) {
	var names []string
	var columns []*column
	for i := range tb.columns {
		c := &tb.columns[i]
		if tb.generated(i) || strings.Contains(c.extra, "auto_increment") && g.chance(70) || g.chance(8) {
			continue
		}
		names, columns = append(names, backquoted(c.name)), append(columns, c)
	}
	var rows []string
	for range 1 + g.r.IntN(3) {
		var values []string
		for _, c := range columns {
			values = append(values, g.value(c))
		}
		rows = append(rows, "("+strings.Join(values, ",")+")")
	}
	g.row("INSERT IGNORE INTO", tb.quoted(), "("+strings.Join(names, ",")+") VALUES", strings.Join(rows, ","))
}

func (g *generator) update(tb *table) {
	i := g.r.IntN(len(tb.columns))
	if tb.generated(i) {
		return
	}
	c := &tb.columns[i]
	g.row("UPDATE IGNORE", tb.quoted(), "SET", backquoted(c.name), "=", g.value(c), pick(g, "LIMIT 1", "LIMIT 3", fmt.Sprintf("WHERE RAND(%d) < 0.5", g.r.IntN(100))))
}

// value is an expression that fits the column, mostly.
func (g *generator) value(c *column) string {
	switch {
	case c.nullable && g.chance(15):
		return "NULL"
	case !strings.Contains(c.extra, "GENERATED") && g.chance(6):
		return "DEFAULT"
	}
	switch c.dataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		return g.integerValue(c)
	case "decimal":
		return pick(g, "0", "-0.5", "1.5", "123456789.123456789", "-99999999999999999999999999999999999.9999999", "1e30", "7", fmt.Sprint(g.r.IntN(1e6)))
	case "float", "double":
		return pick(g, "0", "-1.5", "3.14159265358979", "1e-30", "-2.5e30", "16777217", "0.1", fmt.Sprint(g.r.NormFloat64()))
	case "bit":
		return pick(g, "b'0'", "b'1'", "b'101'", "x'FFFFFFFFFFFFFFFF'", fmt.Sprint(g.r.IntN(256)))
	case "json":
		return pick(g, `'{}'`, `'[1, 2.5, null, true, "x"]'`, `'{"b": {"c": [1, -7]}, "a": "é\\\\u0041"}'`, `'"text"'`, `'17'`, `'null'`, `JSON_OBJECT('k', REPEAT('v', 300))`)
	case "vector":
		return g.vectorValue(c)
	case "uuid":
		return pick(g, "UUID()", "'123e4567-e89b-12d3-a456-426655440000'", "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'123e4567-e89b-42d3-a456-426655440000'")
	case "inet4":
		return pick(g, "'0.0.0.0'", "'10.1.2.3'", "'255.255.255.255'")
	case "inet6":
		return pick(g, "'::'", "'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.1'", "'::192.0.2.1'", "'fe80:0:0:1:0:0:0:1'")
	}
	return g.otherValue(c)
}

func (g *generator) integerValue(c *column) string {
	switch g.r.IntN(6) {
	case 0:
		return pick(g, "0", "1", "-1")
	case 1:
		return pick(g, "127", "-128", "255", "32767", "65535", "8388607", "16777215", "2147483647", "4294967295", "9223372036854775807", "18446744073709551615", "-9223372036854775808")
	}
	if c.dataType == "tinyint" {
		return fmt.Sprint(g.r.IntN(100))
	}
	return fmt.Sprint(g.r.IntN(30000))
}

func (g *generator) otherValue(c *column) string {
	switch c.dataType {
	case "year":
		return pick(g, "1901", "2155", "2024", "0", "1999")
	case "date":
		return pick(g, "'0000-00-00'", "'1000-01-01'", "'9999-12-31'", "'2024-02-29'", "'2020-00-10'", "'1970-01-01'")
	case "time":
		return pick(g, "'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:00.5'", "'12:34:56.789012'", "'-01:02:03.000001'")
	case "datetime":
		return pick(g, "'0000-00-00 00:00:00'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'2024-02-29 12:34:56.789012'", "'2020-00-10 01:02:03'", "NOW(6)")
	case "timestamp":
		return pick(g, "'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'2024-02-29 12:34:56.789012'", "NOW(6)")
	case "enum", "set":
		return pick(g, "1", "2", "1", "3", "'a'", "''", "'a,b'")
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		if g.maria && c.dataType == "longtext" { // it may be JSON
			return pick(g, `'{}'`, `'[1, "x"]'`, `'"é"'`)
		}
		return g.textValue(c)
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return pick(g, "''", "x'00'", "x'4100'", "x'FF00FE'", "'abc'", "x'20'", "REPEAT(x'AB', 30)", "RANDOM_BYTES(9)")
	}
	return g.spatialValue(c)
}

func (g *generator) textValue(c *column) string {
	samples := map[string][]string{
		"latin1": {"é", "ÿ€"}, "latin2": {"čš"}, "utf8mb3": {"日本", "ключ"}, "utf8mb4": {"😀", "日本", "é"}, "cp932": {"カナ", "ソ①"}, "gbk": {"中文", "誠"},
		"ucs2": {"日本"}, "utf16": {"😀é"}, "utf32": {"😀é"}, "utf16le": {"😀é"}, "cp1251": {"ключ"}, "koi8r": {"ключ"}, "euckr": {"한국"}, "ujis": {"カナ漢"},
		"greek": {"αβγ"}, "hebrew": {"שלום"}, "cp850": {"éü"}, "tis620": {"ไทย"},
	}
	text := pick(g, append([]string{"", "a", "abc", "it's", "trail  ", " lead", "x\ny", "back\\slash", "0", "Zz"}, samples[c.charset]...)...)
	s := "_utf8mb4 0x" + upperHex([]byte(text))
	if text == "" {
		return "''"
	}
	if g.chance(10) {
		return "REPEAT(" + s + ", 10)" // a TINYTEXT in UTF-32 holds it: cut in a character, it is another one to Java
	}
	return s
}

func (g *generator) vectorValue(c *column) string {
	n := 1 + g.r.IntN(max(1, min(lengthOf(c), 5)))
	numbers := make([]string, n)
	for i := range numbers {
		numbers[i] = pick(g, "0", "1.5", "-2.25", "3e10", "0.1")
	}
	return "STRING_TO_VECTOR('[" + strings.Join(numbers, ",") + "]')"
}

func (g *generator) spatialValue(c *column) string {
	texts := map[string][]string{
		"point": {"POINT(1 2)", "POINT(-3.5 7)"}, "linestring": {"LINESTRING(0 0,1 1,2 1)"}, "polygon": {"POLYGON((0 0,0 3,3 3,0 0))"},
		"multipoint": {"MULTIPOINT(0 0,1 2)"}, "multilinestring": {"MULTILINESTRING((0 0,1 1),(2 2,3 3))"}, "multipolygon": {"MULTIPOLYGON(((0 0,0 3,3 3,0 0)))"},
		"geometrycollection": {"GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))"},
	}
	name := strings.Replace(c.dataType, "geomcollection", "geometrycollection", 1)
	list := texts[name]
	if list == nil {
		list = []string{"POINT(1 2)", "LINESTRING(0 0,1 1)", "POLYGON((0 0,0 3,3 3,0 0))"}
	}
	srid := c.srs.String
	if !c.srs.Valid {
		srid = pick(g, "0", "4326")
	}
	return "ST_GeomFromText('" + pick(g, list...) + "', " + srid + ")"
}
