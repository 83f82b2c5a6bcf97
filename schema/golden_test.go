package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/internal/golden"
	"cdcd/schema"
)

// recordedChange is what Debezium's schema-change topic says of a table.
type recordedChange struct {
	Type, ID string
	Table    *recordedTable
}

type recordedTable struct {
	DefaultCharsetName    *string
	PrimaryKeyColumnNames []string
	Columns               []recordedColumn
	Comment               *string
}

type recordedColumn struct {
	Name, TypeName                       string
	CharsetName                          *string
	Length, Scale                        *int
	Position                             int
	Optional, AutoIncremented, Generated bool
	Comment                              *string
	DefaultValueExpression               *string
	EnumValues                           []string
}

type recordedDDL struct {
	Source       struct{ Connector string }
	DatabaseName string
	DDL          string
	TableChanges []recordedChange
}

// TestGolden_TableChanges folds every statement that Debezium recorded in its
// schema-change topics and compares each table with what it recorded.
func TestGolden_TableChanges(t *testing.T) {
	names, err := golden.All()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, name := range names {
		if name == "ddl_noschema" {
			continue // ALTER DATABASE is not in its topic; otherwise it is the case ddl
		}
		tracker := schema.New()
		for _, r := range recordedStatements(t, name) {
			if _, err := tracker.Apply(schema.DDL{Database: r.DatabaseName, Statement: r.DDL}); err != nil {
				t.Errorf("%s: %v\n%s", name, err, r.DDL)
			}
			for _, c := range r.TableChanges {
				compared++
				if diff := cmp.Diff(c.Table, viewOf(tracker.Table(unquoteID(t, c.ID)), c.Table, r.Source.Connector)); diff != "" {
					t.Errorf("%s: %s\n%s", name, r.DDL, diff)
				}
			}
		}
	}
	if compared < 300 {
		t.Errorf("only %d tables were compared", compared)
	}
}

// recordedStatements reads the schema-change topic of a case.
func recordedStatements(t *testing.T, name string) []recordedDDL {
	t.Helper()
	c, err := golden.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []recordedDDL
	for _, r := range c.Records {
		if r.Topic != "g_"+name || r.Value == nil || !strings.HasPrefix(*r.Value, "{") {
			continue
		}
		var v struct {
			Payload *recordedDDL
			recordedDDL
		}
		if err := json.Unmarshal([]byte(*r.Value), &v); err != nil {
			t.Fatal(err)
		}
		if v.Payload == nil {
			v.Payload = &v.recordedDDL
		}
		out = append(out, *v.Payload)
	}
	return out
}

// unquoteID reads `"db"."table"`.
func unquoteID(t *testing.T, s string) schema.ID {
	t.Helper()
	db, name, ok := strings.Cut(strings.Trim(s, `"`), `"."`)
	if !ok {
		t.Fatalf("id %s", s)
	}
	return schema.ID{Database: db, Name: name}
}

// viewOf shows a table as Debezium does. Comments are compared where they were
// recorded.
func viewOf(tb *schema.Table, recorded *recordedTable, connector string) *recordedTable {
	if tb == nil {
		return nil
	}
	v := &recordedTable{DefaultCharsetName: some(tb.Charset), PrimaryKeyColumnNames: []string{}}
	for _, i := range tb.Key {
		v.PrimaryKeyColumnNames = append(v.PrimaryKeyColumnNames, tb.Columns[i].Name)
	}
	for i := range tb.Columns {
		c := columnView(&tb.Columns[i], i)
		if tb.Columns[i].OnUpdate && connector == "mysql" { // its parser calls that generated
			c.AutoIncremented, c.Generated = true, true
		}
		if recorded != nil && i < len(recorded.Columns) && recorded.Columns[i].Comment != nil {
			c.Comment = some(tb.Columns[i].Comment)
		}
		v.Columns = append(v.Columns, c)
	}
	if recorded != nil && recorded.Comment != nil {
		v.Comment = some(tb.Comment)
	}
	return v
}

func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func columnView(c *schema.Column, i int) recordedColumn {
	v := recordedColumn{
		Name: c.Name, TypeName: c.TypeText, CharsetName: some(c.Charset), Position: i + 1, Optional: c.Nullable,
		AutoIncremented: c.AutoIncrement, Generated: c.AutoIncrement,
		Length: size(c.Length), Scale: size(c.Scale), DefaultValueExpression: defaultView(c.Default),
	}
	if c.Unsigned {
		v.TypeName += " UNSIGNED"
	}
	if c.Zerofill {
		v.TypeName += " ZEROFILL"
	}
	switch c.Type {
	case schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp:
		v.Length, v.Scale = size(c.Scale), nil
	case schema.TypeEnum:
		v.Length = new(1)
	case schema.TypeSet:
		v.Length = new(2*len(c.Members) - 1)
	}
	for _, m := range c.Members {
		v.EnumValues = append(v.EnumValues, "'"+strings.ReplaceAll(m, "'", "''")+"'")
	}
	return v
}

func size(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func defaultView(d schema.Default) *string {
	switch d.Kind {
	case schema.DefaultLiteral:
		text := d.Text
		if digits, ok := strings.CutPrefix(text, "b'"); ok && !d.Quoted {
			text = strings.TrimSuffix(digits, "'")
		}
		return &text
	case schema.DefaultNow:
		return new("1970-01-01 00:00:00")
	}
	return nil
}
