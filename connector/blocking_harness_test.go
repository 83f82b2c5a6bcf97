package connector

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// blocked is a connector that follows tables with id and version, and finds a signal
// for a blocking snapshot in its state. Its sink takes back what was not committed.
type blocked struct {
	t     *testing.T
	db    *sql.DB
	cfg   Config
	store *Memory
	logs  *observer.ObservedLogs

	mu      sync.Mutex // guards what follows
	before  func(statement string)
	seen    map[string]*rowHistory // of each row, by table and id
	topic   []record               // all, in order
	written int                    // calls of the sink in this session
	dies    int                    // at which one it fails; 0 for never
	late    bool                   // only those count that come once rows are copied
	copies  bool                   // they are, in this session
	wanted  func(event.State) bool
	again   bool // rows may be read again
}

// record is one as a consumer sees it.
type record struct {
	Topic string
	Value *struct {
		Op            string
		Before, After *struct {
			ID *int
			V  int
		}
		Source struct {
			Table, Snapshot string
			GTID, File      *string
			Pos, Thread     int64
			TS              int64 `json:"ts_ms"`
			Server          int   `json:"server_id"`
		}
		DDL string
	}
}

// rowHistory is what came of one row.
type rowHistory struct {
	version int
	present bool
	reads   int
	changes int
}

var errDied = errors.New("the sink died")

// newBlocked makes the tables and stores the first state of a connector that copies
// nothing at its start.
func newBlocked(t *testing.T, server *mysqltest.Server, tables []string, more ...string) *blocked {
	t.Helper()
	b := &blocked{t: t, db: server.DB(t), store: NewMemory(event.State{}), seen: map[string]*rowHistory{}}
	_, port, _ := net.SplitHostPort(startRelay(t, server.Addr(), b.asked).listener.Addr().String())
	b.cfg = liveConfig(t, server, `d\..*`, append([]string{
		"database.port", port, "snapshot.mode", "no_data", "snapshot.fetch.size", "200", "tombstones.on.delete", "false",
	}, more...)...)
	b.exec("DROP DATABASE IF EXISTS d", "CREATE DATABASE d")
	b.exec(tables...)
	b.until(func(event.State) bool { return true })
	return b
}

func (b *blocked) exec(statements ...string) {
	b.t.Helper()
	for _, s := range statements {
		if _, err := b.db.ExecContext(b.t.Context(), s); err != nil {
			b.t.Errorf("%.80s: %v", s, err)
		}
	}
}

// asksRows begins what is asked before each query of rows.
const asksRows = "SAVEPOINT cdcd;SELECT 1"

// asked is told what the connector asks the server.
func (b *blocked) asked(statement string) {
	b.mu.Lock()
	f := b.before
	b.copies = b.copies || strings.Contains(statement, asksRows)
	b.mu.Unlock()
	if f != nil {
		f(statement)
	}
}

// meanwhile runs statements before the connector asks for rows for the nth time.
func (b *blocked) meanwhile(n int, statements ...string) {
	b.before = func(statement string) {
		if strings.Contains(statement, asksRows) {
			if n--; n == 0 {
				b.exec(statements...)
			}
		}
	}
}

// signal puts a signal into the state, as one that the stream has read.
func (b *blocked) signal(signals *event.Signals) {
	b.t.Helper()
	stored, _ := b.store.Load(b.t.Context())
	stored.State.Signals = signals
	b.store.Mirror(stored.State)
	for _, h := range b.seen {
		h.reads = 0
	}
}

// of is a blocking snapshot of tables that are copied whole.
func of(names ...string) *event.Signals {
	asked := &event.Blocking{Signal: "sig-1"}
	for _, name := range names {
		asked.Tables = append(asked.Tables, event.BlockingTable{ID: schema.ID{Database: "d", Name: name}})
	}
	return &event.Signals{Blocking: []*event.Blocking{asked}}
}

// run runs the connector until a state is stored that is wanted, and returns why it
// ended before.
func (b *blocked) run(wanted func(event.State) bool) error {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), time.Minute)
	defer stop()
	met := false
	b.mu.Lock()
	b.copies = false
	b.mu.Unlock()
	b.written, b.wanted = 0, func(s event.State) bool {
		met = met || wanted(s)
		if met {
			stop()
		}
		return met
	}
	core, logs := observer.New(zap.InfoLevel)
	b.logs = logs
	c := New(b.cfg, Deps{Store: b.store, Metrics: NewMetrics(b.cfg.Name, nil), Logger: zap.New(core), OpenSink: func(_ context.Context, _ Config, h Hooks) (Sink, error) {
		l := &ledger{blocked: b}
		l.Stdout = sink.NewStdout(&l.pending, sink.Options{OnCommit: h.Committed})
		return l, nil
	}})
	err := c.Run(ctx)
	if err == nil && !met {
		b.t.Fatalf("the state that is wanted does not come; log %v", logs.All())
	}
	return err
}

