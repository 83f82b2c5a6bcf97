package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"golang.org/x/sync/errgroup"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// pipeline moves items from a source to a sink: one goroutine reads, workers
// encode, one goroutine hands on in order.
type pipeline struct {
	source   Source
	sink     Sink
	encoder  Encoder
	keep     func(ctx context.Context, tables []*schema.Table) error // stores table versions before rows use them
	version  func() schema.Version                                   // newest version of the tracker
	capture  func(schema.ID) bool                                    // of statements: rows come of captured tables only
	workers  int
	queue    *queue
	metrics  *Metrics
	leaveOut func(*event.Rows, error) bool // whether rows that cannot be read are left out; nil for never

	// Owned by the reading goroutine.
	plans map[*schema.Table]format.Plan
	state event.State // the last boundary pushed
	rows  int         // captured row events in the open transaction
	txn   *event.Txn  // the open transaction, where it is counted
	last  *event.Txn  // the last one that came
	ended bool        // the source ended, and all of it was handed on up to state

	ids           bool           // records carry the ids of their rows
	counted       *counted       // transactions are counted; nil where they are not
	beats         *heartbeats    // nil for none
	notifications *notifications // nil where nobody is told
	changes       *schemaChanges // of the schema change topic; nil for none
	numbering
}

// run moves items until the source ends, something fails or ctx ends. When the
// source ends with io.EOF what was read is still delivered. It returns the
// first error; ctx's own error when that is the cause.
func (p *pipeline) run(ctx context.Context) error {
	p.plans = map[*schema.Table]format.Plan{}
	p.numbering = begun(p.state)
	g, ctx := errgroup.WithContext(ctx)
	defer p.queue.wake(ctx)()
	var end error // io.EOF, which lets the other stages finish
	g.Go(func() error {
		defer p.queue.close()
		err := p.read(ctx)
		if errors.Is(err, io.EOF) {
			end, err = err, nil
		}
		return err
	})
	for range p.workers {
		g.Go(func() error {
			p.work(ctx)
			return nil
		})
	}
	watched, done := context.WithCancel(ctx)
	defer done()
	g.Go(func() error {
		defer done()
		return p.order(ctx)
	})
	if p.beats != nil {
		g.Go(func() error { return p.beats.act(watched) })
	}
	if w, ok := p.sink.(Watched); ok {
		g.Go(func() error { return w.Wait(watched) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	p.ended = end != nil
	return end
}

// read is stage one.
func (p *pipeline) read(ctx context.Context) error {
	if err := p.beatIdle(ctx); err != nil {
		return err
	}
	for {
		item, err := p.source.Next(ctx)
		if err != nil {
			return err
		}
		if err := p.accept(ctx, item); err != nil {
			return err
		}
	}
}

// accept puts one item into the queue.
func (p *pipeline) accept(ctx context.Context, item event.Item) error {
	switch i := item.(type) {
	case *event.Rows:
		return p.acceptRows(ctx, i)
	case event.Begin:
		return p.begin(ctx, i)
	case event.DDL:
		p.last = i.Meta.Txn
		if err := p.changed(ctx, i); err != nil {
			return err
		}
		return p.publish(ctx, i)
	case event.Commit:
		return p.boundary(ctx, i)
	case event.Rollback:
		return p.rolledBack(i)
	case event.Notification:
		return p.notify(ctx, i)
	case event.Heartbeat:
		p.metrics.alive()
		if err := p.rotated(ctx, i.Position); err != nil {
			return err
		}
		return p.beatIdle(ctx)
	default:
		return fmt.Errorf("item of type %T is not known", item)
	}
}

// changed stores the versions that a statement made, and queues what it emptied.
func (p *pipeline) changed(ctx context.Context, d event.DDL) error {
	if len(d.Changes) == 0 {
		return nil
	}
	p.forget(d.Changes)
	var tables []*schema.Table
	for _, ch := range d.Changes {
		tables = append(tables, ch.Stored()...)
	}
	if err := p.keep(ctx, tables); err != nil {
		return err
	}
	return p.truncated(ctx, d)
}

// forget drops the plans of versions that are no more. Other tables keep theirs: a
// statement on one of thousands must not have them all compiled again.
func (p *pipeline) forget(changes []schema.Change) {
	gone := map[schema.ID]bool{}
	for _, ch := range changes {
		gone[ch.ID], gone[ch.Previous] = true, true
	}
	maps.DeleteFunc(p.plans, func(t *schema.Table, _ format.Plan) bool { return gone[t.ID] })
}

func (p *pipeline) acceptRows(ctx context.Context, r *event.Rows) error {
	plan, err := p.plan(r.Table)
	if err != nil {
		return fmt.Errorf("table %s: %w", r.Table.ID, err)
	}
	p.rows++
	if done, err := p.durable(r); done || err != nil {
		return err
	}
	p.metrics.read(r)
	return p.pushed(ctx, p.queue.push(ctx, task{rows: r, plan: plan, first: p.rows == 1}))
}

// plan returns the table version's plan, compiled when it is first seen.
func (p *pipeline) plan(t *schema.Table) (format.Plan, error) {
	if plan, ok := p.plans[t]; ok {
		return plan, nil
	}
	plan, err := p.encoder.Plan(t)
	if err == nil {
		p.plans[t] = plan
	}
	return plan, err
}

// begin opens a transaction. Debezium knows no transaction of an XA branch.
func (p *pipeline) begin(ctx context.Context, b event.Begin) error {
	p.last = b.Txn
	if p.counted == nil || b.Branch {
		return nil
	}
	p.txn = b.Txn
	return p.pushed(ctx, p.queue.note(ctx, begins(b, p.state.Split), 0))
}

func (p *pipeline) boundary(ctx context.Context, c event.Commit) error {
	if p.txn != nil {
		end := &endNote{txn: *p.txn, ms: c.Micros / 1000}
		if p.txn = nil; !p.queue.note(ctx, end, 0) {
			return context.Cause(ctx)
		}
	}
	if p.rows > 0 {
		p.state.Split = nil // it was this one
	}
	p.rows = 0
	p.state.Snapshot = c.Snapshot
	if c.Signals != nil {
		p.state.Signals = c.Signals
	}
	p.metrics.transaction()
	if _, err := p.beat(ctx); err != nil {
		return err
	}
	return p.mark(ctx, c.Position)
}

// rotated moves the state into the file that an idle server writes now, so that
// it does not name one that is purged by and by. A position without a file
// stays: what the server skips by GTID would come again by file.
func (p *pipeline) rotated(ctx context.Context, pos event.Position) error {
	if last := p.state.Position.File; last == "" || pos.File == last {
		return nil
	}
	return p.mark(ctx, pos)
}

// mark pushes a state at pos.
func (p *pipeline) mark(ctx context.Context, pos event.Position) error {
	p.state.Position = pos
	p.state.Schema = p.version()
	return p.pushed(ctx, p.queue.boundary(ctx, p.state))
}

// pushed turns a refused push into the reason: the queue closes only with ctx.
func (p *pipeline) pushed(ctx context.Context, ok bool) error {
	if ok {
		return nil
	}
	return context.Cause(ctx)
}

// work is stage two: it encodes chunks until there are no more.
func (p *pipeline) work(ctx context.Context) {
	for {
		c := p.queue.take(ctx)
		if c == nil {
			return
		}
		c.err = p.encode(c)
		close(c.done)
	}
}

// encode fills the chunk's batch. An event that is left out gives no record,
// also of the rows before the one that cannot be read.
func (p *pipeline) encode(c *chunk) error {
	for i := range c.tasks {
		if err := p.encodeTask(&c.tasks[i], &c.batch); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipeline) encodeTask(t *task, b *format.Batch) (err error) {
	records, data := len(b.Records), len(b.Data)
	if t.note != nil {
		err = t.note.encode(b)
	} else if t.count, err = t.plan.Append(b, t.rows); err != nil {
		if p.leaveOut != nil && p.leaveOut(t.rows, err) {
			t.count, b.Records, b.Data, err = 0, b.Records[:records], b.Data[:data], nil
		} else {
			err = fmt.Errorf("%s: %w", where(t.rows), err)
		}
	}
	t.end = len(b.Records)
	return err
}

// where says which rows are meant, without anything that they hold.
func where(r *event.Rows) string {
	return fmt.Sprintf("binlog %s:%d, GTID %s, table %s", r.Meta.File, r.Meta.Pos, gtidOf(r.Meta), r.Table.ID)
}

func gtidOf(m event.Meta) string {
	if m.Txn == nil || m.Txn.GTID == "" {
		return "none"
	}
	return m.Txn.GTID
}

// order is stage three: it hands chunks on in the order of the binlog.
func (p *pipeline) order(ctx context.Context) error {
	for {
		c := p.queue.first(ctx)
		if c == nil {
			return nil
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil
		}
		if err := p.hand(ctx, c); err != nil {
			return err
		}
		p.queue.pass(c)
	}
}

func (p *pipeline) hand(ctx context.Context, c *chunk) error {
	if c.err != nil {
		return c.err
	}
	if err := p.number(c, p.ids, p.counted); err != nil {
		return err
	}
	p.metrics.encoded(c)
	if err := p.sink.Append(ctx, &c.batch); err != nil {
		return refused(c, err)
	}
	if c.commit == nil {
		p.offer(p.sink, c, p.counted)
		return nil
	}
	p.numbering = begun(*c.commit)
	return p.sink.Commit(ctx, *c.commit)
}

// refused says whose record the sink does not take.
func refused(c *chunk, err error) error {
	large, ok := errors.AsType[*sink.TooLargeError](err)
	if !ok {
		return err
	}
	r := c.source(large.Index)
	if r == nil {
		return err
	}
	return fmt.Errorf("%s, row %s: %w", where(r), key(r.Table), err)
}

// source returns the rows that a record of the batch was made of, nil when it was
// made of none.
func (c *chunk) source(record int) *event.Rows {
	for _, t := range c.tasks {
		if record >= 0 && record < t.end {
			return t.rows
		}
	}
	return nil
}

// key names a table's key columns.
func key(t *schema.Table) string {
	if len(t.Key) == 0 {
		return "without key"
	}
	names := make([]string, len(t.Key))
	for i, column := range t.Key {
		names[i] = t.Columns[column].Name
	}
	return "with key (" + strings.Join(names, ", ") + ")"
}
