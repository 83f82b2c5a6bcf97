package binlog

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
)

// Config says which server to follow, from where, and which tables matter.
type Config struct {
	Flavor   event.Flavor
	Host     string
	Port     uint16
	User     string
	Password string
	ServerID uint32      // our id as a replica; unique among the server's replicas
	TLS      *tls.Config // nil for plaintext

	Start  event.Position
	Server string // id of the server at Host, written into positions

	Tables  Tables
	Capture func(schema.ID) bool // tables whose rows are yielded
	// Sources tells whose changes are yielded: it is asked with the server uuid in a
	// transaction's GTID, or with MariaDB's domain and server, as "0-1". Statements that
	// change tables count from everywhere. Nil is everybody.
	Sources func(source string) bool
	Queries bool // fill event.Meta.Query
	Parts   bool // fill event.DDL.Parts, also for statements that change no table

	// Undone are the groups, by [event.Txn.ID], that [event.Rollback] named: of
	// these, rows of tables with transactions are left out, and the group ends
	// with event.Commit. One that ends in COMMIT after all is [ErrUndone].
	Undone map[string]bool

	// LeaveOut is asked what becomes of rows of a captured table that cannot be read:
	// whether they are left out, or err ends the stream. The rows have no reader,
	// and of the table only its name. Nil leaves out nothing.
	LeaveOut func(rows *event.Rows, err error) bool

	// Unknown is told which group, by [event.Txn.ID], commits an XA branch that was
	// prepared before Start: of its rows nothing is known. Nil has it logged. Next calls
	// it.
	Unknown func(group string)

	// The rows of XA branches that are not decided yet are kept in memory up to
	// HoldBytes, default 16 MiB, and beyond that in a file without a name in
	// SpillDir, default [os.TempDir].
	HoldBytes int
	SpillDir  string

	ConnectTimeout time.Duration // default 10 s
	Heartbeat      time.Duration // how often an idle server reports; default 5 s
	ReadTimeout    time.Duration // silence after which the connection counts as dead; default 15 s
	Backoff        time.Duration // wait before reconnecting, default 500 ms
	QueueBytes     int64         // bound of events read ahead; default 4 MiB
	Logger         *zap.Logger
	// Health is told why there is no connection, at each attempt, and nil when
	// there is one again. Next calls it.
	Health func(error)
}

func (c Config) withDefaults() Config {
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, 5*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 15*time.Second)
	c.Backoff = cmp.Or(c.Backoff, 500*time.Millisecond)
	c.QueueBytes = cmp.Or(c.QueueBytes, 4<<20)
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.Health == nil {
		c.Health = func(error) {}
	}
	return c
}

// ErrInterrupted says that the connection broke inside of a transaction whose
// first rows were already yielded. The caller drops what it holds of it and
// opens a new Tailer at the last committed position.
var ErrInterrupted = errors.New("the connection to the server broke inside of a transaction")

// Tailer follows a server's binlog. One goroutine at a time calls Next.
type Tailer struct {
	cfg    Config
	reader *reader        // nil when not connected
	hold   *hold          // has what last lists, or the reader reads it again
	last   event.Position // the last boundary between transactions
	since  time.Time      // when it last connected
	closed bool
}

// Open connects and asks for the binlog from cfg.Start on. Errors that no
// retry can mend (login refused, position purged) are returned as they are;
// see [Retryable].
func Open(ctx context.Context, cfg Config) (*Tailer, error) {
	cfg = cfg.withDefaults()
	t := newTailer(cfg)
	return t, t.connect(ctx)
}

// OpenFiles replays binlog files from disk: the first from cfg.Start.Offset on,
// the others whole. Next returns io.EOF at the end.
// A start with prepared XA branches is refused.
func OpenFiles(cfg Config, paths ...string) (*Tailer, error) {
	cfg = cfg.withDefaults()
	if len(cfg.Start.Prepared) > 0 {
		return nil, errors.New("files cannot be read from a position with prepared XA branches")
	}
	s, err := openFiles(int64(cfg.Start.Offset), paths...)
	if err != nil {
		return nil, err
	}
	t := newTailer(cfg)
	t.reader, err = newReader(t.readerConfig(), s, cfg.Start)
	return t, err
}

