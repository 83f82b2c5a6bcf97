package binlog

import (
	"errors"
	"fmt"
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// A packed decimal is its digits in groups of nine, four bytes big-endian
// each; the group at either end may be shorter. The highest bit is set in
// positive numbers; all bits of negative ones are inverted.
// Source: MySQL strings/decimal.cc, decimal2bin.

var errDecimal = errors.New("the packed decimal holds something else than digits")

// maxSmallDecimal is the precision up to which a decimal fits an int64.
const maxSmallDecimal = 18

// decimalShape is the layout of packed decimals of one precision and scale.
type decimalShape struct {
	size   int // bytes
	whole  int // groups before the point
	n      int // groups
	groups [16]digitGroup
}

type digitGroup struct{ digits, size uint8 }

var (
	digitBytes = [10]uint8{0, 1, 1, 2, 2, 3, 3, 4, 4, 4}
	powers     = [10]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}
)

// newDecimalShape reports false for what no server has: MySQL goes to a
// precision of 65 and a scale of 30, MariaDB to a scale of 38.
func newDecimalShape(precision, scale int) (decimalShape, bool) {
	if precision < 1 || precision > 65 || scale < 0 || scale > 38 || scale > precision {
		return decimalShape{}, false
	}
	var s decimalShape
	whole := precision - scale
	s.add(whole % 9)
	for range whole / 9 {
		s.add(9)
	}
	s.whole = s.n
	for range scale / 9 {
		s.add(9)
	}
	s.add(scale % 9)
	return s, true
}

func (s *decimalShape) add(digits int) {
	if digits > 0 {
		s.groups[s.n] = digitGroup{digits: uint8(digits), size: digitBytes[digits]}
		s.size += int(digitBytes[digits])
		s.n++
	}
}

// group returns the value of group i, which starts at b[at], and where the
// next one starts. flip inverts the bits of a negative number.
func (s *decimalShape) group(b []byte, i, at int, flip byte) (uint64, int) {
	g := s.groups[i]
	end := at + int(g.size)
	var x uint64
	for _, c := range b[at:end] {
		x = x<<8 | uint64(c^flip)
	}
	if i == 0 {
		x &^= 1 << (8*uint(g.size) - 1) // the sign, always set by now
	}
	return x, end
}

func decimalFlip(b []byte) byte {
	if b[0]&0x80 == 0 {
		return 0xff
	}
	return 0
}

// unscaled returns the number without its point, which is right up to a
// precision of 18, and checks the digits of any precision.
func (s *decimalShape) unscaled(b []byte) (int64, error) {
	flip := decimalFlip(b)
	var sum, x uint64
	for i, at := 0, 0; i < s.n; i++ {
		x, at = s.group(b, i, at, flip)
		pow := powers[s.groups[i].digits]
		if x >= pow {
			return 0, errDecimal
		}
		sum = sum*pow + x
	}
	if flip != 0 {
		return -int64(sum), nil
	}
	return int64(sum), nil
}

// appendPlain appends the number in plain notation with the scale of the
// shape, as Java's BigDecimal.toPlainString. The digits must have been checked.
func (s *decimalShape) appendPlain(dst, b []byte) []byte {
	flip, start := decimalFlip(b), len(dst)
	dst = append(dst, '-')
	zero, at := true, 0
	var x uint64
	for i := range s.n {
		if i == s.whole {
			dst = s.point(dst, start)
		}
		x, at = s.group(b, i, at, flip)
		zero = zero && x == 0
		if i < s.whole && x == 0 && len(dst) == start+1 {
			continue // leading zeros
		}
		dst = appendDigits(dst, x, int(s.groups[i].digits), i < s.whole && len(dst) == start+1)
	}
	if s.whole == s.n && len(dst) == start+1 {
		dst = append(dst, '0')
	}
	if flip == 0 || zero {
		dst = append(dst[:start], dst[start+1:]...)
	}
	return dst
}

// point ends the whole part, which has at least one digit.
func (s *decimalShape) point(dst []byte, start int) []byte {
	if len(dst) == start+1 {
		dst = append(dst, '0')
	}
	return append(dst, '.')
}

// appendDigits appends x with leading zeros up to width digits, or bare.
func appendDigits(dst []byte, x uint64, width int, bare bool) []byte {
	if bare {
		return strconv.AppendUint(dst, x, 10)
	}
	for w := width - 1; w > 0 && x < powers[w]; w-- {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, x, 10)
}

func (c *column) compileDecimal(def *schema.Column, w schema.WireColumn) error {
	precision, scale := int(w.Meta>>8), int(w.Meta&0xff)
	if p, s := declaredDecimal(def); p != precision || s != scale {
		return fmt.Errorf("%w: DECIMAL(%d,%d) for DECIMAL(%d,%d)", errColumnType, precision, scale, p, s)
	}
	var ok bool
	if c.decimal, ok = newDecimalShape(precision, scale); !ok {
		return fmt.Errorf("%w: DECIMAL(%d,%d)", errColumnType, precision, scale)
	}
	c.decode = decodeBigDecimal
	if precision <= maxSmallDecimal {
		c.decode = decodeDecimal
	}
	return nil
}

// declaredDecimal returns the precision and scale with MySQL's defaults.
func declaredDecimal(def *schema.Column) (precision, scale int) {
	precision, scale = def.Length, max(def.Scale, 0)
	if precision <= 0 {
		precision = 10
	}
	return precision, scale
}

func decodeDecimal(c *column, r *cursor, v *event.Value) error {
	b, ok := r.take(c.decimal.size)
	if !ok {
		return errRowShort
	}
	n, err := c.decimal.unscaled(b)
	*v = event.Value{Kind: event.Decimal, Num: uint64(n)}
	return err
}

func decodeBigDecimal(c *column, r *cursor, v *event.Value) error {
	b, ok := r.take(c.decimal.size)
	if !ok {
		return errRowShort
	}
	_, err := c.decimal.unscaled(b)
	*v = event.Value{Kind: event.BigDecimal, Bytes: b}
	return err
}
