package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// field returns the schema of the column c in a value.
func field(t *testing.T, config format.Config, c schema.Column) string {
	t.Helper()
	config.ValueSchemas = true
	b, err := encode(t, config, one(c), event.Truncate, nil, nil)
	if err != nil {
		return err.Error()
	}
	before, _, _ := strings.Cut(string(b.Value(0)), `],"optional":true,"name":"p.d.t.Value"`)
	return before[strings.LastIndex(before, `{"type":`):]
}

// mode checks the schema and a value of a column under one configuration.
func mode(t *testing.T, set func(*format.Config), c schema.Column, v event.Value, wantSchema, want string) {
	t.Helper()
	config := plainConfig()
	set(&config)
	if got := field(t, config, c); !strings.HasPrefix(got, wantSchema) {
		t.Errorf("type %d: schema %s, want %s", c.Type, got, wantSchema)
	}
	if got := printed(t, config, c, event.Create, v); got != want {
		t.Errorf("type %d: got %s, want %s", c.Type, got, want)
	}
}

func named(kind, name string) string {
	return `{"type":"` + kind + `","optional":false,"name":"` + name + `","version":1`
}

// TestTimeModes has every value of time.precision.mode, for every type that has a
// time.
func TestTimeModes(t *testing.T) {
	date := schema.Column{Type: schema.TypeDate, Scale: -1}
	clock := schema.Column{Type: schema.TypeTime, Scale: 6}
	seconds, micros := schema.Column{Type: schema.TypeDatetime, Scale: -1}, schema.Column{Type: schema.TypeDatetime, Scale: 6}
	stamp := schema.Column{Type: schema.TypeTimestamp, Scale: 6}
	day := event.Value{Kind: event.Date, Num: event.Civil{Year: 2020, Month: 1, Day: 2}.Pack()}
	time := event.Value{Kind: event.Time, Num: 3_723_000_004}
	moment := event.Value{Kind: event.Datetime, Num: event.Civil{Year: 2020, Month: 1, Day: 2, Hour: 1, Minute: 2, Second: 3, Us: 4000}.Pack()}
	instant := event.Value{Kind: event.Timestamp, Num: 1_577_926_923_004_000}
	f := func(m format.TimeMode, c schema.Column, v event.Value, wantSchema, want string) {
		t.Helper()
		mode(t, func(c *format.Config) { c.TimeMode = m }, c, v, wantSchema, want)
		mode(t, func(c *format.Config) { c.TimeMode = m }, stamp, instant, named("string", "io.debezium.time.ZonedTimestamp"), `"2020-01-02T01:02:03.004000Z"`)
	}
	for _, m := range []format.TimeMode{"", format.TimeAdaptive, format.TimeMicroseconds, format.TimeNanoseconds} {
		f(m, date, day, named("int32", "io.debezium.time.Date"), "18263")
	}
	f(format.TimeConnect, date, day, named("int32", "org.apache.kafka.connect.data.Date"), "18263")
	f(format.TimeISOString, date, day, named("string", "io.debezium.time.IsoDate"), `"2020-01-02Z"`)

	f(format.TimeAdaptive, clock, time, named("int64", "io.debezium.time.MicroTime"), "3723000004")
	f(format.TimeMicroseconds, clock, time, named("int64", "io.debezium.time.MicroTime"), "3723000004")
	f(format.TimeNanoseconds, clock, time, named("int64", "io.debezium.time.NanoTime"), "3723000004000")
	f(format.TimeConnect, clock, time, named("int32", "org.apache.kafka.connect.data.Time"), "3723000")
	f(format.TimeISOString, clock, time, named("string", "io.debezium.time.IsoTime"), `"01:02:03.000004Z"`)

	f(format.TimeAdaptive, seconds, moment, named("int64", "io.debezium.time.Timestamp"), "1577926923004")
	f(format.TimeAdaptive, micros, moment, named("int64", "io.debezium.time.MicroTimestamp"), "1577926923004000")
	f(format.TimeMicroseconds, seconds, moment, named("int64", "io.debezium.time.MicroTimestamp"), "1577926923004000")
	f(format.TimeNanoseconds, seconds, moment, named("int64", "io.debezium.time.NanoTimestamp"), "1577926923004000000")
	f(format.TimeConnect, micros, moment, named("int64", "org.apache.kafka.connect.data.Timestamp"), "1577926923004")
	f(format.TimeISOString, micros, moment, named("string", "io.debezium.time.IsoTimestamp"), `"2020-01-02T01:02:03.004Z"`)
}

