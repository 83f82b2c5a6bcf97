package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/offsets"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
	"cdcd/snapshot"
)

// Deps is what a connector needs from its surroundings.
type Deps struct {
	Store     Store
	OpenSink  SinkOpener
	OpenTopic TopicOpener // nil where no signals come from Kafka
	Metrics   *Metrics
	Logger    *zap.Logger

	Turns    Turns  // of the connectors of this process; nil for no limit
	Workers  int    // encoders; default one a processor
	SpillDir string // for rows of prepared XA branches that do not fit into memory; default the system's
	Earliest bool   // without a state begin with the oldest binlog file, not now
}

// SinkOpener opens the sink of one session.
type SinkOpener func(ctx context.Context, cfg Config, h Hooks) (Sink, error)

// Hooks is what a sink tells its connector.
type Hooks struct {
	Committed func(event.State) // a state is durable
	Health    func(error)       // nil when an attempt succeeded, else why it did not
}

// Phase is where a connector stands.
type Phase string

// The phases.
const (
	Starting Phase = "starting" // connecting, or waiting to connect again
	Running  Phase = "running"
	Stopped  Phase = "stopped"
	Failed   Phase = "failed" // ended; Status.Err says why
)

// Status is what a connector reports about itself.
type Status struct {
	Phase  Phase
	Err    error       // why it failed, or is not running now
	Source error       // why the source does not get on while running, nil when it does
	Sink   error       // why the sink does not get on, nil when it does
	State  event.State // the last durable state
	// Notifications are the last ones, oldest first, where they are kept.
	Notifications []Notified
	// Copy is how far the copy of existing rows is, nil where this process copied none.
	Copy *snapshot.Status
}

// Connector runs one connector. Run is called once; the other methods may be
// called at any time.
type Connector struct {
	cfg    Config
	deps   Deps
	undone map[string]bool // transactions that a session found to be rolled back
	json   *format.JSON    // of the session that runs

	inbox    *inbox // signals of channels beside the binlog
	notified keptNotifications

	begun     bool                    // a session has begun in this process
	copy      atomic.Pointer[rowCopy] // the newest copy of this process
	rowCounts map[schema.ID]int64     // as the server estimated them

	delayed bool // the blocking snapshot that is next was delayed already

	copied     int64 // rows, when a copy was last stopped by a table that changed
	copyFailed int   // how often it was since then

	startOver bool // the next one forgets the position, which the server has no more

	given   []*schema.Table    // definitions that sessions lacked and define has read
	refused map[schema.ID]bool // tables of which define has found none

	mu     sync.Mutex // guards status
	status Status
}

// New returns a connector that is not running yet.
func New(cfg Config, deps Deps) *Connector {
	deps.Workers = cmp.Or(deps.Workers, runtime.GOMAXPROCS(0))
	cfg.QueueBytes = cmp.Or(cfg.QueueBytes, 8<<20)
	if deps.Logger == nil {
		deps.Logger = zap.NewNop()
	}
	return &Connector{
		cfg: cfg, deps: deps, inbox: newInbox(), undone: map[string]bool{}, refused: map[schema.ID]bool{}, status: Status{Phase: Starting},
	}
}

// fenced tells whether Kafka refuses what this connector writes once another owner
// has taken over.
func (c *Connector) fenced() bool { return c.cfg.Delivery == Required }

// Name returns the connector's name.
func (c *Connector) Name() string { return c.cfg.Name }

// Status returns where the connector stands.
func (c *Connector) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.status
	s.Notifications = c.notified.list()
	if r := c.copy.Load(); r != nil {
		copied := r.Status()
		s.Copy = &copied
	}
	return s
}

func (c *Connector) update(f func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.status)
}

func (c *Connector) phase(p Phase, err error) {
	c.update(func(s *Status) { s.Phase, s.Err, s.Source = p, err, nil })
}

