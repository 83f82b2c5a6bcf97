package format

import (
	"net/netip"

	"cdcd/event"
)

// inet maps MariaDB's INET4 and INET6 to their text. Debezium stops at a table
// that has one.
func (j *JSON) inet(size int) column {
	col := j.text()
	col.encode = func(dst []byte, v *event.Value) []byte {
		if v.Kind == event.String {
			return appendString(dst, v.Bytes)
		}
		return appendAddress(dst, v.Bytes, size)
	}
	col.absent = nil
	return col
}

// appendAddress prints an address of the given size, the zero bytes at the end
// of which the binlog leaves out.
func appendAddress(dst, b []byte, size int) []byte {
	var a [16]byte
	if copy(a[:size], b) < len(b) {
		return nil
	}
	addr := netip.AddrFrom16(a)
	if size == 4 {
		addr = netip.AddrFrom4([4]byte(a[:4]))
	}
	dst = append(dst, '"')
	dst = addr.AppendTo(dst)
	return append(dst, '"')
}
