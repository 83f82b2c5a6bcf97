package format_test

import (
	"math"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// converted is a configuration in which the column c is converted.
func converted(conversion format.Conversion) format.Config {
	config := plainConfig()
	config.Convert = func(_ schema.ID, c *schema.Column) (format.Conversion, error) {
		if c.Name != "c" {
			return format.Conversion{}, nil
		}
		return conversion, nil
	}
	return config
}

func literal(text string) schema.Default {
	return schema.Default{Kind: schema.DefaultLiteral, Text: text, Quoted: true}
}

// converts checks the schema of a converted column and what its values print.
func converts(t *testing.T, conversion format.Conversion, c schema.Column, wantSchema string, values ...any) {
	t.Helper()
	config := converted(conversion)
	if got := field(t, config, c); got != wantSchema+`,"field":"c"}` {
		t.Errorf("type %d: schema %s, want %s", c.Type, got, wantSchema)
	}
	for i := 0; i < len(values); i += 2 {
		if got := printed(t, config, c, event.Create, values[i].(event.Value)); got != values[i+1] {
			t.Errorf("type %d, %v: got %s, want %s", c.Type, values[i], got, values[i+1])
		}
	}
}

var null = event.Value{Kind: event.Null}

func integer(n int64) event.Value { return event.Value{Kind: event.Int, Num: uint64(n)} }

// TestConversion_Flags: true is what exceeds 0 as the binlog has it, in a byte with a
// sign; a snapshot has the number.
func TestConversion_Flags(t *testing.T) {
	tiny := schema.Column{Type: schema.TypeTinyInt, Length: 1, Scale: -1}
	big := event.Value{Kind: event.Uint, Num: 200}
	converts(t, format.TinyIntToBoolean(), tiny, `{"type":"boolean","optional":false`,
		integer(1), "true", integer(0), "false", integer(-1), "false", integer(2), "true", big, "false", null, "false")
	converts(t, format.BooleanToInt16(), tiny, `{"type":"int16","optional":false`,
		integer(1), "1", integer(0), "0", integer(-1), "0", integer(2), "1", big, "0", null, "0")
	for _, f := range []func() format.Conversion{format.TinyIntToBoolean, format.BooleanToInt16} {
		if got := printed(t, converted(f()), tiny, event.Read, big); got != "true" && got != "1" {
			t.Errorf("got %s", got)
		}
	}
	boolean := schema.Column{Type: schema.TypeBool, Nullable: true, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "TRUE"}}
	converts(t, format.BooleanToInt16(), boolean, `{"type":"int16","optional":true,"default":1`, integer(0), "0", null, "1")
}

// TestConversion_Reals: a FLOAT is not rounded anew, its default is what the column's
// 32 bits make of it.
func TestConversion_Reals(t *testing.T) {
	single, double := event.Value{Kind: event.Float32, Num: uint64(math.Float32bits(0.1))}, event.Value{Kind: event.Float64, Num: math.Float64bits(0.1)}
	column := func(typ schema.Type) schema.Column {
		return schema.Column{Type: typ, Length: -1, Scale: -1, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "0.1"}}
	}
	converts(t, format.RealToFloat(64), column(schema.TypeFloat), `{"type":"double","optional":false,"default":0.10000000149011612`, single, "0.10000000149011612")
	converts(t, format.RealToFloat(64), column(schema.TypeReal), `{"type":"double","optional":false,"default":0.10000000149011612`, double, "0.1")
	converts(t, format.RealToFloat(64), column(schema.TypeDouble), `{"type":"double","optional":false,"default":0.1`, double, "0.1", null, "0.1")
	converts(t, format.RealToFloat(32), column(schema.TypeDouble), `{"type":"float","optional":false,"default":0.1`, double, "0.1")
	converts(t, format.RealToFloat(32), column(schema.TypeFloat), `{"type":"float","optional":false,"default":0.1`, single, "0.1")
}

func TestConversion_Strings(t *testing.T) {
	c := varchar(10)
	c.Charset = "latin1"
	converts(t, format.StringWithCharset(), c, `{"type":"string","optional":true,"parameters":{"__debezium.source.column.character_set":"latin1"}`, str("é"), `"é"`, null, "null")
}

// TestConversion_Refuses what Debezium's converter makes nothing of.
func TestConversion_Refuses(t *testing.T) {
	f := func(conversion format.Conversion, typ schema.Type, want string) {
		t.Helper()
		c := schema.Column{Type: typ, TypeText: "XTYPE", Length: -1, Scale: -1, Members: []string{"a"}}
		if got := errorOr(t, converted(conversion), c, integer(1)); got != "table d.t: column c: JdbcSinkDataTypesConverter."+want+", and not the type XTYPE" {
			t.Errorf("type %d: %s", typ, got)
		}
	}
	f(format.BooleanToInt16(), schema.TypeBit, "selector.boolean takes TINYINT and BOOLEAN")
	f(format.RealToFloat(64), schema.TypeDecimal, "selector.real takes FLOAT, DOUBLE and REAL")
	f(format.StringWithCharset(), schema.TypeEnum, "selector.string takes CHAR, VARCHAR and TEXT")
	f(format.StringWithCharset(), schema.TypeJSON, "selector.string takes CHAR, VARCHAR and TEXT")
}

