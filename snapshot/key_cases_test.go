package snapshot

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"cdcd/internal/mysqltest"
)

// keyCase is a table with a key, and how rows of it are made up.
type keyCase struct {
	name    string
	columns string // of the table, with its keys
	row     []value
	only    mysqltest.Flavor // the servers that have it; all when empty
	slow    bool             // the server cannot read a range of the key by an index
}

// value makes up an SQL literal.
type value func(r *rand.Rand) string

func keyCases() []keyCase {
	return append(append(append(numberCases(), temporalCases()...), textCases()...), otherCases()...)
}

// one is a case of one key column.
func one(typ string, v value) keyCase {
	return keyCase{name: typ, columns: "k " + typ + " NOT NULL, PRIMARY KEY (k)", row: []value{v}}
}

func named(name, typ string, v value) keyCase {
	c := one(typ, v)
	c.name = name
	return c
}

// wideSet has more values than can be listed: the index is read from its start.
func wideSet() keyCase {
	c := named("SET of 53", "SET("+labels(53)+")", someUint(53))
	c.slow = true
	return c
}

// slow marks a key of which the optimizer takes the whole index for a long list.
func slow(c keyCase) keyCase {
	c.slow = true
	return c
}

func numberCases() []keyCase {
	return []keyCase{
		one("TINYINT", someInt(8)), one("BIGINT", someInt(64)), one("INT", around(100)),
		one("BIGINT UNSIGNED", someUint(64)), one("INT ZEROFILL", someUint(31)), one("MEDIUMINT UNSIGNED", someUint(24)),
		one("BOOL", someInt(2)), one("YEAR", pick("0", "1901", "2155", "1970", "2024", "1999", "2000")),
		one("BIT(1)", pick("0", "1")), one("BIT(20)", someUint(20)), one("BIT(64)", someUint(64)),
		one("ENUM('z','a','M','','10','2')", pick("1", "2", "3", "4", "5", "6", "''", "'nothing'")),
		slow(one("SET('z','a','M','10','2')", someUint(5))), wideSet(),
		one("DECIMAL(10,2)", someDecimal(8, 2)), one("DECIMAL(65,30)", someDecimal(35, 30)), one("DECIMAL(5,0) ZEROFILL", someUint(16)),
		one("DECIMAL(30,30)", someDecimal(0, 30)), one("DECIMAL", someDecimal(10, 0)), one("DECIMAL(20,3) UNSIGNED", someUint(56)),
		one("FLOAT", someFloat), one("DOUBLE", someDouble), one("REAL", someFloat),
		one("DOUBLE", around(50)), one("FLOAT UNSIGNED", someUint(30)),
	}
}

func temporalCases() []keyCase {
	return []keyCase{
		one("DATE", someDate), one("DATETIME", join(someDate, someClock)), one("DATETIME(3)", join(someDate, someClock)),
		one("DATETIME(6)", join(someDate, someClock)), one("TIMESTAMP", someStamp), one("TIMESTAMP(6)", someStamp), one("TIMESTAMP(1)", someStamp),
		one("TIME", someTime), one("TIME(6)", someTime), one("TIME(2)", someTime),
	}
}

