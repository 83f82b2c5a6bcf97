package snapshot

import (
	"errors"
	"testing"

	"cdcd/event"
)

// counting yields so many rows, with numbers from one on.
type counting struct{ next, end int64 }

func (c *counting) Next(_, after []event.Value) (bool, error) {
	if c.next == c.end {
		return false, nil
	}
	after[0] = event.Value{Kind: event.Int, Num: uint64(c.next)}
	c.next++
	return true, nil
}

func (c *counting) Again() event.RowReader { again := *c; return &again }

// TestWindow_Bounded notes so many keys and no more: which rows were touched is not
// known then, of one transaction or of several.
func TestWindow_Bounded(t *testing.T) {
	table := of("t")
	f := func(name string, vague bool, transactions ...int64) {
		t.Helper()
		w, from, all := &Window{}, int64(0), (*Touched)(nil)
		for _, rows := range transactions {
			one := &Window{}
			for _, w := range []*Window{w, one} {
				err := errors.Join(w.Add(event.Begin{}),
					w.Add(&event.Rows{Table: table, Op: event.Create, Reader: &counting{from, from + rows}}), w.Add(event.Commit{}))
				if err != nil {
					t.Fatal(err)
				}
			}
			from += rows
			all = all.Merge(one.Touched(table.ID))
		}
		touched, err := w.Of(table.ID)
		if errors.Is(err, ErrWindow) != vague || !vague && touched.Size() != int(from) {
			t.Errorf("%s: %v", name, err)
		}
		for _, touched := range []*Touched{w.Touched(table.ID), all} {
			if vague && touched.keys != nil {
				t.Errorf("%s: %d keys are kept", name, touched.Size())
			}
			if err := (&Chunk{increment: &Increment{table: table}}).Drop(touched); errors.Is(err, ErrWindow) != vague {
				t.Errorf("%s: a chunk beside it: %v", name, err)
			}
		}
	}
	f("few", false, 10, 5)
	f("as many as may be", false, maxTouched/2, maxTouched/2)
	f("one more", true, maxTouched+1)
	f("one more in all", true, maxTouched/2, maxTouched/2, 1)
	f("few behind too many", true, maxTouched+1, 1)
}
