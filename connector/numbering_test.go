package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// divider is a sink that takes every offer and keeps the ids of what it got.
type divider struct {
	recorder
	ids    []string
	states []event.State
}

func (d *divider) Append(ctx context.Context, b *format.Batch) error {
	for _, r := range b.Records {
		id := ""
		for _, h := range readHeaders(r.Headers) {
			id += fmt.Sprintf("%s=%s ", h.Name, *h.Value)
		}
		d.ids = append(d.ids, id)
	}
	return d.recorder.Append(ctx, b)
}

func (d *divider) Offer(s event.State) bool {
	d.states = append(d.states, s)
	return true
}

// large makes a small transaction, one of n rows events that no chunk holds whole,
// and a small one.
func large(n int) []event.Item {
	table := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}}
	var items []event.Item
	last := uint64(0)
	for i, events := range []int{1, n, 1} {
		txn := &event.Txn{GTID: fmt.Sprintf("g:%d", i+1)}
		items = append(items, event.Begin{Txn: txn})
		for range events {
			last++
			items = append(items, &event.Rows{Table: table, Size: chunkBytes / 2, Meta: event.Meta{Txn: txn, Pos: last}})
		}
		items = append(items, event.Commit{Position: event.Position{File: "f", Offset: last}})
	}
	return items
}

func divide(t *testing.T, items []event.Item, from event.State) *divider {
	t.Helper()
	d := &divider{}
	p := newPipeline(t, &scripted{items: items}, d, numbered{}, 1<<20)
	p.state, p.ids = from, true
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return d
}

// behind are the items with which a source goes on from a position.
func behind(items []event.Item, p event.Position) []event.Item {
	return items[1+slices.IndexFunc(items, func(i event.Item) bool {
		c, ok := i.(event.Commit)
		return ok && c.Position.Offset == p.Offset
	}):]
}

// A run that goes on from any place where a transaction was divided writes the
// rest of it, with the ids that it had.
func TestNumbering_SplitGoesOnAnywhere(t *testing.T) {
	whole := divide(t, large(20), event.State{})
	if len(whole.states) < 3 || len(whole.seen) != 22 {
		t.Fatalf("%d places, %d events", len(whole.states), len(whole.seen))
	}
	for _, s := range whole.states {
		done := int(s.Position.Offset) + s.Split.Events
		rest := divide(t, behind(large(20), s.Position), s)
		if !slices.Equal(rest.seen, whole.seen[done:]) {
			t.Fatalf("from %+v: %d events, want %d", s.Split, len(rest.seen), 22-done)
		}
		for i, id := range rest.ids {
			if seq := fmt.Sprintf("cdcd.gtid=g:2 cdcd.seq=%d ", done+i-1); done+i < 21 && id[:len(seq)] != seq {
				t.Fatalf("event %d has %s", done+i, id)
			}
		}
		if done == len(whole.seen) {
			continue // the last transaction was divided behind its only event
		}
		if last := rest.ids[len(rest.ids)-1]; last != "cdcd.gtid=g:3 cdcd.seq=0 " {
			t.Fatalf("the next transaction has %s", last)
		}
	}
}

// The second part says that it is one, and what stands before the split does not.
func TestNumbering_LaterPartsAreMarked(t *testing.T) {
	d := divide(t, large(20), event.State{})
	// The first transaction may have been divided, too, behind its only event.
	first := d.states[slices.IndexFunc(d.states, func(s event.State) bool { return s.Split.Group == "g:2" })].Split
	if at := 1 + first.Events; d.ids[at-1] != fmt.Sprintf("cdcd.gtid=g:2 cdcd.seq=%d ", first.Events-1) ||
		d.ids[at] != fmt.Sprintf("cdcd.gtid=g:2 cdcd.seq=%d cdcd.split=2 ", first.Events) {
		t.Fatalf("around the split: %s, %s", d.ids[at-1], d.ids[at])
	}
}

// A server that sends another transaction in its place stops the connector.
func TestNumbering_SplitOfAnotherTransactionRefused(t *testing.T) {
	p := newPipeline(t, &scripted{items: large(3)}, &divider{}, numbered{}, 1<<20)
	p.state = event.State{Split: &event.Split{Group: "g:9", Part: 1, Events: 2}}
	if err := p.run(t.Context()); !errors.Is(err, errSplitMoved) {
		t.Fatal(err)
	}
}
