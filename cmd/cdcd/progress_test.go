package main

import (
	"slices"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// What an incremental snapshot is asked for and is at shows neither keys nor conditions.
func TestProgress_OfIncrements(t *testing.T) {
	id := func(name string) schema.ID { return schema.ID{Database: "d", Name: name} }
	if incrementOf(nil) != nil || incrementOf(&event.Signals{Taken: 3}) != nil {
		t.Error("something waits where nothing does")
	}
	p := incrementOf(&event.Signals{Paused: true, Tables: []*event.Incremental{
		{ID: id("a"), Signal: "s", Rows: 300, Expected: 1000, After: []string{"7"}, Max: []string{"9"}},
		{ID: id("b"), Signal: "s", Rows: 20, Expected: 1000, Filter: "secret = 5"},
		{ID: id("c"), Signal: "s", Rows: 900, Expected: 700},
	}})
	want := []string{"d.a  300 rows, 30 %", "d.b  20 rows", "d.c  900 rows, 99 %"}
	if got := p.lines(); !slices.Equal(got, want) || !p.Paused {
		t.Errorf("got %q", got)
	}
}