// The wait between two sessions grows from minBackoff to maxBackoff while they
// fail, and starts again after a session that lasted.
const (
	minBackoff = 200 * time.Millisecond
	maxBackoff = 15 * time.Second
	lasting    = time.Minute
)

// Run keeps a session open until ctx ends, which is no error, until the sink has
// enough (sink.ErrMax), or until one fails for a reason that trying again cannot
// mend.
func (c *Connector) Run(ctx context.Context) error {
	wait := minBackoff
	for {
		started := time.Now()
		err := c.define(ctx, c.session(ctx))
		if ctx.Err() != nil {
			c.phase(Stopped, nil)
			return nil //nolint:nilerr // what ended the session is that it was asked to
		}
		if isElsewhere(err) {
			c.phase(Stopped, err)
			c.deps.Logger.Info("the connector runs elsewhere now", zap.Error(err))
			return nil
		}
		if errors.Is(err, sink.ErrMax) {
			c.phase(Stopped, nil)
			return err
		}
		c.undo(err)
		class, again := classify(err)
		if c.cfg.Snapshot.StartsOver() && lost(err) && !c.startOver {
			c.startOver, again = true, true
		}
		c.deps.Metrics.failed(class)
		if !again {
			c.phase(Failed, err)
			c.deps.Logger.Error("connector failed", zap.String("class", class), zap.Error(err))
			return err
		}
		c.phase(Starting, err)
		c.deps.Logger.Warn("session ended, starting again from the last state", zap.String("class", class), zap.Error(err))
		if time.Since(started) > lasting || errors.Is(err, errAsked) || errors.Is(err, errMoved) {
			wait = minBackoff
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, maxBackoff)
	}
}

// ErrUnavailable says that the store does not answer: who owns the connector is
// not known now.
var ErrUnavailable = errors.New("the cluster does not answer")

// isElsewhere tells whether the store says that another process has the connector.
func isElsewhere(err error) bool {
	return errors.Is(err, offsets.ErrStaleGeneration) || errors.Is(err, offsets.ErrNotPlaced)
}

// classify names the class of a session's error and tells whether another
// session may get further.
func classify(err error) (class string, again bool) {
	var produce *sink.ProduceError
	var network net.Error
	var resolve *sink.ResolveError
	var undone *undoneError
	switch {
	case errors.As(err, &undone):
		return "rollback", true
	case errors.Is(err, errAsked):
		return "schema", true
	case errors.Is(err, errMoved):
		return "signal", true
	case wrongSelect(err):
		return "fatal", false
	case errors.Is(err, snapshot.ErrChanged), errors.Is(err, snapshot.ErrOld), errors.Is(err, snapshot.ErrWindow):
		return "snapshot", true
	case errors.Is(err, ErrUnavailable):
		return "cluster", true
	case errors.Is(err, sink.ErrNotOwner), errors.Is(err, offsets.ErrStaleSession):
		return "owner", true
	case errors.As(err, &resolve):
		return "takeover", true
	case errors.Is(err, ErrAccess), errors.Is(err, ErrTLS), errors.Is(err, ErrInClear), errors.Is(err, ErrAction), errors.Is(err, ErrInitial):
		return "fatal", false
	case errors.As(err, &produce):
		// Kafka lost the producer's state: a new producer goes on from the last
		// committed position. Every other class that ends a sink is final.
		return "sink", produce.Class == sink.Renew
	case errors.Is(err, binlog.ErrInterrupted), errors.Is(err, binlog.ErrMoved), binlog.Retryable(err):
		return "source", true
	case errors.Is(err, errServerMoved), errors.Is(err, errSilent), passing(err), gone(err), errors.As(err, &network):
		return "source", true
	default:
		return "fatal", false
	}
}

