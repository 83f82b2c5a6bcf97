package snapshot

import (
	"context"
	"fmt"

	"cdcd/event"
)

// Held tells what of the stream a copy holds already.
type Held struct {
	Parts []event.Part
	// Views tells, for each view, whether it holds the transaction.
	Views []bool
}

// all tells whether the answer is the same for every key, and which.
func (h Held) all() (held, same bool) {
	for i, p := range h.Parts {
		v := h.holds(p)
		if i > 0 && v != held {
			return false, false
		}
		held = v
	}
	return held, true
}

func (h Held) holds(p event.Part) bool { return p.View >= 0 && h.Views[p.View] }

// Rest returns what is left of rows when those are taken out that a copy holds. An
// update that moves a row from what is held to what is not, or back, is left as the
// half that is not held. The session tells the order of keys that only the server
// knows; it is asked for when it is needed.
func (h Held) Rest(ctx context.Context, session func(context.Context) (Session, error), r *event.Rows) ([]*event.Rows, error) {
	held, same := h.all()
	switch {
	case same && held:
		return nil, nil
	case same:
		return []*event.Rows{r}, nil
	}
	k, keyed := newKeys(r.Table)
	if !keyed {
		return nil, fmt.Errorf("table %s was copied in parts by a key that it has no more: begin it anew", r.Table.ID)
	}
	s := &sieve{held: h, rows: r, keys: k}
	if err := s.read(); err != nil {
		return nil, err
	}
	var err error
	if s.parts, err = place(ctx, session, k, h.bounds(), s.at); err != nil {
		return nil, err
	}
	return s.rest(), nil
}

// sieve divides the rows of one event.
type sieve struct {
	held Held
	rows *event.Rows
	keys keys

	changes []change
	at      []Key // keys in changes, those of updates twice
	parts   []int // where they lie
}

// change is a copy of one row change; the sides that the operation lacks are nil.
type change struct{ before, after []event.Value }

// read copies the rows, and their keys.
func (s *sieve) read() error {
	n := len(s.rows.Table.Columns)
	before, after := make([]event.Value, n), make([]event.Value, n)
	for {
		more, err := s.rows.Next(before, after)
		if !more || err != nil {
			return err
		}
		var c change
		if s.rows.Op != event.Create {
			c.before = cloned(before)
		}
		if s.rows.Op != event.Delete {
			c.after = cloned(after)
		}
		s.changes = append(s.changes, c)
		if err := s.note(c); err != nil {
			return err
		}
	}
}

func (s *sieve) note(c change) error {
	for _, row := range [][]event.Value{c.before, s.whole(c)} {
		if row == nil {
			continue
		}
		key, err := s.keys.of(row)
		if err != nil {
			return fmt.Errorf("table %s: %w", s.rows.Table.ID, err)
		}
		s.at = append(s.at, key)
	}
	return nil
}

// whole is the after image with a key: columns that it leaves out did not change.
func (s *sieve) whole(c change) []event.Value {
	if c.after == nil || c.before == nil {
		return c.after
	}
	row := make([]event.Value, len(c.after))
	for i, v := range c.after {
		if row[i] = v; v.Kind == event.Absent {
			row[i] = c.before[i]
		}
	}
	return row
}

func cloned(row []event.Value) []event.Value {
	out := make([]event.Value, len(row))
	for i, v := range row {
		out[i] = v
		out[i].Bytes = append([]byte(nil), v.Bytes...)
	}
	return out
}

// bounds are the keys with which the parts end, but for the last one.
func (h Held) bounds() (keys []Key) {
	for _, p := range h.Parts[:len(h.Parts)-1] {
		keys = append(keys, p.To)
	}
	return keys
}

// rest are the changes that are not held, in their order.
func (s *sieve) rest() (out []*event.Rows) {
	next := 0
	held := func() bool {
		next++
		return s.held.holds(s.held.Parts[s.parts[next-1]])
	}
	for _, c := range s.changes {
		if c.before != nil && held() {
			c.before = nil
		}
		if c.after != nil && held() {
			c.after = nil
		}
		if c.before != nil || c.after != nil {
			out = s.add(out, c)
		}
	}
	return out
}

// add puts a change to those before it, if they are of the same kind.
func (s *sieve) add(out []*event.Rows, c change) []*event.Rows {
	op := event.Update
	switch {
	case c.before == nil:
		op = event.Create
	case c.after == nil:
		op = event.Delete
	}
	if n := len(out); n > 0 && out[n-1].Op == op {
		r := out[n-1].Reader.(*changes)
		r.left = append(r.left, c)
		return out
	}
	rows := *s.rows
	rows.Op, rows.Reader = op, &changes{left: []change{c}}
	return append(out, &rows)
}

// changes is a reader of rows that are in memory.
type changes struct{ left []change }

// Next implements [event.RowReader].
func (c *changes) Next(before, after []event.Value) (bool, error) {
	if len(c.left) == 0 {
		return false, nil
	}
	copy(before, c.left[0].before)
	copy(after, c.left[0].after)
	c.left = c.left[1:]
	return true, nil
}

// Again implements [event.RowReader].
func (c *changes) Again() event.RowReader { return &changes{left: c.left} }