// TestTimeModes_NoTimeOfDay: a TIME that Connect has no value for is NULL where the
// column can be NULL. Elsewhere it is written, or is an error, and is never another
// time.
func TestTimeModes_NoTimeOfDay(t *testing.T) {
	const hour = int64(3_600_000_000)
	f := func(m format.TimeMode, us int64, nullable, required string) {
		t.Helper()
		v := event.Value{Kind: event.Time, Num: uint64(us)}
		config := plainConfig()
		config.TimeMode = m
		for _, c := range []schema.Column{
			{Type: schema.TypeTime, Scale: 6},
			{Type: schema.TypeTime, Scale: 6, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "01:00:00"}},
			{Type: schema.TypeTime, Scale: 6, Nullable: true},
		} {
			want := required
			if c.Nullable {
				want = nullable
			}
			if got := printed(t, config, c, event.Create, v); got != want {
				t.Errorf("%s, %dus, %+v: got %s, want %s", m, us, c, got, want)
			}
		}
	}
	f(format.TimeConnect, -1_000_000, "null", "-1000")
	f(format.TimeConnect, -1_999, "null", "-1")
	f(format.TimeConnect, 25*hour, "null", "90000000")
	f(format.TimeConnect, 596*hour, "null", "2145600000")
	f(format.TimeConnect, -838*hour, "null", "encode d.t: column c: a TIME of more than 596 hours does not fit time.precision.mode=connect: choose another mode")
	f(format.TimeISOString, -1_000_000, "null", `"-00:00:01Z"`)
	f(format.TimeISOString, -1_500_000, "null", `"-00:00:01.5Z"`)
	f(format.TimeISOString, 838*hour+59*60_000_000+59_000_001, "null", `"838:59:59.000001Z"`)
	f(format.TimeISOString, 108*hour, "null", `"108:00:00Z"`)
	f(format.TimeMicroseconds, -1_000_000, "-1000000", "-1000000")
}

// TestNumberModes has every value of decimal.handling.mode and
// bigint.unsigned.handling.mode.
func TestNumberModes(t *testing.T) {
	decimal := schema.Column{Type: schema.TypeDecimal, Length: 10, Scale: 2}
	v := event.Value{Kind: event.Decimal, Num: 12340}
	f := func(m format.DecimalMode, wantSchema, want string) {
		t.Helper()
		mode(t, func(c *format.Config) { c.DecimalMode = m }, decimal, v, wantSchema, want)
	}
	f("", named("bytes", "org.apache.kafka.connect.data.Decimal")+`,"parameters":{"scale":"2","connect.decimal.precision":"10"}`, `"MDQ="`)
	f(format.DecimalPrecise, named("bytes", "org.apache.kafka.connect.data.Decimal"), `"MDQ="`)
	f(format.DecimalDouble, `{"type":"double","optional":false,"field":"c"}`, "123.4")
	f(format.DecimalString, `{"type":"string","optional":false,"field":"c"}`, `"123.40"`)

	unsigned := schema.Column{Type: schema.TypeBigInt, Length: -1, Scale: -1, Unsigned: true}
	top := event.Value{Kind: event.Uint, Num: 1 << 63}
	g := func(m format.BigintUnsignedMode, wantSchema, want string) {
		t.Helper()
		mode(t, func(c *format.Config) { c.BigintUnsignedMode = m }, unsigned, top, wantSchema, want)
	}
	g("", `{"type":"int64","optional":false,"field":"c"}`, "-9223372036854775808")
	g(format.BigintUnsignedLong, `{"type":"int64","optional":false,"field":"c"}`, "-9223372036854775808")
	g(format.BigintUnsignedPrecise, named("bytes", "org.apache.kafka.connect.data.Decimal")+`,"parameters":{"scale":"0","connect.decimal.precision":"20"}`, `"AIAAAAAAAAAA"`)
}

