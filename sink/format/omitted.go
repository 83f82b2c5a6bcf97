package format

import (
	"cdcd/event"
	"cdcd/schema"
)

// omitted is what a column prints that a row image leaves out. Nil means that
// such a row is refused.
type omitted struct {
	given []byte // in a created row, what the server gave it; nil where that is not known
	lost  []byte // where nobody knows the value
}

// omits reports whether v is missing and its value not known.
func (o *omitted) omits(v *event.Value) bool {
	return v.Kind == event.Absent || v.Kind == event.Default && o.given == nil
}

// inKey is for a column of a key: a row whose key is not known has no place.
func (col *column) inKey(c *schema.Column) omitted { return omitted{given: col.given(c)} }

// inAfter is for a row as it is now. The placeholder says that the value is not
// known. In a column that cannot hold it, that is NULL, if the column can be
// NULL; see also [writer.unknown].
func (col *column) inAfter(c *schema.Column) omitted {
	o := omitted{given: col.given(c), lost: col.absent}
	if o.lost == nil && c.Nullable {
		o.lost = []byte("null")
	}
	return o
}

// inBefore is for a row as it was. A column that cannot be NULL has its type's
// zero, as NULL has: of what is gone, the key is what matters.
// Source: JdbcValueConverters.convertValue.
func (col *column) inBefore(c *schema.Column) omitted {
	o := col.inAfter(c)
	if o.lost == nil {
		o.lost = col.zero
	}
	return o
}

// given prints what the server stores in a column that an INSERT does not name,
// nil where that cannot be told from the definition: MySQL logs such columns,
// MariaDB leaves out virtual ones.
func (col *column) given(c *schema.Column) []byte {
	d := c.Default
	switch {
	case c.Generated || d.Kind == schema.DefaultNow || d.Kind == schema.DefaultExpression:
		return nil
	case d.Kind == schema.DefaultLiteral:
		return col.givenLiteral(c)
	case c.Nullable:
		return []byte("null")
	default:
		return col.implicit(c)
	}
}

// givenLiteral prints a literal as a streamed value.
func (col *column) givenLiteral(c *schema.Column) []byte {
	read := col.literal
	if col.exact != nil {
		read = col.exact
	}
	d, ok := storedLiteral(c)
	if read == nil || !ok {
		return nil
	}
	v, ok := read(d)
	if !ok {
		return nil
	}
	if printed := col.encode(nil, &v); printed != nil || col.misfit != nil {
		return printed
	}
	return col.null
}

// implicit prints what a server that is not strict gives a NOT NULL column
// without a DEFAULT clause.
func (col *column) implicit(c *schema.Column) []byte {
	switch c.Type {
	case schema.TypeEnum:
		return col.encode(nil, &event.Value{Kind: event.Enum, Num: 1})
	case schema.TypeYear:
		return col.encode(nil, &event.Value{Kind: event.Year})
	case schema.TypeBinary:
		return col.encode(nil, &event.Value{Kind: event.Binary})
	case schema.TypeJSON, schema.TypeUUID, schema.TypeInet4, schema.TypeInet6, schema.TypeVector:
		return nil
	default:
		return col.zero
	}
}

// omitted names the fields of a row whose values are not known.
func (im image) omitted(row []event.Value) (names []byte) {
	if row == nil {
		return nil
	}
	for i := range im {
		f := &im[i]
		if !f.omits(&row[f.column]) {
			continue
		}
		if names != nil {
			names = append(names, ',')
		}
		names = append(names, f.title()...)
	}
	return names
}

// unknown returns the headers of a record whose row after the change is not
// known in full: cdcd.unavailable, which names the fields, in front of the
// others. Without it NULL could not be told from what is not known.
func (w *writer) unknown(r *record) []byte {
	names := w.images.after.omitted(r.after)
	if names == nil {
		return r.headers
	}
	s := &w.scratch
	start := len(s.headers)
	s.headers = prependHeader(s.headers, "cdcd.unavailable", names, r.headers)
	return s.headers[start:len(s.headers):len(s.headers)]
}