// until is run where nothing else is to end it.
func (b *blocked) until(wanted func(event.State) bool) {
	b.t.Helper()
	if err := b.run(wanted); err != nil {
		b.t.Fatal(err)
	}
}

// nothingAsked tells that no blocking snapshot is left to do.
func nothingAsked(s event.State) bool { return s.Signals.Asked() == nil }

// ledger is a sink whose records count once they are committed.
type ledger struct {
	*sink.Stdout
	*blocked
	pending bytes.Buffer
}

// dead tells whether the sink fails now.
func (l *ledger) dead() error {
	l.mu.Lock()
	counts := !l.late || l.copies
	l.mu.Unlock()
	if counts {
		l.written++
	}
	if l.dies > 0 && l.written >= l.dies {
		return errDied
	}
	return nil
}

func (l *ledger) Append(ctx context.Context, b *format.Batch) error {
	return errors.Join(l.dead(), l.Stdout.Append(ctx, b))
}

func (l *ledger) Commit(ctx context.Context, s event.State) error {
	if err := l.dead(); err != nil {
		return err
	}
	for line := range bytes.Lines(l.pending.Bytes()) {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		l.arrived(r)
	}
	l.pending.Reset()
	err := l.Stdout.Commit(ctx, s)
	l.wanted(s)
	return err
}

func (l *ledger) Flush(context.Context) error { return nil }

// arrived notes a record, and checks that it is the one that has to come next of its
// row: versions count from one up, and a row that was read is as it was told before.
func (b *blocked) arrived(r record) {
	b.topic = append(b.topic, r)
	v := r.Value
	if v == nil || v.Op == "" || v.Op == "t" {
		return
	}
	row := v.After
	if row == nil {
		row = v.Before
	}
	if row.ID == nil {
		return
	}
	name := fmt.Sprintf("%s %d", v.Source.Table, *row.ID)
	h := b.seen[name]
	if h == nil {
		h = &rowHistory{}
		b.seen[name] = h
	}
	switch v.Op {
	case "r":
		if h.reads++; h.changes > 0 && (!h.present || row.V != h.version) || h.reads > 1 && !b.again {
			b.t.Errorf("%s: read with version %d for the %d. time, behind %+v", name, row.V, h.reads, *h)
		}
	case "d":
		h.changes++
		if h.version != row.V && h.version != 0 {
			b.t.Errorf("%s: deleted with version %d, behind %+v", name, row.V, *h)
		}
	default:
		h.changes++
		if h.version != row.V-1 && h.version != 0 {
			b.t.Errorf("%s: %s with version %d, behind %+v", name, v.Op, row.V, *h)
		}
	}
	h.version, h.present = row.V, v.Op != "d"
}

// compare compares what arrived with the rows that the server has.
func (b *blocked) compare(table string) {
	b.t.Helper()
	rows, err := mysqltest.Query(b.t.Context(), b.db, "SELECT id, v FROM d."+table)
	if err != nil {
		b.t.Fatal(err)
	}
	held := map[string]string{}
	for _, row := range rows {
		held[table+" "+row[0].String] = row[1].String
	}
	for name, version := range held {
		h := b.seen[name]
		if h == nil {
			b.t.Errorf("%s did not come", name)
		}
		if h != nil && (!h.present || fmt.Sprint(h.version) != version) {
			b.t.Errorf("%s has version %s, and came as %+v", name, version, *h)
		}
	}
	for name, h := range b.seen {
		if _, ok := held[name]; !ok && h.present && strings.HasPrefix(name, table+" ") {
			b.t.Errorf("%s is gone, and came as %+v", name, *h)
		}
	}
}

// reads are how many rows of a table were read.
func (b *blocked) reads(table string) (n int) {
	for name, h := range b.seen {
		if strings.HasPrefix(name, table+" ") {
			n += h.reads
		}
	}
	return n
}

// rowsOf are statements that make a table with rows 1 to n.
func rowsOf(table string, n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("(%d,1)", i+1)
	}
	return []string{"CREATE TABLE d." + table + " (id INT PRIMARY KEY, v INT)", "INSERT INTO d." + table + " VALUES " + strings.Join(values, ",")}
}