func textCases() []keyCase {
	cases := []keyCase{
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", someText(wide)),
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", someText(wide)),
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", someText(wide)),
		one("CHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", someText(wide)),
		one("CHAR(20) CHARACTER SET utf8mb3 COLLATE utf8mb3_czech_ci", someText(narrow)),
		one("CHAR(36) CHARACTER SET ascii COLLATE ascii_general_ci", someUUID),
		one("VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci", someText(latin)),
		one("VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci", someText(latin)),
		one("CHAR(20) CHARACTER SET latin1 COLLATE latin1_bin", someText(latin)),
		one("VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_general_cs", someText(latin)),
		one("VARCHAR(20) CHARACTER SET cp1250 COLLATE cp1250_czech_cs", someText(latin)),
		one("VARCHAR(20) CHARACTER SET sjis COLLATE sjis_japanese_ci", someText(japanese)),
		one("VARCHAR(20) CHARACTER SET cp932 COLLATE cp932_bin", someText(japanese)),
		one("VARCHAR(20) CHARACTER SET gbk COLLATE gbk_chinese_ci", someText(chinese)),
		one("VARCHAR(20) CHARACTER SET ucs2 COLLATE ucs2_general_ci", someText(narrow)),
		one("VARCHAR(20) CHARACTER SET utf16 COLLATE utf16_bin", someText(wide)),
		one("VARCHAR(20) CHARACTER SET utf32 COLLATE utf32_unicode_ci", someText(wide)),
		one("VARCHAR(760) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", long(700, someText(wide))),
		one("VARBINARY(20)", someBytes), one("BINARY(4)", someBytes), one("BINARY(16)", sixteenBytes), one("CHAR(5) CHARACTER SET binary", someBytes),
		one("VARCHAR(9) CHARACTER SET binary", someBytes),
	}
	mysql := []keyCase{
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci", someText(wide)),
		one("CHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci", someText(wide)),
		one("CHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin", someText(wide)),
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs", someText(wide)),
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_ja_0900_as_cs_ks", someText(japanese)),
		one("VARCHAR(20) CHARACTER SET gb18030 COLLATE gb18030_chinese_ci", someText(chinese)),
	}
	maria := []keyCase{
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin", someText(wide)),
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci", someText(wide)),
		one("UUID", someUUID), one("INET6", someInet6), one("INET4", someInet4),
	}
	return append(append(cases, only(mysqltest.MySQL, mysql)...), only(mysqltest.MariaDB, maria)...)
}

func otherCases() []keyCase {
	cases := []keyCase{
		{name: "two numbers", columns: "a INT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b)", row: []value{around(3), around(100)}},
		{
			name:    "three of three kinds",
			columns: "n INT, a VARCHAR(9) NOT NULL, b ENUM('x','a') NOT NULL, c DATETIME(3) NOT NULL, PRIMARY KEY (a, b, c)",
			row:     []value{someInt(9), someText([]string{"a", "A", "b", "B"}), pick("1", "2"), join(someDate, someClock)},
		},
		{
			name: "not in the order of the columns", columns: "a INT NOT NULL, b VARBINARY(5) NOT NULL, c BIT(9) NOT NULL, PRIMARY KEY (c, b, a)",
			row: []value{around(5), someBytes, someUint(2)},
		},
		{
			name: "four columns", row: []value{around(1), around(1), around(1), around(9)},
			columns: "a INT NOT NULL, b INT NOT NULL, c INT NOT NULL, d INT NOT NULL, PRIMARY KEY (a, b, c, d), KEY (a), KEY (b, c)",
		},
		{
			name: "unique index and others", row: []value{someInt(30), someInt(20), someInt(40)},
			columns: "a INT NULL, `b``x` INT NOT NULL, c BIGINT NOT NULL, UNIQUE KEY `by ``b` (`b``x`), KEY (a, `b``x`), UNIQUE KEY (c)",
		},
		{
			name: "generated", only: mysqltest.MySQL, row: []value{someInt(30), pick("DEFAULT")},
			columns: "a INT NOT NULL, g INT AS (a % 1000) STORED NOT NULL, PRIMARY KEY (g)",
		},
		{
			name: "DESC", only: mysqltest.MySQL, row: []value{around(5), around(30)},
			columns: "a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a DESC, b DESC)",
		},
		{
			name: "DESC and ASC", only: mysqltest.MySQL, slow: true, row: []value{around(5), around(30)},
			columns: "a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a DESC, b)",
		},
		{
			name: "long prefix", slow: true, row: []value{long(700, someText(wide))},
			columns: "a VARCHAR(4000) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL, PRIMARY KEY (a(760))",
		},
		{
			name: "long prefix of bytes", slow: true, row: []value{long(1500, someBytes)},
			columns: "a BLOB NOT NULL, PRIMARY KEY (a(3000))",
		},
		{
			name: "prefix of bytes", slow: true, row: []value{someBytes, around(2)},
			columns: "a BLOB NOT NULL, b INT NOT NULL, PRIMARY KEY (a(3), b)",
		},
		{
			name: "labels before others", row: []value{pick("1", "2", "3", "4"), pick("1", "2", "3", "4"), around(40)},
			columns: "a ENUM('z','a','m','b') NOT NULL, b SET('x','y','a') NOT NULL, c INT NOT NULL, PRIMARY KEY (a, b, c)",
		},
		{
			name: "partitions", row: []value{someInt(20), around(2)},
			columns: "a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)) PARTITION BY RANGE (b) (PARTITION p VALUES LESS THAN (0), PARTITION q VALUES LESS THAN MAXVALUE",
		},
	}
	return cases
}

