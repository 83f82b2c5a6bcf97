package format

import (
	"math"
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// datetime maps DATETIME, read as if it were UTC.
// Source: io.debezium.time.Timestamp, MicroTimestamp, NanoTimestamp, IsoTimestamp.
func (j *JSON) datetime(c *schema.Column) column {
	col := column{
		accept:  kindsOf(event.Datetime, event.Date),
		literal: datetimeLiteral,
		zero:    []byte("0"),
	}
	var put func(dst []byte, us int64) []byte
	switch j.cfg.TimeMode {
	case TimeConnect:
		col.schema, put = logical("int64", "org.apache.kafka.connect.data.Timestamp"), appendMillis
		col.header = j.datetimeEncoder(streamedDatetime, appendJavaDate)
	case TimeISOString:
		col.schema, put = logical("string", "io.debezium.time.IsoTimestamp"), appendISOTimestamp
		col.zero = []byte(`"1970-01-01T00:00:00Z"`)
	case TimeNanoseconds:
		col.schema, put = logical("int64", "io.debezium.time.NanoTimestamp"), appendNanoTimestamp
	case TimeMicroseconds:
		col.schema, put = logical("int64", "io.debezium.time.MicroTimestamp"), appendMicros
	case TimeAdaptive:
		col.schema, put = logical("int64", "io.debezium.time.MicroTimestamp"), appendMicros
		if c.Scale <= 3 {
			col.schema, put = logical("int64", "io.debezium.time.Timestamp"), appendMillis
		}
	}
	col.encode = j.datetimeEncoder(streamedDatetime, put)
	col.read = j.datetimeEncoder(jdbcDatetime, put)
	return col
}

// datetimeEncoder prints what the calendar makes of a value.
func (j *JSON) datetimeEncoder(calendar func(*event.Civil) bool, put func([]byte, int64) []byte) encoder {
	return func(dst []byte, v *event.Value) []byte {
		c := event.UnpackCivil(v.Num)
		if !calendar(&c) {
			return nil
		}
		c.Year = j.adjust(c.Year)
		return put(dst, micros(c))
	}
}

func streamedDatetime(c *event.Civil) bool { return isDate(*c) }

// jdbcDatetime is what java.sql.Timestamp makes of a DATETIME: the days that
// the Gregorian reform left out are ten days later, and the year 0 is 1 BC,
// whose number Java takes for 1.
func jdbcDatetime(c *event.Civil) bool {
	if c.Year == 0 && c.Month > 0 && c.Day > 0 {
		c.Year = 1
	}
	if c.Year == 1582 && c.Month == 10 && c.Day > 4 && c.Day < 15 {
		c.Day += 10
	}
	return isDate(*c)
}

func appendMicros(dst []byte, us int64) []byte { return strconv.AppendInt(dst, us, 10) }
func appendMillis(dst []byte, us int64) []byte { return strconv.AppendInt(dst, floorDiv(us, 1000), 10) }

// appendNanoTimestamp prints nothing for what 64 bits of nanoseconds cannot
// hold: the years before 1677 and after 2262.
func appendNanoTimestamp(dst []byte, us int64) []byte {
	if us > math.MaxInt64/1000 || us < math.MinInt64/1000 {
		return nil
	}
	return strconv.AppendInt(dst, us*1000, 10)
}

func appendISOTimestamp(dst []byte, us int64) []byte {
	c := civilTime(us)
	return appendInstant(dst, c, shortest(c.Us))
}

// appendInstant prints "yyyy-mm-ddThh:mm:ss[.f…]Z" with the given number of
// fraction digits.
func appendInstant(dst []byte, c event.Civil, digits int) []byte {
	dst = appendDate(append(dst, '"'), c)
	dst = appendClock(append(dst, 'T'), c)
	dst = appendFraction(dst, c.Us, digits)
	return append(dst, `Z"`...)
}
