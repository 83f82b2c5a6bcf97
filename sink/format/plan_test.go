package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// plainConfig prints without schemas and headers.
func plainConfig() format.Config {
	return format.Config{
		TopicPrefix: "p", Connector: "mysql", Version: "v", Tombstones: true, TimeAdjuster: true,
		Clock: func() int64 { return 1787393730461244871 },
	}
}

// encode prints one row change and returns the batch.
func encode(t *testing.T, config format.Config, table *schema.Table, op event.Op, before, after []event.Value) (*format.Batch, error) {
	t.Helper()
	j, err := format.NewJSON(config)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := j.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	n, err := plan.Append(&b, &event.Rows{
		Table: table, Op: op, Meta: benchMeta(), Reader: &sliceReader{changes: []rowChange{{before, after}}},
	})
	if err == nil && n != 1 {
		t.Errorf("Append counted %d rows, not one", n)
	}
	return &b, err
}

// one is a table of a key and one column.
func one(c schema.Column) *schema.Table {
	c.Name = "c"
	id := schema.Column{Name: "id", Type: schema.TypeInt, Length: -1, Scale: -1}
	return &schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Columns: []schema.Column{id, c}, Key: []int{0}}
}

// printed returns what one value of a column prints.
func printed(t *testing.T, config format.Config, c schema.Column, op event.Op, v event.Value) string {
	t.Helper()
	b, err := encode(t, config, one(c), op, nil, []event.Value{{Kind: event.Int, Num: 1}, v})
	if err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(string(b.Value(0)), `"c":`)
	text, _, _ := strings.Cut(rest, `},"source"`)
	return text
}

