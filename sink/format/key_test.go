package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// pair is a table of an id and two more columns of the type.
func pair(c schema.Column) *schema.Table {
	t := one(c)
	c.Name = "e"
	t.Columns = append(t.Columns, c)
	return t
}

func chosen(columns ...int) format.Config {
	c := plainConfig()
	c.KeySchemas = true
	c.KeyColumns = func(*schema.Table) []int { return columns }
	return c
}

// TestKeyColumns: fields stand in the order that was asked for, with the schema
// that their column has in the value, NULL and default included.
func TestKeyColumns(t *testing.T) {
	column := schema.Column{Type: schema.TypeInt, Nullable: true, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "7"}}
	row := []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Null}, {Kind: event.Int, Num: 3}}
	f := func(want string, columns ...int) {
		t.Helper()
		b, err := encode(t, chosen(columns...), pair(column), event.Create, nil, row)
		if err != nil || string(b.Key(0)) != want {
			t.Errorf("%v: got %s, %v\nwant %s", columns, b.Key(0), err, want)
		}
	}
	const head, tail = `{"schema":{"type":"struct","fields":[`, `],"optional":false,"name":"p.d.t.Key"},"payload":`
	const id = `{"type":"int32","optional":false,"field":"id"}`
	const c = `{"type":"int32","optional":true,"default":7,"field":"c"}`
	const e = `{"type":"int32","optional":true,"default":7,"field":"e"}`
	f(head+e+","+id+tail+`{"e":3,"id":1}}`, 2, 0)
	f(head+c+tail+`{"c":7}}`, 1)
	f(head + id + tail + `{"id":1}}`)
}

// TestKeyColumns_Moved: a change of a chosen column is a delete and a create, a
// change of the primary key is none.
func TestKeyColumns_Moved(t *testing.T) {
	column := schema.Column{Type: schema.TypeInt, Nullable: true, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "7"}}
	seven, null := event.Value{Kind: event.Int, Num: 7}, event.Value{Kind: event.Null}
	f := func(before, after []event.Value, want int) {
		t.Helper()
		b, err := encode(t, chosen(1), pair(column), event.Update, before, after)
		if err != nil || len(b.Records) != want {
			t.Fatalf("%v to %v: %d records, want %d; %v", before, after, len(b.Records), want, err)
		}
		if want == 3 && (b.Value(1) != nil || b.Records[0].Hash != b.Records[1].Hash) {
			t.Error("the delete has no tombstone behind it")
		}
	}
	id := func(n uint64) event.Value { return event.Value{Kind: event.Int, Num: n} }
	f([]event.Value{id(1), seven, null}, []event.Value{id(1), id(8), null}, 3)
	f([]event.Value{id(1), seven, null}, []event.Value{id(2), seven, seven}, 1)
	// Connect's Struct is not the same, though both keys print as 7.
	f([]event.Value{id(1), null, null}, []event.Value{id(1), seven, null}, 3)
}

// TestKeyColumns_Keyless: a table without a key gets one, and its rows spread.
func TestKeyColumns_Keyless(t *testing.T) {
	table := pair(schema.Column{Type: schema.TypeInt})
	table.Key = nil
	row := func(n uint64) []event.Value {
		return []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Int, Num: n}, {Kind: event.Int}}
	}
	a, err := encode(t, chosen(1), table, event.Create, nil, row(1))
	if err != nil || !strings.HasSuffix(string(a.Key(0)), `{"c":1}}`) {
		t.Fatalf("%s, %v", a.Key(0), err)
	}
	if b, err := encode(t, chosen(1), table, event.Create, nil, row(2)); err != nil || a.Records[0].Hash == b.Records[0].Hash {
		t.Errorf("two keys have one hash, %v", err)
	}
}

// TestSkipUnchanged compares what is published: not what is left out, be it of
// the key, and not values that print alike; but NULL is not its default.
func TestSkipUnchanged(t *testing.T) {
	column := schema.Column{Type: schema.TypeDate, Scale: -1, Nullable: true, Default: schema.Default{Kind: schema.DefaultLiteral, Text: "1970-01-08"}}
	date := func(m, d int) event.Value {
		return event.Value{Kind: event.Date, Num: event.Civil{Year: 1970, Month: m, Day: d}.Pack()}
	}
	null := event.Value{Kind: event.Null}
	row := func(id uint64, c, e event.Value) []event.Value {
		return []event.Value{{Kind: event.Int, Num: id}, c, e}
	}
	base := row(1, date(1, 8), date(1, 8))
	f := func(what string, before, after []event.Value, want int, set ...func(*format.Config)) {
		t.Helper()
		config := plainConfig()
		config.SkipUnchanged = true
		for _, s := range set {
			s(&config)
		}
		b, err := encode(t, config, pair(column), event.Update, before, after)
		if err != nil || len(b.Records) != want {
			t.Errorf("%s: %d records, want %d; %v", what, len(b.Records), want, err)
		}
	}
	without := func(columns string) func(*format.Config) {
		return func(c *format.Config) {
			c.CaptureColumn = func(_ schema.ID, name string) bool { return !strings.Contains(columns, name) }
		}
	}
	f("nothing", base, base, 0)
	f("a column", base, row(1, date(1, 9), date(1, 8)), 1)
	f("the key", base, row(2, date(1, 8), date(1, 8)), 3)
	f("another column", base, row(1, date(1, 8), date(1, 9)), 0, without("e"))
	f("no column of the key", base, row(2, date(1, 8), date(1, 8)), 0, without("id"))
	f("both", base, row(1, date(1, 9), date(1, 9)), 1, without("e"))
	f("what prints alike", row(1, date(0, 1), null), row(1, date(0, 2), null), 0)
	f("NULL to the default", row(1, null, null), row(1, date(1, 8), null), 1)
	f("off", base, base, 1, func(c *format.Config) { c.SkipUnchanged = false })
}
