package format

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// integer maps TINYINT to BIGINT. UNSIGNED takes the next wider type; BIGINT
// UNSIGNED wraps into INT64 or becomes a Decimal, as configured.
// Source: BinlogValueConverters, JdbcValueConverters.
func (j *JSON) integer(c *schema.Column) column {
	col := column{
		schema:  node{kind: integerType(c.Type, c.Unsigned || c.Zerofill)},
		accept:  kindsOf(event.Int, event.Uint),
		encode:  appendInt,
		literal: integerLiteral,
		zero:    []byte("0"),
	}
	if c.Type == schema.TypeBigInt && (c.Unsigned || c.Zerofill) {
		if j.cfg.BigintUnsignedMode == BigintUnsignedPrecise {
			return j.preciseUnsigned()
		}
		col.literal, col.exact = clippedLiteral, integerLiteral
	}
	return col
}

func integerType(t schema.Type, unsigned bool) string {
	switch {
	case t == schema.TypeTinyInt, t == schema.TypeSmallInt && !unsigned:
		return "int16"
	case t == schema.TypeBigInt, t == schema.TypeInt && unsigned:
		return "int64"
	default:
		return "int32"
	}
}

// boolean maps BOOL as written in DDL text.
func (j *JSON) boolean() column {
	return column{
		schema:  node{kind: "boolean"},
		accept:  kindsOf(event.Int, event.Uint, event.Bit),
		encode:  appendBool,
		literal: integerLiteral,
		zero:    []byte("false"),
	}
}

// preciseUnsigned maps BIGINT UNSIGNED to a Decimal of scale 0.
func (j *JSON) preciseUnsigned() column {
	col := column{
		schema:  decimalSchema(0, 20),
		accept:  kindsOf(event.Int, event.Uint),
		encode:  appendUnscaledUint,
		header:  appendUint,
		literal: integerLiteral,
		zero:    []byte(`"AA=="`),
	}
	if j.cfg.DecimalNumeric {
		col.encode, col.zero = appendUint, []byte("0")
	}
	return col
}

func appendInt(dst []byte, v *event.Value) []byte  { return strconv.AppendInt(dst, v.Int64(), 10) }
func appendUint(dst []byte, v *event.Value) []byte { return strconv.AppendUint(dst, v.Num, 10) }
func appendBool(dst []byte, v *event.Value) []byte { return strconv.AppendBool(dst, v.Num != 0) }

// appendUnscaledUint prints the number as the base64 of its two's complement,
// which has a leading zero byte where the top bit is set.
func appendUnscaledUint(dst []byte, v *event.Value) []byte {
	var b [9]byte
	binary.BigEndian.PutUint64(b[1:], v.Num)
	return appendTwosComplement(dst, b[:])
}

// integerLiteral reads a default. A fraction is rounded half up; true and
// false are 1 and 0; what exceeds 64 bits keeps its low ones.
func integerLiteral(d schema.Default) (event.Value, bool) {
	n, ok := roundedLiteral(d.Text)
	if !ok {
		return event.Value{}, false
	}
	if n.Sign() >= 0 {
		return event.Value{Kind: event.Uint, Num: n.Uint64()}, true
	}
	return event.Value{Kind: event.Int, Num: uint64(n.Int64())}, true
}

// clippedLiteral is integerLiteral with the limit that a Java long has: the
// default of a BIGINT UNSIGNED does not wrap as its values do.
func clippedLiteral(d schema.Default) (event.Value, bool) {
	v, ok := integerLiteral(d)
	if v.Kind == event.Uint {
		v.Num = min(v.Num, math.MaxInt64)
	}
	return v, ok
}

func roundedLiteral(text string) (*big.Int, bool) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "true":
		text = "1"
	case "false":
		text = "0"
	}
	if bits, ok := bitLiteral(text); ok {
		return new(big.Int).SetUint64(bits), true
	}
	return unscaledLiteral(text, 0)
}
