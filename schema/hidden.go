package schema

import "strings"

// hiddenName is what the names of MariaDB's hidden columns begin with.
const hiddenName = "DB_ROW_HASH_"

// Hidden returns how many columns stand behind those of the table in rows that look as
// m says and are MariaDB's own: the hash of a unique key on a whole TEXT or BLOB, or
// on more bytes than the storage engine takes. They are eight bytes each, and in no
// definition. Where what stands there is something else it is 0.
// Source: MariaDB sql/sql_table.cc, add_hash_field.
func (t *Table) Hidden(m *TableMap) int {
	n := len(m.Columns) - len(t.Columns)
	if n <= 0 || n > t.mayHide() {
		return 0
	}
	for i := len(t.Columns); i < len(m.Columns); i++ {
		if m.Columns[i].Type != WireLongLong || m.Meta != nil && !isHidden(m.Meta, i) {
			return 0
		}
	}
	return n
}

// isHidden compares column i with the optional metadata.
func isHidden(m *Metadata, i int) bool {
	return (m.Unsigned == nil || at(m.Unsigned, i)) && (m.Names == nil || strings.HasPrefix(at(m.Names, i), hiddenName))
}

// mayHide returns how many unique keys could have a hidden column. Which of them do
// also depends on the storage engine, the row format and the lengths of key parts.
func (t *Table) mayHide() int {
	n := 0
	for i := range t.Indexes {
		if ix := &t.Indexes[i]; ix.Unique && ix.Name != primary && (ix.Hash || t.isLong(ix)) {
			n++
		}
	}
	return n
}

// isLong reports whether some storage engine could find an index too long.
func (t *Table) isLong(ix *Index) bool {
	const short = 767 // InnoDB's limit in the row formats that have the lowest
	size := 0
	for _, name := range ix.Columns {
		switch c := &t.Columns[t.Column(name)]; {
		case c.Type == TypeVarchar, c.Type == TypeVarbinary, c.Type == TypeChar, c.Type == TypeBinary:
			size += c.bytes()
		case c.fits(WireColumn{Type: WireBlob}):
			return true
		}
	}
	return size > short
}
