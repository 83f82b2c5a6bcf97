package format

import (
	"strconv"

	"cdcd/event"
)

// year maps YEAR. The binlog client reads MySQL's 0000 as 1900, and the driver that a
// snapshot comes through as 2000; a default brings 0, which the adjuster makes 2000.
// Source: io.debezium.time.Year, BinlogValueConverters.convertYearToInt, and
// SqlDateValueFactory.createFromYear of Connector/J.
func (j *JSON) year() column {
	return column{
		schema: logical("int32", "io.debezium.time.Year"),
		accept: kindsOf(event.Year, event.Int, event.Uint),
		encode: func(dst []byte, v *event.Value) []byte {
			if v.Num == 0 {
				return append(dst, "1900"...)
			}
			return j.appendYear(dst, v)
		},
		read: func(dst []byte, v *event.Value) []byte {
			if v.Kind == event.Year && v.Num == 0 {
				return append(dst, "2000"...)
			}
			return j.appendYear(dst, v)
		},
		literal: integerLiteral,
		zero:    []byte("0"),
	}
}

func (j *JSON) appendYear(dst []byte, v *event.Value) []byte {
	return strconv.AppendInt(dst, int64(j.adjust(int(v.Num))), 10)
}
