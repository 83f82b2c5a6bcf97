package format_test

import (
	"strings"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// benchTable has ten columns of the usual types.
func benchTable() *schema.Table {
	column := func(name string, t schema.Type, length, scale int, nullable bool) schema.Column {
		return schema.Column{Name: name, Type: t, Length: length, Scale: scale, Nullable: nullable}
	}
	return &schema.Table{
		ID: schema.ID{Database: "shop", Name: "orders"}, Key: []int{0}, PrimaryKey: true,
		Columns: []schema.Column{
			column("id", schema.TypeBigInt, -1, -1, false),
			column("customer_id", schema.TypeInt, -1, -1, false),
			column("email", schema.TypeVarchar, 255, -1, true),
			column("amount", schema.TypeDecimal, 10, 2, true),
			column("score", schema.TypeDouble, -1, -1, true),
			column("note", schema.TypeText, -1, -1, true),
			column("payload", schema.TypeJSON, -1, -1, true),
			column("born", schema.TypeDate, -1, -1, true),
			column("created", schema.TypeDatetime, -1, 6, true),
			column("updated", schema.TypeTimestamp, -1, -1, false),
		},
	}
}

func benchRow(id int64) []event.Value {
	text := func(k event.Kind, s string) event.Value { return event.Value{Kind: k, Bytes: []byte(s)} }
	return []event.Value{
		{Kind: event.Int, Num: uint64(id)},
		{Kind: event.Int, Num: 4711},
		text(event.String, "somebody.with.a.long.name@example.com"),
		{Kind: event.Decimal, Num: 1234599},
		{Kind: event.Float64, Num: 0x4059000000000001},
		text(event.String, strings.Repeat("Lorem ipsum dolor sit amet, ", 4)),
		text(event.JSON, `{"cart":[{"sku":"A-1","n":2,"price":9.99},{"sku":"B-2","n":1,"price":100.5}],"coupon":null,"gift":false,"to":{"city":"Zürich","zip":"8001"}}`),
		{Kind: event.Date, Num: event.Civil{Year: 1984, Month: 2, Day: 29}.Pack()},
		{Kind: event.Datetime, Num: event.Civil{Year: 2026, Month: 8, Day: 22, Hour: 10, Minute: 15, Second: 30, Us: 123456}.Pack()},
		{Kind: event.Timestamp, Num: 1787393730000000},
	}
}

// repeatReader gives the same row change n times; it fills the slices once, so
// that a benchmark measures the encoder.
type repeatReader struct {
	change  rowChange
	n, left int
}

// Next implements [event.RowReader].
func (r *repeatReader) Next(before, after []event.Value) (bool, error) {
	if r.left == 0 {
		return false, nil
	}
	if r.left == r.n {
		copy(before, r.change.before)
		copy(after, r.change.after)
	}
	r.left--
	return true, nil
}

func benchMeta() event.Meta {
	return event.Meta{
		Txn:      &event.Txn{GTID: "3e11fa47-71ca-11e1-9e33-c80aa9429562:2345678", CommitMicros: 1787393730461244, Thread: 4711, HasThread: true},
		ServerID: 223344, File: "mysql-bin.000003", Pos: 484123,
	}
}

// BenchmarkAppend encodes events of a hundred row changes. An update has two
// row images, the other operations one; rows/s counts changes.
func BenchmarkAppend(b *testing.B) {
	for _, schemas := range []bool{false, true} {
		for _, op := range []event.Op{event.Create, event.Update, event.Delete} {
			name := "schemas=false/op=" + string(op)
			if schemas {
				name = "schemas=true/op=" + string(op)
			}
			b.Run(name, func(b *testing.B) { benchmarkAppend(b, op, schemas) })
		}
	}
}

func benchmarkAppend(b *testing.B, op event.Op, schemas bool) {
	b.Helper()
	const rows = 100
	j, err := format.NewJSON(format.Config{
		TopicPrefix: "shop", Connector: "mysql", Version: "3.6.1.Final", KeySchemas: schemas, ValueSchemas: schemas,
		Tombstones: true, ContextHeaders: true, TaskID: "0", RunID: "r", TimeAdjuster: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	table := benchTable()
	plan, err := j.Plan(table)
	if err != nil {
		b.Fatal(err)
	}
	reader := &repeatReader{change: rowChange{before: benchRow(1004), after: benchRow(1004)}, n: rows}
	event := &event.Rows{Table: table, Op: op, Meta: benchMeta(), Reader: reader}
	var batch format.Batch
	start := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset()
		reader.left = rows
		if _, err := plan.Append(&batch, event); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(batch.Data)))
	b.ReportMetric(float64(rows*b.N)/time.Since(start).Seconds(), "rows/s")
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(rows*b.N), "ns/row")
	b.ReportMetric(float64(batch.Records[0].ValueLen), "value-bytes")
}

func (r *repeatReader) Again() event.RowReader { again := *r; return &again }
