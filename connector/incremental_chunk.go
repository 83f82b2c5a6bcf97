package connector

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// chunkAtWork is a chunk from when its reading begins until its rows are yielded.
type chunkAtWork struct {
	table     *event.Incremental // what the list has of it
	version   *schema.Table
	increment *snapshot.Increment
	mark      string // id of its watermarks; "" where there are none
	closed    bool   // the second of them was read
	stale     bool   // a statement changed the table since
	noted     []noted
	keys      int // in noted
	result    *chunkResult
	end       context.CancelFunc
}

// noted is what a transaction of the stream touched.
type noted struct {
	group   string         // its name
	branch  bool           // an XA branch: in the binlog before it is in the tables
	end     event.Position // file and offset behind it
	touched *snapshot.Touched
}

// chunkResult is what was read.
type chunkResult struct {
	chunk *snapshot.Chunk
	max   snapshot.Key
	// expected is how many rows the table has, by the server's estimate; 0 where it was
	// not asked.
	expected int64
	// seen tells whether a transaction was certainly seen; nil where that is not known
	// of any.
	seen func(noted) (bool, error)
	high event.Position // nothing behind it was: a file and an offset
	err  error
}

const (
	maxNoted  = 200_000  // keys, while a chunk is read; then the stream waits
	incrBytes = 16 << 20 // of rows in one chunk
	incrTries = 100      // of one chunk, while rows or the table change beside it
)

// tooFarAhead tells that the stream has to wait for a chunk.
func (e *incremental) tooFarAhead() bool {
	return slices.ContainsFunc(e.chunks, func(c *chunkAtWork) bool { return c.result == nil && c.keys > maxNoted })
}

// begin has chunks read, of so many tables at a time.
func (e *incremental) begin(ctx context.Context) {
	if e.signals.Paused || len(e.signals.Blocking) > 0 || e.place.File == "" {
		return
	}
	for i := 0; i < min(e.cfg.Threads, len(e.signals.Tables)); {
		t := e.signals.Tables[i]
		if !slices.ContainsFunc(e.chunks, func(c *chunkAtWork) bool { return c.table == t }) && !e.start(ctx, t) {
			continue // it is off the list
		}
		i++
	}
}

// start has the next chunk of a table read; false when the table was taken off the
// list.
func (e *incremental) start(ctx context.Context, t *event.Incremental) bool {
	version := e.cfg.Current(t.ID)
	if version == nil || !e.cfg.Capture(t.ID) {
		e.complete(t, t.Rows, "UNKNOWN_SCHEMA")
		return false
	}
	inc, err := snapshot.NewIncrement(version, t.Surrogate, t.Filter)
	if err != nil {
		e.log.Warn("a table cannot be copied incrementally: name a column in the signal with surrogate-key, or ask for a blocking snapshot", zap.Error(err))
		e.complete(t, 0, "NO_PRIMARY_KEY")
		return false
	}
	e.orders[t.ID] = version
	c := &chunkAtWork{table: t, version: version, increment: inc, mark: e.cfg.Marks.next()}
	ctx, c.end = context.WithCancel(ctx)
	e.chunks = append(e.chunks, c)
	job := chunkJob{
		increment: inc, table: version, after: t.After, max: t.Max, rows: e.cfg.Rows, mark: c.mark,
		position: e.at.Position, place: e.place, same: e.cfg.Same,
	}
	e.reading.Go(func() {
		r := e.reader.read(ctx, job)
		e.tell(ctx, func() { c.result = &r })
	})
	return true
}

// forsake drops the chunks of tables that are off the list.
func (e *incremental) forsake() {
	e.chunks = slices.DeleteFunc(e.chunks, func(c *chunkAtWork) bool {
		gone := !slices.Contains(e.signals.Tables, c.table)
		if gone {
			c.end()
		}
		return gone
	})
}

// changed has chunks of a table read again that a statement has changed, and the table
// from its first row where its rows have another order now.
func (e *incremental) changed(ch schema.Change) {
	for _, c := range e.chunks {
		c.stale = c.stale || c.table.ID == ch.ID || c.table.ID == ch.Previous
	}
	before := e.orders[ch.ID]
	if before == nil || ch.Table == nil || sameOrder(before, ch.Table) && !e.surrogate(ch.ID) {
		return
	}
	delete(e.orders, ch.ID)
	e.change(func(n *event.Signals) {
		n.Tables = slices.Clone(n.Tables)
		for i, t := range n.Tables {
			if t.ID == ch.ID {
				n.Tables[i] = &event.Incremental{ID: t.ID, Signal: t.Signal, Filter: t.Filter, Surrogate: t.Surrogate}
			}
		}
	})
	e.forsake()
}

// surrogate tells whether a table is read by another column than its key.
func (e *incremental) surrogate(id schema.ID) bool {
	return slices.ContainsFunc(e.signals.Tables, func(t *event.Incremental) bool { return t.ID == id && t.Surrogate != "" })
}

// enter begins to note what a transaction touches.
func (e *incremental) enter(b event.Begin) {
	e.group, e.window = b, nil
	if len(e.chunks) > 0 {
		e.window = &snapshot.Window{}
	}
}

