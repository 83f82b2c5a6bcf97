package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/go-mysql-org/go-mysql/replication"
	"golang.org/x/sync/errgroup"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
	"cdcd/sink/format"
)

// rounds is how often each figure of decode is measured, in turns with the
// rival; the fastest counts, since others on the machine only slow down.
const rounds = 5

// decode compares our decoder with go-mysql's on the same captured events, which
// both find in memory. Time on one core is processor time, which others on the
// machine disturb least.
func decode(ctx context.Context, b *bench) error {
	l := load{inserts: b.amount(180_000), updates: b.amount(60_000), deletes: b.amount(30_000)}
	c, err := capture(ctx, b, l)
	if err != nil {
		return err
	}
	d, err := newDecoding(c, l)
	if err != nil {
		return err
	}
	size, err := d.sizes(ctx)
	if err != nil {
		return err
	}
	say("decode: %d row images of %d bytes in %d rows events, records of %d bytes; one core, GOMAXPROCS=1",
		l.images(), d.bytes/l.images(), d.rowEvents, size)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if err := d.measure(ctx); err != nil {
		return err
	}
	if err := d.allocations(ctx); err != nil {
		return err
	}
	if err := d.scaling(ctx); err != nil {
		return err
	}
	if b.profile == "" {
		return nil
	}
	var rows []*event.Rows
	for range 2 * rounds {
		rows = append(rows, d.framed(ctx)...)
	}
	return b.profiled("decode_json", func() error { return over(rows, d.json()) })
}

// decoding is a captured file and the plans to read it.
type decoding struct {
	*captured
	load      load
	rowEvents int
	bytes     int // of rows events
	encoder   *format.JSON
	values    [2][]event.Value
	batch     format.Batch
}

func newDecoding(c *captured, l load) (*decoding, error) {
	d := &decoding{captured: c, load: l}
	for i := range d.values {
		d.values[i] = make([]event.Value, 10)
	}
	var err error
	d.encoder, err = format.NewJSON(format.Config{
		TopicPrefix: "bench", Connector: "mysql", Version: "3.6.1.Final",
		Tombstones: true, ContextHeaders: true, TaskID: "0", RunID: "bench", TimeAdjuster: true,
	})
	if err != nil {
		return nil, err
	}
	return d, d.each(context.Background(), func(r *event.Rows) error {
		d.rowEvents++
		d.bytes += r.Size
		return nil
	})
}

// each opens the file and calls f with its rows events.
func (d *decoding) each(ctx context.Context, f func(*event.Rows) error) error {
	tracker := schema.New()
	if _, err := tracker.Apply(schema.DDL{Database: "bench", Statement: mysqltest.OrdersTable}); err != nil {
		return err
	}
	source, err := binlog.OpenFiles(binlog.Config{
		Flavor: event.MySQL, Tables: tracker, Capture: isOrders,
		Start: event.Position{Flavor: event.MySQL, File: d.name, Offset: 4},
	}, d.path)
	if err != nil {
		return err
	}
	defer source.Close()
	for {
		item, err := source.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rows, ok := item.(*event.Rows); ok {
			if err := f(rows); err != nil {
				return err
			}
		}
	}
}

func isOrders(id schema.ID) bool { return id == schema.ID{Database: "bench", Name: "orders"} }

// drain decodes the rows of an event.
func (d *decoding) drain(r *event.Rows) error {
	for {
		if ok, err := r.Next(d.values[0], d.values[1]); err != nil || !ok {
			return err
		}
	}
}

// json returns a function that decodes the rows of an event and prints their
// records.
func (d *decoding) json() func(*event.Rows) error {
	p := printer{encoder: d.encoder, batch: &d.batch}
	return p.print
}

// rival decodes the events with go-mysql.
func (d *decoding) rival() error {
	p := replication.NewBinlogParser()
	images := 0
	for _, raw := range d.events {
		e, err := p.Parse(raw)
		if err != nil {
			return err
		}
		if rows, ok := e.Event.(*replication.RowsEvent); ok {
			images += len(rows.Rows)
		}
	}
	if images != d.load.images() {
		return fmt.Errorf("go-mysql decoded %d row images of %d", images, d.load.images())
	}
	return nil
}

// printer encodes rows events into a batch that it empties when it is full.
type printer struct {
	encoder *format.JSON
	batch   *format.Batch
	table   *schema.Table
	plan    format.Plan
	records int
}

func (p *printer) print(r *event.Rows) (err error) {
	if p.table != r.Table {
		p.table = r.Table
		if p.plan, err = p.encoder.Plan(r.Table); err != nil {
			return err
		}
	}
	before := len(p.batch.Records)
	_, err = p.plan.Append(p.batch, r)
	p.records += len(p.batch.Records) - before
	if len(p.batch.Data) > 1<<20 {
		p.batch.Reset()
	}
	return err
}

