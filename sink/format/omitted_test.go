package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// lacking prints one update or insert of a table of a key and the column c, in
// which c has the given kinds.
func lacking(t *testing.T, table *schema.Table, op event.Op, before, after []event.Value) (*format.Batch, error) {
	t.Helper()
	j, err := format.NewJSON(plainConfig())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := j.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	_, err = plan.Append(&b, &event.Rows{
		Table: table, Op: op, Meta: benchMeta(), Partial: true, Reader: &sliceReader{changes: []rowChange{{before, after}}},
	})
	return &b, err
}

var (
	keyOne = event.Value{Kind: event.Int, Num: 1}
	absent = event.Value{Kind: event.Absent}
)

// TestAbsent covers updates that tell a column neither before nor after: text
// and bytes print Debezium's placeholder, what can be NULL is NULL, and else
// the row that is to come stops.
func TestAbsent(t *testing.T) {
	f := func(c schema.Column, wantBefore, wantAfter string) {
		t.Helper()
		c.Scale = -1
		row := []event.Value{keyOne, absent}
		b, err := lacking(t, one(c), event.Update, row, row)
		if err != nil {
			if !strings.Contains(err.Error(), wantAfter) {
				t.Errorf("type %d: %v", c.Type, err)
			}
			b, err = lacking(t, one(c), event.Delete, row, nil)
			wantAfter = ""
		}
		if err != nil {
			t.Fatal(err)
		}
		value := string(b.Value(0))
		if !strings.HasPrefix(value, `{"before":{"id":1,"c":`+wantBefore+`},"after":`) {
			t.Errorf("type %d: %s", c.Type, value)
		}
		if wantAfter == "" {
			return
		}
		if !strings.Contains(value, `"after":{"id":1,"c":`+wantAfter+`},"source"`) {
			t.Errorf("type %d: %s", c.Type, value)
		}
		if want := "\x02\x20cdcd.unavailable\x02c"; string(b.Records[0].Headers) != want {
			t.Errorf("headers %q", b.Records[0].Headers)
		}
	}
	same := func(c schema.Column, want string) { t.Helper(); f(c, want, want) }
	same(schema.Column{Type: schema.TypeText}, `"__debezium_unavailable_value"`)
	same(schema.Column{Type: schema.TypeVarchar, Default: literalDefault("x")}, `"__debezium_unavailable_value"`)
	same(schema.Column{Type: schema.TypeJSON, Nullable: true}, `"__debezium_unavailable_value"`)
	same(schema.Column{Type: schema.TypeBlob}, `"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="`)
	same(schema.Column{Type: schema.TypeInt, Nullable: true, Default: literalDefault("7")}, "null")
	same(schema.Column{Type: schema.TypeEnum, Members: []string{"a"}, Nullable: true}, "null")
	f(schema.Column{Type: schema.TypeInt}, "0", "encode d.t: column c is not in the row image")
	f(schema.Column{Type: schema.TypeDatetime}, "0", "encode d.t: column c is not in the row image")
}

// Where the row before lacks columns and the row after does not, nothing of the
// latter is unknown.
func TestAbsent_BeforeOnly(t *testing.T) {
	b, err := lacking(t, one(schema.Column{Type: schema.TypeInt, Nullable: true}), event.Update, []event.Value{keyOne, absent}, []event.Value{keyOne, keyOne})
	if err != nil {
		t.Fatal(err)
	}
	if value := string(b.Value(0)); !strings.HasPrefix(value, `{"before":{"id":1,"c":null},"after":{"id":1,"c":1},`) || len(b.Records[0].Headers) > 1 {
		t.Errorf("%s, headers %q", value, b.Records[0].Headers)
	}
}

// A key that is not known in full is refused, before or after.
func TestAbsent_Key(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeText})
	known, unknown := []event.Value{keyOne, keyOne}, []event.Value{absent, keyOne}
	known[1].Kind, unknown[1].Kind = event.Null, event.Null
	for _, rows := range [][2][]event.Value{{unknown, unknown}, {unknown, known}, {known, unknown}} {
		if _, err := lacking(t, table, event.Update, rows[0], rows[1]); err == nil || !strings.Contains(err.Error(), "column id is not in the row image") {
			t.Errorf("got %v", err)
		}
	}
}

func literalDefault(text string) schema.Default {
	return schema.Default{Kind: schema.DefaultLiteral, Text: text, Quoted: true}
}

