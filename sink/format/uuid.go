package format

import (
	"encoding/hex"

	"cdcd/event"
)

// uuid maps MariaDB's UUID. The binlog leaves out the zero bytes at its end,
// and Debezium puts them in front, so that a UUID that ends in 00 is shifted;
// that is kept. Debezium drops the default of such a column.
// Source: io.debezium.data.Uuid, MariaDbValueConverters.
func (j *JSON) uuid() column {
	col := j.text()
	col.schema = logical("string", "io.debezium.data.Uuid")
	col.accept = kindsOf(event.String, event.Binary)
	col.encode = appendUUID
	col.literal, col.absent = nil, nil
	return col
}

func appendUUID(dst []byte, v *event.Value) []byte {
	if v.Kind == event.String {
		return appendString(dst, v.Bytes)
	}
	if len(v.Bytes) > 16 {
		return nil
	}
	var b [16]byte
	copy(b[16-len(v.Bytes):], v.Bytes)
	dst = append(dst, '"')
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		if i > 0 {
			dst = append(dst, '-')
		}
		start := [...]int{0, 4, 6, 8, 10}[i]
		dst = hex.AppendEncode(dst, b[start:end])
	}
	return append(dst, '"')
}