// TestEnvelope has one whole record, with the times of the clock.
func TestEnvelope(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeBool, Nullable: true})
	b, err := encode(t, plainConfig(), table, event.Create, nil, []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Int, Num: 1}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"before":null,"after":{"id":1,"c":true},"source":{"version":"v","connector":"mysql","name":"p",` +
		`"ts_ms":1787393730461,"snapshot":"false","db":"d","sequence":null,"ts_us":1787393730461244,"ts_ns":1787393730461244000,` +
		`"table":"t","server_id":223344,"gtid":"3e11fa47-71ca-11e1-9e33-c80aa9429562:2345678","file":"mysql-bin.000003",` +
		`"pos":484123,"row":0,"thread":4711,"query":null},"transaction":null,"op":"c",` +
		`"ts_ms":1787393730461,"ts_us":1787393730461244,"ts_ns":1787393730461244871}`
	if got := string(b.Value(0)); got != want || string(b.Key(0)) != `{"id":1}` {
		t.Errorf("key %s\n got %s\nwant %s", b.Key(0), got, want)
	}
}

func TestNull(t *testing.T) {
	f := func(c schema.Column, want string) {
		t.Helper()
		c.Scale = -1
		if got := printed(t, plainConfig(), c, event.Create, event.Value{Kind: event.Null}); got != want {
			t.Errorf("type %d: got %s, want %s", c.Type, got, want)
		}
	}
	seven := schema.Default{Kind: schema.DefaultLiteral, Text: "7"}
	f(schema.Column{Type: schema.TypeInt, Nullable: true}, "null")
	f(schema.Column{Type: schema.TypeInt, Nullable: true, Default: seven}, "7")
	f(schema.Column{Type: schema.TypeInt, Default: seven}, "7")
	f(schema.Column{Type: schema.TypeInt}, "0")
	f(schema.Column{Type: schema.TypeJSON}, `"{}"`)
	f(schema.Column{Type: schema.TypeTimestamp}, `"1970-01-01T00:00:00Z"`)
	f(schema.Column{Type: schema.TypeGeometry}, `{"wkb":"AQcAAAAAAAAA","srid":null}`)
	f(schema.Column{Type: schema.TypeEnum, Members: []string{"a"}, Nullable: true}, "null")
}

func TestKeepNulls(t *testing.T) {
	config := plainConfig()
	config.KeepNulls = true
	c := schema.Column{Type: schema.TypeInt, Nullable: true, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "7"}}
	if got := printed(t, config, c, event.Create, event.Value{Kind: event.Null}); got != "null" {
		t.Errorf("got %s", got)
	}
}

func TestValues(t *testing.T) {
	f := func(c schema.Column, op event.Op, v event.Value, want string) {
		t.Helper()
		if got := printed(t, plainConfig(), c, op, v); got != want {
			t.Errorf("type %d: got %s, want %s", c.Type, got, want)
		}
	}
	civil := func(y, m, d int) event.Value {
		return event.Value{Kind: event.Datetime, Num: event.Civil{Year: y, Month: m, Day: d}.Pack()}
	}
	text := func(k event.Kind, s string) event.Value { return event.Value{Kind: k, Bytes: []byte(s)} }

	datetime := schema.Column{Type: schema.TypeDatetime, Scale: -1, Nullable: true}
	f(datetime, event.Create, civil(1582, 10, 10), "-12219724800000")
	f(datetime, event.Read, civil(1582, 10, 10), "-12218860800000")
	f(datetime, event.Create, civil(0, 1, 1), "null")
	f(datetime, event.Read, civil(0, 1, 1), "978307200000")
	f(datetime, event.Create, civil(2020, 4, 31), "null")

	year := schema.Column{Type: schema.TypeYear}
	f(year, event.Create, event.Value{Kind: event.Year}, "1900")
	f(year, event.Read, event.Value{Kind: event.Year}, "2000")
	config := plainConfig()
	config.TimeAdjuster = false
	if got := printed(t, config, year, event.Read, event.Value{Kind: event.Year}); got != "2000" {
		t.Errorf("a YEAR 0 that is copied: got %s without the adjuster", got)
	}

	stamp := schema.Column{Type: schema.TypeTimestamp, Scale: 3}
	f(stamp, event.Create, event.Value{Kind: event.Timestamp, Num: 1100000}, `"1970-01-01T00:00:01.100Z"`)
	f(stamp, event.Read, event.Value{Kind: event.Timestamp, Num: 1100000}, `"1970-01-01T00:00:01.1Z"`)

	enum := schema.Column{Type: schema.TypeEnum, Members: []string{"x,y", "z"}, Nullable: true}
	f(enum, event.Create, event.Value{Kind: event.Enum, Num: 1}, `"x\\,y"`)
	f(enum, event.Read, event.Value{Kind: event.Enum, Num: 1}, `"x,y"`)
	f(enum, event.Create, event.Value{Kind: event.Enum}, `""`)
	f(enum, event.Create, event.Value{Kind: event.Enum, Num: 3}, "null")

	f(schema.Column{Type: schema.TypeJSON, Nullable: true}, event.Create, text(event.JSON, ""), "null")
	f(schema.Column{Type: schema.TypeJSON}, event.Create, text(event.JSON, ""), `"{}"`)
	f(schema.Column{Type: schema.TypeReal, Scale: -1}, event.Create, event.Value{Kind: event.Float64, Num: 0x3fb999999999999a}, "0.1")

	uuid := schema.Column{Type: schema.TypeUUID}
	raw := "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x55\x44"
	f(uuid, event.Create, text(event.Binary, raw+"\x00\x01"), `"123e4567-e89b-12d3-a456-426655440001"`)
	f(uuid, event.Create, text(event.Binary, raw), `"0000123e-4567-e89b-12d3-a45642665544"`)
	f(uuid, event.Read, text(event.String, "123e4567-e89b-12d3-a456-426655440000"), `"123e4567-e89b-12d3-a456-426655440000"`)
}

func TestInet(t *testing.T) {
	f := func(typ schema.Type, kind event.Kind, in, want string) {
		t.Helper()
		c := schema.Column{Type: typ, Nullable: true}
		if got := printed(t, plainConfig(), c, event.Create, event.Value{Kind: kind, Bytes: []byte(in)}); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f(schema.TypeInet4, event.Binary, "\x0a\x00\x01", `"10.0.1.0"`)
	f(schema.TypeInet6, event.Binary, "\x20\x01\x0d\xb8", `"2001:db8::"`)
	f(schema.TypeInet6, event.String, "::1", `"::1"`)
	f(schema.TypeInet4, event.Binary, "12345", "null")
}

// TestDecimalNumeric: the converter prints a Decimal as a number.
func TestDecimalNumeric(t *testing.T) {
	config := plainConfig()
	config.DecimalNumeric = true
	c := schema.Column{Type: schema.TypeDecimal, Length: 10, Scale: 2}
	if got := printed(t, config, c, event.Create, event.Value{Kind: event.Decimal, Num: 12340}); got != "123.40" {
		t.Errorf("got %s", got)
	}
}

func TestWrongKindIsRefused(t *testing.T) {
	got := printed(t, plainConfig(), schema.Column{Type: schema.TypeInt}, event.Create, event.Value{Kind: event.String, Bytes: []byte("secret")})
	if !strings.HasPrefix(got, "encode d.t: column c: ") || strings.Contains(got, "secret") {
		t.Errorf("got %s", got)
	}
}

func TestPlan_NamesTableAndColumn(t *testing.T) {
	j, err := format.NewJSON(plainConfig())
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.Plan(one(schema.Column{TypeText: "XMLTYPE"}))
	if err == nil || !strings.Contains(err.Error(), "table d.t: column c: type XMLTYPE") {
		t.Errorf("got %v", err)
	}
}

func TestNewJSON_RefusesWrongProperties(t *testing.T) {
	f := func(set func(*format.Config), want string) {
		t.Helper()
		c := plainConfig()
		set(&c)
		if _, err := format.NewJSON(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(func(c *format.Config) { c.TopicPrefix = "a b" }, "topic.prefix")
	f(func(c *format.Config) { c.Connector = "postgres" }, "connector")
	f(func(c *format.Config) { c.TimeMode = "adaptive" }, "time.precision.mode")
	f(func(c *format.Config) { c.DecimalMode = "x" }, "decimal.handling.mode")
	f(func(c *format.Config) { c.BinaryMode = "x" }, "binary.handling.mode")
	f(func(c *format.Config) { c.BigintUnsignedMode = "x" }, "bigint.unsigned.handling.mode")
	f(func(c *format.Config) { c.FieldNames = "x" }, "field.name.adjustment.mode")
}

// TestKeyChange_HeaderText prints a key of text inside of a header, which
// escapes less than JSON does.
func TestKeyChange_HeaderText(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeVarchar, Length: 20})
	table.Key = []int{1, 0}
	row := func(s string) []event.Value {
		return []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.String, Bytes: []byte(s)}}
	}
	b, err := encode(t, plainConfig(), table, event.Update, row("old"), row("a\"\\\nb"))
	if err != nil || len(b.Records) != 3 {
		t.Fatalf("%d records, %v", len(b.Records), err)
	}
	if got := *decodeHeaders(b.Records[0].Headers)[0].Value; got != "{\"c\":\"a\\\"\\\\\nb\",\"id\":1}" {
		t.Errorf("newkey %q", got)
	}
	if got := *decodeHeaders(b.Records[2].Headers)[0].Value; got != `{"c":"old","id":1}` {
		t.Errorf("oldkey %q", got)
	}
	if string(b.Key(1)) != `{"c":"old","id":1}` || b.Value(1) != nil {
		t.Errorf("tombstone %s %s", b.Key(1), b.Value(1))
	}
}

// TestKeyChange_PrintsAlike is an update of a key between two values that
// print the same: no change to Debezium.
func TestKeyChange_PrintsAlike(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeDate})
	table.Key = []int{1}
	row := func(month int) []event.Value {
		zero := event.Civil{Year: 2020, Month: month}.Pack()
		return []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Date, Num: zero}}
	}
	b, err := encode(t, plainConfig(), table, event.Update, row(1), row(2))
	if err != nil || len(b.Records) != 1 || !strings.Contains(string(b.Value(0)), `"op":"u"`) {
		t.Errorf("%d records, %v", len(b.Records), err)
	}
}

// TestKeyless has a null key on the delete and on its tombstone, and one
// partition for the whole table.
func TestKeyless(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeInt})
	table.Key = nil
	row := []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Int, Num: 2}}
	b, err := encode(t, plainConfig(), table, event.Delete, row, nil)
	if err != nil || len(b.Records) != 2 {
		t.Fatalf("%d records, %v", len(b.Records), err)
	}
	if b.Key(0) != nil || b.Key(1) != nil || b.Value(1) != nil || b.Records[0].Hash != b.Records[1].Hash {
		t.Errorf("got %s %s %s", b.Key(0), b.Key(1), b.Value(1))
	}
}

// TestAppend_NoAllocation is the steady state of a worker.
func TestAppend_NoAllocation(t *testing.T) {
	j, err := format.NewJSON(format.Config{TopicPrefix: "p", Connector: "mysql", ContextHeaders: true, Tombstones: true})
	if err != nil {
		t.Fatal(err)
	}
	table := benchTable()
	plan, err := j.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	table.Columns[3].Length = 30 // a packed decimal
	packed := event.Value{Kind: event.BigDecimal, Bytes: make([]byte, 14)}
	for _, op := range []event.Op{event.Create, event.Update, event.Delete, event.Read} {
		before, after := benchRow(1), benchRow(2)
		before[3], after[3] = packed, packed
		reader := &repeatReader{change: rowChange{before: before, after: after}, n: 10}
		rows := &event.Rows{Table: table, Op: op, Meta: benchMeta(), Reader: reader}
		allocs := testing.AllocsPerRun(100, func() {
			b.Reset()
			reader.left = reader.n
			if _, err := plan.Append(&b, rows); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 0 {
			t.Errorf("op %c: %v allocations for ten rows", op, allocs)
		}
	}
}

// TestTopic_Interned: a sink compares topics by their pointers.
func TestTopic_Interned(t *testing.T) {
	j, err := format.NewJSON(plainConfig())
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	row := []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Int, Num: 2}}
	for range 2 {
		table := one(schema.Column{Type: schema.TypeInt})
		plan, err := j.Plan(table)
		if err != nil {
			t.Fatal(err)
		}
		reader := &sliceReader{changes: []rowChange{{after: row}}}
		if _, err := plan.Append(&b, &event.Rows{Table: table, Op: event.Create, Reader: reader}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Records[0].Topic != b.Records[1].Topic {
		t.Error("two plans of one table have two topics")
	}
}
