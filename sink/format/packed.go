package format

import (
	"encoding/binary"
	"math/big"
	"math/bits"
	"strconv"
)

// packedSize is the number of bytes that 0 to 8 digits take.
var packedSize = [9]int{0, 1, 1, 2, 2, 3, 3, 4, 4}

// group is up to nine digits of a packed decimal.
type group struct {
	value  uint32
	digits int
}

// groups splits a packed decimal into its digits, most significant first.
// A group of nine digits takes four bytes; the rest of the digits in front of
// the point comes first, the rest of those behind it last. The top bit is the
// sign, inverted, and a negative number has all of its bits inverted.
// Source: MySQL strings/decimal.c, decimal2bin.
func (l decimalLayout) groups(b []byte) (list [16]group, n int, negative, ok bool) {
	if len(b) != l.packedLen() || len(b) == 0 {
		return list, 0, false, false
	}
	negative = b[0]&0x80 == 0
	first := true
	take := func(digits, size int) {
		var v uint32
		for _, c := range b[:size] {
			v = v<<8 | uint32(c)
		}
		if first {
			v ^= 0x80 << (8 * (size - 1))
		}
		if negative {
			v = ^v & uint32(1<<(8*size)-1)
		}
		list[n], b, first = group{v, digits}, b[size:], false
		n++
	}
	l.each(take)
	return list, n, negative, true
}

// each calls f for every group of the layout.
func (l decimalLayout) each(f func(digits, size int)) {
	whole := l.precision - l.scale
	if rest := whole % 9; rest > 0 {
		f(rest, packedSize[rest])
	}
	for range whole/9 + l.scale/9 {
		f(9, 4)
	}
	if rest := l.scale % 9; rest > 0 {
		f(rest, packedSize[rest])
	}
}

func (l decimalLayout) packedLen() (n int) {
	l.each(func(_, size int) { n += size })
	return n
}

// unpack writes the two's complement of a packed decimal, big-endian.
func (l decimalLayout) unpack(b []byte, dst *[40]byte) bool {
	list, n, negative, ok := l.groups(b)
	if !ok {
		return false
	}
	var limbs [5]uint64 // least significant first
	for _, g := range list[:n] {
		multiplyAdd(&limbs, pow10[g.digits], uint64(g.value))
	}
	if negative {
		negate(&limbs)
	}
	for i, limb := range limbs {
		binary.BigEndian.PutUint64(dst[32-8*i:], limb)
	}
	return true
}

var pow10 = [10]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

func multiplyAdd(limbs *[5]uint64, factor, carry uint64) {
	for i, limb := range limbs {
		hi, lo := bits.Mul64(limb, factor)
		lo, c := bits.Add64(lo, carry, 0)
		limbs[i], carry = lo, hi+c
	}
}

func negate(limbs *[5]uint64) {
	carry := uint64(1)
	for i, limb := range limbs {
		limbs[i], carry = bits.Add64(^limb, 0, carry)
	}
}

// packedDigits appends the digits of a packed decimal without leading zeros.
func (l decimalLayout) packedDigits(dst, b []byte) (digits []byte, negative, ok bool) {
	list, n, negative, ok := l.groups(b)
	if !ok {
		return nil, false, false
	}
	start := len(dst)
	for _, g := range list[:n] {
		dst = appendPadded(dst, g.value, g.digits)
	}
	for start < len(dst)-1 && dst[start] == '0' {
		start++
	}
	return dst[start:], negative, true
}

// appendPadded prints n with zeros in front up to the given width.
func appendPadded(dst []byte, n uint32, width int) []byte {
	for w := width - 1; w > 0 && uint64(n) < pow10[w]; w-- {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}

// pack is the inverse of unpack, for defaults that exceed 64 bits.
func (l decimalLayout) pack(n *big.Int) []byte {
	text := new(big.Int).Abs(n).String()
	for len(text) < l.precision {
		text = "0" + text
	}
	text = text[len(text)-l.precision:]
	var b []byte
	l.each(func(digits, size int) {
		v, _ := strconv.ParseUint(text[:digits], 10, 32)
		text = text[digits:]
		b = append(b, binary.BigEndian.AppendUint32(nil, uint32(v))[4-size:]...)
	})
	b[0] ^= 0x80
	if n.Sign() < 0 {
		for i := range b {
			b[i] = ^b[i]
		}
	}
	return b
}
