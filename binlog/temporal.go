package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

var errTemporal = errors.New("the value is no date or time")

const (
	microsPerSecond = 1_000_000
	maxTimeHours    = 838
)

// compileTemporal chooses between the formats of MySQL 5.6 and later, whose
// metadata is the number of fraction digits, and the older ones.
func (c *column) compileTemporal(def *schema.Column, w schema.WireColumn) error {
	c.fsp = max(def.Scale, 0)
	switch w.Type {
	case schema.WireDate, schema.WireNewDate:
		c.decode = decodeDate
		return nil
	case schema.WireTime2:
		c.decode = decodeTime2
	case schema.WireDatetime2:
		c.decode = decodeDatetime2
	case schema.WireTimestamp2:
		c.decode = decodeTimestamp2
	default:
		return c.compileOldTemporal(w)
	}
	if int(w.Meta) != c.fsp || c.fsp > 6 {
		return fmt.Errorf("%w: %d fraction digits for %d", errColumnType, w.Meta, c.fsp)
	}
	c.size = (c.fsp + 1) / 2
	return nil
}

// fractionMicros is the microseconds in one unit of a fraction of n bytes.
var fractionMicros = [4]uint64{0, 10_000, 100, 1}

// split takes a number apart whose lowest size bytes are a fraction.
func split(n uint64, size int) (whole, micros uint64) {
	bits := 8 * uint(size)
	return n >> bits, n & (1<<bits - 1) * fractionMicros[size]
}

// decodeDate reads 15 bits of year, 4 of month, 5 of day, little-endian.
func decodeDate(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(3)
	if !ok {
		return errRowShort
	}
	return setCivil(v, event.Date, event.Civil{Year: int(n >> 9), Month: int(n >> 5 & 15), Day: int(n & 31)})
}

// decodeTime2 reads one sign bit, set for positive times, one unused, 10 bits
// of hour, 6 of minute, 6 of second, then the fraction, big-endian. The whole,
// fraction included, is one number in two's complement.
// Source: MySQL my_time.cc, my_time_packed_from_binary.
func decodeTime2(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(3 + c.size)
	if !ok {
		return errRowShort
	}
	n -= 0x800000 << (8 * uint(c.size))
	negative := int64(n) < 0
	if negative {
		n = -n
	}
	hms, micros := split(n, c.size)
	return setTime(v, negative, hms>>12, hms>>6&63, hms&63, micros)
}

// decodeDatetime2 reads one sign bit, always set, 17 bits of year*13+month, 5
// of day, 5 of hour, 6 of minute, 6 of second, then the fraction, big-endian.
func decodeDatetime2(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(5 + c.size)
	if !ok {
		return errRowShort
	}
	s, micros := split(n, c.size)
	s ^= 1 << 39
	ym := int(s >> 22)
	return setCivil(v, event.Datetime, event.Civil{
		Year: ym / 13, Month: ym % 13, Day: int(s >> 17 & 31),
		Hour: int(s >> 12 & 31), Minute: int(s >> 6 & 63), Second: int(s & 63), Us: int(micros),
	})
}

// decodeTimestamp2 reads the seconds since the epoch in 4 bytes, then the
// fraction, big-endian.
func decodeTimestamp2(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(4 + c.size)
	if !ok {
		return errRowShort
	}
	seconds, micros := split(n, c.size)
	return setTimestamp(v, seconds, micros)
}

// setCivil stores a date or datetime. Days that a month does not have are kept
// as the server stores them under sql_mode=ALLOW_INVALID_DATES.
func setCivil(v *event.Value, k event.Kind, t event.Civil) error {
	if t.Year > 9999 || t.Month > 12 || t.Day > 31 ||
		t.Hour > 23 || t.Minute > 59 || t.Second > 59 || t.Us >= microsPerSecond {
		return errTemporal
	}
	*v = event.Value{Kind: k, Num: t.Pack()}
	return nil
}

func setTime(v *event.Value, negative bool, hour, minute, second, micros uint64) error {
	if hour > maxTimeHours || minute > 59 || second > 59 || micros >= microsPerSecond {
		return errTemporal
	}
	t := int64(((hour*60+minute)*60+second)*microsPerSecond + micros)
	if negative {
		t = -t
	}
	*v = event.Value{Kind: event.Time, Num: uint64(t)}
	return nil
}

func setTimestamp(v *event.Value, seconds, micros uint64) error {
	if micros >= microsPerSecond {
		return errTemporal
	}
	*v = event.Value{Kind: event.Timestamp, Num: seconds*microsPerSecond + micros}
	return nil
}
