package connector

import (
	"context"
	"errors"
	"io"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// truncates is an encoder that notes what it is given.
type truncates struct{ rows []*event.Rows }

func (e *truncates) Plan(*schema.Table) (format.Plan, error) { return e, nil }

func (e *truncates) Append(_ *format.Batch, r *event.Rows) (int, error) {
	e.rows = append(e.rows, r)
	return 1, nil
}

// A statement gives one record for each captured table that it emptied, with the
// time in whole milliseconds and without its thread; the transaction that other
// rows may share stays as it is.
func TestPipeline_Truncate(t *testing.T) {
	txn := &event.Txn{GTID: "g:1", CommitMicros: 1_795_402_665_179_123, Thread: 7, HasThread: true}
	change := func(kind schema.ChangeKind, name string) schema.Change {
		id := schema.ID{Database: "d", Name: name}
		return schema.Change{Kind: kind, ID: id, Table: &schema.Table{ID: id}}
	}
	ddl := event.DDL{
		Meta:    event.Meta{Txn: txn, Pos: 42, Micros: txn.CommitMicros, Query: "q"},
		Changes: []schema.Change{change(schema.Truncated, "a"), change(schema.Truncated, "other"), change(schema.Altered, "b")},
	}
	encoder := &truncates{}
	p := newPipeline(t, &scripted{items: []event.Item{ddl, event.Commit{}}}, &recorder{}, encoder, 1<<20)
	p.capture = func(id schema.ID) bool { return id.Name != "other" }
	p.keep = func(_ context.Context, tables []*schema.Table) error {
		if len(tables) != 1 || tables[0].ID.Name != "b" {
			t.Errorf("stored %v", tables)
		}
		return nil
	}
	p.workers = 1
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if len(encoder.rows) != 1 {
		t.Fatalf("%d records", len(encoder.rows))
	}
	r := encoder.rows[0]
	if r.Table.ID.Name != "a" || r.Op != event.Truncate || r.Meta.Pos != 42 || r.Meta.Query != "" ||
		r.Meta.Micros != 1_795_402_665_179_000 || *r.Meta.Txn != (event.Txn{GTID: "g:1", CommitMicros: 1_795_402_665_179_000}) {
		t.Errorf("got %+v of %+v", r, r.Meta.Txn)
	}
	if !txn.HasThread {
		t.Error("the transaction was changed")
	}
}
