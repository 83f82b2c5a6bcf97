package binlog

import (
	"fmt"
	"net/netip"

	"cdcd/event"
	"cdcd/schema"
)

// MariaDB's UUID, INET4 and INET6 travel as a BINARY of their length, without
// trailing zero bytes, in the order in which they are printed. Addresses are
// printed here. A UUID stays the bytes of the event, since how Debezium pads
// them is a matter of the format.
// Source: MariaDB sql/sql_type_fixedbin.h; plugin/type_uuid/sql_type_uuid.h,
// UUID::pack.

// fixedBytes fills dst with the value and the zero bytes it was cut of.
func (c *column) fixedBytes(r *cursor, dst []byte) error {
	b, ok := c.prefixed(r)
	if !ok {
		return errRowShort
	}
	if len(b) > len(dst) {
		return fmt.Errorf("%w: a value of %d bytes for one of %d", errColumnType, len(b), len(dst))
	}
	clear(dst[copy(dst, b):])
	return nil
}

func decodeInet4(c *column, r *cursor, v *event.Value) error {
	var b [4]byte
	err := c.fixedBytes(r, b[:])
	r.setAddr(v, netip.AddrFrom4(b))
	return err
}

func decodeInet6(c *column, r *cursor, v *event.Value) error {
	var b [16]byte
	err := c.fixedBytes(r, b[:])
	r.setAddr(v, netip.AddrFrom16(b))
	return err
}

func (r *cursor) setAddr(v *event.Value, a netip.Addr) {
	start := len(r.scratch)
	r.scratch = a.AppendTo(r.scratch)
	*v = event.Value{Kind: event.String, Bytes: r.kept(start)}
}

// isCompressed reports whether the column has MariaDB's COMPRESSED attribute.
func isCompressed(w schema.WireColumn) bool {
	return w.Type == wireBlobCompressed || w.Type == wireVarcharCompressed
}

// decodeCompressed decodes text and bytes of a column with the COMPRESSED
// attribute. It allocates: an inflater is worth more than the value.
func decodeCompressed(c *column, r *cursor, v *event.Value) error {
	b, ok := c.prefixed(r)
	if !ok {
		return errRowShort
	}
	b, err := inflateColumn(b)
	if err != nil {
		return err
	}
	if c.charset != nil {
		b = c.charset.utf8(r, b)
	}
	*v = event.Value{Kind: c.kind, Bytes: b}
	return nil
}
