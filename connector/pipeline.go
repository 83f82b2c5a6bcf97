package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	workers  int
	queue    *queue
	metrics  *Metrics
	leaveOut func(*event.Rows, error) bool // whether rows that cannot be read are left out; nil for never

	// Owned by the reading goroutine.
	plans map[*schema.Table]format.Plan
	state event.State // the last boundary pushed
	rows  int         // captured row events in the open transaction

	ids bool // records carry the ids of their rows
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
	if w, ok := p.sink.(Watched); ok {
		g.Go(func() error { return w.Wait(watched) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return end
}

// read is stage one.
func (p *pipeline) read(ctx context.Context) error {
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
		return nil // the boundary before it has closed the books
	case event.DDL:
		return p.changed(ctx, i.Changes)
	case event.Commit:
		return p.boundary(ctx, i.Position)
	case event.Rollback:
		return p.rolledBack(i)
	case event.Heartbeat:
		p.metrics.alive()
		return p.rotated(ctx, i.Position)
	default:
		return fmt.Errorf("item of type %T is not known", item)
	}
}

// changed stores the versions that a statement made.
func (p *pipeline) changed(ctx context.Context, changes []schema.Change) error {
	clear(p.plans)
	var tables []*schema.Table
	for _, ch := range changes {
		tables = append(tables, ch.Stored()...)
	}
	return p.keep(ctx, tables)
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

func (p *pipeline) boundary(ctx context.Context, pos event.Position) error {
	if p.rows > 0 {
		p.state.Split = nil // it was this one
	}
	p.rows = 0
	p.metrics.transaction()
	return p.mark(ctx, pos)
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
		t := &c.tasks[i]
		records, data := len(c.batch.Records), len(c.batch.Data)
		n, err := t.plan.Append(&c.batch, t.rows)
		if err != nil {
			if p.leaveOut == nil || !p.leaveOut(t.rows, err) {
				return fmt.Errorf("%s: %w", where(t.rows), err)
			}
			n, c.batch.Records, c.batch.Data = 0, c.batch.Records[:records], c.batch.Data[:data]
		}
		t.count, t.end = n, len(c.batch.Records)
	}
	return nil
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
	p.metrics.encoded(c)
	p.number(c, p.ids)
	if err := p.sink.Append(ctx, &c.batch); err != nil {
		return refused(c, err)
	}
	if c.commit == nil {
		p.offer(p.sink)
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

// source returns the rows that a record of the batch was made of, nil when it is
// none of them.
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
