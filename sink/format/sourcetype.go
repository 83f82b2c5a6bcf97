package format

import (
	"slices"
	"strconv"

	"cdcd/schema"
)

// propagated adds the source type of the column i to its schema, where that is
// asked for. Keys never have it.
// Source: PropagateSourceTypeToSchemaParameter.
func (j *JSON) propagated(t *schema.Table, i int, s node) node {
	c := &t.Columns[i]
	if j.cfg.PropagateType == nil || !j.cfg.PropagateType(t.ID, c.Name, typeName(c)) {
		return s
	}
	const prefix = "__debezium.source.column."
	s.params = append(slices.Clip(s.params), param{prefix + "type", typeName(c)})
	if n := typeLength(c); n >= 0 {
		s.params = append(s.params, param{prefix + "length", strconv.Itoa(n)})
	}
	if n := typeScale(c); n >= 0 {
		s.params = append(s.params, param{prefix + "scale", strconv.Itoa(n)})
	}
	if j.comments && c.Comment != "" {
		s.params = append(s.params, param{prefix + "comment", c.Comment})
	}
	s.params = append(s.params, param{prefix + "name", c.Name})
	return s
}

// typeName is the type as Debezium's parser names it.
func typeName(c *schema.Column) string {
	name := c.TypeText
	if c.Unsigned || c.Zerofill {
		name += " UNSIGNED"
	}
	if c.Zerofill {
		name += " ZEROFILL"
	}
	return name
}

// typeLength is the length that Debezium's parser gives a type, -1 for none:
// the fraction digits of temporal types, 1 for an ENUM, and for a SET the
// number of its labels and of the commas between them.
func typeLength(c *schema.Column) int {
	switch c.Type {
	case schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp:
		return c.Scale
	case schema.TypeEnum:
		return 1
	case schema.TypeSet:
		return 2*len(c.Members) - 1
	case schema.TypeDecimal:
		if c.Length <= 0 {
			return 10
		}
	}
	return c.Length
}

func typeScale(c *schema.Column) int {
	switch c.Type {
	case schema.TypeDecimal:
		return max(c.Scale, 0)
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		return c.Scale
	}
	return -1
}
