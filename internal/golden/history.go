package golden

import (
	"encoding/json"
	"fmt"
	"strings"

	"cdcd/schema"
)

// Statement is one DDL statement of the schema history topic.
type Statement struct {
	Database string `json:"databaseName"`
	Text     string `json:"ddl"`
}

// HistoryRecord is one record of the schema history topic.
type HistoryRecord struct {
	Statement
	Start  bool            // written while the connector started, before run.sql
	Tables []*schema.Table // what the statement made, as Debezium recorded it
}

// History returns what Debezium recorded of the tables, in order.
func (c *Case) History() ([]HistoryRecord, error) {
	var out []HistoryRecord
	for _, r := range c.Records {
		if r.Topic != c.Config["schema.history.internal.kafka.topic"] || r.Value == nil {
			continue
		}
		var h struct {
			Statement
			TableChanges []recordedTable
			Position     struct {
				Snapshot json.RawMessage `json:"snapshot"`
			} `json:"position"`
		}
		if err := json.Unmarshal([]byte(*r.Value), &h); err != nil {
			return nil, fmt.Errorf("%s: history: %w", c.Name, err)
		}
		record := HistoryRecord{Statement: h.Statement, Start: h.Position.Snapshot != nil}
		for _, change := range h.TableChanges {
			if change.Table != nil {
				record.Tables = append(record.Tables, change.table())
			}
		}
		out = append(out, record)
	}
	return out, nil
}

// Schema returns the statements that were recorded before run.sql.
func (c *Case) Schema() ([]Statement, error) {
	history, err := c.History()
	var out []Statement
	for _, h := range history {
		if h.Start {
			out = append(out, h.Statement)
		}
	}
	return out, err
}

// recordedTable is a table in Debezium's internal form.
type recordedTable struct {
	ID    string
	Table *struct {
		PrimaryKeyColumnNames []string
		Columns               []recordedColumn
	}
}

type recordedColumn struct {
	Name, TypeName, CharsetName string
	Length, Scale               *int
	Optional                    bool
	Comment                     string
	DefaultValueExpression      *string
	EnumValues                  []string
}

func (r recordedTable) table() *schema.Table {
	id := strings.SplitN(strings.Trim(r.ID, `"`), `"."`, 2)
	t := &schema.Table{ID: schema.ID{Database: id[0], Name: id[1]}}
	for _, c := range r.Table.Columns {
		t.Columns = append(t.Columns, c.column())
	}
	for _, name := range r.Table.PrimaryKeyColumnNames {
		t.Key = append(t.Key, t.Column(name))
	}
	return t
}

func (c recordedColumn) column() schema.Column {
	base, unsigned := strings.CutSuffix(strings.TrimSuffix(c.TypeName, " ZEROFILL"), " UNSIGNED")
	out := schema.Column{
		Name: c.Name, Type: recordedTypes[base], TypeText: base, Charset: c.CharsetName, Nullable: c.Optional, Comment: c.Comment,
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
	default:
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

// recordedTypes are the types by the names that Debezium records.
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
