package format

import (
	"strconv"

	"cdcd/schema"
)

// PropagateType adds the source type of a column to its schema.
// Source: PropagateSourceMetadataToSchemaParameter.
func PropagateType() Action {
	return Action{apply: func(j *JSON, c *schema.Column, col *column) {
		col.schema.params = append(col.schema.params, j.sourceType(c)...)
	}}
}

func (j *JSON) sourceType(c *schema.Column) []param {
	const prefix = "__debezium.source.column."
	list := []param{{prefix + "type", typeName(c)}}
	if n := typeLength(c); n >= 0 {
		list = append(list, param{prefix + "length", strconv.Itoa(n)})
	}
	if n := typeScale(c); n >= 0 {
		list = append(list, param{prefix + "scale", strconv.Itoa(n)})
	}
	if j.comments && c.Commented() {
		list = append(list, param{prefix + "comment", c.Comment})
	}
	return append(list, param{prefix + "name", c.Name})
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
