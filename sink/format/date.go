package format

import (
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// date maps DATE: days since the epoch, or text in isostring mode.
// Source: io.debezium.time.Date, IsoDate.
func (j *JSON) date() column {
	col := column{
		accept:  kindsOf(event.Date, event.Datetime),
		encode:  j.appendDays,
		literal: dateLiteral,
		zero:    []byte("0"),
	}
	switch j.cfg.TimeMode {
	case TimeConnect:
		col.schema = logical("int32", "org.apache.kafka.connect.data.Date")
		col.header = j.appendHeaderDate
	case TimeISOString:
		col.schema = logical("string", "io.debezium.time.IsoDate")
		col.encode, col.zero = j.appendISODate, []byte(`"1970-01-01Z"`)
	case TimeAdaptive, TimeMicroseconds, TimeNanoseconds:
		col.schema = logical("int32", "io.debezium.time.Date")
	}
	return col
}

func (j *JSON) appendDays(dst []byte, v *event.Value) []byte {
	c := event.UnpackCivil(v.Num)
	if !isDate(c) {
		return nil
	}
	return strconv.AppendInt(dst, days(j.adjust(c.Year), c.Month, c.Day), 10)
}

func (j *JSON) appendISODate(dst []byte, v *event.Value) []byte {
	c := event.UnpackCivil(v.Num)
	if !isDate(c) {
		return nil
	}
	c.Year = j.adjust(c.Year)
	return append(appendDate(append(dst, '"'), c), `Z"`...)
}

// adjust turns a year of two digits into one of four, where that is asked for.
// Source: BinlogValueConverters.adjustTemporal.
func (j *JSON) adjust(year int) int {
	switch {
	case !j.cfg.TimeAdjuster || year < 0 || year > 99:
		return year
	case year < 70:
		return year + 2000
	default:
		return year + 1900
	}
}

// dateLiteral reads the date of a DATE or DATETIME literal.
func dateLiteral(d schema.Default) (event.Value, bool) {
	v, ok := datetimeLiteral(d)
	c := event.UnpackCivil(v.Num)
	return event.Value{Kind: event.Date, Num: event.Civil{Year: c.Year, Month: c.Month, Day: c.Day}.Pack()}, ok
}

// datetimeLiteral reads year, month, day and, as far as they are there, hour,
// minute, second and fraction, separated by anything. What is no such text is
// the zero date, as Debezium takes it.
// Source: BinlogDefaultValueConverter.
func datetimeLiteral(d schema.Default) (event.Value, bool) {
	whole, fraction, _ := strings.Cut(d.Text, ".")
	n := numbers(whole)
	if len(n) < 3 {
		return event.Value{Kind: event.Datetime}, true
	}
	n = append(n, 0, 0, 0)
	c := event.Civil{Year: n[0], Month: n[1], Day: n[2], Hour: n[3], Minute: n[4], Second: n[5], Us: fractionMicros(fraction)}
	return event.Value{Kind: event.Datetime, Num: c.Pack()}, true
}

// numbers returns the runs of digits in s.
func numbers(s string) (list []int) {
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(f)
		list = append(list, n)
	}
	return list
}

func fractionMicros(digits string) int {
	n, _ := strconv.Atoi((digits + "000000")[:6])
	return n
}
