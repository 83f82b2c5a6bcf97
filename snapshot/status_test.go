package snapshot

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

var (
	first, second, third = schema.ID{Database: "d", Name: "a"}, schema.ID{Database: "d", Name: "b"}, schema.ID{Database: "d", Name: "c"}
	someKey              = []event.Part{{To: []string{"7"}, View: 0}, {View: event.Unread}}
)

// leftOver is a configuration for tables of which some rows are durable, or none; durable
// are those of all tables.
func leftOver(before Status, durable int64, tables ...*event.TableProgress) Config {
	cfg := Config{Before: before, Progress: &event.Progress{Rows: durable, Tables: tables}}
	for _, p := range tables {
		cfg.Tables = append(cfg.Tables, Table{Table: &schema.Table{ID: p.ID}, Rows: 1000})
	}
	return cfg
}

// TestStatus_GoesOnInTheNextView: a view that is renewed does not set back how far the
// copy is, but for rows that are copied again.
func TestStatus_GoesOnInTheNextView(t *testing.T) {
	g := newGauge(leftOver(Status{}, 40, &event.TableProgress{ID: first}, &event.TableProgress{ID: second}, &event.TableProgress{ID: third}))
	began := time.Now().Add(-time.Hour)
	g.update(func(s *Status) { s.Began, s.Remaining = began, 2 })
	g.table(first, func(s *TableStatus) {
		s.Began, s.Ended, s.Complete, s.Rows, s.Bytes = began, began.Add(time.Minute), true, 500, 5000
	})
	g.table(second, func(s *TableStatus) { s.Began, s.Rows, s.Bytes, s.Parts, s.Read = began, 1200, 12000, 4, 1 })
	g.table(third, func(s *TableStatus) { s.Began, s.Rows, s.Bytes = began, 30, 300 })
	before := g.look()
	if before.Rows != 1730 || before.Expected != 500+1200+1000 || before.Bytes != 17300 {
		t.Errorf("in all %+v", before.Count)
	}
	f := func(got Status, want ...TableStatus) {
		t.Helper()
		if diff := cmp.Diff(want, got.Of); diff != "" {
			t.Error(diff)
		}
		if got.Began != began || !got.Ended.IsZero() || got.Complete || got.Tables != len(want) {
			t.Errorf("in all %+v", got)
		}
	}
	whole := TableStatus{ID: first, Count: before.Of[0].Count}
	half := TableStatus{ID: second, Count: Count{Began: began, Rows: 900, Bytes: 9000, Expected: 1000}} // 300 of its rows come again
	none := TableStatus{ID: third, Count: Count{Expected: 1000}}

	g = newGauge(leftOver(before, 40+500+900, &event.TableProgress{ID: second, Parts: someKey}, &event.TableProgress{ID: third}))
	f(g.look(), whole, half, none)
	if s := g.look(); s.Remaining != 2 || s.Rows != 1400 {
		t.Errorf("in all %+v", s)
	}
	g = newGauge(leftOver(before, 40+500+900, &event.TableProgress{ID: third})) // the second one was emptied
	s := g.look()
	if dropped := s.Of[1]; !dropped.Complete || dropped.Ended.IsZero() || dropped.Share() != 1 || s.Remaining != 1 {
		t.Errorf("what the stream brings: %+v", dropped)
	}
}

func TestCount_ShareSpeedAndLeft(t *testing.T) {
	began := time.Now().Add(-time.Hour)
	f := func(c Count, share, speed float64, left time.Duration) {
		t.Helper()
		if !c.Began.IsZero() {
			c.Ended = began.Add(100 * time.Second)
		}
		if c.Share() != share || c.Speed() != speed || c.Left() != left {
			t.Errorf("%+v: %v, %v rows/s, %s", c, c.Share(), c.Speed(), c.Left())
		}
	}
	f(Count{}, 0, 0, 0)
	f(Count{Expected: 10}, 0, 0, 0)
	f(Count{Began: began, Rows: 1000, Expected: 4000}, 0.25, 10, 300*time.Second)
	f(Count{Began: began, Rows: 1000}, 0, 10, 0)
	f(Count{Began: began, Rows: 1000, Expected: 900}, 0.99, 10, 0)
	f(Count{Began: began, Rows: 1000, Expected: 4000, Complete: true}, 1, 10, 0)
}
