package binlog

import (
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// The formats of columns that were created before MySQL 5.6, or by MariaDB
// with mysql56_temporal_format=OFF. Without a fraction both write the same;
// MariaDB's formats with one have no counterpart in MySQL, and the event does
// not tell them apart: the column's definition does.
// Source: MariaDB sql/field.cc, Field_time_hires and its like.

// compileOldTemporal prepares types 7, 11 and 12.
func (c *column) compileOldTemporal(w schema.WireColumn) error {
	if c.fsp > 6 {
		return fmt.Errorf("%w: %d fraction digits", errColumnType, c.fsp)
	}
	hires := c.fsp > 0
	switch w.Type {
	case schema.WireTime:
		c.decode = pick(hires, decodeTimeHires, decodeTimeOld)
		c.size = [7]int{3, 4, 4, 5, 5, 5, 6}[c.fsp]
	case schema.WireDatetime:
		c.decode = pick(hires, decodeDatetimeHires, decodeDatetimeOld)
		c.size = [7]int{8, 6, 6, 7, 7, 7, 8}[c.fsp]
	default:
		c.decode = pick(hires, decodeTimestampHires, decodeTimestampOld)
		c.size = [7]int{4, 5, 5, 6, 6, 7, 7}[c.fsp]
	}
	return nil
}

func pick(first bool, a, b decodeFunc) decodeFunc {
	if first {
		return a
	}
	return b
}

// decodeTimeOld reads the decimal number hhmmss, signed, little-endian.
func decodeTimeOld(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(3)
	if !ok {
		return errRowShort
	}
	t := int64(n<<40) >> 40
	abs := uint64(max(t, -t))
	return setTime(v, t < 0, abs/10000, abs/100%100, abs%100, 0)
}

// decodeDatetimeOld reads the decimal number yyyymmddhhmmss, little-endian.
func decodeDatetimeOld(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(8)
	if !ok {
		return errRowShort
	}
	date, time := n/1_000_000, int(n%1_000_000)
	if date > 9999_12_31 {
		return errTemporal
	}
	d := int(date)
	return setCivil(v, event.Datetime, event.Civil{
		Year: d / 10000, Month: d / 100 % 100, Day: d % 100,
		Hour: time / 10000, Minute: time / 100 % 100, Second: time % 100,
	})
}

// decodeTimestampOld reads the seconds since the epoch, little-endian.
func decodeTimestampOld(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(4)
	if !ok {
		return errRowShort
	}
	return setTimestamp(v, n, 0)
}

// unit returns the microseconds in one unit of the last fraction digit.
func (c *column) unit() uint64 { return powers[6-c.fsp] }

// decodeTimeHires reads the time in units of the last fraction digit, shifted
// by the largest time, big-endian.
func decodeTimeHires(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(c.size)
	if !ok {
		return errRowShort
	}
	const limit = (maxTimeHours*3600 + 59*60 + 59 + 1) * microsPerSecond
	t := int64(n-limit/c.unit()) * int64(c.unit())
	s, micros := uint64(max(t, -t))/microsPerSecond, uint64(max(t, -t))%microsPerSecond
	return setTime(v, t < 0, s/3600, s/60%60, s%60, micros)
}

// decodeDatetimeHires reads year, month, day, hour, minute, second and
// fraction as digits of a number of bases 13, 32, 24, 60, 60, big-endian.
func decodeDatetimeHires(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(c.size)
	if !ok {
		return errRowShort
	}
	perSecond := microsPerSecond / c.unit()
	s, fraction := n/perSecond, n%perSecond
	if s >= 10000*13*32*86400 {
		return errTemporal
	}
	days, clock := int(s/86400), int(s%86400)
	return setCivil(v, event.Datetime, event.Civil{
		Year: days / 32 / 13, Month: days / 32 % 13, Day: days % 32,
		Hour: clock / 3600, Minute: clock / 60 % 60, Second: clock % 60, Us: int(fraction * c.unit()),
	})
}

// decodeTimestampHires reads the seconds since the epoch in 4 bytes, then the
// fraction in units of its last digit, big-endian.
func decodeTimestampHires(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(c.size)
	if !ok {
		return errRowShort
	}
	bits := 8 * uint(c.size-4)
	return setTimestamp(v, n>>bits, n&(1<<bits-1)*c.unit())
}