// measure prints the speeds on one core.
func (d *decoding) measure(ctx context.Context) error {
	best := map[string]time.Duration{}
	for range rounds {
		plain, printed := d.framed(ctx), d.framed(ctx)
		for _, way := range []struct {
			name string
			run  func() error
		}{
			{"decode_rival", d.rival},
			{"decode", func() error { return over(plain, d.drain) }},
			{"decode_json", func() error { return over(printed, d.json()) }},
			{"read_file", func() error { return d.each(ctx, func(*event.Rows) error { return nil }) }},
		} {
			took, err := timed(way.run)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			best[way.name] = fastest(best[way.name], took)
		}
	}
	rival := best["decode_rival"]
	d.speed("decode_rival", rival, 0)
	d.speed("decode", best["decode"], rival)
	d.speed("decode_json", best["decode_json"], rival)
	figure("read_file", float64(d.bytes)/best["read_file"].Seconds()/1e6, "MB/s")
	return nil
}

// timed returns the processor time of f.
func timed(f func() error) (time.Duration, error) {
	runtime.GC()
	began := ownCPU()
	err := f()
	return ownCPU() - began, err
}

// fastest is the smaller of two times, of which a may be none.
func fastest(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// speed prints the figures of one way to read the file; rival is 0 for none.
func (d *decoding) speed(name string, took, rival time.Duration) {
	images := float64(d.load.images()) / took.Seconds()
	if rival > 0 {
		versus(name, images, "images/s", float64(rival)/float64(took), "go-mysql")
	} else {
		figure(name, images, "images/s")
	}
	figure(name+"_bytes", float64(d.bytes)/took.Seconds()/1e6, "MB/s")
}

// allocations counts what decoding and printing allocate once everything has
// grown to its size. The events are framed before: a frame is what the source
// allocates, one an event.
func (d *decoding) allocations(ctx context.Context) error {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties pools
	for _, way := range []struct {
		name string
		f    func(*event.Rows) error
	}{{"decode_allocs", d.drain}, {"decode_json_allocs", d.json()}} {
		rows := d.framed(ctx)
		half := len(rows) / 2
		if err := over(rows[:half], way.f); err != nil {
			return err
		}
		n, err := allocated(rows[half:], way.f)
		if err != nil {
			return err
		}
		figure(way.name, float64(n)/float64(d.load.images()/2), "allocations/row")
	}
	return nil
}

// framed returns all rows events, ready to be decoded once.
func (d *decoding) framed(ctx context.Context) []*event.Rows {
	var out []*event.Rows
	err := d.each(ctx, func(r *event.Rows) error {
		out = append(out, r)
		return nil
	})
	if err != nil {
		panic(err) // the same file was read before
	}
	return out
}

func over(rows []*event.Rows, f func(*event.Rows) error) error {
	for _, r := range rows {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// allocated is over, and returns the number of allocations.
func allocated(rows []*event.Rows, f func(*event.Rows) error) (uint64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := over(rows, f)
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, err
}

// scaling prints with two workers what one prints alone; both find the events
// framed.
func (d *decoding) scaling(ctx context.Context) error {
	one, err := d.workers(ctx, 1)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(2)
	two, err := d.workers(ctx, 2)
	if err != nil {
		return err
	}
	versus("decode_json_2workers", float64(d.load.images())/two.Seconds(), "images/s", float64(one)/float64(two), "1-worker")
	runtime.GOMAXPROCS(1)
	return nil
}

// sizes is the average length of a record, headers included.
func (d *decoding) sizes(ctx context.Context) (int, error) {
	n, bytes := 0, 0
	p := printer{encoder: d.encoder}
	err := d.each(ctx, func(r *event.Rows) error {
		p.batch = &format.Batch{}
		if err := p.print(r); err != nil {
			return err
		}
		for _, r := range p.batch.Records {
			n++
			bytes += int(max(r.KeyLen, 0)+max(r.ValueLen, 0)) + len(r.Headers)
		}
		return nil
	})
	return bytes / max(1, n), err
}

// workers returns how long n workers need for all events, at best.
func (d *decoding) workers(ctx context.Context, n int) (best time.Duration, err error) {
	for range rounds {
		rows := d.framed(ctx)
		runtime.GC()
		began := time.Now()
		var g errgroup.Group
		g.SetLimit(n)
		for _, half := range [][]*event.Rows{rows[:len(rows)/2], rows[len(rows)/2:]} {
			g.Go(func() error {
				p := printer{encoder: d.encoder, batch: &format.Batch{}}
				return over(half, p.print)
			})
		}
		if err := g.Wait(); err != nil {
			return 0, err
		}
		best = fastest(best, time.Since(began))
	}
	return best, nil
}
