package binlog

// binaryCollation is the id of the collation "binary".
const binaryCollation = 63

// merge adds the collations of further columns.
func (m *metadata) merge(collations []uint64) {
	if m.Collations == nil {
		m.Collations = make([]uint64, len(m.columns))
	}
	for i, c := range collations {
		if c != 0 {
			m.Collations[i] = c
		}
	}
}

// defaultCollations reads the collation that most covered columns have, then
// pairs of (number among the covered columns, collation) for the others.
func (m *metadata) defaultCollations(v *fields, is func(uint8) bool) []uint64 {
	idx, out := m.covered(is), make([]uint64, len(m.columns))
	common := v.packed()
	for _, i := range idx {
		out[i] = common
	}
	for len(v.b) > 0 {
		n, collation := v.packed(), v.packed()
		if n >= uint64(len(idx)) {
			v.err = errMetadata
			break
		}
		out[idx[n]] = collation
	}
	return out
}

// columnCollations reads one collation a covered column.
func (m *metadata) columnCollations(v *fields, is func(uint8) bool) []uint64 {
	out := m.spread(v, is)
	if len(v.b) > 0 {
		v.err = errMetadata
	}
	return out
}
