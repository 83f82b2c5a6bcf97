package connector

import (
	"context"
	"testing"

	"cdcd/event"
)

// TestQueue_BoundsStates holds few states that name thousands of tables.
func TestQueue_BoundsStates(t *testing.T) {
	f := func(s event.State, most int) {
		t.Helper()
		q := newQueue(1<<20, 1)
		ctx, full := context.WithCancel(t.Context())
		full()
		n := 0
		for q.boundary(t.Context(), s); q.size+(entry{commit: &s}).cost() <= q.maxBytes; n++ {
			q.boundary(t.Context(), s)
		}
		if n > most || n < most/2 {
			t.Errorf("%d states of %d tables, at most %d", n, s.Tables(), most)
		}
		if q.boundary(ctx, s) {
			t.Error("one more is taken")
		}
	}
	tables := make([]*event.TableProgress, 5000)
	waiting := make([]*event.Incremental, 5000)
	f(event.State{}, 2048)
	f(event.State{Snapshot: &event.Progress{Tables: tables}, Signals: &event.Signals{
		Tables: waiting, Blocking: []*event.Blocking{{Tables: make([]event.BlockingTable, 5000), Progress: &event.Progress{Tables: tables}}},
	}}, 6)
}