// note notes rows, if a chunk of their table is at work.
func (e *incremental) note(r *event.Rows) error {
	ours := func(c *chunkAtWork) bool { return c.table.ID == r.Table.ID }
	if e.window == nil || !slices.ContainsFunc(e.chunks, ours) {
		return nil
	}
	return e.window.Add(r.Again())
}

// leave adds what a committed transaction touched to the chunks at work.
func (e *incremental) leave(end event.Position) error {
	if e.window == nil {
		return nil
	}
	if err := e.window.Add(event.Commit{}); err != nil {
		return err
	}
	for _, c := range e.chunks {
		t := e.window.Touched(c.table.ID)
		if t == nil {
			continue
		}
		n := noted{e.group.Group(), e.group.Branch, end, t}
		if seen, err := c.saw(n); seen || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		c.noted = append(c.noted, n)
		c.keys += 1 + t.Size()
	}
	e.window = nil
	return nil
}

// saw tells whether the reading certainly saw a transaction, as far as that is known by
// now.
func (c *chunkAtWork) saw(n noted) (bool, error) {
	if c.result == nil || c.result.seen == nil || n.branch {
		return false, nil
	}
	return c.result.seen(n)
}

// finish yields the rows of the chunks for which the stream has come far enough.
func (e *incremental) finish() error {
	for _, c := range slices.Clone(e.chunks) {
		if c.result == nil || !e.ripe(c) {
			continue
		}
		e.chunks = slices.DeleteFunc(e.chunks, func(o *chunkAtWork) bool { return o == c })
		c.end()
		if err := e.settle(c); err != nil {
			return err
		}
	}
	return nil
}

// ripe tells that the stream has passed everything that the reading may have seen.
func (e *incremental) ripe(c *chunkAtWork) bool {
	if c.mark != "" && c.result.err == nil {
		return c.closed
	}
	return reached(e.place.File, e.place.Offset, c.result.high)
}

// settle yields a chunk, or has it read again where that does not tell enough.
func (e *incremental) settle(c *chunkAtWork) error {
	err := c.result.err
	if errors.Is(err, errAgain) || err == nil && (c.stale || e.cfg.Current(c.table.ID) != c.version) {
		return nil // it is read again, as the table is now
	}
	if err == nil {
		err = c.drop()
	}
	if errors.Is(err, snapshot.ErrChanged) || errors.Is(err, snapshot.ErrWindow) {
		if e.tries[c.table.ID]++; e.tries[c.table.ID] < incrTries {
			return nil
		}
	}
	if err != nil {
		e.giveUp(c, err)
		return nil
	}
	delete(e.tries, c.table.ID) // of the next chunk
	e.yield(c)
	return nil
}

// drop takes out what the stream has brought since the reading began, but for what the
// reading certainly saw.
func (c *chunkAtWork) drop() error {
	var all *snapshot.Touched
	for _, n := range c.noted {
		if seen, err := c.saw(n); seen || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		all = all.Merge(n.touched)
	}
	return c.result.chunk.Drop(all)
}

// giveUp takes a table off the list that cannot be copied.
func (e *incremental) giveUp(c *chunkAtWork, err error) {
	e.log.Error("a table cannot be copied incrementally", zap.Stringer("table", c.table.ID), zap.Error(err))
	status := "SQL_EXCEPTION"
	if c.table.Surrogate != "" && errors.Is(err, snapshot.ErrSurrogate) {
		status = "NO_PRIMARY_KEY"
	}
	e.complete(c.table, c.table.Rows, status)
}

// yield puts the rows of a chunk in, and what is known with them.
func (e *incremental) yield(c *chunkAtWork) {
	chunk, t := c.result.chunk, *c.table
	if chunk.Read() == 0 && t.Rows == 0 {
		e.complete(c.table, 0, "EMPTY")
		return
	}
	t.Max, t.Expected = c.result.max, max(t.Expected, c.result.expected)
	t.Rows += int64(chunk.Read())
	if chunk.Read() > 0 {
		t.After = chunk.Last()
		data := e.collections()
		data[event.CurrentCollection], data[event.LastProcessedKey], data[event.MaximumKey] = t.ID.String(), snapshot.Key(t.After).Plain(), snapshot.Key(t.Max).Plain()
		e.notify(t.Signal, event.InProgress, data)
	}
	for _, r := range chunk.Rows(e.source()) {
		e.ready = append(e.ready, r)
	}
	if !chunk.Full() || slices.Equal(t.After, t.Max) {
		e.complete(c.table, t.Rows, "SUCCEEDED")
		return
	}
	e.change(func(n *event.Signals) {
		n.Tables = slices.Clone(n.Tables)
		n.Tables[slices.Index(n.Tables, c.table)] = &t
	})
}

// source is what rows say of where they come from: the place that the stream has
// reached, and the clock.
// Source: AbstractIncrementalSnapshotChangeEventSource.sendEvent.
func (e *incremental) source() event.Meta {
	m := event.Meta{
		ServerID: e.meta.ServerID, File: e.meta.File, Pos: e.meta.Pos, Micros: time.Now().UnixMicro(), Snapshot: event.IncrementalRead,
	}
	if m.File == "" {
		m.File, m.Pos = e.place.File, e.place.Offset
	}
	if txn := e.meta.Txn; txn != nil {
		m.Txn = &event.Txn{GTID: txn.GTID, Thread: txn.Thread, HasThread: txn.HasThread, File: txn.File, Pos: txn.Pos}
	}
	return m
}