func newTailer(cfg Config) *Tailer {
	return &Tailer{cfg: cfg, last: cfg.Start, hold: newHold(cfg.HoldBytes, cfg.SpillDir)}
}

func (t *Tailer) readerConfig() readerConfig {
	c := &t.cfg
	return readerConfig{
		flavor: c.Flavor, server: c.Server, tables: c.Tables, capture: c.Capture, sources: c.Sources, queries: c.Queries, parts: c.Parts,
		undone: c.Undone, leaveOut: c.LeaveOut, unknown: c.Unknown, hold: t.hold, logger: c.Logger,
	}
}

func (t *Tailer) connect(ctx context.Context) error {
	t.hold.retain(t.last.Prepared)
	plan, err := planResume(t.last, t.hold)
	if err != nil {
		return err
	}
	s, err := openDump(ctx, t.cfg, plan)
	if err != nil {
		return fmt.Errorf("open binlog of %s:%d at %s: %w", t.cfg.Host, t.cfg.Port, t.last, err)
	}
	r, err := newReader(t.readerConfig(), s, t.last)
	if err != nil {
		return errors.Join(err, s.close())
	}
	t.reader, t.since = r, time.Now()
	return nil
}

// Next returns the next item. It waits for one as long as it takes; a break
// between two transactions is mended here, out of sight. After any error but
// ctx's the Tailer can only be closed.
func (t *Tailer) Next(ctx context.Context) (event.Item, error) {
	for {
		if t.reader == nil {
			if err := t.reconnect(ctx); err != nil {
				return nil, err
			}
		}
		item, err := t.reader.next(ctx)
		if err == nil {
			t.note(item)
			return item, nil
		}
		if ctx.Err() != nil || !Retryable(err) {
			return nil, err
		}
		if t.reader.open {
			return nil, fmt.Errorf("%w: %w", ErrInterrupted, err)
		}
		t.cfg.Logger.Warn("binlog connection lost, reconnecting", zap.Stringer("position", t.last), zap.Error(err))
		t.cfg.Health(err)
		if err := t.disconnect(); err != nil {
			return nil, err
		}
	}
}

// note remembers the boundary that an item marks.
func (t *Tailer) note(item event.Item) {
	switch i := item.(type) {
	case event.Commit:
		t.last = i.Position
	case event.Rollback:
		t.last = i.Position
	case event.Heartbeat:
		if t.last.File != "" { // else what the server skips by GTID would come again by file
			t.last = i.Position
		}
	}
}

// logEvery is how often an outage that lasts is logged.
const logEvery = 10 * time.Second

// reconnect tries until it is connected again, the error is final, or ctx ends.
// It waits before it tries a server that ended the last dump at once.
func (t *Tailer) reconnect(ctx context.Context) error {
	if t.closed {
		return errClosed
	}
	began, logged := time.Now(), time.Time{}
	wait := t.cfg.Backoff - time.Since(t.since)
	for {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = t.cfg.Backoff
		err := t.connect(ctx)
		if err == nil {
			t.cfg.Logger.Info("binlog connection is back", zap.Duration("after", time.Since(began)))
			t.cfg.Health(nil)
			return nil
		}
		if ctx.Err() != nil || !Retryable(err) {
			return err
		}
		t.cfg.Health(err)
		if time.Since(logged) > logEvery {
			logged = time.Now()
			t.cfg.Logger.Warn("cannot reconnect to the binlog, trying again", zap.Duration("for", time.Since(began)), zap.Error(err))
		}
	}
}

var errClosed = errors.New("the tailer is closed")

// Close cuts the connection and waits for what reads from it. It may be called
// more than once.
func (t *Tailer) Close() error {
	t.closed = true
	return errors.Join(t.disconnect(), t.hold.close())
}

func (t *Tailer) disconnect() error {
	if t.reader == nil {
		return nil
	}
	s := t.reader.stream
	t.reader = nil
	return s.close()
}
