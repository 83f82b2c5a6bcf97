package snapshot

import (
	"errors"
	"fmt"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// ErrWindow says that the transactions beside which a view was opened leave open what
// it holds. Another view may tell.
var ErrWindow = errors.New("it is not certain what a consistent view holds")

// Window gathers what transactions touched while a view was opened: of their rows it
// is not known whether the view has them. Nobody uses it concurrently.
type Window struct {
	tables map[schema.ID]*Touched
	open   map[schema.ID]*Touched // of the group that is not committed yet
}

// Touched are keys of one table.
type Touched struct {
	keys map[string]struct{} // nil where they are vague
	// vague tells that there are rows of which no key is known, or that the stream
	// does not have whole, or too many of them.
	vague bool
}

// maxTouched bounds the keys that are noted of a table, which take about a hundred bytes
// each. Of more the next view may tell.
const maxTouched = 300_000

// Add notes an item of the stream.
func (w *Window) Add(item event.Item) error {
	switch i := item.(type) {
	case event.Begin, event.Rollback:
		w.open = nil
	case *event.Rows:
		return w.rows(i)
	case event.Commit:
		w.settle()
	}
	return nil
}

// settle takes over what the group has touched.
func (w *Window) settle() {
	for id, t := range w.open {
		touched(&w.tables, id).Merge(t)
	}
	w.open = nil
}

func touched(in *map[schema.ID]*Touched, id schema.ID) *Touched {
	if *in == nil {
		*in = map[schema.ID]*Touched{}
	}
	if (*in)[id] == nil {
		(*in)[id] = &Touched{keys: map[string]struct{}{}}
	}
	return (*in)[id]
}

func (w *Window) rows(r *event.Rows) error {
	t := touched(&w.open, r.Table.ID)
	keys, keyed := newKeys(r.Table)
	if !keyed || r.Partial {
		t.blur()
	}
	before, after := make([]event.Value, len(r.Table.Columns)), make([]event.Value, len(r.Table.Columns))
	for !t.vague {
		more, err := r.Next(before, after)
		if !more || err != nil {
			return err
		}
		for _, row := range sides(r.Op, before, after) {
			key, err := keys.of(row)
			if err != nil {
				return fmt.Errorf("table %s: %w", r.Table.ID, err)
			}
			t.add(key.text())
		}
	}
	return nil
}

// sides are the sides of a change that there are.
func sides(op event.Op, before, after []event.Value) [][]event.Value {
	if op == event.Delete {
		return [][]event.Value{before}
	}
	if op == event.Update {
		return [][]event.Value{before, after}
	}
	return [][]event.Value{after}
}

// Of returns what was touched of a table, nil for nothing. The error is an ErrWindow.
func (w *Window) Of(id schema.ID) (*Touched, error) {
	t := w.tables[id]
	if t != nil && t.vague {
		return nil, fmt.Errorf("%w: rows of %s changed while it was opened", ErrWindow, id)
	}
	return t, nil
}

// Touched returns what was touched of a table, also where that is not all known; nil
// for nothing.
func (w *Window) Touched(id schema.ID) *Touched { return w.tables[id] }

// add notes a key, unless there are too many.
func (t *Touched) add(key string) {
	if t.vague {
		return
	}
	if t.keys[key] = struct{}{}; len(t.keys) > maxTouched {
		t.blur()
	}
}

// blur gives the keys up.
func (t *Touched) blur() { t.vague, t.keys = true, nil }

// Merge adds what others touched, and returns t, or what stands for it where it is nil.
func (t *Touched) Merge(other *Touched) *Touched {
	if other == nil {
		return t
	}
	if t == nil {
		t = &Touched{keys: map[string]struct{}{}}
	}
	for key := range other.keys {
		t.add(key)
	}
	if other.vague {
		t.blur()
	}
	return t
}

// Size is how many keys are noted.
func (t *Touched) Size() int { return len(t.keys) }

// any tells whether keys were touched, of which all are known: see [Window.Of].
func (t *Touched) any() bool { return t != nil && len(t.keys) > 0 }

func (t *Touched) has(k Key) bool {
	if !t.any() {
		return false
	}
	_, ok := t.keys[k.text()]
	return ok
}

// text is the key as one string.
func (k Key) text() string { return strings.Join(k, "\x00") }
