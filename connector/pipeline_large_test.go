package connector

import (
	"context"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// narrow is a sink that does not take the nth record.
type narrow struct {
	recorder
	left int
}

func (n *narrow) Append(_ context.Context, b *format.Batch) error {
	if len(b.Records) > n.left {
		return &sink.TooLargeError{Topic: "p.d.t", Size: 9, Limit: 5, Index: n.left}
	}
	n.left -= len(b.Records)
	return nil
}

func TestPipeline_TooLargeRecordIsNamed(t *testing.T) {
	f := func(want string, nth int, key ...int) {
		t.Helper()
		table := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Columns: []schema.Column{{Name: "a"}, {Name: "b"}}, Key: key}
		items := []event.Item{event.Begin{Txn: &event.Txn{}}}
		for pos := range uint64(5) {
			items = append(items, &event.Rows{Table: table, Size: 1, Meta: event.Meta{File: "f", Pos: pos + 1, Txn: &event.Txn{GTID: "g:1"}}})
		}
		p := newPipeline(t, &scripted{items: append(items, event.Commit{})}, &narrow{left: nth - 1}, numbered{}, 1<<20)
		if err := p.run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	f("binlog f:1, GTID g:1, table d.t, row with key (b, a): sink: a record of 9 bytes", 1, 1, 0)
	f("binlog f:4, GTID g:1, table d.t, row without key: sink: ", 4)
}
