package binlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog" //nolint:depguard // go-mysql takes no other logger; ours is silent
	"net"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"golang.org/x/sync/semaphore"

	"cdcd/event"
)

// netWriteTimeout is how long the server may wait for us to drain the dump
// connection. Its default of 60 s is shorter than a Kafka broker's restart.
const netWriteTimeout = 10 * time.Minute

// queuedEvents bounds the number of events in the queue; their bytes are
// bounded apart.
const queuedEvents = 4096

// dumpStream is a dump connection. go-mysql dials, logs in, registers and asks
// for the dump; it hands over raw events, which wait in a queue bounded in
// bytes. Its own retry is off: it would go on in mid-transaction without the
// table maps.
type dumpStream struct {
	syncer *replication.BinlogSyncer
	conns  *connections

	ctx    context.Context //nolint:containedctx // ends HandleEvent, which has no context, when close is called
	cancel context.CancelFunc
	queue  chan []byte
	bytes  *semaphore.Weighted
	limit  int64

	done chan struct{} // closed when the dump has ended, after err is set
	err  error
}

var _ replication.EventHandler = (*dumpStream)(nil)

// openDump connects and asks for the dump that the plan says.
func openDump(ctx context.Context, cfg Config, plan resume) (*dumpStream, error) {
	s := &dumpStream{
		conns: &connections{timeout: cfg.ConnectTimeout, idle: cfg.ReadTimeout},
		queue: make(chan []byte, queuedEvents),
		bytes: semaphore.NewWeighted(cfg.QueueBytes),
		limit: cfg.QueueBytes,
		done:  make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, s.conns.close) // the login has no context
	defer stop()
	s.syncer = replication.NewBinlogSyncer(s.syncerConfig(cfg))
	streamer, err := s.start(cfg.Flavor, plan.ask)
	if err != nil {
		close(s.done)
		return nil, errors.Join(dumpError(err, plan), s.close())
	}
	go s.watch(streamer, plan)
	return s, nil
}

func (s *dumpStream) syncerConfig(cfg Config) replication.BinlogSyncerConfig {
	return replication.BinlogSyncerConfig{
		ServerID: cfg.ServerID, Flavor: string(cfg.Flavor),
		Host: cfg.Host, Port: cfg.Port, User: cfg.User, Password: cfg.Password,
		TLSConfig: cfg.TLS, RawModeEnabled: true, DisableRetrySync: true,
		HeartbeatPeriod: cfg.Heartbeat, Dialer: s.conns.dial,
		Logger:                  slog.New(slog.DiscardHandler), // it logs settings and row data
		SynchronousEventHandler: s,
		DumpCommandFlag:         dumpFlags(cfg.Flavor),
		Option: func(c *client.Conn) error {
			if err := checkServer(c, cfg); err != nil {
				return err
			}
			_, err := c.Execute(fmt.Sprintf("SET SESSION net_write_timeout=%d", int(netWriteTimeout.Seconds())))
			return err
		},
	}
}

// checkServer compares the server of this very connection with the one that the
// position's file is of: an address may lead to another one after a failover,
// where the same file and offset are another place.
func checkServer(c *client.Conn, cfg Config) error {
	if cfg.Server == "" {
		return nil
	}
	query := "SELECT @@global.server_uuid"
	if cfg.Flavor == event.MariaDB {
		query = "SELECT @@global.server_id"
	}
	r, err := c.Execute(query)
	if err != nil {
		return err
	}
	defer r.Close()
	id, err := r.GetString(0, 0)
	if err != nil {
		return err
	}
	if id != cfg.Server {
		return fmt.Errorf("%w: %s, not %s", ErrMoved, id, cfg.Server)
	}
	return nil
}

// dumpFlags asks MariaDB for its ANNOTATE_ROWS events, the statement of the
// rows that follow.
func dumpFlags(f event.Flavor) uint16 {
	if f == event.MariaDB {
		return replication.BINLOG_SEND_ANNOTATE_ROWS_EVENT
	}
	return replication.BINLOG_DUMP_NEVER_STOP
}

// start asks by file and offset, or by GTID set where there is no file.
func (s *dumpStream) start(flavor event.Flavor, p event.Position) (*replication.BinlogStreamer, error) {
	if p.File != "" {
		return s.syncer.StartSync(mysql.Position{Name: p.File, Pos: uint32(p.Offset)})
	}
	set, err := mysql.ParseGTIDSet(string(flavor), p.GTIDs.String())
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrBadGTID, p.GTIDs)
	}
	return s.syncer.StartSyncGTID(set)
}

// HandleEvent is called by go-mysql's reading goroutine; waiting here is what
// slows the server down.
func (s *dumpStream) HandleEvent(e *replication.BinlogEvent) error {
	if err := s.bytes.Acquire(s.ctx, s.weight(e.RawData)); err != nil {
		return err
	}
	select {
	case s.queue <- e.RawData:
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

func (s *dumpStream) weight(raw []byte) int64 { return min(int64(len(raw)), s.limit) }

// next returns events as they arrive; those that arrived before an error come
// before the error.
func (s *dumpStream) next(ctx context.Context) ([]byte, error) {
	select {
	case raw := <-s.queue:
		return s.take(raw), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.done:
	}
	select {
	case raw := <-s.queue:
		return s.take(raw), nil
	default:
		return nil, s.err
	}
}

func (s *dumpStream) take(raw []byte) []byte {
	s.bytes.Release(s.weight(raw))
	return raw
}

// watch waits for the error that ends the dump.
func (s *dumpStream) watch(streamer *replication.BinlogStreamer, plan resume) {
	defer close(s.done)
	_, err := streamer.GetEvent(s.ctx)
	s.err = dumpError(err, plan)
}

// close ends the dump at once: the connection is cut, which the server notices
// when it next writes, and the new connection that go-mysql would open to kill
// the old one is refused.
func (s *dumpStream) close() error {
	s.cancel()
	s.conns.close()
	s.syncer.Close()
	<-s.done
	return nil
}

// connections dials for go-mysql. Reads time out when the server is silent for
// longer than idle; the deadline is set when a read begins, so that a reader
// that waits for Kafka in between does not fail.
type connections struct {
	timeout, idle time.Duration

	mu     sync.Mutex // guards what follows
	open   []net.Conn
	closed bool
}

var errClosing = errors.New("dump is closing")

func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: c.timeout, KeepAlive: 15 * time.Second}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(errClosing, conn.Close())
	}
	c.open = append(c.open, conn)
	return &idleConn{Conn: conn, idle: c.idle}, nil
}

func (c *connections) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, conn := range c.open {
		_ = conn.Close()
	}
}

// idleConn sets the read deadline at each read.
type idleConn struct {
	net.Conn
	idle time.Duration
}

// SetReadDeadline has nothing to do on a connection that is closed. Told of an error
// BinlogSyncer.Close would close it once more, beside its goroutine that still reads.
func (c *idleConn) SetReadDeadline(t time.Time) error {
	if err := c.Conn.SetReadDeadline(t); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (c *idleConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}
