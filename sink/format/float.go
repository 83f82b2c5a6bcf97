package format

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// float maps FLOAT, DOUBLE and REAL. FLOAT is a double to Debezium as soon as
// it has a scale or more than 24 bits; REAL, which only DDL text spells, is a
// float although its values are doubles.
// Source: BinlogValueConverters.schemaBuilder, isFloat.
func (j *JSON) float(c *schema.Column) column {
	size, kind := 64, "double"
	if c.Type == schema.TypeReal || c.Type == schema.TypeFloat && c.Scale < 0 && c.Length <= 24 {
		size, kind = 32, "float"
	}
	return column{
		schema:  node{kind: kind},
		accept:  kindsOf(event.Float32, event.Float64),
		encode:  func(dst []byte, v *event.Value) []byte { return appendJavaFloat(dst, v.Float(), size) },
		literal: floatLiteral,
		exact:   func(d schema.Default) (event.Value, bool) { return storedFloat(c, d.Text) },
		zero:    []byte("0.0"),
	}
}

func floatLiteral(d schema.Default) (event.Value, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(d.Text), 64)
	return event.Value{Kind: event.Float64, Num: math.Float64bits(f)}, err == nil
}

// floatDigits is how many digits SHOW CREATE TABLE prints of a FLOAT's default:
// one that has as many may have been longer.
const floatDigits = 6

// storedFloat reads a default as the server stores it: to the column's scale,
// and in a FLOAT to four bytes. False where the text may not be all of it.
func storedFloat(c *schema.Column, text string) (event.Value, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && c.Scale >= 0 {
		f, err = strconv.ParseFloat(strconv.FormatFloat(f, 'f', c.Scale, 64), 64)
	}
	if c.Type != schema.TypeFloat || c.Scale < 0 && c.Length > 24 {
		return event.Value{Kind: event.Float64, Num: math.Float64bits(f)}, err == nil
	}
	shortest := strconv.FormatFloat(f, 'e', -1, 64)
	digits := strings.IndexByte(shortest, 'e') - strings.Count(shortest, ".") - strings.Count(shortest[:1], "-")
	whole := c.Scale >= 0 || digits < floatDigits
	return event.Value{Kind: event.Float32, Num: uint64(math.Float32bits(float32(f)))}, err == nil && whole
}

// appendJavaFloat prints f as Double.toString (size 64) or Float.toString
// (size 32): the shortest digits that read back as f, at least one of them
// behind the point, in scientific notation from 10^7 and below 10^-3. This is
// the algorithm of JDK 19 and later; older ones print a digit too many for a
// few numbers.
func appendJavaFloat(dst []byte, f float64, size int) []byte {
	if size == 32 {
		f = float64(float32(f))
	}
	abs := math.Abs(f)
	switch {
	case abs >= 1e-3 && abs < 1e7 || abs == 0:
		return appendPlainFloat(dst, f, size)
	case abs <= math.MaxFloat64:
		return appendScientific(dst, f, size)
	case f > 0:
		return append(dst, `"Infinity"`...)
	case f < 0:
		return append(dst, `"-Infinity"`...)
	default:
		return append(dst, `"NaN"`...)
	}
}

func appendPlainFloat(dst []byte, f float64, size int) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, size)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendScientific prints d.dddEn. Java never prints fewer than two digits and
// takes the nearest number of that length: 4.9E-324 where 5e-324 would do.
func appendScientific(dst []byte, f float64, size int) []byte {
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], f, 'e', -1, size)
	if bytes.IndexByte(text, '.') < 0 {
		text = strconv.AppendFloat(buf[:0], f, 'e', 1, size)
	}
	e := bytes.IndexByte(text, 'e')
	dst = append(dst, text[:e]...)
	dst = append(dst, 'E')
	if text[e+1] == '-' {
		dst = append(dst, '-')
	}
	exponent := text[e+2:] // at least two digits
	if exponent[0] == '0' {
		exponent = exponent[1:]
	}
	return append(dst, exponent...)
}
