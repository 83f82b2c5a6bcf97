package binlog

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"cdcd/schema"
)

// opaque prints a value of a column type that JSON does not have. Decimals,
// dates and times have a notation of their own, all else is base64.
func (j *jsonText) opaque(b []byte) error {
	if len(b) == 0 {
		return errJSON
	}
	p, err := j.payload(b[1:])
	if err != nil {
		return err
	}
	switch b[0] {
	case schema.WireDecimal, schema.WireNewDecimal:
		return j.decimal(p)
	case schema.WireDate, schema.WireTime, schema.WireTime2, schema.WireDatetime, schema.WireDatetime2, schema.WireTimestamp, schema.WireTimestamp2:
		return j.temporal(b[0], p)
	default:
		j.dst = append(j.dst, '"')
		j.dst = base64.StdEncoding.AppendEncode(j.dst, p)
		j.dst = append(j.dst, '"')
		return nil
	}
}

// decimal prints a precision, a scale, and the packed decimal.
func (j *jsonText) decimal(p []byte) error {
	if len(p) < 2 {
		return errJSON
	}
	s, ok := newDecimalShape(int(p[0]), int(p[1]))
	if !ok || len(p)-2 < s.size {
		return errJSON
	}
	if _, err := s.unscaled(p[2:]); err != nil {
		return err
	}
	j.dst = s.appendPlain(j.dst, p[2:])
	return nil
}

// temporal prints a date or time in MySQL's packed form: 17 bits of
// year*13+month, 5 of day, 5 of hour (10 in a time), 6 of minute, 6 of second,
// 24 of microseconds, all negative in a negative time.
//
// The arithmetic is Java's on purpose, 32 bits here and 64 there: a negative
// time or a year in the far future comes out as Debezium prints it, which is
// not what it should be.
// Source: mysql-binlog-connector-java, JsonBinary and JsonStringFormatter.
func (j *jsonText) temporal(t byte, p []byte) error {
	if len(p) < 8 {
		return errJSON
	}
	raw := int64(binary.LittleEndian.Uint64(p))
	n, micros := raw>>24, int(raw%(1<<24))
	j.dst = append(j.dst, '"')
	if t == schema.WireTime || t == schema.WireTime2 {
		hour := int(int32(n>>12) % (1 << 10))
		j.clock(max(hour, -hour), int(int32(n>>6)%(1<<6)), int(int32(n)%(1<<6)), micros)
	} else {
		j.date(n)
		if t != schema.WireDate {
			j.dst = append(j.dst, ' ')
			j.clock(int(int32(n>>12)%(1<<5)), int(int32(n>>6)%(1<<6)), int(n%(1<<6)), micros)
		}
	}
	j.dst = append(j.dst, '"')
	return nil
}

func (j *jsonText) date(n int64) {
	ym := int(int32(n>>22) % (1 << 17))
	j.padded(ym/13, 4)
	j.dst = append(j.dst, '-')
	j.padded(ym%13, 2)
	j.dst = append(j.dst, '-')
	j.padded(int(int32(n>>17)%(1<<5)), 2)
}

func (j *jsonText) clock(hour, minute, second, micros int) {
	j.padded(hour, 2)
	j.dst = append(j.dst, ':')
	j.padded(minute, 2)
	j.dst = append(j.dst, ':')
	j.padded(second, 2)
	if micros != 0 {
		j.dst = append(j.dst, '.')
		j.fraction(micros)
	}
}

// padded prints n with zeros before it up to width digits. A negative number
// gets the zeros of a small one.
func (j *jsonText) padded(n, width int) {
	for limit := int(powers[width-1]); n < limit && limit > 1; limit /= 10 {
		j.dst = append(j.dst, '0')
	}
	j.itoa(int64(n))
}

// fraction prints microseconds without the zeros at the end.
func (j *jsonText) fraction(micros int) {
	zeros := 0
	for limit := 100_000; micros < limit && limit > 1; limit /= 10 {
		zeros++
	}
	for micros%10 == 0 {
		micros /= 10
	}
	j.dst = append(j.dst, "00000"[:zeros]...)
	j.dst = strconv.AppendInt(j.dst, int64(micros), 10)
}
