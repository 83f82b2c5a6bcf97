package connector

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(mysqltest.Wrap(m)) }

// scripted is a source that yields items and then err.
type scripted struct {
	items []event.Item
	err   error // io.EOF when nil; errBlock waits for ctx
}

var errBlock = errors.New("wait for the context")

func (s *scripted) Next(ctx context.Context) (event.Item, error) {
	if len(s.items) > 0 {
		item := s.items[0]
		s.items = s.items[1:]
		return item, nil
	}
	if errors.Is(s.err, errBlock) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if s.err != nil {
		return nil, s.err
	}
	return nil, io.EOF
}

func (s *scripted) Close() error { return nil }

// numbered is an encoder whose records hold the number of their rows event, and
// take a random while to make.
type numbered struct{ fail uint64 }

func (n numbered) Plan(*schema.Table) (format.Plan, error) { return n, nil }

var errEncode = errors.New("cannot encode")

func (n numbered) Append(b *format.Batch, r *event.Rows) (int, error) {
	for range rand.IntN(50) {
		runtime.Gosched()
	}
	if r.Meta.Pos == n.fail {
		return 0, errEncode
	}
	start := len(b.Data)
	b.Data = binary.BigEndian.AppendUint64(b.Data, r.Meta.Pos)
	b.Records = append(b.Records, format.Record{Start: int32(start), KeyLen: -1, ValueLen: 8})
	return 1, nil
}

// recorder is a sink that keeps what it got, and fails at its nth append.
type recorder struct {
	seen    []uint64
	commits []event.State
	atEach  []int // len(seen) at each commit
	failAt  int
	full    chan struct{} // when set, Append waits for it
}

var errSink = errors.New("sink is broken")

func (r *recorder) Takeover(context.Context, sink.Owner) error { return nil }

func (r *recorder) Append(ctx context.Context, b *format.Batch) error {
	if r.full != nil {
		select {
		case <-r.full:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i := range b.Records {
		r.seen = append(r.seen, binary.BigEndian.Uint64(b.Value(i)))
	}
	if r.failAt > 0 && len(r.seen) >= r.failAt {
		return errSink
	}
	return nil
}

func (r *recorder) Commit(_ context.Context, s event.State) error {
	r.commits = append(r.commits, s)
	r.atEach = append(r.atEach, len(r.seen))
	return nil
}

func (r *recorder) Flush(context.Context) error { return nil }
func (r *recorder) Close() error                { return nil }

// transactions makes n transactions of 0 to 4 rows events each; events are
// numbered from 1 in Meta.Pos, and each commit's offset is the last number.
func transactions(n, size int) (items []event.Item, last uint64) {
	table := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}}
	for range n {
		items = append(items, event.Begin{Txn: &event.Txn{}})
		for range rand.IntN(5) {
			last++
			items = append(items, &event.Rows{Table: table, Size: size, Meta: event.Meta{Pos: last}})
		}
		items = append(items, event.Commit{Position: event.Position{File: "f", Offset: last}})
	}
	return items, last
}

func newPipeline(t testing.TB, src Source, sink Sink, enc Encoder, queueBytes int64) *pipeline {
	t.Helper()
	return &pipeline{
		source: src, sink: sink, encoder: enc, workers: 4, queue: newQueue(queueBytes, 4), metrics: NewMetrics("test", nil),
		keep:    func(context.Context, []*schema.Table) error { return nil },
		version: func() schema.Version { return 7 },
		capture: func(schema.ID) bool { return true },
	}
}

func (r *recorder) checkOrder(t *testing.T) {
	t.Helper()
	for i, n := range r.seen {
		if n != uint64(i+1) {
			t.Fatalf("record %d holds event %d", i, n)
		}
	}
	for i, s := range r.commits {
		if int(s.Position.Offset) != r.atEach[i] {
			t.Fatalf("boundary %d is at event %d but came after %d records", i, s.Position.Offset, r.atEach[i])
		}
	}
}

func TestPipeline_OrderAndBoundaries(t *testing.T) {
	f := func(n, size int, queueBytes int64) {
		t.Helper()
		items, last := transactions(n, size)
		sink := &recorder{}
		p := newPipeline(t, &scripted{items: items}, sink, numbered{}, queueBytes)
		if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		sink.checkOrder(t)
		if uint64(len(sink.seen)) != last {
			t.Errorf("%d events arrived, want %d", len(sink.seen), last)
		}
		if got := sink.commits[len(sink.commits)-1]; got.Schema != 7 {
			t.Errorf("the last state is %+v, want version 7", got)
		}
		if p.queue.bytes() != 0 {
			t.Errorf("the queue still counts %d bytes", p.queue.bytes())
		}
	}
	f(1, 10, 1<<20)
	f(2000, 10, 1<<20)
	f(500, 10<<10, 1<<20) // several chunks in flight
	f(500, 40<<10, 1<<20) // chunks of one event
	f(100, 10, 1)         // a queue that holds one event at a time
}

func TestPipeline_ErrorEndsItWithReason(t *testing.T) {
	f := func(src *scripted, enc numbered, sink *recorder, want error) {
		t.Helper()
		p := newPipeline(t, src, sink, enc, 1<<20)
		if err := p.run(t.Context()); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		sink.checkOrder(t)
	}
	items, _ := transactions(1000, 1000)
	broken := errors.New("source is broken")
	f(&scripted{items: items, err: broken}, numbered{}, &recorder{}, broken)
	f(&scripted{items: items, err: errBlock}, numbered{fail: 500}, &recorder{}, errEncode)
	f(&scripted{items: items, err: errBlock}, numbered{}, &recorder{failAt: 500}, errSink)
}

