package snapshot

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cdcd/event"
	"cdcd/schema"
)

// keyPart is one column of a key: how its values are written, and how what is
// written is ordered.
type keyPart struct {
	column int
	name   string // in backquotes, with the table: an alias of the SELECT list may have the bare name
	// literal prints a value as an SQL literal that compares with the column as the
	// column's own values do; false where that cannot be.
	literal func(v *event.Value) (string, bool)
	// values is how many there are, from 0 on, where a column that is ordered by
	// number is looked up in an index only by equality; otherwise 0.
	values int
	// compare orders two literals; nil where only the server can tell.
	compare func(a, b string) int
	// between guesses a literal between two; of up to splitTries others.
	between func(low, high string, try int) string
	// plain selects what quote makes a literal of.
	plain string
	quote func(text string) string
}

// newKeyPart prepares column i of t; false for a type that no key has.
func newKeyPart(t *schema.Table, i int) (keyPart, bool) {
	def := &t.Columns[i]
	p := keyPart{column: i, name: schema.QuoteName(t.ID.Name) + "." + schema.QuoteName(def.Name)}
	switch def.Type {
	case schema.TypeBool, schema.TypeTinyInt, schema.TypeSmallInt, schema.TypeMediumInt, schema.TypeInt, schema.TypeBigInt, schema.TypeYear:
		p.number(p.name + "+0")
	case schema.TypeBit:
		p.number("CAST(" + p.name + " AS UNSIGNED)")
	case schema.TypeEnum, schema.TypeSet:
		p.number("CAST(" + p.name + " AS UNSIGNED)")
		return p, p.labelled(def)
	case schema.TypeDecimal:
		p.decimal(def)
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		p.float()
		// With digits the value is rounded when it is read, and not when it is compared.
		return p, def.Scale < 0
	case schema.TypeDate, schema.TypeDatetime, schema.TypeTimestamp, schema.TypeTime:
		p.temporal(def)
	case schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText:
		// A key has a prefix of it, and two texts that compare as equal may have
		// different ones, where a collation ignores characters: a range misses one.
		return p, false
	case schema.TypeChar, schema.TypeVarchar:
		p.text(def)
		// MariaDB compares such a CHAR without trailing spaces, but has it with them in
		// the index: a range of it misses rows.
		return p, def.Type != schema.TypeChar || !strings.Contains(def.Collation, "_nopad_")
	case schema.TypeBinary, schema.TypeVarbinary, schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		p.binary(def)
	case schema.TypeUUID:
		p.uuid()
	case schema.TypeInet4, schema.TypeInet6:
		p.quoted(func(v *event.Value) (string, bool) { return string(v.Bytes), v.Kind == event.String })
		p.between = betweenAddresses
	default:
		return p, false
	}
	return p, true
}

// number prints whole numbers.
func (p *keyPart) number(plain string) {
	p.plain, p.quote = plain, asIs
	p.compare, p.between = compareNumbers, betweenNumbers
	p.literal = func(v *event.Value) (string, bool) {
		if v.Kind == event.Int {
			return strconv.FormatInt(v.Int64(), 10), true
		}
		unsigned := []event.Kind{event.Uint, event.Bit, event.Enum, event.Set, event.Year}
		return strconv.FormatUint(v.Num, 10), slices.Contains(unsigned, v.Kind)
	}
}

// labelled adds what is different of ENUM and SET, which are ordered by number and
// compared by it with a number; labels would be compared as text. False where that
// comparison is not exact: a SET is compared as a double.
func (p *keyPart) labelled(def *schema.Column) bool {
	const exact, listed = 53, 8 // bits
	values := len(def.Members) + 1
	if def.Type == schema.TypeSet {
		values = 1 << min(len(def.Members), exact)
	}
	if values <= 1<<listed {
		p.values = values
	}
	return def.Type != schema.TypeSet || len(def.Members) <= exact
}

