package format_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// mapping is a configuration with mappers of the column c.
func mapping(actions ...format.Action) format.Config {
	config := plainConfig()
	for i, a := range actions {
		config.Mappers = append(config.Mappers, format.Mapper{
			Property: fmt.Sprintf("mapper %d", i), Action: a,
			Matches: func(_ schema.ID, column, _ string) bool { return column == "c" },
		})
	}
	return config
}

func str(s string) event.Value { return event.Value{Kind: event.String, Bytes: []byte(s)} }

func varchar(length int) schema.Column {
	return schema.Column{Type: schema.TypeVarchar, TypeText: "VARCHAR", Length: length, Scale: -1, Nullable: true}
}

// params returns the parameters of the column c in the schema of the value.
func params(t *testing.T, config format.Config, c schema.Column) string {
	t.Helper()
	config.ValueSchemas = true
	b, err := encode(t, config, one(c), event.Delete, []event.Value{{Kind: event.Int}, {Kind: event.Null}}, nil)
	if err != nil {
		return err.Error()
	}
	before, _, _ := strings.Cut(string(b.Value(0)), `,"field":"c"`)
	_, params, _ := strings.Cut(before[strings.LastIndex(before, `{"type":`):], `"parameters":`)
	return params
}

// TestTruncate_Units counts as Java does: an escape is one character, and what is
// outside of the basic plane is two, of which the first may stay alone.
func TestTruncate_Units(t *testing.T) {
	f := func(n int, in, want string) {
		t.Helper()
		if got := printed(t, mapping(format.Truncate(n)), varchar(100), event.Create, str(in)); got != want {
			t.Errorf("%q to %d: got %s, want %s", in, n, got, want)
		}
	}
	f(4, "bbbbbbbb", `"bbbb"`)
	f(4, "bbbb", `"bbbb"`)
	f(4, "bb", `"bb"`)
	f(4, "", `""`)
	f(0, "b", `""`)
	f(2, "日本語", `"日本"`)
	f(2, "éàü", `"éà"`)
	f(3, "\"\\\n\t", `"\"\\\n"`)
	f(1, "\x01\x02", `"\u0001"`)
	f(2, "😀b", `"\uD83D\uDE00"`)
	f(1, "😀b", `"\uD83D"`)
}

// TestTruncate_Types: what is a string or bytes to Connect is cut, whatever the
// column is; a column of a shorter length is left alone, schema included.
func TestTruncate_Types(t *testing.T) {
	f := func(n int, c schema.Column, v event.Value, want, wantParams string, set ...func(*format.Config)) {
		t.Helper()
		config := mapping(format.Truncate(n))
		for _, s := range set {
			s(&config)
		}
		if got := printed(t, config, c, event.Create, v); got != want {
			t.Errorf("type %d to %d: got %s, want %s", c.Type, n, got, want)
		}
		if got := params(t, config, c); got != wantParams {
			t.Errorf("type %d to %d: parameters %s, want %s", c.Type, n, got, wantParams)
		}
	}
	column := func(typ schema.Type, length, scale int) schema.Column {
		return schema.Column{Type: typ, Length: length, Scale: scale, Nullable: true}
	}
	binary := func(s string) event.Value { return event.Value{Kind: event.Binary, Bytes: []byte(s)} }
	f(4, varchar(4), str("bbbb"), `"bbbb"`, "")
	f(4, varchar(5), str("bbbbb"), `"bbbb"`, `{"truncateLength":"4"}`)
	f(4, column(schema.TypeText, -1, -1), str("bbbbb"), `"bbbb"`, `{"truncateLength":"4"}`)
	f(4, column(schema.TypeInt, -1, -1), event.Value{Kind: event.Int, Num: 123456}, "123456", `{"truncateLength":"4"}`)
	f(4, column(schema.TypeJSON, -1, -1), event.Value{Kind: event.JSON, Bytes: []byte(`{"a":1}`)}, `"{\"a\""`, `{"truncateLength":"4"}`)
	f(4, column(schema.TypeBlob, -1, -1), binary("abcdefg"), `"YWJjZA=="`, `{"truncateLength":"4"}`)
	f(6, column(schema.TypeBlob, -1, -1), binary("abcdefg"), `"YWJjZGVm"`, `{"truncateLength":"6"}`)
	f(0, column(schema.TypeBlob, -1, -1), binary("abcdefg"), `""`, `{"truncateLength":"0"}`)
	f(7, column(schema.TypeBlob, -1, -1), binary("abcdefg"), `"YWJjZGVmZw=="`, `{"truncateLength":"7"}`)
	f(4, column(schema.TypeBinary, 6, -1), binary("a"), `"YQAAAA=="`, `{"truncateLength":"4"}`)
	f(4, column(schema.TypeBlob, -1, -1), binary("abcdefg"), `"6162"`, `{"truncateLength":"4"}`,
		func(c *format.Config) { c.BinaryMode = format.BinaryHex })
	number := event.Value{Kind: event.Decimal, Num: 1234567}
	f(4, column(schema.TypeDecimal, 10, 2), number, `"EtaH"`, `{"scale":"2","connect.decimal.precision":"10","truncateLength":"4"}`)
	f(4, column(schema.TypeDecimal, 10, 2), number, `"1234"`, `{"truncateLength":"4"}`,
		func(c *format.Config) { c.DecimalMode = format.DecimalString })
	enum := schema.Column{Type: schema.TypeEnum, Members: []string{"abc"}, Length: -1, Nullable: true}
	f(1, enum, event.Value{Kind: event.Enum, Num: 1}, `"abc"`, `{"allowed":"abc"}`)
	f(0, enum, event.Value{Kind: event.Enum, Num: 1}, `""`, `{"allowed":"abc","truncateLength":"0"}`)
}

