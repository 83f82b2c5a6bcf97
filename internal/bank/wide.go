package bank

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// wideRows is how many keys the table wide has.
const wideRows = 150

// column is one of the table wide, and how a random value of it is written.
type column struct {
	kind  string
	value func(*rand.Rand) string
}

// columns has every type but the spatial ones, which mysqlbinlog cannot print.
// Integers and text are compared by the checker; what it leaves out has to be
// decoded all the same.
func columns() []column {
	return []column{
		{"TINYINT", number(-128, 127)},
		{"TINYINT UNSIGNED", number(0, 255)},
		{"SMALLINT", number(-32768, 32767)},
		{"SMALLINT UNSIGNED", number(0, 65535)},
		{"MEDIUMINT", number(-8388608, 8388607)},
		{"MEDIUMINT UNSIGNED", number(0, 16777215)},
		{"INT", number(-1<<31, 1<<31-1)},
		{"INT UNSIGNED", number(0, 1<<32-1)},
		{"BIGINT", number(-1<<62, 1<<62)},
		{"BIGINT UNSIGNED", func(r *rand.Rand) string { return fmt.Sprint(r.Uint64()) }},
		{"BOOLEAN", number(0, 1)},
		{"BIT(11)", number(0, 2047)},
		{"DECIMAL(20,6)", func(r *rand.Rand) string { return fmt.Sprintf("%d.%06d", r.Int64N(1e14)-5e13, r.IntN(1e6)) }},
		{"FLOAT", func(r *rand.Rand) string { return fmt.Sprint(r.Float32()) }},
		{"DOUBLE", func(r *rand.Rand) string { return fmt.Sprint(r.NormFloat64()) }},
		{"DATE", func(r *rand.Rand) string { return "'" + date(r) + "'" }},
		{"TIME(3)", func(r *rand.Rand) string { return fmt.Sprintf("'%d:%s'", r.IntN(1600)-800, clock(r)[3:]) }},
		{"DATETIME(6)", func(r *rand.Rand) string { return fmt.Sprintf("'%s %s.%06d'", date(r), clock(r), r.IntN(1e6)) }},
		{"TIMESTAMP(6) NULL", func(r *rand.Rand) string { return fmt.Sprintf("FROM_UNIXTIME(%d.%06d)", r.IntN(2e9)+1, r.IntN(1e6)) }},
		{"YEAR", number(1901, 2155)},
		{"CHAR(20)", text(20)},
		{"VARCHAR(100)", text(100)},
		{"TINYTEXT", text(60)},
		{"TEXT", text(300)},
		{"MEDIUMTEXT", text(1000)},
		{"LONGTEXT", text(500)},
		{"BINARY(12)", bytes(12)},
		{"VARBINARY(60)", bytes(60)},
		{"TINYBLOB", bytes(100)},
		{"BLOB", bytes(300)},
		{"MEDIUMBLOB", bytes(800)},
		{"LONGBLOB", bytes(400)},
		{"ENUM('a','b','c')", number(1, 3)},
		{"SET('x','y','z')", number(0, 7)},
		{"JSON", document},
	}
}

// wideColumns are their definitions: c0, c1, …
func wideColumns() string {
	var s strings.Builder
	for i, c := range columns() {
		fmt.Fprintf(&s, ", c%d %s", i, c.kind)
	}
	return s.String()
}

// widen changes a row of the table wide: it is replaced, or a few of its columns
// change, or it goes.
func (c *clerk) widen(s *strings.Builder) int {
	id := c.rng.IntN(wideRows)
	switch c.rng.IntN(6) {
	case 0:
		fmt.Fprintf(s, "DELETE FROM %s.wide WHERE id=%d;", c.db, id)
	case 1, 2:
		fmt.Fprintf(s, "REPLACE INTO %s.wide VALUES (%d", c.db, id)
		for _, column := range columns() {
			s.WriteString("," + perhaps(c.rng, column.value))
		}
		s.WriteString(");")
	default:
		fmt.Fprintf(s, "UPDATE %s.wide SET id=id", c.db)
		all := columns()
		for _, i := range c.rng.Perm(len(all))[:4] {
			fmt.Fprintf(s, ",c%d=%s", i, perhaps(c.rng, all[i].value))
		}
		fmt.Fprintf(s, " WHERE id=%d;", id)
	}
	return 1
}

// perhaps is a value, or sometimes NULL.
func perhaps(r *rand.Rand, value func(*rand.Rand) string) string {
	if r.IntN(10) == 0 {
		return "NULL"
	}
	return value(r)
}

// number is one between bounds, which it likes.
func number(low, high int64) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		switch r.IntN(8) {
		case 0:
			return fmt.Sprint(low)
		case 1:
			return fmt.Sprint(high)
		}
		return fmt.Sprint(low + int64(r.Uint64N(uint64(high-low)+1)))
	}
}

func date(r *rand.Rand) string {
	return fmt.Sprintf("%04d-%02d-%02d", 1000+r.IntN(9000), 1+r.IntN(12), 1+r.IntN(28))
}

func clock(r *rand.Rand) string {
	return fmt.Sprintf("%02d:%02d:%02d", r.IntN(24), r.IntN(60), r.IntN(60))
}

// letters need one to four bytes each, and some an escape in SQL or JSON.
var letters = []rune("abcXYZ 019_'\"\\\n\täßжשׁ漢語🚀")

// text is a string of at most n bytes.
func text(n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return "'" + escape(letter(r, r.IntN(n/4+1))) + "'" }
}

func letter(r *rand.Rand, n int) string {
	s := make([]rune, n)
	for i := range s {
		s[i] = letters[r.IntN(len(letters))]
	}
	return string(s)
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s)
}

// bytes are any, at most n.
func bytes(n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		b := make([]byte, 1+r.IntN(n))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return fmt.Sprintf("x'%x'", b)
	}
}

func document(r *rand.Rand) string {
	s := fmt.Sprintf(`{"n": %d, "list": [true, null, %d.5, %q], "deep": {"k%d": {}}}`, r.Int64(), r.IntN(1000), strings.Repeat("j", r.IntN(50)), r.IntN(9))
	return "'" + s + "'"
}
