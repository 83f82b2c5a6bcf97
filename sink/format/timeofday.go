package format

import (
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// time maps TIME. MySQL's is a duration of either sign; the modes connect and
// isostring only have a time of day, and what is none prints as NULL.
// Source: io.debezium.time.MicroTime, NanoTime, IsoTime.
func (j *JSON) time() column {
	col := column{accept: kindsOf(event.Time), literal: timeLiteral, zero: []byte("0")}
	switch j.cfg.TimeMode {
	case TimeConnect:
		col.schema = logical("int32", "org.apache.kafka.connect.data.Time")
		col.encode, col.header = appendMillisOfDay, appendHeaderTime
	case TimeISOString:
		col.schema = logical("string", "io.debezium.time.IsoTime")
		col.encode, col.zero = appendISOTime, []byte(`"00:00:00Z"`)
	case TimeNanoseconds:
		col.schema = logical("int64", "io.debezium.time.NanoTime")
		col.encode = appendNanos
	case TimeAdaptive, TimeMicroseconds:
		col.schema = logical("int64", "io.debezium.time.MicroTime")
		col.encode = appendInt
	}
	return col
}

func isTimeOfDay(us int64) bool { return us >= 0 && us <= microsPerDay }

func appendMillisOfDay(dst []byte, v *event.Value) []byte {
	if !isTimeOfDay(v.Int64()) {
		return nil
	}
	return strconv.AppendInt(dst, v.Int64()/1000, 10)
}

func appendNanos(dst []byte, v *event.Value) []byte {
	return strconv.AppendInt(dst, v.Int64()*1000, 10)
}

func appendISOTime(dst []byte, v *event.Value) []byte {
	if !isTimeOfDay(v.Int64()) {
		return nil
	}
	c := civilTime(v.Int64())
	dst = appendClock(append(dst, '"'), c)
	dst = appendFraction(dst, c.Us, shortest(c.Us))
	return append(dst, `Z"`...)
}

// timeLiteral reads [-][h]hh:mm:ss[.ffffff], and the time of a DATETIME
// literal. What is no such text is midnight.
func timeLiteral(d schema.Default) (event.Value, bool) {
	text, negative := strings.CutPrefix(strings.TrimSpace(d.Text), "-")
	whole, fraction, _ := strings.Cut(text, ".")
	n := numbers(whole)
	if len(n) >= 6 {
		n = n[3:]
	}
	n = append(n, 0, 0, 0)
	us := int64(n[0]*3600+n[1]*60+n[2])*1e6 + int64(fractionMicros(fraction))
	if negative {
		us = -us
	}
	return event.Value{Kind: event.Time, Num: uint64(us)}, true
}