// TestMappers_Null: asterisks stand for NULL too, and for what the row image
// leaves out. Any other mapper leaves NULL alone, and the default that is printed
// for it; where NULL cannot be, the stand-in is a value like others.
func TestMappers_Null(t *testing.T) {
	hash, err := format.Hash(format.HashPlain, "SHA-256", "salt")
	if err != nil {
		t.Fatal(err)
	}
	f := func(a format.Action, c schema.Column, kind event.Kind, want string) {
		t.Helper()
		if got := printed(t, mapping(a), c, event.Create, event.Value{Kind: kind}); got != want {
			t.Errorf("nullable %v: got %s, want %s", c.Nullable, got, want)
		}
	}
	def := varchar(8)
	def.Default = schema.Default{Kind: schema.DefaultLiteral, Text: "default", Quoted: true}
	strict := def
	strict.Nullable = false
	bare := varchar(8)
	bare.Nullable = false
	f(format.Mask(3), varchar(8), event.Null, `"***"`)
	f(format.Mask(3), def, event.Null, `"***"`)
	f(format.Mask(0), varchar(8), event.Null, `""`)
	f(format.Mask(3), varchar(8), event.Absent, `"***"`)
	f(format.Truncate(3), varchar(8), event.Null, "null")
	f(format.Truncate(3), def, event.Null, `"default"`)
	f(format.Truncate(3), strict, event.Null, `"def"`)
	f(format.Truncate(3), varchar(8), event.Absent, `"__d"`)
	f(hash, varchar(8), event.Null, "null")
	f(hash, def, event.Null, `"default"`)
	f(hash, strict, event.Null, `"`+digest("saltdefault")[:8]+`"`)
	f(hash, bare, event.Null, `"`+digest("salt")[:8]+`"`)
	f(hash, varchar(8), event.Absent, `"`+digest("salt__debezium_unavailable_value")[:8]+`"`)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// TestHash_Forms hashes what Java hashes: v2 the UTF-8 of the value, the older kind
// a serialised String. What is expected of that was written down byte for byte from
// the specification of Java's object serialisation.
func TestHash_Forms(t *testing.T) {
	f := func(in, serialized string) {
		t.Helper()
		text := schema.Column{Type: schema.TypeLongText, Length: -1, Scale: -1, Nullable: true}
		for form, want := range map[format.HashForm]string{
			format.HashPlain:      digest("salt" + in),
			format.HashSerialized: digest("salt\xac\xed\x00\x05" + serialized),
		} {
			hash, err := format.Hash(form, "SHA-256", "salt")
			if err != nil {
				t.Fatal(err)
			}
			if got := printed(t, mapping(hash), text, event.Create, str(in)); got != `"`+want+`"` {
				t.Errorf("form %d of %.20q: got %s, want %s", form, in, got, want)
			}
		}
	}
	f("", "t\x00\x00")
	f("plain", "t\x00\x05plain")
	f("é日本", "t\x00\x08é日本")
	f("a\"\\\n\r\t\b\f/b", "t\x00\x0aa\"\\\n\r\t\b\f/b")
	f("\x00\x01\x7f", "t\x00\x04\xc0\x80\x01\x7f")
	f("😀", "t\x00\x06\xed\xa0\xbd\xed\xb8\x80")
	long := strings.Repeat("x", 65535)
	f(long, "t\xff\xff"+long)
	f(long+"y", "|\x00\x00\x00\x00\x00\x01\x00\x00"+long+"y")
}

// TestHash_Algorithms has the digests of "abc" that the standards print, under the
// names that Java accepts.
func TestHash_Algorithms(t *testing.T) {
	for name, want := range map[string]string{
		"MD5": "900150983cd24fb0", "md5": "900150983cd24fb0",
		"SHA-1": "a9993e364706816a", "SHA": "a9993e364706816a", "SHA1": "a9993e364706816a",
		"SHA-224": "23097d223405d822", "SHA224": "23097d223405d822",
		"SHA-256": "ba7816bf8f01cfea", "sha256": "ba7816bf8f01cfea",
		"SHA-384": "cb00753f45a35e8b", "SHA-512": "ddaf35a193617aba",
		"SHA-512/224": "4634270f707b6a54", "SHA512/256": "53048e2681941ef9", "SHA-512/256": "53048e2681941ef9",
		"SHA3-224": "e642824c3f8cf24a", "SHA3-256": "3a985da74fe225b2",
		"SHA3-384": "ec01498288516fc9", "SHA3-512": "b751850b1a57168a",
	} {
		hash, err := format.Hash(format.HashPlain, name, "a")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := printed(t, mapping(hash), varchar(16), event.Create, str("bc")); got != `"`+want+`"` {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"", "MD2", "v2", "SHA-", "SHA3", "SHA-512/128"} {
		if _, err := format.Hash(format.HashPlain, name, "pepper"); err == nil || strings.Contains(err.Error(), "pepper") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestHash_Length: the digest is cut to what Debezium takes for the length of the
// column, which is 1 for an ENUM.
func TestHash_Length(t *testing.T) {
	f := func(c schema.Column, v event.Value, hashed string, length int) {
		t.Helper()
		hash, err := format.Hash(format.HashPlain, "SHA-256", "")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := printed(t, mapping(hash), c, event.Create, v), `"`+digest(hashed)[:length]+`"`; got != want {
			t.Errorf("type %d: got %s, want %s", c.Type, got, want)
		}
	}
	f(varchar(20), str("a"), "a", 20)
	f(varchar(64), str("a"), "a", 64)
	f(varchar(200), str("a"), "a", 64)
	f(schema.Column{Type: schema.TypeText, Length: -1}, str("a"), "a", 64)
	f(schema.Column{Type: schema.TypeEnum, Members: []string{"a,b"}, Length: -1}, event.Value{Kind: event.Enum, Num: 1}, `a\,b`, 1)
	f(schema.Column{Type: schema.TypeSet, Members: []string{"a", "b", "c"}, Length: -1}, event.Value{Kind: event.Set, Num: 5}, "a,c", 5)
}

// TestMappers_Order: the first one that matches is the only one. None may leave in
// clear what another one masks.
func TestMappers_Order(t *testing.T) {
	hash, err := format.Hash(format.HashPlain, "MD5", "pepper")
	if err != nil {
		t.Fatal(err)
	}
	f := func(c schema.Column, want, wantParams string, actions ...format.Action) {
		t.Helper()
		config := mapping(actions...)
		if got := errorOr(t, config, c, str("abcdef")); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
		if wantParams != "" && params(t, config, c) != wantParams {
			t.Errorf("parameters %s, want %s", params(t, config, c), wantParams)
		}
	}
	source := `{"__debezium.source.column.type":"VARCHAR","__debezium.source.column.length":"20","__debezium.source.column.name":"c"}`
	f(varchar(20), `"ab"`, `{"truncateLength":"2"}`, format.Truncate(2), format.Truncate(4))
	f(varchar(20), `"abcdef"`, `{"truncateLength":"10"}`, format.Truncate(10), format.PropagateType())
	f(varchar(20), `"**"`, `{"masked":"true"}`, format.Mask(2), format.PropagateType(), hash)
	f(varchar(20), `"abcdef"`, source, format.PropagateType())
	f(varchar(20), "column c: mapper 1 would not mask it, because mapper 0 comes first", "", format.Truncate(2), format.Mask(2))
	f(varchar(20), "column c: mapper 1 would not mask it, because mapper 0 comes first", "", format.PropagateType(), hash)
	for _, typ := range []schema.Type{schema.TypeInt, schema.TypeJSON, schema.TypeVarbinary, schema.TypeDate, schema.TypeUUID, schema.TypeDecimal} {
		c := schema.Column{Type: typ, TypeText: "XTYPE", Length: -1, Scale: -1}
		f(c, "column c: mapper 0 would not mask it, because it is of type XTYPE", "", hash)
		f(c, "column c: mapper 0 would not mask it, because it is of type XTYPE", "", format.Mask(2))
	}
}

// errorOr prints a value, or what is wrong with the plan.
func errorOr(t *testing.T, config format.Config, c schema.Column, v event.Value) string {
	t.Helper()
	j, err := format.NewJSON(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Plan(one(c)); err != nil {
		return err.Error()
	}
	return printed(t, config, c, event.Create, v)
}

// TestMappers_NotTheKey: a key keeps its value and its schema, as in Debezium. A
// column that is left out needs no mask.
func TestMappers_NotTheKey(t *testing.T) {
	config := mapping(format.Mask(2))
	config.KeySchemas = true
	table := one(varchar(20))
	table.Key = []int{1}
	row := []event.Value{{Kind: event.Int, Num: 1}, str("clear")}
	b, err := encode(t, config, table, event.Create, nil, row)
	if err != nil || strings.Contains(string(b.Key(0)), "masked") || !strings.HasSuffix(string(b.Key(0)), `{"c":"clear"}}`) || !strings.Contains(string(b.Value(0)), `"c":"**"`) {
		t.Errorf("key %s, value %s, %v", b.Key(0), b.Value(0), err)
	}
	config.CaptureColumn = func(_ schema.ID, column string) bool { return column != "c" }
	if got := errorOr(t, config, schema.Column{Type: schema.TypeInt}, event.Value{Kind: event.Int}); strings.Contains(got, "mask") {
		t.Error(got)
	}
}

// TestMappers_SkipUnchanged compares what is published: not what is masked, NULL
// included, and not what is cut off.
func TestMappers_SkipUnchanged(t *testing.T) {
	f := func(a format.Action, from, to event.Value, want int) {
		t.Helper()
		config := mapping(a)
		config.SkipUnchanged = true
		id := event.Value{Kind: event.Int, Num: 1}
		c := varchar(20)
		c.Default = schema.Default{Kind: schema.DefaultLiteral, Text: "default", Quoted: true}
		b, err := encode(t, config, one(c), event.Update, []event.Value{id, from}, []event.Value{id, to})
		if err != nil || len(b.Records) != want {
			t.Errorf("%d records, want %d; %v", len(b.Records), want, err)
		}
	}
	f(format.Mask(2), str("a"), str("b"), 0)
	f(format.Mask(2), event.Value{Kind: event.Null}, str("b"), 0)
	f(format.Truncate(1), str("ab"), str("ac"), 0)
	f(format.Truncate(1), str("ab"), str("b"), 1)
	f(format.Truncate(1), event.Value{Kind: event.Null}, str(""), 1)
	f(format.Truncate(7), event.Value{Kind: event.Null}, str("default"), 1)
}

// TestAppend_MappersDoNotAllocate, nor do the images that are compared.
func TestAppend_MappersDoNotAllocate(t *testing.T) {
	v1, err1 := format.Hash(format.HashSerialized, "SHA-256", "salt")
	v2, err2 := format.Hash(format.HashPlain, "SHA-512", "salt")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for i, a := range []format.Action{v1, v2, format.Mask(5), format.Truncate(3)} {
		config := mapping(a)
		config.SkipUnchanged = true
		j, err := format.NewJSON(config)
		if err != nil {
			t.Fatal(err)
		}
		table := one(varchar(200))
		plan, err := j.Plan(table)
		if err != nil {
			t.Fatal(err)
		}
		row := func(s string) []event.Value { return []event.Value{{Kind: event.Int, Num: 1}, str(s)} }
		reader := &repeatReader{change: rowChange{before: row("some\ntext 😀"), after: row("other\ttext")}, n: 10}
		rows := &event.Rows{Table: table, Op: event.Update, Meta: benchMeta(), Reader: reader}
		var b format.Batch
		if allocs := testing.AllocsPerRun(100, func() {
			b.Reset()
			reader.left = reader.n
			if _, err := plan.Append(&b, rows); err != nil {
				t.Fatal(err)
			}
		}); allocs > 0 {
			t.Errorf("action %d: %v allocations for ten rows", i, allocs)
		}
	}
}
