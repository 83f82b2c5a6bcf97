package schema

// TableMap is what a TABLE_MAP event says about a table: the physical types
// that follow in the row images, and the optional metadata, as far as the
// server sends it (MySQL 8.0.1, MariaDB 10.5 and later; names, members and key
// only with binlog_row_metadata=FULL).
// Source: MySQL internals, libbinlogevents rows_event.h, Table_map_event.
type TableMap struct {
	// TableNumber is the server's number of the table; it changes with every
	// reopening and is only a cache key.
	TableNumber uint64
	ID          ID
	Columns     []WireColumn
	Meta        *Metadata // nil when the server sent none
}

// IsFull reports whether m was logged with binlog_row_metadata=FULL: a definition
// that fits it has its names, types, labels and primary key.
func (m *TableMap) IsFull() bool { return m.Meta != nil && m.Meta.Names != nil }

// WireColumn is one column as the row images hold it.
type WireColumn struct {
	Type     uint8  // enum_field_types after the ENUM/SET-in-STRING unfolding
	Meta     uint16 // type-specific, little-endian as decoded by libbinlogevents
	Nullable bool
}

// Metadata is the optional part of a TABLE_MAP event. Slices are nil when the
// server did not send the field. Per-column slices have one entry a column of
// the table; entries of columns they do not apply to are zero.
type Metadata struct {
	Unsigned     []bool     // numeric columns
	Collations   []uint64   // collation ids of character, ENUM and SET columns
	Names        []string   // FULL
	Members      [][]string // FULL: labels of ENUM and SET columns, raw bytes in the column's charset
	GeometryType []uint64   // FULL
	Key          []int      // FULL: primary key columns, in key order
	KeyPrefix    []uint64   // FULL: prefix lengths, 0 for whole columns; nil unless a prefix is used
	Invisible    []bool     // visibility, inverted
	VectorDim    []uint64
}
