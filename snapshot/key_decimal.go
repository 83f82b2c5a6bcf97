package snapshot

import (
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// decimal prints a DECIMAL with the digits of its scale behind the point.
func (p *keyPart) decimal(def *schema.Column) {
	precision, scale := def.Length, max(def.Scale, 0)
	if precision <= 0 {
		precision = 10 // MySQL's default
	}
	shape := newDecimalShape(precision-scale, scale)
	p.plain, p.quote = p.name+"+0", asIs // without the zeros of ZEROFILL
	p.compare, p.between = compareNumbers, betweenNumbers
	p.literal = func(v *event.Value) (string, bool) {
		if v.Kind == event.Decimal {
			n := v.Int64()
			return pointed(strings.TrimPrefix(strconv.FormatInt(n, 10), "-"), n < 0, scale), true
		}
		if v.Kind != event.BigDecimal {
			return "", false
		}
		digits, negative, ok := shape.unpack(v.Bytes)
		return pointed(digits, negative, scale), ok
	}
}

// pointed sets the point and the sign of digits.
func pointed(digits string, negative bool, scale int) string {
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		negative = false
	}
	if lack := scale + 1 - len(digits); lack > 0 {
		digits = strings.Repeat("0", lack) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// unpack returns the digits of a packed decimal, the inverse of pack.
func (s *decimalShape) unpack(b []byte) (digits string, negative, ok bool) {
	negative = len(b) > 0 && b[0]&0x80 == 0
	var out strings.Builder
	for i, n := range s.groups {
		size := int(packedBytes[n])
		if len(b) < size {
			return "", false, false
		}
		x := uint32(0)
		for _, c := range b[:size] {
			if negative {
				c = ^c
			}
			x = x<<8 | uint32(c)
		}
		if i == 0 {
			x &^= 1 << (8*size - 1) // the sign, always set by now
		}
		text := strconv.FormatUint(uint64(x), 10)
		if len(text) > int(n) {
			return "", false, false
		}
		out.WriteString(strings.Repeat("0", int(n)-len(text)) + text)
		b = b[size:]
	}
	return out.String(), negative, len(b) == 0
}
