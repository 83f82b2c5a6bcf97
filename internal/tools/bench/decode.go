package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"github.com/go-mysql-org/go-mysql/replication"
	"golang.org/x/sync/errgroup"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// rounds is how often each figure of decode is measured, in turns with the
// rival; the fastest counts, since others on the machine only slow down.
const rounds = 5

// decode compares our decoder with go-mysql's on the same captured events. Ours
// reads them from a file, so framing is part of its time; the rival finds them
// in memory.
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
	say("decode: %d row images in %d rows events, %d bytes each; one core, GOMAXPROCS=1", l.images(), d.rowEvents, d.bytes/l.images())
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
	return b.profiled(func() error { return repeat(rounds, func() error { return d.json(ctx) }) })
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
	if _, err := tracker.Apply(schema.DDL{Database: "bench", Statement: createOrders}); err != nil {
		return err
	}
	source, err := binlog.OpenFiles(binlog.Config{
		Flavor: event.MySQL, Tables: resolver{tracker}, Capture: isOrders,
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

// decode reads every row image into values.
func (d *decoding) decode(ctx context.Context) error {
	return d.each(ctx, d.drain)
}

func (d *decoding) drain(r *event.Rows) error {
	for {
		if ok, err := r.Next(d.values[0], d.values[1]); err != nil || !ok {
			return err
		}
	}
}

// json reads every row image and prints its record.
func (d *decoding) json(ctx context.Context) error {
	e := printer{encoder: d.encoder, batch: &d.batch}
	return d.each(ctx, e.print)
}

// frame only walks over the events.
func (d *decoding) frame(ctx context.Context) error {
	return d.each(ctx, func(*event.Rows) error { return nil })
}

// rival decodes the events with go-mysql.
func (d *decoding) rival(context.Context) error {
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
	bytes   int
}

func (p *printer) print(r *event.Rows) (err error) {
	if p.table != r.Table {
		p.table = r.Table
		if p.plan, err = p.encoder.Plan(r.Table); err != nil {
			return err
		}
	}
	before := len(p.batch.Data)
	n, err := p.plan.Append(p.batch, r)
	p.records += n
	p.bytes += len(p.batch.Data) - before
	if len(p.batch.Data) > 1<<20 {
		p.batch.Reset()
	}
	return err
}

// measure prints the speeds on one core.
func (d *decoding) measure(ctx context.Context) error {
	runs := []func(context.Context) error{d.rival, d.frame, d.decode, d.json}
	best := make([]time.Duration, len(runs))
	for range rounds {
		for i, run := range runs {
			runtime.GC()
			began := time.Now()
			if err := run(ctx); err != nil {
				return err
			}
			if took := time.Since(began); best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	d.speed("decode_rival", best[0], 0)
	d.speed("frame", best[1], 0)
	d.speed("decode", best[2], best[0])
	d.speed("decode_json", best[3], best[0])
	return nil
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
	for _, print := range []bool{false, true} {
		p := printer{encoder: d.encoder, batch: &d.batch}
		name, f := "decode_allocs", d.drain
		if print {
			name, f = "decode_json_allocs", p.print
		}
		if err := over(d.half(ctx, 0), f); err != nil {
			return err
		}
		n, err := allocated(d.half(ctx, 1), f)
		if err != nil {
			return err
		}
		figure(name, float64(n)/float64(d.load.images()/2), "allocations/row")
	}
	return nil
}

// half collects every other rows event.
func (d *decoding) half(ctx context.Context, odd int) []*event.Rows {
	var out []*event.Rows
	i := 0
	err := d.each(ctx, func(r *event.Rows) error {
		if i++; i%2 == odd {
			out = append(out, r)
		}
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

// workers returns how long n workers need for all events, at best.
func (d *decoding) workers(ctx context.Context, n int) (best time.Duration, err error) {
	for range rounds {
		halves := [][]*event.Rows{d.half(ctx, 0), d.half(ctx, 1)}
		runtime.GC()
		began := time.Now()
		var g errgroup.Group
		g.SetLimit(n)
		for _, rows := range halves {
			g.Go(func() error {
				p := printer{encoder: d.encoder, batch: &format.Batch{}}
				return over(rows, p.print)
			})
		}
		if err := g.Wait(); err != nil {
			return 0, err
		}
		if took := time.Since(began); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

func repeat(n int, f func() error) error {
	for range n {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// profiled runs f with the CPU profile that was asked for; without one it does
// not run it at all.
func (b *bench) profiled(f func() error) (err error) {
	if b.profile == "" {
		return nil
	}
	out, err := os.Create(b.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
