package format

import (
	"errors"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// time maps TIME. MySQL's is a duration of either sign; the modes connect and
// isostring only have a time of day. What is none prints as NULL, and as it is in
// a column that cannot be NULL: there Debezium's task dies, or prints the DEFAULT.
// Source: io.debezium.time.MicroTime, NanoTime, IsoTime.
func (j *JSON) time() column {
	col := column{accept: kindsOf(event.Time), literal: timeLiteral, zero: []byte("0")}
	switch j.cfg.TimeMode {
	case TimeConnect:
		col.schema = logical("int32", "org.apache.kafka.connect.data.Time")
		col.encode, col.header = appendMillisOfDay, appendHeaderTime
		col.required, col.misfit = &required{appendMillisOfAny, appendHeaderDuration}, errLongTime
	case TimeISOString:
		col.schema = logical("string", "io.debezium.time.IsoTime")
		col.encode, col.zero = appendISOTime, []byte(`"00:00:00Z"`)
		col.required = &required{encode: appendISODuration}
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

// errLongTime says that milliseconds in 32 bits end before a TIME does.
var errLongTime = errors.New("a TIME of more than 596 hours does not fit time.precision.mode=connect: choose another mode")

func appendMillisOfAny(dst []byte, v *event.Value) []byte {
	ms := v.Int64() / 1000
	if ms != int64(int32(ms)) {
		return nil
	}
	return strconv.AppendInt(dst, ms, 10)
}

func appendHeaderDuration(dst []byte, v *event.Value) []byte {
	if isTimeOfDay(v.Int64()) {
		return appendHeaderTime(dst, v)
	}
	return append(appendDuration(dst, v.Int64(), 3), 'Z')
}

func appendISODuration(dst []byte, v *event.Value) []byte {
	us := v.Int64()
	if isTimeOfDay(us) {
		return appendISOTime(dst, v)
	}
	dst = appendDuration(append(dst, '"'), us, shortest(int(max(us, -us)%1e6)))
	return append(dst, `Z"`...)
}

// appendDuration prints [-]hh:mm:ss, where hours have as many digits as they need,
// and the first digits of the microseconds.
func appendDuration(dst []byte, us int64, digits int) []byte {
	if us < 0 {
		dst, us = append(dst, '-'), -us
	}
	s := int(us / 1e6)
	if s >= 100*3600 {
		dst = strconv.AppendInt(dst, int64(s/360000), 10)
	}
	dst = appendClock(dst, event.Civil{Hour: s / 3600 % 100, Minute: s / 60 % 60, Second: s % 60})
	return appendFraction(dst, int(us%1e6), digits)
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
