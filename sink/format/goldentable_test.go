package format_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
)

// recordedTables reads the table versions that Debezium itself recorded in the
// case's history topic, so that plans are tested apart from the DDL parser.
func recordedTables(t *testing.T, c *golden.Case) map[string][]*schema.Table {
	t.Helper()
	tables := map[string][]*schema.Table{}
	for _, h := range history(t, c) {
		for _, change := range h.TableChanges {
			if change.Table != nil {
				table := change.table()
				tables[table.ID.String()] = append(tables[table.ID.String()], table)
			}
		}
	}
	return tables
}

// parsedTables folds the statements of the case's history topic.
func parsedTables(t *testing.T, c *golden.Case) map[string][]*schema.Table {
	t.Helper()
	tables := map[string][]*schema.Table{}
	tracker := schema.New()
	for _, h := range history(t, c) {
		changes, err := tracker.Apply(schema.DDL{Database: h.DatabaseName, Statement: h.DDL})
		if err != nil {
			t.Errorf("%.80s: %v", h.DDL, err)
		}
		for _, change := range changes {
			if change.Table != nil {
				id := change.ID.String()
				tables[id] = append(tables[id], change.Table)
			}
		}
	}
	return tables
}

// recordedStatement is one record of the history topic.
type recordedStatement struct {
	DatabaseName, DDL string
	TableChanges      []recordedChange
}

func history(t *testing.T, c *golden.Case) (list []recordedStatement) {
	t.Helper()
	for _, r := range c.Records {
		if !strings.HasPrefix(r.Topic, "hist_") || r.Value == nil {
			continue
		}
		var h recordedStatement
		decode(t, *r.Value, &h)
		list = append(list, h)
	}
	return list
}

type recordedChange struct {
	ID    string
	Table *struct {
		PrimaryKeyColumnNames []string
		Columns               []recordedColumn
	}
}

type recordedColumn struct {
	Name, TypeName         string
	Length, Scale          *int
	Optional               bool
	Comment                string
	DefaultValueExpression *string
	EnumValues             []string
}

func (c *recordedChange) table() *schema.Table {
	parts := strings.SplitN(strings.Trim(c.ID, `"`), `"."`, 2)
	t := &schema.Table{ID: schema.ID{Database: parts[0], Name: parts[1]}}
	for i := range c.Table.Columns {
		t.Columns = append(t.Columns, c.Table.Columns[i].column())
	}
	for _, name := range c.Table.PrimaryKeyColumnNames {
		t.Key = append(t.Key, slices.IndexFunc(t.Columns, func(c schema.Column) bool { return c.Name == name }))
	}
	return t
}

func (c *recordedColumn) column() schema.Column {
	base, unsigned := strings.CutSuffix(strings.TrimSuffix(c.TypeName, " ZEROFILL"), " UNSIGNED")
	out := schema.Column{
		Name: c.Name, Type: recordedTypes[base], TypeText: base, Nullable: c.Optional, Comment: c.Comment,
		Unsigned: unsigned, Zerofill: strings.HasSuffix(c.TypeName, " ZEROFILL"), Length: -1, Scale: -1,
	}
	if c.Length != nil {
		out.Length = *c.Length
	}
	if c.Scale != nil {
		out.Scale = *c.Scale
	}
	switch out.Type {
	case schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp:
		out.Length, out.Scale = -1, out.Length
	case schema.TypeEnum, schema.TypeSet:
		out.Length = -1
	}
	for _, v := range c.EnumValues {
		out.Members = append(out.Members, strings.ReplaceAll(v[1:len(v)-1], "''", "'"))
	}
	if d := c.DefaultValueExpression; d != nil {
		out.Default = schema.Default{Kind: schema.DefaultLiteral, Text: *d, Quoted: true}
		if out.Type == schema.TypeBit {
			out.Default.Text = "b'" + *d + "'"
		}
	}
	return out
}

var recordedTypes = map[string]schema.Type{
	"BOOL": schema.TypeBool, "BOOLEAN": schema.TypeBool,
	"TINYINT": schema.TypeTinyInt, "SMALLINT": schema.TypeSmallInt, "MEDIUMINT": schema.TypeMediumInt,
	"INT": schema.TypeInt, "BIGINT": schema.TypeBigInt,
	"FLOAT": schema.TypeFloat, "DOUBLE": schema.TypeDouble, "REAL": schema.TypeReal, "DECIMAL": schema.TypeDecimal,
	"BIT": schema.TypeBit, "YEAR": schema.TypeYear, "DATE": schema.TypeDate, "TIME": schema.TypeTime,
	"DATETIME": schema.TypeDatetime, "TIMESTAMP": schema.TypeTimestamp,
	"CHAR": schema.TypeChar, "VARCHAR": schema.TypeVarchar, "TINYTEXT": schema.TypeTinyText, "TEXT": schema.TypeText,
	"MEDIUMTEXT": schema.TypeMediumText, "LONGTEXT": schema.TypeLongText,
	"BINARY": schema.TypeBinary, "VARBINARY": schema.TypeVarbinary, "TINYBLOB": schema.TypeTinyBlob,
	"BLOB": schema.TypeBlob, "MEDIUMBLOB": schema.TypeMediumBlob, "LONGBLOB": schema.TypeLongBlob,
	"ENUM": schema.TypeEnum, "SET": schema.TypeSet, "JSON": schema.TypeJSON,
	"GEOMETRY": schema.TypeGeometry, "POINT": schema.TypePoint, "LINESTRING": schema.TypeLineString,
	"POLYGON": schema.TypePolygon, "MULTIPOINT": schema.TypeMultiPoint, "MULTILINESTRING": schema.TypeMultiLineString,
	"MULTIPOLYGON": schema.TypeMultiPolygon, "GEOMCOLLECTION": schema.TypeGeometryCollection,
	"GEOMETRYCOLLECTION": schema.TypeGeometryCollection, "VECTOR": schema.TypeVector, "UUID": schema.TypeUUID,
}

// rowChange is one row of an event.
type rowChange struct{ before, after []event.Value }

// sliceReader is a RowReader over rows in memory.
type sliceReader struct {
	changes []rowChange
	next    int
}

// Next implements [event.RowReader].
func (r *sliceReader) Next(before, after []event.Value) (bool, error) {
	if r.next == len(r.changes) {
		return false, nil
	}
	copy(before, r.changes[r.next].before)
	copy(after, r.changes[r.next].after)
	r.next++
	return true, nil
}

func decodeHeaders(b []byte) []golden.Header {
	count, n := binary.Varint(b)
	b = b[n:]
	text := func() string {
		size, n := binary.Varint(b)
		s := string(b[n : n+int(size)])
		b = b[n+int(size):]
		return s
	}
	var list []golden.Header
	for range count {
		h := golden.Header{Name: text()}
		value := text()
		h.Value = &value
		list = append(list, h)
	}
	if len(b) > 0 {
		list = append(list, golden.Header{Name: "left over: " + string(b)})
	}
	return list
}