// condition compares the column with a literal.
func (p *keyPart) condition(operator, literal string) string {
	n, err := strconv.Atoi(literal)
	if p.values == 0 || operator == "=" || err != nil {
		return p.name + " " + operator + " " + literal
	}
	first, last := 0, p.values-1
	switch operator {
	case ">":
		first = n + 1
	case ">=":
		first = n
	case "<":
		last = n - 1
	case "<=":
		last = n
	}
	if first > last {
		return "FALSE"
	}
	list := make([]string, 0, last-first+1)
	for i := first; i <= last; i++ {
		list = append(list, strconv.Itoa(i))
	}
	return p.name + " IN (" + strings.Join(list, ",") + ")"
}

func asIs(text string) string { return text }

// compareNumbers orders decimal numbers of one scale without leading zeros.
func compareNumbers(a, b string) int {
	minusA, minusB := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case minusA && minusB:
		a, b = b, a
	case minusA:
		return -1
	case minusB:
		return 1
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// float prints the double that equals the value. The column's own text of a FLOAT
// has six digits only.
func (p *keyPart) float() {
	p.plain = p.name + "+0e0"
	p.quote = func(text string) string {
		f, _ := strconv.ParseFloat(text, 64)
		return formatFloat(f)
	}
	p.between = betweenFloats
	p.compare = func(a, b string) int {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		return cmp.Compare(x, y)
	}
	p.literal = func(v *event.Value) (string, bool) {
		f := v.Float()
		return formatFloat(f), (v.Kind == event.Float32 || v.Kind == event.Float64) && !math.IsNaN(f) && !math.IsInf(f, 0)
	}
}

// formatFloat prints a literal with an exponent: without one it would be a DECIMAL,
// which has not as many digits.
func formatFloat(f float64) string { return strconv.FormatFloat(f+0, 'e', -1, 64) } // -0 is 0

// text prints the UTF-8, which the server converts to the column's character set:
// so the column's collation decides and its index is used.
func (p *keyPart) text(def *schema.Column) {
	p.plain, p.quote = "HEX(CONVERT("+p.name+" USING utf8mb4))", func(digits string) string {
		return "_utf8mb4 x'" + strings.ToLower(digits) + "'"
	}
	most := int64(letters) // a guess must be text of the column's character set
	if def.Charset == "utf8mb4" {
		most = unicode.MaxRune + letters
	}
	p.between = func(low, high string, try int) string { return betweenTexts(low, high, try, most) }
	p.literal = func(v *event.Value) (string, bool) {
		return p.quote(hex.EncodeToString(v.Bytes)), v.Kind == event.String && utf8.Valid(v.Bytes)
	}
}

// binary prints bytes. A BINARY has its length of them: the comparison does not
// pad.
func (p *keyPart) binary(def *schema.Column) {
	padded := 0
	if def.Type == schema.TypeBinary {
		padded = max(def.Length, 1)
	}
	p.plain, p.quote = "HEX("+p.name+")", func(digits string) string { return "x'" + strings.ToLower(digits) + "'" }
	p.compare, p.between = strings.Compare, betweenBytes // the quote is below every digit
	p.literal = func(v *event.Value) (string, bool) {
		return p.quote(hex.EncodeToString(v.Bytes) + strings.Repeat("00", max(padded-len(v.Bytes), 0))), v.Kind == event.Binary
	}
}

// quoted prints what has no quotes nor backslashes in it.
func (p *keyPart) quoted(text func(v *event.Value) (string, bool)) {
	p.plain, p.quote = p.name, func(text string) string { return "'" + text + "'" }
	p.literal = func(v *event.Value) (string, bool) {
		s, ok := text(v)
		return p.quote(s), ok
	}
}

// uuid prints MariaDB's UUID, whose order is not that of its bytes.
func (p *keyPart) uuid() {
	p.between = betweenUUIDs
	p.quoted(func(v *event.Value) (string, bool) {
		const size = 16
		ok := v.Kind == event.Binary && len(v.Bytes) <= size
		return formatUUID(padded(bytes.Clone(v.Bytes), size)), ok
	})
}

func formatUUID(b []byte) string {
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
