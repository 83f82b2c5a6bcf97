package binlog

import (
	"encoding/binary"
	"fmt"
	"strconv"

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
	if err := c.fixedBytes(r, b[:]); err != nil {
		return err
	}
	start := len(r.scratch)
	r.scratch = appendInet4(r.scratch, b[:])
	*v = event.Value{Kind: event.String, Bytes: r.kept(start)}
	return nil
}

func decodeInet6(c *column, r *cursor, v *event.Value) error {
	var b [16]byte
	if err := c.fixedBytes(r, b[:]); err != nil {
		return err
	}
	start := len(r.scratch)
	r.scratch = appendInet6(r.scratch, b[:])
	*v = event.Value{Kind: event.String, Bytes: r.kept(start)}
	return nil
}

func appendInet4(dst, b []byte) []byte {
	for i, c := range b {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(c), 10)
	}
	return dst
}

// appendInet6 prints an address as the server does, so that a row looks the
// same in a snapshot: unlike RFC 5952 it shortens a single zero word, and it
// prints the deprecated form of an IPv4 address.
// Source: MariaDB plugin/type_inet/sql_type_inet.cc, Inet6::to_string.
func appendInet6(dst, b []byte) []byte {
	word := func(i int) uint16 { return binary.BigEndian.Uint16(b[2*i:]) }
	gap, length := longestGap(word)
	for i := 0; i < 8; i++ {
		switch {
		case i == gap:
			if gap == 0 {
				dst = append(dst, ':')
			}
			dst, i = append(dst, ':'), i+length-1
		case i == 6 && gap == 0 && (length == 6 || length == 5 && word(5) == 0xffff):
			return appendInet4(dst, b[12:])
		default:
			dst = strconv.AppendUint(dst, uint64(word(i)), 16)
			if i < 7 {
				dst = append(dst, ':')
			}
		}
	}
	return dst
}

// longestGap returns the first of the longest runs of zero words, or -1.
func longestGap(word func(int) uint16) (start, length int) {
	start = -1
	for i := 0; i < 8; i++ {
		n := 0
		for i+n < 8 && word(i+n) == 0 {
			n++
		}
		if n > length {
			start, length = i, n
		}
		i += n
	}
	return start, length
}

// isCompressed reports whether the column has MariaDB's COMPRESSED attribute.
func isCompressed(w schema.WireColumn) bool {
	return w.Type == schema.WireBlobCompressed || w.Type == schema.WireVarcharCompressed
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
