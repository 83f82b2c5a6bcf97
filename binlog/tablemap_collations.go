package binlog

import "slices"

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

// characterCollations reads a charset field with the server's own idea of
// which columns are of a character type. Only a table with geometry columns
// tells MySQL and MariaDB apart: there, the reading that makes sense counts.
// Where both do and they differ, these columns keep 0, as if nothing was sent.
func (m *metadata) characterCollations(v *fields, read func(*metadata, *fields, func(uint8) bool) []uint64) {
	geometries := m.covered(isGeometry)
	if len(geometries) == 0 {
		m.merge(read(m, v, isCharacter))
		return
	}
	maria := fields{b: v.b}
	asMySQL, asMaria := read(m, v, isCharacter), read(m, &maria, isMariaCharacter)
	mariaFits := maria.err == nil && !slices.ContainsFunc(geometries, func(i int) bool { return asMaria[i] != binaryCollation })
	switch {
	case !mariaFits:
		m.merge(asMySQL)
	case v.err != nil || sameBut(asMySQL, asMaria, geometries):
		v.err = nil
		m.merge(asMaria)
	}
}

// sameBut reports whether a and b agree, columns except aside.
func sameBut(a, b []uint64, except []int) bool {
	for i := range a {
		if a[i] != b[i] && !slices.Contains(except, i) {
			return false
		}
	}
	return true
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