// TestConversion_Inherits: a key is converted as a value is, and a mapper comes after.
func TestConversion_Inherits(t *testing.T) {
	config := converted(format.TinyIntToBoolean())
	table := one(schema.Column{Type: schema.TypeTinyInt, Length: 1, Scale: -1})
	table.Key = []int{1}
	b, err := encode(t, config, table, event.Create, nil, []event.Value{integer(1), integer(1)})
	if err != nil || string(b.Key(0)) != `{"c":true}` {
		t.Errorf("key %s, %v", b.Key(0), err)
	}
	config = converted(format.StringWithCharset())
	config.Mappers = mapping(format.Mask(1)).Mappers
	if got := field(t, config, varchar(3)); !strings.Contains(got, `"__debezium.source.column.character_set":"","masked":"true"`) {
		t.Error(got)
	}
}

func zeroDate(t *testing.T, typ schema.Type, text string) format.Conversion {
	t.Helper()
	c, err := format.ZeroDate(typ, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestZeroDate: zero and NULL print the fallback, which is the default, too; without
// one the column may be NULL. The modes of times do not matter.
func TestZeroDate(t *testing.T) {
	civil := func(k event.Kind, c event.Civil) event.Value { return event.Value{Kind: k, Num: c.Pack()} }
	day, moment := event.Civil{Year: 2020, Month: 1, Day: 2}, event.Civil{Year: 2020, Month: 1, Day: 2, Hour: 1, Us: 4000}
	dates := zeroDate(t, schema.TypeDate, "1970-01-11")
	column := func(typ schema.Type, scale int, nullable bool, d schema.Default) schema.Column {
		return schema.Column{Type: typ, Length: -1, Scale: scale, Nullable: nullable, Default: d}
	}
	none := schema.Default{}
	schemaOf := func(kind, name, optional, def string) string {
		return `{"type":"` + kind + `","optional":` + optional + `,"name":"io.debezium.time.` + name + `","version":1` + def
	}
	zero := civil(event.Date, event.Civil{})
	for _, nullable := range []bool{true, false} {
		optional := map[bool]string{true: "true", false: "false"}[nullable]
		converts(t, dates, column(schema.TypeDate, -1, nullable, none), schemaOf("int32", "Date", optional, ""),
			civil(event.Date, day), "18263", zero, "10", null, "10")
		converts(t, zeroDate(t, schema.TypeDate, " null "), column(schema.TypeDate, -1, nullable, literal("2020-01-02")), schemaOf("int32", "Date", "true", ""),
			civil(event.Date, day), "18263", zero, "null", null, "null")
	}
	converts(t, dates, column(schema.TypeDate, -1, true, literal("2020-01-02")), schemaOf("int32", "Date", "true", `,"default":10`), null, "10")
	converts(t, dates, column(schema.TypeDate, -1, false, literal("0000-00-00")), schemaOf("int32", "Date", "false", `,"default":10`), zero, "10")
	converts(t, dates, column(schema.TypeDate, -1, true, literal("0000-00-00")), schemaOf("int32", "Date", "true", ""), zero, "10")

	datetimes := zeroDate(t, schema.TypeDatetime, "1970-01-01 00:00:02")
	converts(t, datetimes, column(schema.TypeDatetime, -1, false, none), schemaOf("int64", "Timestamp", "false", ""),
		civil(event.Datetime, moment), "1577926800004", civil(event.Datetime, event.Civil{}), "2000", null, "2000")
	converts(t, datetimes, column(schema.TypeDatetime, 6, false, none), schemaOf("int64", "MicroTimestamp", "false", ""),
		civil(event.Datetime, moment), "1577926800004000", null, "2000000")

	stamp := event.Value{Kind: event.Timestamp, Num: 1_577_926_800_004_000}
	stamps := zeroDate(t, schema.TypeTimestamp, "1970-01-01T02:00:00+02:00")
	converts(t, stamps, column(schema.TypeTimestamp, 6, false, none), schemaOf("string", "ZonedTimestamp", "false", ""),
		stamp, `"2020-01-02T01:00:00.004Z"`, event.Value{Kind: event.Timestamp}, `"1970-01-01T00:00:00Z"`)
	converts(t, zeroDate(t, schema.TypeTimestamp, ""), column(schema.TypeTimestamp, -1, false, none), schemaOf("string", "ZonedTimestamp", "true", ""),
		event.Value{Kind: event.Timestamp}, "null")

	config := converted(dates)
	config.TimeMode, config.KeepNulls = format.TimeISOString, true
	two := civil(event.Date, event.Civil{Year: 69, Month: 1, Day: 1})
	if got := printed(t, config, column(schema.TypeDate, -1, true, none), event.Create, two); got != "-694325" {
		t.Errorf("got %s", got)
	}
	if got := printed(t, config, column(schema.TypeDate, -1, true, none), event.Create, null); got != "10" {
		t.Errorf("got %s", got)
	}
	for _, wrong := range []string{"2020-13-01", "01.01.2020", "2020-01-01T00:00:00"} {
		for _, typ := range []schema.Type{schema.TypeDate, schema.TypeDatetime, schema.TypeTimestamp} {
			if _, err := format.ZeroDate(typ, wrong); err == nil {
				t.Errorf("%s is taken for type %d", wrong, typ)
			}
		}
	}
}
