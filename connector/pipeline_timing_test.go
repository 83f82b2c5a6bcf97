package connector

import (
	"context"
	"errors"
	"io"
	"strconv"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// repeated is a source that yields the same transaction over and over.
type repeated struct {
	table      *schema.Table
	row        []event.Value
	rows, left int // rows in one, and how many are left of them
	items      int
}

func (r *repeated) Next(context.Context) (event.Item, error) {
	if r.left == 0 {
		return nil, io.EOF
	}
	txn := &event.Txn{GTID: "3e11fa47-71ca-11e1-9e33-c80aa9429562:2345678"}
	switch r.items++; r.items % 3 {
	case 1:
		return event.Begin{Txn: txn}, nil
	case 2:
		reader := &sameRow{row: r.row, left: r.rows}
		return &event.Rows{Table: r.table, Op: event.Create, Size: 120 * r.rows, Meta: event.Meta{Txn: txn, File: "f", Pos: uint64(r.items)}, Reader: reader}, nil
	}
	r.left--
	return event.Commit{Position: event.Position{File: "f", Offset: uint64(r.items)}}, nil
}

func (r *repeated) Close() error { return nil }

// sameRow is a reader of one row, several times.
type sameRow struct {
	row  []event.Value
	left int
}

func (s *sameRow) Next(_, after []event.Value) (bool, error) {
	if s.left == 0 {
		return false, nil
	}
	s.left--
	copy(after, s.row)
	return true, nil
}

// nowhere is a sink that takes everything.
type nowhere struct{}

func (nowhere) Takeover(context.Context, sink.Owner) error  { return nil }
func (nowhere) Append(context.Context, *format.Batch) error { return nil }
func (nowhere) Commit(context.Context, event.State) error   { return nil }
func (nowhere) Flush(context.Context) error                 { return nil }
func (nowhere) Close() error                                { return nil }

// BenchmarkPipeline is what all stages between the source and the sink cost, with
// one row in a transaction and with many.
func BenchmarkPipeline(b *testing.B) {
	column := func(name string, t schema.Type, length int) schema.Column {
		return schema.Column{Name: name, Type: t, Length: length, Scale: -1, Nullable: name != "id"}
	}
	table := &schema.Table{
		ID: schema.ID{Database: "shop", Name: "orders"}, Key: []int{0}, PrimaryKey: true,
		Columns: []schema.Column{
			column("id", schema.TypeBigInt, -1), column("customer", schema.TypeInt, -1), column("email", schema.TypeVarchar, 255),
			column("note", schema.TypeText, -1), column("created", schema.TypeTimestamp, -1),
		},
	}
	row := []event.Value{
		{Kind: event.Int, Num: 1},
		{Kind: event.Int, Num: 4711},
		{Kind: event.String, Bytes: []byte("somebody.with.a.long.name@example.com")},
		{Kind: event.String, Bytes: []byte("Lorem ipsum dolor sit amet, consectetur")},
		{Kind: event.Timestamp, Num: 1787393730000000},
	}
	encoder, err := format.NewJSON(format.Config{TopicPrefix: "demo", Connector: "mysql", Version: "v", ContextHeaders: true, RunID: "run"})
	if err != nil {
		b.Fatal(err)
	}
	const total = 20_000
	for _, rows := range []int{1, 100} {
		b.Run("rows="+strconv.Itoa(rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p := newPipeline(b, &repeated{table: table, row: row, rows: rows, left: total / rows}, nowhere{}, encoder, 8<<20)
				if err := p.run(b.Context()); !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/total, "ns/row")
		})
	}
}

func (s *sameRow) Again() event.RowReader { again := *s; return &again }
