package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// maxColumns is what a table may have in either server, and what bounds the
// memory that a damaged event can ask for.
const maxColumns = 4096

var errTableMap = errors.New("table map event is malformed")

// parseTableMap decodes the body of a TABLE_MAP event of the flavor, post-header included.
// The result shares no memory with body. In it, ENUM, SET and long CHAR
// columns are unfolded from the STRING type they travel as; Meta is
//
//   - DECIMAL: the precision in the high byte, the scale in the low one;
//   - CHAR and BINARY: the length in bytes;
//   - ENUM and SET: the bytes of a value;
//   - BIT: the number of whole bytes in the high byte, of bits left in the low;
//   - other types: the one or two bytes of the event as a little-endian number.
//
// Source: MySQL sql/rpl_utility.cc, table_def::table_def.
func parseTableMap(flavor event.Flavor, body []byte, postHeaderLen int) (*schema.TableMap, error) {
	f := &fields{b: body}
	m := &schema.TableMap{TableNumber: tableNumber(f, postHeaderLen)}
	f.skip(2) // flags
	m.ID.Database = prefixedName(f)
	m.ID.Name = prefixedName(f)
	n := f.packed()
	if f.err == nil && (n == 0 || n > maxColumns) {
		return nil, fmt.Errorf("table map of %s: %d columns", m.ID, n)
	}
	types := f.bytes(int(n))
	meta := &fields{b: f.bytes(packedLen(f))}
	nullable := f.bytes((int(n) + 7) / 8)
	if f.err != nil {
		return nil, fmt.Errorf("table map event: %w", f.err)
	}
	m.Columns = make([]schema.WireColumn, n)
	for i, t := range types {
		m.Columns[i] = wireColumn(t, meta)
		m.Columns[i].Nullable = bitAt(nullable, i)
	}
	if meta.err != nil || len(meta.b) != 0 {
		return nil, fmt.Errorf("%w: %s: column types and their metadata do not agree", errTableMap, m.ID)
	}
	if err := parseMetadata(flavor, f.rest(), m); err != nil {
		return nil, fmt.Errorf("table map of %s: %w", m.ID, err)
	}
	return m, nil
}

// prefixedName reads a name with a length byte before and a zero byte behind.
func prefixedName(f *fields) string {
	s := string(f.bytes(int(f.u8())))
	f.skip(1)
	return s
}

// packedLen reads a length; one that cannot be is given as -1, which no read
// satisfies.
func packedLen(f *fields) int {
	if n := f.packed(); n <= uint64(len(f.b)) {
		return int(n)
	}
	return -1
}

// bitAt returns bit i of a bitmap that starts with the lowest bit.
func bitAt(bitmap []byte, i int) bool { return bitmap[i>>3]>>(i&7)&1 != 0 }

// wireColumn reads the metadata of a column of type t.
func wireColumn(t byte, meta *fields) schema.WireColumn {
	switch t {
	case schema.WireString, schema.WireEnum, schema.WireSet:
		return unfoldString(meta)
	case schema.WireNewDecimal:
		precision, scale := meta.u8(), meta.u8()
		return schema.WireColumn{Type: t, Meta: uint16(precision)<<8 | uint16(scale)}
	case schema.WireVarchar, schema.WireVarString, schema.WireBit, schema.WireVarcharCompressed:
		return schema.WireColumn{Type: t, Meta: meta.u16()}
	case schema.WireFloat, schema.WireDouble, schema.WireBlob, schema.WireTinyBlob, schema.WireMediumBlob, schema.WireLongBlob, schema.WireBlobCompressed,
		schema.WireGeometry, schema.WireJSON, schema.WireVector, schema.WireTimestamp2, schema.WireDatetime2, schema.WireTime2:
		return schema.WireColumn{Type: t, Meta: uint16(meta.u8())}
	default:
		return schema.WireColumn{Type: t}
	}
}

// unfoldString reads the type and length behind a STRING. A CHAR of more than
// 255 bytes folds the upper two bits of its length, inverted, into bits 4 and
// 5 of the type byte, which are set in every string type.
// Source: MySQL sql/field.cc, Field_string::do_save_field_metadata.
func unfoldString(meta *fields) schema.WireColumn {
	folded, length := meta.u8(), uint16(meta.u8())
	c := schema.WireColumn{Type: folded | 0x30, Meta: uint16(^folded&0x30)<<4 | length}
	if c.Type != schema.WireString && (folded != c.Type || !isEnumOrSet(c.Type)) {
		meta.err = errTableMap
	}
	return c
}