// session runs the connector from the last durable state until something ends
// it. What the sink holds by then is still delivered when ctx ended it.
func (c *Connector) session(ctx context.Context) error {
	srv, err := Dial(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer srv.Close()
	info, err := srv.Inspect(ctx)
	if err != nil {
		return err
	}
	if err := Check(info, c.cfg); err != nil {
		return err
	}
	if c.json, err = c.encoder(); err != nil {
		return err
	}
	out, err := c.deps.OpenSink(ctx, c.cfg, Hooks{Committed: c.committed, Health: c.sinkHealth})
	if err != nil {
		return err
	}
	defer func() { c.drain(ctx, out) }()
	begin, err := c.begin(ctx, srv, info, out)
	if err != nil {
		return err
	}
	defer begin.close()
	if err := c.checkMasks(c.json, begin.tracker.Tables()); err != nil {
		return err
	}
	if begin.copy == nil && c.copy.Load() == nil {
		c.deps.Metrics.copies(newCopyMetrics(c.cfg, noCopy, false))
	}
	if begin.copy != nil {
		if err := c.copyFirst(ctx, srv, info, begin, out); err != nil {
			return err
		}
	}
	if !c.cfg.Snapshot.Streams() {
		return c.rest(ctx, begin, out)
	}
	return c.follow(ctx, info, begin, out)
}

// follow streams, and stops for the copies that signals ask for.
func (c *Connector) follow(ctx context.Context, info ServerInfo, begin *beginning, out Sink) error {
	for {
		if err := c.copyAsked(ctx, begin, out); err != nil {
			return err
		}
		c.deps.Logger.Info("streaming", zap.Stringer("position", begin.state.Position))
		if err := c.stream(ctx, info, begin, out, nil); !errors.Is(err, errBlocking) {
			return err
		}
	}
}

// stream moves changes from the source to the sink until something ends it. Behind an
// errBlocking, and an errThere, begin is behind them. Nil ends the source nowhere.
func (c *Connector) stream(ctx context.Context, info ServerInfo, begin *beginning, out Sink, end *upTo) error {
	if err := c.checkUndone(begin.state); err != nil {
		return err
	}
	tailer, err := binlog.Open(ctx, end.tail(c.tail(begin)))
	if err != nil {
		return c.withRemains(ctx, err)
	}
	source, err := c.behindCopy(c.withIncrements(ctx, tailer, info, begin), begin)
	if err != nil {
		return errors.Join(err, source.Close())
	}
	p := c.pipeline(end.of(source), begin, out)
	p.counted = newCounted(c.cfg.TransactionTopic, c.json)
	p.beats = c.heartbeats(begin, c.json)
	p.changes = newSchemaChanges(c.cfg, c.json)
	p.leaveOut = c.leaveOut()
	c.update(func(s *Status) { s.Phase, s.Err, s.State = Running, nil, begin.state })
	endChannels := c.runChannels(ctx, begin.state.Signals)
	err = errors.Join(c.withRemains(ctx, p.run(ctx)), source.Close())
	endChannels()
	if moved, ok := errors.AsType[*movedError](err); ok {
		return c.move(ctx, out, p.state, moved)
	}
	if p.ended && (errors.Is(err, errBlocking) || errors.Is(err, errThere)) {
		begin.state, begin.first = p.state, false
		begin.last = cmp.Or(p.last, begin.last)
	}
	return err
}

// pipeline moves items from a source to the sink.
func (c *Connector) pipeline(source Source, b *beginning, out Sink) *pipeline {
	p := &pipeline{
		source: source, sink: out, encoder: c.json, keep: keep(c.deps.Store, out), version: b.tracker.Version, capture: c.cfg.Filter.Table,
		workers: c.deps.Workers, queue: newQueue(c.cfg.QueueBytes, c.deps.Workers), metrics: c.deps.Metrics, state: b.state, ids: c.cfg.EventIDs,
		notifications: c.notifications(),
	}
	c.deps.Metrics.watch(p.queue)
	return p
}

// behindCopy is the stream less what a copy of existing rows holds.
func (c *Connector) behindCopy(stream Source, b *beginning) (Source, error) {
	p := b.state.Snapshot
	if p == nil || len(p.Views) < 2 {
		return stream, nil
	}
	h, err := newHandover(stream, p, func(ctx context.Context) (*Server, error) { return Dial(ctx, c.cfg) })
	if err != nil {
		return stream, err
	}
	return h, nil
}

// rest waits for the end of a connector that does not stream.
func (c *Connector) rest(ctx context.Context, b *beginning, out Sink) error {
	if err := errors.Join(out.Flush(ctx), c.deps.Store.Flush(ctx)); err != nil {
		return err
	}
	c.update(func(s *Status) { s.Phase, s.Err, s.State = Running, nil, b.state })
	c.deps.Logger.Info("the snapshot is complete, and snapshot.mode has nothing follow it")
	if w, ok := out.(Watched); ok {
		return w.Wait(ctx)
	}
	<-ctx.Done()
	return nil
}

// leaveOut decides about row events that cannot be read; nil when all of them
// stop the connector.
func (c *Connector) leaveOut() func(*event.Rows, error) bool {
	t := tolerance{
		unknown: c.cfg.UnknownTables, refused: c.refused, damaged: c.cfg.DamagedRows,
		logger: c.deps.Logger, metrics: c.deps.Metrics,
	}
	if !t.unknown.leavesOut() && !t.damaged.leavesOut() {
		return nil
	}
	return t.leavesOut
}

// encoder is made for each session: Debezium's run id is one a start.
func (c *Connector) encoder() (*format.JSON, error) {
	cfg := c.cfg.Format
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	cfg.RunID = id.String()
	return format.NewJSON(cfg)
}

// drainTime bounds how long a stop waits for Kafka to take what it was given.
const drainTime = 3 * time.Second

// drain waits for what was appended and closes the sink. A restart repeats as
// little as possible, and no batch of this session can land behind those of the
// next one. A sink that has failed returns at once.
func (c *Connector) drain(ctx context.Context, out Sink) {
	if errors.Is(context.Cause(ctx), ErrRevoked) {
		c.deps.Logger.Warn("stopped without a last write", zap.Error(context.Cause(ctx)), zap.NamedError("close", out.Close()))
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := out.Flush(last); err != nil {
		c.deps.Logger.Warn("stopped before the sink took everything; it will be sent again", zap.Error(err))
	}
	if err := errors.Join(out.Close(), c.deps.Store.Flush(last)); err != nil {
		c.deps.Logger.Warn("stopped before the last position was stored; what follows it will be sent again", zap.Error(err))
	}
}

// committed is called by the sink when a state is durable.
func (c *Connector) committed(s event.State) {
	c.deps.Store.Mirror(s)
	c.deps.Metrics.stored(s)
	c.inbox.durable(s.Signals)
	if r := c.copy.Load(); r != nil {
		r.durable(s)
	}
	c.update(func(st *Status) { st.State = s })
}

func (c *Connector) sourceHealth(err error) {
	c.update(func(s *Status) { s.Source = err })
}

func (c *Connector) sinkHealth(err error) {
	c.update(func(s *Status) { s.Sink = err })
}

// Reason returns why the connector does not get on, nil when it does or when its
// phase says all there is to say.
func (s Status) Reason() error {
	switch {
	case s.Phase == Running && s.Source != nil:
		return fmt.Errorf("source: %w", s.Source)
	case (s.Phase == Running || s.Phase == Starting) && s.Sink != nil:
		return fmt.Errorf("sink: %w", s.Sink)
	case s.Phase == Running:
		return nil
	}
	return s.Err
}

// Ready returns nil when the connector streams and its sink gets on.
func (s Status) Ready() error {
	switch why := s.Reason(); {
	case s.Phase == Running:
		return why
	case why != nil:
		return fmt.Errorf("%s: %w", s.Phase, why)
	}
	return errors.New(string(s.Phase))
}
