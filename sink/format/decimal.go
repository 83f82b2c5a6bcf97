package format

import (
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// decimal maps DECIMAL by decimal.handling.mode.
// Source: JdbcValueConverters.decimalBuilder, SpecialValueDecimal.
func (j *JSON) decimal(c *schema.Column) column {
	layout := decimalLayout{precision: c.Length, scale: max(c.Scale, 0)}
	if c.Length <= 0 { // as MySQL takes DECIMAL and DECIMAL(0)
		layout.precision = 10
	}
	col := column{
		accept:  kindsOf(event.Decimal, event.BigDecimal),
		literal: layout.literal,
	}
	switch j.cfg.DecimalMode {
	case DecimalDouble:
		col.schema = node{kind: "double"}
		col.encode, col.zero = layout.appendDouble, []byte("0.0")
	case DecimalString:
		col.schema = node{kind: "string"}
		col.encode, col.zero = quoted(layout.appendPlain), []byte(`""`)
	case DecimalPrecise:
		col.schema = decimalSchema(layout.scale, layout.precision)
		col.encode, col.header, col.zero = layout.appendBase64, layout.appendNumber, []byte(`"AA=="`)
		if j.cfg.DecimalNumeric {
			col.encode, col.zero = layout.appendNumber, []byte("0")
		}
	}
	return col
}

func decimalSchema(scale, precision int) node {
	return logical("bytes", "org.apache.kafka.connect.data.Decimal",
		param{"scale", strconv.Itoa(scale)}, param{"connect.decimal.precision", strconv.Itoa(precision)})
}

func quoted(e encoder) encoder {
	return func(dst []byte, v *event.Value) []byte {
		dst = append(dst, '"')
		if dst = e(dst, v); dst == nil {
			return nil
		}
		return append(dst, '"')
	}
}

// decimalLayout is the precision and scale of a DECIMAL.
type decimalLayout struct{ precision, scale int }

// appendBase64 prints the unscaled value's two's complement in base64, the
// form that Connect's Decimal has in JSON.
func (l decimalLayout) appendBase64(dst []byte, v *event.Value) []byte {
	if v.Kind == event.Decimal {
		return appendUnscaled(dst, v.Int64())
	}
	var buf [40]byte
	if !l.unpack(v.Bytes, &buf) {
		return nil
	}
	return appendTwosComplement(dst, buf[:])
}

// appendPlain prints the number with exactly scale digits behind the point.
// Source: BigDecimal.toPlainString.
func (l decimalLayout) appendPlain(dst []byte, v *event.Value) []byte {
	var buf [80]byte
	digits, negative, ok := l.digits(buf[:0], v)
	if !ok {
		return nil
	}
	if negative {
		dst = append(dst, '-')
	}
	if whole := len(digits) - l.scale; whole > 0 {
		dst = append(dst, digits[:whole]...)
		digits = digits[whole:]
	} else {
		dst = append(dst, '0')
	}
	if l.scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range l.scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// appendNumber prints the number as BigDecimal.toString does: plain, but in
// scientific notation where more than six zeros follow the point.
func (l decimalLayout) appendNumber(dst []byte, v *event.Value) []byte {
	var buf [80]byte
	digits, negative, ok := l.digits(buf[:0], v)
	if !ok {
		return nil
	}
	exponent := len(digits) - 1 - l.scale
	if exponent >= -6 {
		return l.appendPlain(dst, v)
	}
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// appendDouble prints the nearest double.
func (l decimalLayout) appendDouble(dst []byte, v *event.Value) []byte {
	var buf [96]byte
	text := l.appendPlain(buf[:0], v)
	if text == nil {
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return nil
	}
	return appendJavaFloat(dst, f, 64)
}

// digits appends the digits of the unscaled value, without leading zeros.
func (l decimalLayout) digits(dst []byte, v *event.Value) (digits []byte, negative, ok bool) {
	if v.Kind == event.Decimal {
		n, negative := v.Num, v.Int64() < 0
		if negative {
			n = -n
		}
		return strconv.AppendUint(dst, n, 10), negative, true
	}
	return l.packedDigits(dst, v.Bytes)
}

// literal reads a default, rounded half up to the column's scale.
func (l decimalLayout) literal(d schema.Default) (event.Value, bool) {
	n, ok := unscaledLiteral(d.Text, l.scale)
	if !ok {
		return event.Value{}, false
	}
	if n.IsInt64() {
		return event.Value{Kind: event.Decimal, Num: uint64(n.Int64())}, true
	}
	return event.Value{Kind: event.BigDecimal, Bytes: l.pack(n)}, true
}

// unscaledLiteral returns text × 10^scale, rounded half up.
func unscaledLiteral(text string, scale int) (*big.Int, bool) {
	r, ok := new(big.Rat).SetString(strings.TrimSpace(text))
	if !ok {
		return nil, false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	half := big.NewRat(int64(r.Sign()), 2)
	r.Add(r, half)
	return new(big.Int).Quo(r.Num(), r.Denom()), true
}

// appendUnscaled prints n's shortest two's complement in base64.
func appendUnscaled(dst []byte, n int64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	return appendTwosComplement(dst, b[:])
}

// appendTwosComplement prints a big-endian number in base64, cut to the
// shortest form that keeps its sign.
// Source: BigInteger.toByteArray.
func appendTwosComplement(dst, b []byte) []byte {
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return appendBase64(dst, b)
}

func appendBase64(dst, b []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}
