package format

import (
	"cdcd/event"
	"cdcd/schema"
)

// timestamp maps TIMESTAMP to ISO 8601 in UTC. A streamed value has as many
// fraction digits as the column, one from a snapshot as many as it needs.
// MariaDB's connector prints the zero timestamp of the binlog as the epoch,
// MySQL's as NULL.
// Source: io.debezium.time.ZonedTimestamp.
func (j *JSON) timestamp(c *schema.Column) column {
	digits := max(c.Scale, 0)
	col := column{
		schema: logical("string", "io.debezium.time.ZonedTimestamp"),
		accept: kindsOf(event.Timestamp),
		encode: func(dst []byte, v *event.Value) []byte {
			return appendInstant(dst, civilTime(v.Int64()), digits)
		},
		read: nonzero(func(dst []byte, v *event.Value) []byte {
			return appendISOTimestamp(dst, v.Int64())
		}),
		literal: timestampLiteral,
		zero:    []byte(`"1970-01-01T00:00:00Z"`),
	}
	if j.cfg.Connector == "mysql" {
		col.encode = nonzero(col.encode)
	}
	return col
}

func nonzero(e encoder) encoder {
	return func(dst []byte, v *event.Value) []byte {
		if v.Num == 0 {
			return nil
		}
		return e(dst, v)
	}
}

// timestampLiteral reads a default as UTC; a zero date is the zero timestamp.
func timestampLiteral(d schema.Default) (event.Value, bool) {
	v, ok := datetimeLiteral(d)
	c := event.UnpackCivil(v.Num)
	if !ok || !isDate(c) {
		return event.Value{Kind: event.Timestamp}, ok
	}
	return event.Value{Kind: event.Timestamp, Num: uint64(micros(c))}, true
}
