package snapshot

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"cdcd/event"
	"cdcd/schema"
)

// table is one that is being copied.
type table struct {
	Table
	keys    keys
	keyed   bool // it can be read in parts
	decoder *decoder
	first   bool // no table is copied before it

	// Guarded by the work.
	parts    []*part // of all rows, in key order; nil before they are planned
	planning bool
	create   string // the statement that makes it, once planned
	micros   int64  // when its reading began, by the server's clock

	// Owned by the goroutine that calls Reader.Next.
	open  int    // parts that were not read to their end
	begun bool   // rows were yielded
	held  *batch // the newest one
	told  bool   // that it begins
	rows  int64  // yielded, by earlier sessions too
	ended int64  // of these, rows of parts that were read to their end
}

// part is the rows whose keys lie behind one and up to another.
type part struct {
	table     *table
	after, to Key // nil: unbounded
	taken     bool
	cursor    Key // the last key that was yielded
	view      int // in which it was read to its end, or event.Unread

	told bool  // that it begins
	rows int64 // yielded
}

// batch is rows of one part in a row, as packets.
type batch struct {
	part  *part
	data  []byte
	count int  // rows in data
	last  int  // where the last one begins
	key   Key  // of the last one
	end   bool // nothing of the part comes behind it
}

// progress is what was read of the table; a part that is half read is two.
func (t *table) progress(view int) (parts []event.Part) {
	add := func(to Key, view int) {
		if n := len(parts); n > 0 && parts[n-1].View == view {
			parts = parts[:n-1]
		}
		parts = append(parts, event.Part{To: to, View: view})
	}
	for _, p := range t.parts {
		if p.view == event.Unread && p.cursor != nil {
			add(p.cursor, view)
		}
		add(p.to, p.view)
	}
	return parts
}

// work hands out parts to sessions, those of one table after those of another.
type work struct {
	mu      sync.Mutex // guards what follows
	changed sync.Cond  // on mu
	tables  []*table   // whose parts were not all taken
	begun   bool       // a part was taken
	opened  bool       // something of it has arrived
}

// prepare takes over what is left.
func (w *work) prepare(cfg Config) error {
	w.changed.L = &w.mu
	left := map[schema.ID]*event.TableProgress{}
	for _, p := range cfg.Progress.Tables {
		left[p.ID] = p
	}
	for i, src := range cfg.Tables {
		t := &table{Table: src, first: i == 0 && cfg.Progress.Rows == 0}
		var err error
		if t.decoder, err = newDecoder(src.Table, src.Table.Key); err != nil {
			return fmt.Errorf("table %s: %w", src.Table.ID, err)
		}
		t.keys, t.keyed = newKeys(src.Table)
		t.resume(left[src.Table.ID])
		w.tables = append(w.tables, t)
	}
	return nil
}

// resume takes over the parts of a table of which some were read.
func (t *table) resume(p *event.TableProgress) {
	if p == nil {
		return
	}
	var after Key
	for _, read := range p.Parts {
		next := &part{table: t, after: after, to: read.To, view: read.View, taken: read.View != event.Unread}
		if !next.taken {
			t.open++
		}
		t.parts = append(t.parts, next)
		after = read.To
	}
	t.begun = p.Begun()
	t.told, t.rows, t.ended = t.begun, p.Rows, p.Rows
}

// claim waits for a part that nobody has, and returns nil when there is none. The
// first one is taken alone, so that the first row of the copy comes first.
func (w *work) claim(ctx context.Context, plan func(*table) error) (*part, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer context.AfterFunc(ctx, w.wake)()
	for ctx.Err() == nil {
		switch {
		case len(w.tables) == 0:
			return nil, nil //nolint:nilnil // there is none
		case w.begun && !w.opened || w.tables[0].planning:
			w.changed.Wait()
		case w.tables[0].create == "":
			if err := w.plan(w.tables[0], plan); err != nil {
				return nil, err
			}
		default:
			return w.take(), nil
		}
	}
	return nil, context.Cause(ctx)
}

func (w *work) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed.Broadcast()
}

// plan runs a session's planning of a table, while others wait.
func (w *work) plan(t *table, plan func(*table) error) error {
	t.planning = true
	w.mu.Unlock()
	err := plan(t)
	w.mu.Lock()
	t.planning = false
	w.changed.Broadcast()
	return err
}

// take returns the next part of the first table, which has one.
func (w *work) take() *part {
	t := w.tables[0]
	free := func(p *part) bool { return !p.taken }
	p := t.parts[slices.IndexFunc(t.parts, free)]
	p.taken, w.begun = true, true
	if !slices.ContainsFunc(t.parts, free) {
		w.tables = w.tables[1:]
		w.changed.Broadcast()
	}
	return p
}

// open has other sessions begin, too.
func (w *work) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.opened {
		w.opened = true
		w.changed.Broadcast()
	}
}

// exhausted tells whether every part was taken.
func (w *work) exhausted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.tables) == 0
}
