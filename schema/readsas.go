package schema

import "slices"

// ReadsAs tells whether rows of both versions are read alike: they have the same
// columns and key. One may be folded from statements and the other be as the server
// prints it, which differ in how they write a type, and in sizes that are left out.
func (t *Table) ReadsAs(o *Table) bool {
	return slices.EqualFunc(t.Columns, o.Columns, func(a, b Column) bool { return a.readsAs(&b) }) && slices.Equal(t.Key, o.Key)
}

func (c *Column) readsAs(o *Column) bool {
	return c.Name == o.Name && c.Type.stored() == o.Type.stored() && c.Unsigned == o.Unsigned &&
		sameSize(c.Length, o.Length) && sameSize(c.Scale, o.Scale) && slices.Equal(c.Members, o.Members)
}

// stored is the type as the server stores it, whatever it was called.
func (t Type) stored() Type {
	switch t {
	case TypeBool:
		return TypeTinyInt
	case TypeReal:
		return TypeDouble
	case TypeJSON:
		return TypeLongText // with MariaDB it is one
	default:
		return t
	}
}

// sameSize compares sizes; the one that is left out is the type's default.
func sameSize(a, b int) bool { return a == b || a < 0 || b < 0 }
