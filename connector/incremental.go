package connector

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// incremental is a stream into which the rows of tables are put, chunk by chunk, as
// signals ask for: an incremental snapshot.
//
// A chunk is read at some moment by a connection of its own, while the stream goes on.
// From before that moment on the keys are noted that the stream brings. The rows of
// the others stand for the table when the stream has passed everything that the
// reading may have seen: there they are put in, in one transaction with the note of
// how far the table was read. So no row comes twice, and none behind a newer one.
//
// Signals come in rows of a table, and through the inbox from other channels. Between
// two transactions of the source they are acted upon.
// Source: "DBLog: A Watermark Based Change-Data-Capture Framework" (Andreakis,
// Papapanagiotou); AbstractIncrementalSnapshotChangeEventSource.
type incremental struct {
	Source
	cfg    incrementalConfig
	inbox  *inbox
	reader chunkReader
	log    *zap.Logger

	wake wake
	news chan func() // what others have done, to be taken in between transactions

	signals    *event.Signals
	blocked    int                         // blocking snapshots that wait already
	dirty      bool                        // it was changed since the last Commit
	at         event.Commit                // the last boundary
	place      event.Position              // how far the binlog was read: its file and offset
	meta       event.Meta                  // of the last rows
	open       bool                        // a transaction is open
	split      bool                        // the next one is durable in parts
	signalRows []rowSignal                 // in the open transaction
	group      event.Begin                 // of it
	moved      *movedError                 // the stream is to end for it; nil for nothing
	orders     map[schema.ID]*schema.Table // versions in whose order tables are read
	window     *snapshot.Window            // what it touches; nil where no chunk is at work
	tries      map[schema.ID]int           // of a chunk beside which rows or the table change

	chunks  []*chunkAtWork
	reading sync.WaitGroup // chunks
	ready   []event.Item
	ended   func() // of the goroutine that listens
}

// incrementalConfig says how increments are read.
type incrementalConfig struct {
	Signals func(schema.ID) bool // whether a table is that of signals
	Source  bool                 // its rows are signals
	Rows    int                  // of one chunk
	Threads int                  // tables that are read at the same time
	Marks   marks
	Capture func(schema.ID) bool
	Known   func() []*schema.Table                    // as they are where the stream stands
	Current func(schema.ID) *schema.Table             // likewise
	Same    func(*schema.Table, string) (bool, error) // see snapshot.Config
}

// withIncrements is the stream with what signals ask for.
func (c *Connector) withIncrements(ctx context.Context, stream Source, info ServerInfo, b *beginning) Source {
	m := marks{on: !c.cfg.Signals.readOnly(info), table: c.cfg.Signals.Table, deletes: c.cfg.Signals.Watermarks == InsertDelete}
	m.blind = !m.on && !info.tellsViews()
	cfg := incrementalConfig{
		Signals: c.cfg.Filter.Signals, Source: c.cfg.Signals.Source, Rows: c.cfg.Signals.Chunk, Threads: c.cfg.Snapshot.Threads, Marks: m,
		Capture: c.cfg.Filter.Table, Known: b.tracker.Tables, Current: b.tracker.Table, Same: sameTable(info),
	}
	r := &chunkSessions{cfg: c.cfg, info: info, marks: m, log: c.deps.Logger}
	return newIncremental(ctx, stream, cfg, c.inbox, r, b.state, c.deps.Logger)
}

// wake interrupts who waits for the source. A source goes on after an end of its
// context.
type wake struct {
	mu     sync.Mutex      // guards what follows
	ctx    context.Context //nolint:containedctx // of many calls, until it is woken: one for each would cost an allocation
	cancel context.CancelFunc
}

// context returns one that ends with parent, or at the next call of up.
func (w *wake) context(parent context.Context) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil || w.ctx.Err() != nil {
		if w.cancel != nil {
			w.cancel()
		}
		w.ctx, w.cancel = context.WithCancel(parent)
	}
	return w.ctx
}

func (w *wake) up() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel != nil {
		w.cancel()
	}
}