// TestBinaryModes has every value of binary.handling.mode, the placeholder
// included.
func TestBinaryModes(t *testing.T) {
	blob := schema.Column{Type: schema.TypeBlob, Length: -1, Scale: -1}
	f := func(m format.BinaryMode, kind, want, wantAbsent string) {
		t.Helper()
		set := func(c *format.Config) { c.BinaryMode, c.Placeholder = m, "\xfb\xff" }
		wantSchema := `{"type":"` + kind + `","optional":false,"field":"c"}`
		mode(t, set, blob, event.Value{Kind: event.Binary, Bytes: []byte{0xfb, 0xff, 0xfe, 1}}, wantSchema, want)
		mode(t, set, blob, event.Value{Kind: event.Absent}, wantSchema, wantAbsent)
	}
	f("", "bytes", `"+//+AQ=="`, `"+/8="`)
	f(format.BinaryBytes, "bytes", `"+//+AQ=="`, `"+/8="`)
	f(format.BinaryBase64, "string", `"+//+AQ=="`, `"+/8="`)
	f(format.BinaryBase64URL, "string", `"-__-AQ=="`, `"-_8="`)
	f(format.BinaryHex, "string", `"fbfffe01"`, `"fbff"`)
}

// TestTimeAdjuster: a year of two digits is one of four, or stays.
func TestTimeAdjuster(t *testing.T) {
	f := func(adjust bool, year int, want string) {
		t.Helper()
		mode(t, func(c *format.Config) { c.TimeAdjuster, c.TimeMode = adjust, format.TimeISOString }, schema.Column{Type: schema.TypeDate, Scale: -1},
			event.Value{Kind: event.Date, Num: event.Civil{Year: year, Month: 1, Day: 2}.Pack()}, named("string", "io.debezium.time.IsoDate"), want)
	}
	f(true, 69, `"2069-01-02Z"`)
	f(true, 70, `"1970-01-02Z"`)
	f(true, 99, `"1999-01-02Z"`)
	f(true, 100, `"0100-01-02Z"`)
	f(false, 69, `"0069-01-02Z"`)
}

// TestComments: MySQL's connector writes comments where it is asked to, MariaDB's
// always; the source type has them too.
func TestComments(t *testing.T) {
	c := schema.Column{Type: schema.TypeInt, TypeText: "INT", Length: -1, Scale: -1, Comment: `a "note"`}
	f := func(connector string, comments bool, want string) {
		t.Helper()
		config := plainConfig()
		config.Connector, config.Comments = connector, comments
		if got := field(t, config, c); got != `{"type":"int32","optional":false`+want+`,"field":"c"}` {
			t.Errorf("%s, %v: %s", connector, comments, got)
		}
		config.Mappers = mapping(format.PropagateType()).Mappers
		if got := field(t, config, c); strings.Contains(got, `"__debezium.source.column.comment":"a \"note\""`) != (want != "") {
			t.Errorf("%s, %v: %s", connector, comments, got)
		}
	}
	f("mysql", false, "")
	f("mysql", true, `,"doc":"a \"note\""`)
	f("mariadb", false, `,"doc":"a \"note\""`)
	f("mariadb", true, `,"doc":"a \"note\""`)
}

// TestNameModes has both properties with every value, on names of all kinds.
func TestNameModes(t *testing.T) {
	f := func(m format.NameMode, wantSchema, wantField string) {
		t.Helper()
		config := plainConfig()
		config.TopicPrefix, config.SchemaNames, config.FieldNames, config.ValueSchemas = "p-1", m, m, true
		table := one(schema.Column{Type: schema.TypeInt})
		table.Columns[1].Name = "2 é"
		b, err := encode(t, config, table, event.Create, nil, []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Int, Num: 2}})
		if err != nil {
			t.Fatal(err)
		}
		value := string(b.Value(0))
		for _, want := range []string{`"name":"` + wantSchema + `.Value"`, `"name":"` + wantSchema + `.Envelope"`, `"field":"` + wantField + `"`, `"` + wantField + `":2}`} {
			if !strings.Contains(value, want) {
				t.Errorf("%s: %s is not in %s", m, want, value)
			}
		}
		if b.Records[0].Topic.Name != "p-1.d.t" {
			t.Errorf("%s: topic %s", m, b.Records[0].Topic.Name)
		}
	}
	f("", "p-1.d.t", "2 é")
	f(format.NamesAsTheyAre, "p-1.d.t", "2 é")
	f(format.NamesAvro, "p_1.d.t", "_2__")
	f(format.NamesAvroUnicode, "p_u002d1.d.t", "_u0032_u0020_u00e9")
}
