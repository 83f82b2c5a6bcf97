package connector

import (
	"context"
	"testing"
	"testing/synctest"

	"cdcd/event"
)

// TestQueue_BoundsStates holds few states that name thousands of tables each, and as many
// as others of those that name the same.
func TestQueue_BoundsStates(t *testing.T) {
	f := func(name string, most int, next func() event.State) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(1<<20, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer q.wake(ctx)()
			n := 0
			go func() {
				for q.boundary(ctx, next()) {
					n++
				}
			}()
			synctest.Wait()
			if n != most {
				t.Errorf("%s: %d states, want %d", name, n, most)
			}
			cancel()
		})
	}
	f("no tables", 2048, func() event.State { return event.State{} })
	many := func() event.State {
		tables := make([]*event.TableProgress, 5000)
		return event.State{Snapshot: &event.Progress{Tables: tables}, Signals: &event.Signals{
			Tables: make([]*event.Incremental, 5000), Blocking: []*event.Blocking{{Tables: make([]event.BlockingTable, 5000), Progress: &event.Progress{Tables: tables}}},
		}}
	}
	f("lists of each", 6, many)
	same := many()
	f("lists of all", 2048-20_000*pointer/entryOverhead-1, func() event.State { return same })
}