// newIncremental puts increments into a stream that begins with a state.
func newIncremental(ctx context.Context, stream Source, cfg incrementalConfig, in *inbox, r chunkReader, s event.State, log *zap.Logger) *incremental {
	e := &incremental{
		Source: stream, cfg: cfg, inbox: in, reader: r, log: log, news: make(chan func(), 1),
		signals: s.Signals, at: event.Commit{Position: s.Position, Snapshot: s.Snapshot}, place: s.Position, split: s.Split != nil,
	}
	if e.signals == nil {
		e.signals = &event.Signals{}
	}
	e.blocked = len(e.signals.Blocking)
	e.tries, e.orders = map[schema.ID]int{}, map[schema.ID]*schema.Table{}
	for _, t := range e.signals.Tables {
		if t.After != nil {
			e.orders[t.ID] = cfg.Current(t.ID)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var listening sync.WaitGroup
	listening.Go(func() { e.listen(ctx) })
	e.ended = func() { cancel(); listening.Wait() }
	return e
}

// listen takes signals from the inbox.
func (e *incremental) listen(ctx context.Context) {
	for {
		select {
		case s := <-e.inbox.signals:
			e.tell(ctx, func() { e.receive(s) })
		case <-ctx.Done():
			return
		}
	}
}

// tell has f run by the goroutine that reads, soon.
func (e *incremental) tell(ctx context.Context, f func()) {
	select {
	case e.news <- f:
		e.wake.up()
	case <-ctx.Done():
	}
}

// Next implements [Source].
func (e *incremental) Next(ctx context.Context) (event.Item, error) {
	for {
		if len(e.ready) > 0 {
			item := e.ready[0]
			e.ready = e.ready[1:]
			return item, nil
		}
		if !e.open && !e.split {
			if err := e.between(ctx); err != nil {
				return nil, err
			}
			if len(e.ready) > 0 {
				continue
			}
		}
		item, err := e.take(ctx)
		if err != nil || item != nil && len(e.ready) == 0 {
			return item, err
		}
		if item != nil {
			e.ready = append(e.ready, item)
		}
	}
}

// take returns the next item of the stream, nil where there are news instead.
func (e *incremental) take(ctx context.Context) (event.Item, error) {
	if e.tooFarAhead() {
		return nil, e.hear(ctx)
	}
	waiting := e.wake.context(ctx)
	if !e.open && !e.split && len(e.news) > 0 {
		return nil, nil //nolint:nilnil // they came before, and the new context does not end for them
	}
	item, err := e.Source.Next(waiting)
	switch {
	case err == nil:
		return e.accept(item)
	case waiting.Err() != nil && ctx.Err() == nil && (errors.Is(err, context.Canceled) || binlog.Retryable(err)):
		return nil, nil //nolint:nilnil // there is none
	}
	return nil, err
}

// hear waits for news.
func (e *incremental) hear(ctx context.Context) error {
	select {
	case f := <-e.news:
		f()
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// between acts upon what has come, and begins what can be begun.
func (e *incremental) between(ctx context.Context) error {
	for len(e.news) > 0 { // nobody else takes them
		(<-e.news)()
	}
	if err := e.finish(); err != nil {
		return err
	}
	e.begin(ctx)
	if !e.dirty {
		switch {
		case e.moved != nil:
			return e.moved
		case len(e.signals.Blocking) > e.blocked:
			return errBlocking
		}
		return nil
	}
	e.dirty = false
	e.at.Signals = e.signals
	e.ready = append(e.ready, e.at)
	return nil
}

// accept looks at an item of the stream, and returns it as it goes on. What has to
// come before it is ready then.
func (e *incremental) accept(item event.Item) (event.Item, error) {
	switch i := item.(type) {
	case event.Begin:
		e.open = true
		e.enter(i)
	case event.DDL:
		for _, ch := range i.Changes {
			e.changed(ch)
		}
	case *event.Rows:
		if err := e.rows(i); err != nil {
			return nil, err
		}
	case event.Commit:
		e.at = i
		e.pass(i.Position.File, i.Position.Offset)
		e.open, e.split = false, false
		if err := e.leave(i.Position); err != nil {
			return nil, err
		}
		e.heed()
		i.Signals = e.signals
		e.dirty = false
		item = i
	case event.Rollback:
		e.open, e.signalRows, e.window = false, nil, nil
	case event.Heartbeat:
		if !e.open {
			e.idle(i)
		}
	}
	return item, nil
}

// idle notes how far a server is that has nothing more to send.
func (e *incremental) idle(h event.Heartbeat) {
	if e.at.Position.File != "" { // as the Tailer does
		e.at.Position = h.Position
	}
	e.pass(h.File, h.Offset)
}

// pass notes how far the binlog was read.
func (e *incremental) pass(file string, offset uint64) {
	if file != "" && (e.place.File == "" || binlog.ComparePlaces(file, offset, e.place.File, e.place.Offset) > 0) {
		e.place.File, e.place.Offset = file, offset
	}
}

// change replaces the signals by a changed copy.
func (e *incremental) change(f func(*event.Signals)) {
	next := *e.signals
	f(&next)
	e.signals, e.dirty = &next, true
}

// Close ends the stream, and what is read beside it.
func (e *incremental) Close() error {
	e.ended()
	for _, c := range e.chunks {
		c.end()
	}
	e.reading.Wait()
	return errors.Join(e.Source.Close(), e.reader.Close())
}
