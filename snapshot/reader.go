package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cdcd/event"
	"cdcd/schema"
)

// Why the rest has to be read in a new view.
var (
	// ErrChanged says that a table is not any more what it was in the view.
	ErrChanged = errors.New("a table was changed, dropped or emptied while it was copied")
	// ErrOld says that the view was open for longer than [Config.Renew].
	ErrOld = errors.New("the view is old")
)

// SelectError says that a table cannot be read by its [Table.Query]. Its text has
// nothing of Err, which may quote the statement.
type SelectError struct{ Err error }

func (*SelectError) Error() string { return "the statement that is given for its rows cannot be used" }

// Unwrap returns what the session says.
func (e *SelectError) Unwrap() error { return e.Err }

// Config says what is copied, and through what. Sessions stay the caller's to close.
type Config struct {
	Sessions []Session // they see one view, or may be taken to
	Tables   []Table   // what is left, in the order in which it is read
	// Progress is how far earlier views have come; the last view in it is the one of
	// the sessions.
	Progress *event.Progress
	Position event.Position // where the stream begins
	Meta     event.Meta     // of the rows, but for their time and marker
	Rows     int            // of one query at most; 0 for the default
	Renew    time.Duration  // how long a view may be open; 0 for ever
	// Same tells whether a statement that makes a table is that of the version to be
	// read. It may be called concurrently.
	Same func(t *schema.Table, create string) (bool, error)
	// Repeats has rows of tables without a key become durable before the last one
	// is; after a crash all of them come again.
	Repeats bool
	Notices *Notices // nil has nothing told
	// Before is how far earlier views of this process have come with the same copy; the
	// zero Status for none.
	Before Status
}

// Table is one table to copy.
type Table struct {
	Table  *schema.Table
	Query  string // a SELECT whose rows are taken for the table's; "" for all of them
	Parts  int    // into how many it may be divided
	Rows   int64  // how many there are, as far as that is known
	Window *Touched
}

// Reader copies tables. It is a source of items: Rows with the operation Read,
// Commits behind which the progress can be made durable, and where they are wanted
// Notifications: what is told of a table's end stands with that end before a Commit,
// and that everything was copied before the first one whose progress says so. Its end
// is io.EOF, which no other error is.
type Reader struct {
	cfg     Config
	work    work
	batches chan *batch
	ahead   *ahead
	gauge   *gauge
	cancel  context.CancelFunc
	ended   sync.WaitGroup
	err     error // of the sessions, once batches is closed

	// Owned by the goroutine that calls Next.
	ready    []event.Item
	now      *event.Progress
	final    *batch   // the end of a table that may be the last one with rows
	behind   []*batch // of tables without rows behind that one
	partial  int      // tables without a key of which some rows were yielded
	finished bool
	told     bool // that everything was copied
}

// Open begins to read. It returns at once; ctx bounds the reading.
func Open(ctx context.Context, cfg Config) (*Reader, error) {
	r := &Reader{cfg: cfg, now: cfg.Progress, batches: make(chan *batch, len(cfg.Sessions)), gauge: newGauge(cfg)}
	// Two queries of each session have room in it, so that one can be read while the
	// rows of the other become durable. What Next holds back, a batch of each session
	// and one more, is less than that: nobody waits for ever.
	r.ahead = newAhead(int64(len(cfg.Sessions)*max(maxAhead, 2*cfg.Rows)), cfg.Progress.Rows)
	if err := r.work.prepare(cfg); err != nil {
		return nil, err
	}
	r.tellGone()
	ctx, r.cancel = context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	begun := time.Now()
	for _, s := range cfg.Sessions {
		w := &worker{session: s, reader: r, begun: begun}
		g.Go(func() error { return w.run(ctx) })
	}
	r.ended.Go(func() {
		r.err = g.Wait()
		close(r.batches)
	})
	return r, nil
}

// Durable tells that the progress up to p is. Sessions read a bounded number of rows
// beyond that. It may be called at any time.
func (r *Reader) Durable(p *event.Progress) { r.ahead.reached(p.Rows) }

// Close ends the reading and waits for it.
func (r *Reader) Close() error {
	r.cancel()
	r.ended.Wait()
	r.gauge.update(func(s *Status) { s.Ended, s.Complete = time.Now(), r.finished })
	return nil
}

// Next returns the next item. After an error it can only be closed.
func (r *Reader) Next(ctx context.Context) (event.Item, error) {
	for len(r.ready) == 0 {
		if r.finished {
			return nil, io.EOF
		}
		if err := r.advance(ctx); err != nil {
			return nil, err
		}
	}
	item := r.ready[0]
	r.ready = r.ready[1:]
	return item, nil
}

// advance takes one batch in.
func (r *Reader) advance(ctx context.Context) error {
	select {
	case b, more := <-r.batches:
		if more {
			r.work.open()
			r.arrive(b)
			return nil
		}
		if errors.Is(r.err, io.EOF) { // of a connection: the copy is not at its end
			return fmt.Errorf("%w: %v", io.ErrUnexpectedEOF, r.err) //nolint:errorlint // it is not to be found
		}
		if r.err != nil {
			return r.err
		}
		r.finish()
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