func only(flavor mysqltest.Flavor, cases []keyCase) []keyCase {
	for i := range cases {
		cases[i].only = flavor
	}
	return cases
}

func pick(literals ...string) value {
	return func(r *rand.Rand) string { return literals[r.IntN(len(literals))] }
}

// integer is a number of up to so many bits with a sign: small ones as often as
// large ones, and the limits.
func someInt(bits int) value {
	return func(r *rand.Rand) string {
		n := int64(r.Uint64()) >> (64 - bits + r.IntN(bits))
		switch r.IntN(16) {
		case 0:
			n = math.MinInt64 >> (64 - bits)
		case 1:
			n = math.MaxInt64 >> (64 - bits)
		}
		return fmt.Sprint(n)
	}
}

func someUint(bits int) value {
	return func(r *rand.Rand) string {
		if r.IntN(16) == 0 {
			return fmt.Sprint(uint64(math.MaxUint64) >> (64 - bits))
		}
		return fmt.Sprint(r.Uint64() >> (64 - bits + r.IntN(bits)))
	}
}

// around is a number that is not far from 0.
func around(n int) value {
	return func(r *rand.Rand) string { return fmt.Sprint(r.IntN(2*n+1) - n) }
}

func someDecimal(whole, scale int) value {
	return func(r *rand.Rand) string {
		digits := func(n int) string {
			var b strings.Builder
			for range n {
				b.WriteByte("0123456789"[r.IntN(10)])
			}
			return b.String()
		}
		return pick("-", "")(r) + "0" + digits(r.IntN(whole+1)) + "." + digits(r.IntN(scale+1))
	}
}

func someFloat(r *rand.Rand) string {
	return fmt.Sprintf("%g", float32(r.NormFloat64()*math.Pow(10, float64(r.IntN(12)-4))))
}

func someDouble(r *rand.Rand) string {
	if r.IntN(9) == 0 {
		return pick("-0e0", "0", "1e-300", "-1e-300", "0.1", "0.30000000000000004", "1e15", "123456789012345678e0", "-1.7976931348623157e308")(r)
	}
	return fmt.Sprintf("%e", r.NormFloat64()*math.Pow(10, float64(r.IntN(24)-12)))
}

func someDate(r *rand.Rand) string {
	if r.IntN(9) == 0 {
		return pick("'0000-00-00'", "'2020-00-00'", "'2020-02-00'", "'2021-02-31'", "'0001-01-01'", "'9999-12-31'", "'2020-02-30'")(r)
	}
	return fmt.Sprintf("'%04d-%02d-%02d'", r.IntN(40)+1990, r.IntN(12)+1, r.IntN(28)+1)
}

func someClock(r *rand.Rand) string {
	return fmt.Sprintf("'%02d:%02d:%02d.%06d'", r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000000))
}

