package binlog

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// number prints a number of two, four or eight bytes. Those of eight are
// always outside of their entry and claim their bytes.
func (j *jsonText) number(t byte, b []byte) error {
	size := 8
	switch t {
	case jsonInt16, jsonUint16:
		size = 2
	case jsonInt32, jsonUint32:
		size = 4
	default:
		if err := j.claim(8); err != nil {
			return err
		}
	}
	if len(b) < size {
		return errJSON
	}
	var full [8]byte
	copy(full[:], b[:size])
	return j.numeral(t, binary.LittleEndian.Uint64(full[:]))
}

func (j *jsonText) numeral(t byte, n uint64) error {
	switch t {
	case jsonInt16:
		j.itoa(int64(int16(n)))
	case jsonInt32:
		j.itoa(int64(int32(n)))
	case jsonInt64:
		j.itoa(int64(n))
	case jsonDouble:
		return j.double(math.Float64frombits(n))
	default:
		j.dst = strconv.AppendUint(j.dst, n, 10)
	}
	return nil
}

// double prints a number as Java's Double.toString does from 0.001 up to below
// ten million, and in full where that would use an exponent, to the last digit
// of the binary fraction, as Java's BigDecimal does.
func (j *jsonText) double(f float64) error {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return errJSON
	case abs != 0 && (abs < 1e-3 || abs >= 1e7):
		j.dst = strconv.AppendFloat(j.dst, f, 'f', fractionDigits(f), 64)
	case f == math.Trunc(f):
		j.dst = strconv.AppendFloat(j.dst, f, 'f', 1, 64)
	default:
		j.dst = strconv.AppendFloat(j.dst, f, 'f', -1, 64)
	}
	return nil
}

// fractionDigits returns how many decimals f has when written exactly: as many
// as its binary fraction has bits.
func fractionDigits(f float64) int {
	b := math.Float64bits(f)
	mantissa, exponent := b&(1<<52-1), int(b>>52&0x7ff)
	if exponent > 0 {
		mantissa |= 1 << 52
	} else {
		exponent = 1
	}
	return max(0, 1075-exponent-bits.TrailingZeros64(mantissa))
}
