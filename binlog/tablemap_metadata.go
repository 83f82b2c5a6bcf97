package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// Optional metadata fields of a TABLE_MAP event, each a type byte, a packed
// length and the value. Source: MySQL libs/mysql/binlog/event/rows_event.h,
// Table_map_event::Optional_metadata_field_type.
const (
	metaSignedness            = 1
	metaDefaultCharset        = 2
	metaColumnCharset         = 3
	metaColumnName            = 4
	metaSetMembers            = 5
	metaEnumMembers           = 6
	metaGeometryType          = 7
	metaSimpleKey             = 8
	metaPrefixKey             = 9
	metaEnumSetDefaultCharset = 10
	metaEnumSetColumnCharset  = 11
	metaVisibility            = 12
	metaVectorDimension       = 13
)

var errMetadata = errors.New("its optional metadata is malformed")

// metadata collects the optional metadata of one table map.
type metadata struct {
	schema.Metadata
	columns     []schema.WireColumn
	isCharacter func(uint8) bool // the server's own idea of it
	seen        [metaVectorDimension + 1]bool
}

// parseMetadata fills m.Meta from the fields behind the column definitions.
// Fields of a newer server that are not known here are passed over: they only
// describe, and never change what the row images look like.
func parseMetadata(flavor event.Flavor, b []byte, m *schema.TableMap) error {
	if len(b) == 0 {
		return nil
	}
	md := &metadata{columns: m.Columns, isCharacter: isCharacter}
	if flavor == event.MariaDB {
		md.isCharacter = isMariaCharacter
	}
	f := &fields{b: b}
	for len(f.b) > 0 {
		t := f.u8()
		v := &fields{b: f.bytes(packedLen(f))}
		if f.err != nil {
			return errMetadata
		}
		if err := md.once(t, v); err != nil {
			return err
		}
	}
	m.Meta = &md.Metadata
	return nil
}

// once reads a field that is known; each may come once.
func (m *metadata) once(t byte, v *fields) error {
	if int(t) >= len(m.seen) {
		return nil
	}
	if !m.seen[t] {
		m.field(t, v)
	}
	if v.err != nil || m.seen[t] {
		return fmt.Errorf("%w: field %d", errMetadata, t)
	}
	m.seen[t] = true
	return nil
}

func (m *metadata) field(t byte, v *fields) {
	switch t {
	case metaSignedness:
		m.Unsigned = m.flags(v, isNumeric)
	case metaDefaultCharset:
		m.merge(m.defaultCollations(v, m.isCharacter))
	case metaColumnCharset:
		m.merge(m.columnCollations(v, m.isCharacter))
	case metaEnumSetDefaultCharset:
		m.merge(m.defaultCollations(v, isEnumOrSet))
	case metaEnumSetColumnCharset:
		m.merge(m.columnCollations(v, isEnumOrSet))
	case metaColumnName:
		m.names(v)
	case metaSetMembers:
		m.members(v, schema.WireSet)
	case metaEnumMembers:
		m.members(v, schema.WireEnum)
	case metaGeometryType:
		m.GeometryType = m.spread(v, isGeometry)
	case metaSimpleKey:
		m.key(v, false)
	case metaPrefixKey:
		m.key(v, true)
	case metaVisibility:
		m.visibility(v)
	case metaVectorDimension:
		m.VectorDim = m.spread(v, isVector)
	}
}

// Which columns a per-column field covers. YEAR counts as numeric.
// Source: MySQL sql/log_event.cc, Table_map_log_event::init_metadata_fields;
// YEAR and VECTOR as recorded from MySQL 9.7.

func isNumeric(t uint8) bool {
	switch t {
	case schema.WireTiny, schema.WireShort, schema.WireInt24, schema.WireLong, schema.WireLongLong,
		schema.WireDecimal, schema.WireNewDecimal, schema.WireFloat, schema.WireDouble, schema.WireYear:
		return true
	}
	return false
}

func isCharacter(t uint8) bool {
	switch t {
	case schema.WireString, schema.WireVarString, schema.WireVarchar, schema.WireBlob, schema.WireTinyBlob, schema.WireMediumBlob, schema.WireLongBlob,
		schema.WireVarcharCompressed, schema.WireBlobCompressed, schema.WireVector:
		return true
	}
	return false
}

// isMariaCharacter is isCharacter in MariaDB, where a geometry is a BLOB.
func isMariaCharacter(t uint8) bool { return isCharacter(t) || t == schema.WireGeometry }

func isEnumOrSet(t uint8) bool { return t == schema.WireEnum || t == schema.WireSet }
func isGeometry(t uint8) bool  { return t == schema.WireGeometry }
func isVector(t uint8) bool    { return t == schema.WireVector }

// covered returns the indexes of the columns that a field speaks of.
func (m *metadata) covered(is func(uint8) bool) []int {
	var idx []int
	for i, c := range m.columns {
		if is(c.Type) {
			idx = append(idx, i)
		}
	}
	return idx
}

// flags reads one bit a covered column, the highest of each byte first.
func (m *metadata) flags(v *fields, is func(uint8) bool) []bool {
	idx := m.covered(is)
	bits := v.bytes((len(idx) + 7) / 8)
	if v.err != nil {
		return nil
	}
	out := make([]bool, len(m.columns))
	for n, i := range idx {
		out[i] = bits[n>>3]&(0x80>>(n&7)) != 0
	}
	return out
}

// spread reads one number a covered column.
func (m *metadata) spread(v *fields, is func(uint8) bool) []uint64 {
	out := make([]uint64, len(m.columns))
	for _, i := range m.covered(is) {
		out[i] = v.packed()
	}
	return out
}

func (m *metadata) visibility(v *fields) {
	m.Invisible = m.flags(v, func(uint8) bool { return true })
	for i := range m.Invisible {
		m.Invisible[i] = !m.Invisible[i]
	}
}

func (m *metadata) names(v *fields) {
	m.Names = make([]string, len(m.columns))
	for i := range m.Names {
		m.Names[i] = string(v.bytes(int(v.u8())))
	}
}

// members reads the labels of all columns of type t.
func (m *metadata) members(v *fields, t uint8) {
	if m.Members == nil {
		m.Members = make([][]string, len(m.columns))
	}
	for _, i := range m.covered(func(c uint8) bool { return c == t }) {
		n := packedLen(v) // a label has at least its length byte
		if n < 0 {
			v.err = errMetadata
			return
		}
		labels := make([]string, n)
		for j := range labels {
			labels[j] = string(v.bytes(packedLen(v)))
		}
		m.Members[i] = labels
	}
}

// key reads the primary key's columns, with prefix lengths or without.
func (m *metadata) key(v *fields, prefixes bool) {
	for len(v.b) > 0 {
		i := v.packed()
		if i >= uint64(len(m.columns)) || len(m.Key) == len(m.columns) {
			v.err = errMetadata
			return
		}
		m.Key = append(m.Key, int(i))
		if prefixes {
			m.KeyPrefix = append(m.KeyPrefix, v.packed())
		}
	}
}