// join joins a date and a time.
func join(a, b value) value {
	return func(r *rand.Rand) string {
		return strings.TrimSuffix(a(r), "'") + " " + strings.TrimPrefix(b(r), "'")
	}
}

func someStamp(r *rand.Rand) string {
	if r.IntN(9) == 0 {
		return pick("'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'2024-03-31 02:30:00'", "'2024-10-27 02:30:00.5'")(r)
	}
	return fmt.Sprintf("'%04d-%02d-%02d %s", r.IntN(60)+1975, r.IntN(12)+1, r.IntN(28)+1, strings.TrimPrefix(someClock(r), "'"))
}

func someTime(r *rand.Rand) string {
	if r.IntN(9) == 0 {
		return pick("'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:00.5'", "'-00:00:01'", "'99:59:59.999999'", "'100:00:00'")(r)
	}
	return fmt.Sprintf("'%s%02d:%s", pick("-", "")(r), r.IntN(300), someClock(r)[4:])
}

// Characters that some collation orders in its own way or does not tell apart.
var (
	latin    = []string{"a", "A", "b", "B", "z", "Z", "ä", "Ä", "á", "ö", "oe", "ß", "s", "S", "1", "9", " ", "\t", "_", "-", "'", "\\", "%", "ch", "h", "?", "\x01", "~"}
	narrow   = append([]string{"æ", "å", "č", "ı", "İ", "я", "Я", "日", "本", "Ａ", "\u00ad", "e\u0301", "é", "ﬁ", "\u200b"}, latin...)
	wide     = append([]string{"😀", "😁", "𝐀", "\U0010fffd"}, narrow...)
	japanese = []string{"a", "A", "あ", "ア", "ぁ", "ｱ", "Ａ", "表", "ソ", "日", "本", " ", "1", "ー", "か", "が", "ガ"}
	chinese  = []string{"a", "A", "中", "国", "啊", "阿", "一", "丁", " ", "1", "，", "Ａ"}
)

func someText(alphabet []string) value {
	return func(r *rand.Rand) string {
		var s string
		for range r.IntN(6) {
			s += alphabet[r.IntN(len(alphabet))]
		}
		return "_utf8mb4 x'" + hex.EncodeToString([]byte(s)) + "'"
	}
}

// long lets all values begin alike, for longer than a server sorts by default.
func long(n int, v value) value {
	return func(r *rand.Rand) string { return fmt.Sprintf("CONCAT(REPEAT('y', %d),%s)", n, v(r)) }
}

func someBytes(r *rand.Rand) string {
	b := make([]byte, r.IntN(5))
	for i := range b {
		b[i] = []byte{0, 1, ' ', 'a', 'A', 0x7f, 0x80, 0xff}[r.IntN(8)]
	}
	return "x'" + hex.EncodeToString(b) + "'"
}

func sixteenBytes(r *rand.Rand) string {
	return fmt.Sprintf("x'%016x%014x00'", r.Uint64(), r.Uint64()>>8)
}

func someUUID(r *rand.Rand) string {
	return fmt.Sprintf("'%08x-%04x-%d%03x-%04x-%012x'", r.Uint32(), r.Uint32()>>16, []int{1, 4, 7}[r.IntN(3)], r.Uint32()>>20, r.Uint32()>>18|0x8000, r.Uint64()>>16)
}

func someInet6(r *rand.Rand) string {
	return strings.Replace(pick("'::'", "'::1'", "'fe80::%x'", "'2001:db8::%x'", "'::ffff:10.0.0.1'", "'1:0:%x::'")(r), "%x", fmt.Sprintf("%x", r.IntN(65536)), 1)
}

func someInet4(r *rand.Rand) string {
	return fmt.Sprintf("'%d.%d.0.%d'", r.IntN(256), r.IntN(2), r.IntN(256))
}

func labels(n int) string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf("'m%d'", n-i)
	}
	return strings.Join(labels, ",")
}
