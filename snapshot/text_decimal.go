package snapshot

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

var errDecimal = errors.New("the text is no decimal of its precision and scale")

const (
	maxSmallDecimal = 18 // precision up to which a decimal fits an int64
	maxPrecision    = 65
	maxScale        = 38 // of MariaDB; MySQL goes to 30
)

// decimalShape is the layout of decimals of one precision and scale.
type decimalShape struct {
	whole, scale int
	groups       []uint8 // digits of each group of the packed form
}

// packedBytes is how many bytes a group of so many digits has.
var packedBytes = [10]uint8{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}

func (c *textColumn) compileDecimal(def *schema.Column) error {
	precision, scale := def.Length, max(def.Scale, 0)
	if precision <= 0 {
		precision = 10 // MySQL's default
	}
	if precision > maxPrecision || scale > maxScale || scale > precision {
		return fmt.Errorf("%w: DECIMAL(%d,%d)", errColumnType, precision, scale)
	}
	c.decimal = newDecimalShape(precision-scale, scale)
	c.decode = decodeBigDecimal
	if precision <= maxSmallDecimal {
		c.decode = decodeDecimal
	}
	return nil
}

// newDecimalShape divides the digits into groups of nine, counted from the point.
func newDecimalShape(whole, scale int) decimalShape {
	s := decimalShape{whole: whole, scale: scale}
	add := func(digits int) {
		if digits > 0 {
			s.groups = append(s.groups, uint8(digits))
		}
	}
	add(whole % 9)
	for range whole / 9 {
		add(9)
	}
	for range scale / 9 {
		add(9)
	}
	add(scale % 9)
	return s
}

// split takes a text apart into its sign and the digits on both sides of the
// point, of which the first have no leading zeros and the second are as many as
// the scale. What it returns may be something else than digits.
func (s *decimalShape) split(text []byte) (negative bool, whole, fraction []byte, ok bool) {
	if len(text) > 0 && text[0] == '-' {
		negative, text = true, text[1:]
	}
	whole = text
	if s.scale > 0 {
		point := len(text) - s.scale - 1
		if point < 0 || text[point] != '.' {
			return false, nil, nil, false
		}
		whole, fraction = text[:point], text[point+1:]
	}
	for len(whole) > 0 && whole[0] == '0' {
		whole = whole[1:]
	}
	return negative, whole, fraction, len(whole) <= s.whole && len(text) > 0
}

func decodeDecimal(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	negative, whole, fraction, ok := c.decimal.split(text)
	if !ok {
		return errDecimal
	}
	n := uint64(0)
	for _, digits := range [2][]byte{whole, fraction} {
		for _, b := range digits {
			if b-'0' > 9 {
				return errDecimal
			}
			n = n*10 + uint64(b-'0')
		}
	}
	if negative {
		n = -n
	}
	*v = event.Value{Kind: event.Decimal, Num: n}
	return nil
}

// decodeBigDecimal packs the digits as the server keeps them: each group of
// digits is a big-endian number, the highest bit is set in positive numbers, and
// all bits of negative ones are inverted.
// Source: MySQL strings/decimal.cc, decimal2bin.
func decodeBigDecimal(c *textColumn, text []byte, scratch *[]byte, v *event.Value) error {
	negative, whole, fraction, ok := c.decimal.split(text)
	if !ok {
		return errDecimal
	}
	var digits [maxPrecision]byte
	leading := c.decimal.whole - len(whole)
	copy(digits[leading:], whole)
	copy(digits[c.decimal.whole:], fraction)
	for i := range leading {
		digits[i] = '0'
	}
	start := len(*scratch)
	packed, ok := c.decimal.pack(*scratch, digits[:], negative)
	if !ok {
		return errDecimal
	}
	packed[start] ^= 0x80
	*scratch = packed
	*v = event.Value{Kind: event.BigDecimal, Bytes: packed[start:len(packed):len(packed)]}
	return nil
}

// pack appends the groups, without the highest bit.
func (s *decimalShape) pack(dst, digits []byte, negative bool) ([]byte, bool) {
	flip := uint32(0)
	if negative {
		flip = ^flip
	}
	for _, size := range s.groups {
		n, ok := number(digits[:size])
		if !ok {
			return dst, false
		}
		digits = digits[size:]
		for shift := 8 * int(packedBytes[size]); shift > 0; {
			shift -= 8
			dst = append(dst, byte((uint32(n)^flip)>>shift))
		}
	}
	return dst, true
}
