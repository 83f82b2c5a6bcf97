package snapshot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

var (
	errNumber = errors.New("the text is no number of its type")
	errMember = errors.New("the value is none of the members in the definition")
)

func (c *textColumn) compileInt(def *schema.Column) {
	switch def.Type {
	case schema.TypeBool, schema.TypeTinyInt:
		c.size = 1
	case schema.TypeSmallInt:
		c.size = 2
	case schema.TypeMediumInt:
		c.size = 3
	case schema.TypeInt:
		c.size = 4
	default:
		c.size = 8
	}
	c.decode = decodeInt
	if def.Unsigned || def.Zerofill {
		c.decode = decodeUint
	}
}

func decodeInt(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	n, ok := number(text)
	limit := uint64(1) << (8*c.size - 1)
	if negative {
		limit++ // there is one number more below zero
	}
	if !ok || n >= limit {
		return errNumber
	}
	if negative {
		n = -n
	}
	*v = event.Value{Kind: event.Int, Num: n}
	return nil
}

func decodeUint(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	n, ok := number(text)
	if !ok || n > math.MaxUint64>>(64-8*c.size) {
		return errNumber
	}
	*v = event.Value{Kind: event.Uint, Num: n}
	return nil
}

// number reads decimal digits, of which any number of zeros may lead.
func number(text []byte) (n uint64, ok bool) {
	const last = math.MaxUint64 / 10
	for _, b := range text {
		digit := uint64(b - '0')
		if digit > 9 || n >= last && (n > last || digit > math.MaxUint64%10) {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, len(text) > 0
}

// maxFloatLength is the largest p of a FLOAT(p) that is no DOUBLE.
const maxFloatLength = 24

// compileFloat prepares FLOAT and DOUBLE. The server prints six digits of a FLOAT,
// as Debezium's snapshot does, and a DOUBLE in as many as it needs.
func (c *textColumn) compileFloat(def *schema.Column) {
	c.decode = decodeFloat64
	if def.Type == schema.TypeFloat && (def.Length <= maxFloatLength || def.Scale >= 0) {
		c.decode = decodeFloat32
	}
}

func decodeFloat32(_ *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	f, ok := float(text, 32)
	if !ok {
		return errNumber
	}
	*v = event.Value{Kind: event.Float32, Num: uint64(math.Float32bits(float32(f)))}
	return nil
}

func decodeFloat64(_ *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	f, ok := float(text, 64)
	if !ok {
		return errNumber
	}
	*v = event.Value{Kind: event.Float64, Num: math.Float64bits(f)}
	return nil
}

// float reads what the server prints of a number, and nothing else that ParseFloat
// knows.
func float(text []byte, bits int) (float64, bool) {
	for _, b := range text {
		if b-'0' > 9 && b != '.' && b != '-' && b != '+' && b != 'e' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(text), bits)
	return f, err == nil
}

// compileBit prepares a BIT, which comes as bytes, most significant first.
func (c *textColumn) compileBit(def *schema.Column) error {
	bits := max(def.Length, 1)
	if bits > 64 {
		return fmt.Errorf("%w: BIT(%d)", errColumnType, bits)
	}
	c.size, c.decode = (bits+7)/8, decodeBit
	return nil
}

func decodeBit(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	if len(text) != c.size {
		return errLength
	}
	n := uint64(0)
	for _, b := range text {
		n = n<<8 | uint64(b)
	}
	*v = event.Value{Kind: event.Bit, Num: n}
	return nil
}

// compileMembers selects the number of ENUM and SET: a label does not tell the
// empty member from the invalid value, and may have been changed by a conversion
// of its character set. Where the definition does not have the labels, they come with
// the rows: SHOW CREATE TABLE prints "?" for characters beyond the basic plane.
func (c *textColumn) compileMembers(def *schema.Column) {
	if slices.ContainsFunc(def.Members, func(label string) bool { return strings.Contains(label, "?") }) {
		c.decode, c.kind = decodeBytes, event.String
		return
	}
	c.countMembers(def)
}

// countMembers selects the number.
func (c *textColumn) countMembers(def *schema.Column) {
	c.expression = "CAST(" + c.expression + " AS UNSIGNED)"
	c.members, c.decode = len(def.Members), decodeEnum
	if def.Type == schema.TypeSet {
		c.decode = decodeSet
	}
}

func decodeEnum(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	n, ok := number(text)
	if !ok || n > uint64(c.members) {
		return errMember
	}
	*v = event.Value{Kind: event.Enum, Num: n}
	return nil
}

func decodeSet(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	n, ok := number(text)
	if !ok || n>>uint(c.members) != 0 {
		return errMember
	}
	*v = event.Value{Kind: event.Set, Num: n}
	return nil
}
