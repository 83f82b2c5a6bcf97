package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// TestRead_HasNoRowNumber: rows that were copied come many in one item, and each is
// row 0, in whatever order they are encoded; rows of the binlog are numbered.
func TestRead_HasNoRowNumber(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeInt})
	j, err := format.NewJSON(plainConfig())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := j.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	for op, want := range map[event.Op]string{event.Read: `"row":0,`, event.Create: `"row":2,`} {
		r := &sliceReader{}
		for id := range uint64(3) {
			r.changes = append(r.changes, rowChange{after: []event.Value{{Kind: event.Int, Num: id}, {Kind: event.Int}}})
		}
		var b format.Batch
		if n, err := plan.Append(&b, &event.Rows{Table: table, Op: op, Reader: r, Meta: benchMeta()}); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		if value := string(b.Value(2)); !strings.Contains(value, want) {
			t.Errorf("op %c: %s, want %s", op, value, want)
		}
	}
}

// TestZeroDate_Read: Debezium's converter gets what JDBC reads, which is NULL for a zero
// date, also for a TIMESTAMP.
func TestZeroDate_Read(t *testing.T) {
	date := event.Civil{Year: 2020, Month: 1, Day: 2, Hour: 1, Us: 4000}
	f := func(typ schema.Type, fallback, zeroText, valueText string, zero, value event.Value) {
		t.Helper()
		for _, connector := range []string{"mysql", "mariadb"} {
			config := converted(zeroDate(t, typ, fallback))
			config.Connector, config.TimeMode = connector, format.TimeISOString
			c := schema.Column{Type: typ, Length: -1, Scale: 6, Nullable: true}
			for _, missing := range []event.Value{zero, {Kind: event.Null}} {
				if got := printed(t, config, c, event.Read, missing); got != zeroText {
					t.Errorf("%s, type %d: zero is %s, want %s", connector, typ, got, zeroText)
				}
			}
			if got := printed(t, config, c, event.Read, value); got != valueText {
				t.Errorf("%s, type %d: %s, want %s", connector, typ, got, valueText)
			}
		}
	}
	civil := func(k event.Kind, c event.Civil) event.Value { return event.Value{Kind: k, Num: c.Pack()} }
	f(schema.TypeDate, "1970-01-11", "10", "18263", civil(event.Date, event.Civil{}), civil(event.Date, event.Civil{Year: 2020, Month: 1, Day: 2}))
	f(schema.TypeDatetime, "1970-01-01 00:00:02", "2000000", "1577926800004000", civil(event.Datetime, event.Civil{}), civil(event.Datetime, date))
	f(schema.TypeTimestamp, "1970-01-01T02:00:02+02:00", `"1970-01-01T00:00:02Z"`, `"2020-01-02T01:00:00.004Z"`,
		event.Value{Kind: event.Timestamp}, event.Value{Kind: event.Timestamp, Num: 1_577_926_800_004_000})
}