func TestPipeline_CancelWhileEverythingWaits(t *testing.T) {
	items, _ := transactions(1000, 10<<10)
	ctx, cancel := context.WithCancel(t.Context())
	sink := &recorder{full: make(chan struct{})}
	p := newPipeline(t, &scripted{items: items, err: errBlock}, sink, numbered{}, 1<<20)
	done := make(chan error, 1)
	go func() { done <- p.run(ctx) }()
	for p.queue.bytes() < 1<<19 {
		runtime.Gosched()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if p.queue.bytes() > 1<<20 {
		t.Errorf("the queue held %d bytes, more than its bound", p.queue.bytes())
	}
}

// forgiving is a sink that takes back what was not committed.
type forgiving struct{ recorder }

func (f *forgiving) Abort(context.Context) error { return nil }

// A group that is rolled back ends the session: its name is known to the next one,
// unless the server may use it again.
func TestPipeline_RollbackEndsTheSession(t *testing.T) {
	table := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}}
	f := func(sink Sink, group string, want error, undone ...string) {
		t.Helper()
		items := []event.Item{
			event.Begin{Txn: &event.Txn{}},
			&event.Rows{Table: table, Size: 1, Meta: event.Meta{Pos: 1}},
			event.Rollback{Group: group},
		}
		p := newPipeline(t, &scripted{items: items}, sink, numbered{}, 1<<20)
		err := p.run(t.Context())
		if want != nil && !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", group, err, want)
		}
		c := New(Config{}, Deps{})
		c.undo(err)
		if got := slices.Sorted(maps.Keys(c.undone)); !slices.Equal(got, undone) {
			t.Errorf("%s: undone is %v", group, got)
		}
		if class, again := classify(err); again != (want == nil) {
			t.Errorf("%s: class %s, again %v", group, class, again)
		}
	}
	f(&recorder{}, "g:7", ErrUndecided)
	f(&forgiving{}, "g:7", nil, "g:7")
	f(&forgiving{}, "", nil)
}

func TestRun_RolledBackBehindItsPart(t *testing.T) {
	c := New(Config{}, Deps{})
	c.undone["g:7"] = true
	if err := c.checkUndone(event.State{Split: &event.Split{Group: "g:7"}}); !errors.Is(err, ErrUndoneSplit) {
		t.Error(err)
	}
	if err := errors.Join(c.checkUndone(event.State{}), c.checkUndone(event.State{Split: &event.Split{Group: "g:8"}})); err != nil {
		t.Error(err)
	}
}

// failing is a sink that fails with nothing at hand.
type failing struct{ recorder }

func (*failing) Wait(context.Context) error { return errSink }

func TestPipeline_SinkFailsWhileSourceIsIdle(t *testing.T) {
	p := newPipeline(t, &scripted{err: errBlock}, &failing{}, numbered{}, 1<<20)
	if err := p.run(t.Context()); !errors.Is(err, errSink) {
		t.Errorf("got %v", err)
	}
}

// watched is a sink that never fails on its own.
type watched struct{ recorder }

func (*watched) Wait(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func TestPipeline_WatchedSinkLetsItEnd(t *testing.T) {
	p := newPipeline(t, &scripted{}, &watched{}, numbered{}, 1<<20)
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

// TestPipeline_IdleServerRotates: a state in a file that an idle server purges
// could not be resumed, though nothing happened.
func TestPipeline_IdleServerRotates(t *testing.T) {
	f := func(what, start string, want ...uint64) {
		t.Helper()
		beat := func(file string, offset uint64) event.Item {
			return event.Heartbeat{Position: event.Position{File: file, Offset: offset}}
		}
		sink := &recorder{}
		p := newPipeline(t, &scripted{items: []event.Item{beat("1", 90), beat("2", 4), beat("2", 4)}}, sink, numbered{}, 1<<20)
		p.state.Position.File = start
		if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		var got []uint64
		for _, s := range sink.commits {
			got = append(got, s.Position.Offset)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: states at %v, want %v", what, got, want)
		}
	}
	f("by file", "1", 4)
	f("by GTID", "")
}

// TestPipeline_ForgetsPlans: a statement has only the tables compiled again that it
// changed, under the old name, too.
func TestPipeline_ForgetsPlans(t *testing.T) {
	id := func(name string) schema.ID { return schema.ID{Database: "d", Name: name} }
	p := &pipeline{plans: map[*schema.Table]format.Plan{}}
	for _, name := range []string{"altered", "renamed", "dropped", "other"} {
		p.plans[&schema.Table{ID: id(name)}] = nil
	}
	p.forget([]schema.Change{
		{Kind: schema.Altered, ID: id("altered")}, {Kind: schema.Renamed, ID: id("new"), Previous: id("renamed")}, {Kind: schema.Dropped, ID: id("dropped")},
	})
	for table := range p.plans {
		if table.ID != id("other") {
			t.Errorf("%s keeps its plan", table.ID)
		}
	}
	if len(p.plans) != 1 {
		t.Errorf("%d plans are left, want 1", len(p.plans))
	}
}
