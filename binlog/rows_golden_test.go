package binlog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
	"cdcd/sink/format"
)

// TestRows_Golden decodes the rows of every type from recorded binlogs, prints
// them, and expects what Debezium printed of the same rows.
func TestRows_Golden(t *testing.T) {
	for _, name := range []string{"types", "maria_types", "basic", "maria_basic", "decimal_double", "time_isostring"} {
		t.Run("case="+name, func(t *testing.T) {
			c, err := golden.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			want := goldenRows(t, c)
			if len(want) == 0 {
				t.Fatal("the case has no rows")
			}
			r := recordedCase(t, name)
			tables := goldenTables(t, c)
			r.rowsOf(t, func(m *schema.TableMap, e recordedEvent) {
				table := tables[m.ID.String()]
				if e.start < c.Start || table == nil {
					return
				}
				for place, got := range printRows(t, c, m, table, e) {
					if want[place] != got {
						t.Errorf("%v:\nwant %s\n got %s", place, want[place], got)
					}
					delete(want, place)
				}
			})
			for p := range want {
				t.Errorf("not decoded: %v", p)
			}
		})
	}
}

// rowPlace is where a row stands: Debezium's source.pos and source.row.
type rowPlace struct {
	table string
	pos   uint64
	row   int
}

// goldenRows returns before and after of each row as they were printed.
func goldenRows(t *testing.T, c *golden.Case) map[rowPlace]string {
	t.Helper()
	rows := map[rowPlace]string{}
	for _, r := range c.Data() {
		if r.Value == nil {
			continue
		}
		addImages(t, rows, *r.Value)
	}
	return rows
}

// addImages adds what a record prints; a change of the key has two records.
func addImages(t *testing.T, rows map[rowPlace]string, value string) {
	t.Helper()
	var framed struct{ Payload goldenPayload }
	if err := json.Unmarshal([]byte(value), &framed); err != nil {
		t.Fatal(err)
	}
	p := framed.Payload
	rows[rowPlace{p.Source.Table, p.Source.Pos, p.Source.Row}] += string(p.Before) + " -> " + string(p.After) + "\n"
}

type goldenPayload struct {
	Before, After json.RawMessage
	Source        struct {
		Table string
		Pos   uint64
		Row   int
	}
}

func printRows(t *testing.T, c *golden.Case, m *schema.TableMap, table *schema.Table, e recordedEvent) map[rowPlace]string {
	t.Helper()
	p, err := compileRows(m, table)
	if err != nil {
		t.Fatal(err)
	}
	h, _ := parseRowsHeader(uint8(e.header.Type), e.body, e.post)
	f, err := format.NewJSON(format.Config{
		TopicPrefix: "p", Connector: strings.Split(c.Config["connector.class"], ".")[3], ValueSchemas: true, TimeAdjuster: true,
		DecimalMode: format.DecimalMode(c.Config["decimal.handling.mode"]),
		TimeMode:    format.TimeMode(c.Config["time.precision.mode"]),
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := f.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	rows := &event.Rows{Table: table, Op: h.op, Meta: event.Meta{Txn: &event.Txn{}, Pos: e.start}, Reader: e.reader(t, p)}
	if _, err := plan.Append(&b, rows); err != nil {
		t.Fatalf("%s at %d: %v", m.ID, e.start, err)
	}
	out := map[rowPlace]string{}
	for i := range b.Records {
		if v := b.Value(i); v != nil {
			addImages(t, out, string(v))
		}
	}
	return out
}

// goldenTables reads the tables as Debezium recorded them before run.sql.
func goldenTables(t testing.TB, c *golden.Case) map[string]*schema.Table {
	t.Helper()
	tables := map[string]*schema.Table{}
	for _, r := range c.Records {
		if !strings.HasPrefix(r.Topic, "hist_") || r.Value == nil {
			continue
		}
		var h struct{ TableChanges []goldenTable }
		if err := json.Unmarshal([]byte(*r.Value), &h); err != nil {
			t.Fatal(err)
		}
		for _, g := range h.TableChanges {
			if g.Table != nil {
				table := g.table()
				tables[table.ID.String()] = table
			}
		}
	}
	return tables
}

type goldenTable struct {
	ID    string
	Table *struct {
		PrimaryKeyColumnNames []string
		Columns               []goldenColumn
	}
}

type goldenColumn struct {
	Name, TypeName, CharsetName string
	Length, Scale               *int
	Optional                    bool
	DefaultValueExpression      *string
	EnumValues                  []string
}

func (g goldenTable) table() *schema.Table {
	id := strings.SplitN(strings.Trim(g.ID, `"`), `"."`, 2)
	t := &schema.Table{ID: schema.ID{Database: id[0], Name: id[1]}}
	for _, c := range g.Table.Columns {
		t.Columns = append(t.Columns, c.column())
	}
	for _, k := range g.Table.PrimaryKeyColumnNames {
		t.Key = append(t.Key, t.Column(k))
	}
	return t
}

func (g goldenColumn) column() schema.Column {
	base, unsigned := strings.CutSuffix(strings.TrimSuffix(g.TypeName, " ZEROFILL"), " UNSIGNED")
	c := schema.Column{
		Name: g.Name, Type: goldenTypes[base], TypeText: base, Unsigned: unsigned,
		Charset: g.CharsetName, Nullable: g.Optional, Length: -1, Scale: -1,
	}
	if g.Length != nil {
		c.Length = *g.Length
	}
	if g.Scale != nil {
		c.Scale = *g.Scale
	}
	if slices.Contains([]schema.Type{schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp}, c.Type) {
		c.Length, c.Scale = -1, c.Length
	}
	for _, v := range g.EnumValues {
		c.Members = append(c.Members, strings.ReplaceAll(v[1:len(v)-1], "''", "'"))
	}
	if d := g.DefaultValueExpression; d != nil {
		c.Default = schema.Default{Kind: schema.DefaultLiteral, Text: *d, Quoted: true}
		if c.Type == schema.TypeBit {
			c.Default.Text = "b'" + *d + "'"
		}
	}
	return c
}

// goldenTypes are the types by the names that Debezium records.
var goldenTypes = map[string]schema.Type{
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
