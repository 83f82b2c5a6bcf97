package format_test

import (
	"encoding/binary"
	"testing"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
)

// recordedTables reads the table versions that Debezium itself recorded in the
// case's history topic, so that plans are tested apart from the DDL parser.
func recordedTables(t *testing.T, c *golden.Case) map[string][]*schema.Table {
	t.Helper()
	tables := map[string][]*schema.Table{}
	for _, h := range history(t, c) {
		for _, table := range h.Tables {
			tables[table.ID.String()] = append(tables[table.ID.String()], table)
		}
	}
	return tables
}

// parsedTables folds the statements of the case's history topic.
func parsedTables(t *testing.T, c *golden.Case) map[string][]*schema.Table {
	t.Helper()
	tables := map[string][]*schema.Table{}
	tracker := schema.New()
	for _, h := range history(t, c) {
		changes, err := tracker.Apply(schema.DDL{Database: h.Database, Statement: h.Text})
		if err != nil {
			t.Errorf("%.80s: %v", h.Text, err)
		}
		for _, change := range changes {
			if change.Table != nil {
				id := change.ID.String()
				tables[id] = append(tables[id], change.Table)
			}
		}
	}
	return tables
}

func history(t *testing.T, c *golden.Case) []golden.HistoryRecord {
	t.Helper()
	list, err := c.History()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// rowChange is one row of an event.
type rowChange struct{ before, after []event.Value }

// sliceReader is a RowReader over rows in memory.
type sliceReader struct {
	changes []rowChange
	next    int
}

// Next implements [event.RowReader].
func (r *sliceReader) Next(before, after []event.Value) (bool, error) {
	if r.next == len(r.changes) {
		return false, nil
	}
	copy(before, r.changes[r.next].before)
	copy(after, r.changes[r.next].after)
	r.next++
	return true, nil
}

func decodeHeaders(b []byte) []golden.Header {
	count, n := binary.Varint(b)
	b = b[n:]
	text := func() string {
		size, n := binary.Varint(b)
		s := string(b[n : n+int(size)])
		b = b[n+int(size):]
		return s
	}
	var list []golden.Header
	for range count {
		h := golden.Header{Name: text()}
		value := text()
		h.Value = &value
		list = append(list, h)
	}
	if len(b) > 0 {
		list = append(list, golden.Header{Name: "left over: " + string(b)})
	}
	return list
}

func (r *sliceReader) Again() event.RowReader { again := *r; return &again }