// TestGiven covers columns that an INSERT does not name: they print what the
// server stores, not what the schema says of the default.
func TestGiven(t *testing.T) {
	f := func(c schema.Column, want string) {
		t.Helper()
		if c.Scale == 0 {
			c.Scale = -1
		}
		got := printed(t, plainConfig(), c, event.Create, event.Value{Kind: event.Default})
		if !strings.Contains(got, want) || strings.Contains(want, " not in ") != strings.Contains(got, "encode") {
			t.Errorf("type %d: got %s, want %s", c.Type, got, want)
		}
	}
	const refused = "column c is not in the row image"
	f(schema.Column{Type: schema.TypeInt, Nullable: true}, "null")
	f(schema.Column{Type: schema.TypeText, Nullable: true}, "null")
	f(schema.Column{Type: schema.TypeJSON, Nullable: true}, "null")
	f(schema.Column{Type: schema.TypeInt, Nullable: true, Default: literalDefault("7")}, "7")
	f(schema.Column{Type: schema.TypeInt, Default: literalDefault("-7")}, "-7")
	f(schema.Column{Type: schema.TypeInt, Default: schema.Default{Kind: schema.DefaultNull}, Nullable: true}, "null")
	f(schema.Column{Type: schema.TypeBigInt, Unsigned: true, Default: literalDefault("18446744073709551615")}, "-1")
	f(schema.Column{Type: schema.TypeFloat, Length: -1, Default: literalDefault("1.1")}, "1.1")
	f(schema.Column{Type: schema.TypeFloat, Length: -1, Default: literalDefault("-12345")}, "-12345.0")
	f(schema.Column{Type: schema.TypeFloat, Length: -1, Default: literalDefault("1.67772e7")}, refused)
	f(schema.Column{Type: schema.TypeFloat, Length: 9, Scale: 2, Default: literalDefault("3.14159")}, "3.140000104904175")
	f(schema.Column{Type: schema.TypeFloat, Length: 30, Default: literalDefault("1.67772e7")}, "1.67772E7")
	f(schema.Column{Type: schema.TypeDouble, Length: -1, Default: literalDefault("0.1234567890123")}, "0.1234567890123")
	f(schema.Column{Type: schema.TypeVarchar, Default: literalDefault(`it''s \\ \'a\'\n`)}, `"it's \\ 'a'\n"`)
	bare := func(text string) schema.Default { return schema.Default{Kind: schema.DefaultLiteral, Text: text} }
	f(schema.Column{Type: schema.TypeChar, Default: literalDefault("a  ")}, `"a"`)
	f(schema.Column{Type: schema.TypeVarchar, Default: bare("7")}, `"7"`)
	f(schema.Column{Type: schema.TypeVarchar, Default: bare("0x61")}, `"__debezium_unavailable_value"`)
	f(schema.Column{Type: schema.TypeVarbinary, Default: bare("0x61")}, `"YQ=="`)
	f(schema.Column{Type: schema.TypeBit, Length: 8, Default: literalDefault("1")}, refused)
	f(schema.Column{Type: schema.TypeYear, Default: literalDefault("70")}, refused)
	f(schema.Column{Type: schema.TypeDate, Default: literalDefault("2020-01-02")}, "18263")
	f(schema.Column{Type: schema.TypeDate, Default: literalDefault("20-1-2")}, refused)
	f(schema.Column{Type: schema.TypeDatetime, Scale: 1, Default: literalDefault("2020-12-31 23:59:59.9")}, "1609459199900")
	f(schema.Column{Type: schema.TypeDatetime, Scale: 1, Default: literalDefault("2020-12-31 23:59:59.94")}, refused)
	f(schema.Column{Type: schema.TypeTime, Default: literalDefault("-10:11:12")}, "-36672000000")
	f(schema.Column{Type: schema.TypeTime, Default: literalDefault("10:11:12.5")}, refused)
	f(schema.Column{Type: schema.TypeVarbinary, Default: literalDefault(`a\0\Z`)}, `"YQAa"`)
	f(schema.Column{Type: schema.TypeBinary, Length: 3}, `"AAAA"`)
	f(schema.Column{Type: schema.TypeEnum, Members: []string{"a", "b"}}, `"a"`)
	f(schema.Column{Type: schema.TypeEnum, Members: []string{"a", "b"}, Default: literalDefault("b")}, `"b"`)
	f(schema.Column{Type: schema.TypeEnum, Members: []string{"a", "b,c"}, Default: literalDefault("B,c ")}, `"b\\,c"`)
	f(schema.Column{Type: schema.TypeEnum, Members: []string{"a"}, Default: literalDefault("z")}, refused)
	f(schema.Column{Type: schema.TypeSet, Members: []string{"x", "y"}, Default: literalDefault("y,x")}, `"x,y"`)
	f(schema.Column{Type: schema.TypeSet, Members: []string{"x", "y"}, Default: literalDefault("")}, `""`)
	f(schema.Column{Type: schema.TypeYear}, "1900")
	f(schema.Column{Type: schema.TypeDatetime, Nullable: true, Default: literalDefault("0000-00-00 00:00:00")}, "null")
	f(schema.Column{Type: schema.TypeTimestamp, Default: literalDefault("0000-00-00 00:00:00")}, `"1970-01-01T00:00:00Z"`)
	f(schema.Column{Type: schema.TypeTimestamp, Default: literalDefault("2020-01-01 00:00:00")}, refused)
	f(schema.Column{Type: schema.TypeDatetime, Default: schema.Default{Kind: schema.DefaultNow}}, refused)
	f(schema.Column{Type: schema.TypeInt, Default: schema.Default{Kind: schema.DefaultExpression}}, refused)
	f(schema.Column{Type: schema.TypeInt, Generated: true, Nullable: true, Default: literalDefault("1")}, "null")
	f(schema.Column{Type: schema.TypeText, Default: schema.Default{Kind: schema.DefaultExpression}}, `"__debezium_unavailable_value"`)
}
