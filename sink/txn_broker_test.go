package sink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/kafkatest"
	"cdcd/sink/format"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestTxnBroker has a real Kafka judge, at both levels of the protocol.
func TestTxnBroker(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for version := 1; version <= 2; version++ {
		t.Run("tv="+itoa(version), func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Config{TransactionVersion: version, Properties: map[string]string{
				"log.cleaner.backoff.ms": "100",
			}})
			brokers := c.Brokers()
			t.Run("codecs", func(t *testing.T) { checkTxnCodecs(t, brokers) })
			t.Run("zombie", func(t *testing.T) { checkFencing(t, brokers, unique(t)) })
			t.Run("cuts", func(t *testing.T) { checkCuts(t, brokers) })
			t.Run("aborted", func(t *testing.T) { checkAborted(t, brokers) })
			t.Run("compacted", func(t *testing.T) { checkCompacted(t, c) })
			t.Run("settings", func(t *testing.T) { checkStateSettings(t, c) })
			t.Run("many tables", func(t *testing.T) { checkManyTables(t, brokers) })
			t.Run("killed", func(t *testing.T) { checkKilled(t, c) })
		})
	}
}

func checkTxnCodecs(t *testing.T, brokers []string) {
	t.Helper()
	topic, r, n := unique(t), &raft{}, 0
	for codec := None; codec <= Zstd; codec++ {
		x, last := owned(t, brokers, r, func(c *TxnConfig) { c.Compression = codec })
		if int(last) != n {
			t.Fatalf("taken over at %d, want %d", last, n)
		}
		mustTransact(t, x, topic, n, n+300)
		n += 300
		_ = x.Close()
	}
	checkTxns(t, brokers, topic.Name, n)
}

// cutter loses the reply of an API, and its connection, whenever it is told to.
type cutter struct {
	key   int16
	armed atomic.Bool
}

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &cutConn{Conn: conn, cutter: c}, err
}

type cutConn struct {
	net.Conn
	cutter *cutter
	doomed atomic.Bool
}

// Write notes the requests that are to have no reply: each is one write, and has
// its key behind its length.
func (c *cutConn) Write(b []byte) (int, error) {
	if len(b) > 6 && int16(b[4])<<8|int16(b[5]) == c.cutter.key && c.cutter.armed.CompareAndSwap(true, false) {
		c.doomed.Store(true)
	}
	return c.Conn.Write(b)
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.doomed.Load() && err == nil {
		_ = c.Close()
		return 0, errors.New("cut")
	}
	return n, err
}

// checkCuts loses the reply of each API in turn, after Kafka has done what it was
// asked for. A commit whose reply is lost has happened, and is not repeated.
func checkCuts(t *testing.T, brokers []string) {
	t.Helper()
	topic, r, n := unique(t), &raft{}, 0
	for _, key := range []kmsg.Key{kmsg.EndTxn, kmsg.Produce, kmsg.AddPartitionsToTxn, kmsg.InitProducerID, kmsg.EndTxn, kmsg.Fetch} {
		cut := &cutter{key: int16(key)}
		cut.armed.Store(key == kmsg.InitProducerID || key == kmsg.Fetch)
		change := func(c *TxnConfig) { c.Dial = cut.dial }
		x, last := owned(t, brokers, r, change)
		if int(last) != n {
			t.Fatalf("taken over at %d, want %d", last, n)
		}
		mustTransact(t, x, topic, n, n+5)
		cut.armed.Store(true)
		err := transact(t.Context(), x, topic, n+5, n+10)
		if err == nil {
			err = x.Flush(t.Context())
		}
		_, resolve := errors.AsType[*ResolveError](err)
		if resolve != (key == kmsg.EndTxn) || err != nil && !resolve {
			t.Fatalf("after a lost reply to %s: %v", key.Name(), err)
		}
		_ = x.Close()
		x, last = owned(t, brokers, r, change)
		if int(last) <= n+5 {
			t.Fatalf("%s happened, and the state is %d", key.Name(), last)
		}
		mustTransact(t, x, topic, int(last), n+20)
		_ = x.Close()
		n += 20
	}
	checkTxns(t, brokers, topic.Name, n)
}

// checkAborted finds the state behind aborted transactions, and then behind none.
func checkAborted(t *testing.T, brokers []string) {
	t.Helper()
	topic, r := unique(t), &raft{}
	x, _ := owned(t, brokers, r, nil)
	mustTransact(t, x, topic, 0, 3)
	_ = x.Close()
	for i := range 100 { // a state and a marker each: more than one step of the reader
		abortState(t, brokers, r, topic, i)
	}
	start := time.Now()
	x, last := owned(t, brokers, r, nil)
	if last != 3 {
		t.Fatalf("taken over at %d", last)
	}
	t.Logf("opened and taken over in %s", time.Since(start))
	mustTransact(t, x, topic, 3, 6)
	checkTxns(t, brokers, topic.Name, 6)
}

// abortState leaves a transaction that has a state but no end, which the next
// takeover aborts.
func abortState(t *testing.T, brokers []string, r *raft, topic *format.Topic, i int) {
	t.Helper()
	x, last := owned(t, brokers, r, func(c *TxnConfig) {
		c.OnCommit = func(event.State) { t.Error("committed") }
	})
	if last != 3 {
		t.Fatalf("abort %d: taken over at %d", i, last)
	}
	x.level = neverEnds{x.level}
	if err := transact(t.Context(), x, topic, 3, 4); err != nil {
		t.Fatal(err)
	}
	<-x.k.ctx.Done()
	_ = x.Close()
}

// neverEnds is a level whose EndTxn is never sent.
type neverEnds struct{ level }

func (neverEnds) end(context.Context, *Transactional, producer, bool) (producer, error) {
	return noProducer, &ResolveError{Op: "commit", Err: errors.New("not sent")}
}

// checkCompacted finds the state after the cleaner ran over the topic.
func checkCompacted(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	topic, r, brokers := unique(t), &raft{}, c.Brokers()
	x, _ := owned(t, brokers, r, nil)
	c.Configure(t, x.stateTopic, map[string]string{"segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "100"})
	x.PutTables([]TableRecord{{Version: 1, Data: []byte("one")}})
	for n := range 400 {
		mustTransact(t, x, topic, n, n+1)
		if n%100 == 99 {
			time.Sleep(150 * time.Millisecond) // a segment is closed by the next append
		}
	}
	_ = x.Close()
	deadline := time.Now().Add(30 * time.Second)
	for left := 1000; left > 200; {
		if time.Now().After(deadline) {
			t.Fatalf("not compacted: %d states are left", left)
		}
		time.Sleep(200 * time.Millisecond)
		left = countStates(t, x)
	}
	x, last := owned(t, brokers, r, nil)
	tables, err := x.Tables(t.Context())
	if last != 400 || err != nil || len(tables) != 1 {
		t.Fatalf("taken over at %d, tables %v, %v", last, tables, err)
	}
	mustTransact(t, x, topic, 400, 402)
	checkTxns(t, brokers, topic.Name, 402)
}

func countStates(t *testing.T, x *Transactional) int {
	t.Helper()
	n := 0
	y := openTxn(t, x.cfg.Brokers, nil)
	defer func() { _ = y.Close() }()
	err := y.reading(t.Context(), func(ctx context.Context, l *stateLog) error {
		start, end, err := l.bounds(ctx)
		if err != nil {
			return err
		}
		n = 0
		return l.read(ctx, start, end, func(record) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkStateSettings refuses state topics that could lose a state.
func checkStateSettings(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	f := func(name string, partitions int, configs map[string]string, want ...string) {
		t.Helper()
		connector := fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
		c.CreateTopic(t, StateTopic(connector), partitions, configs)
		_, err := OpenTransactional(t.Context(), TxnConfig{Config: Config{Brokers: c.Brokers()}, Connector: connector, Cluster: "test"})
		if !errors.Is(err, ErrStateTopic) {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not in %v", name, w, err)
			}
		}
	}
	good := map[string]string{"cleanup.policy": "compact", "retention.ms": "-1"}
	f("partitions", 2, good, "2 partitions")
	f("defaults", 1, nil, `cleanup.policy is "delete"`, "retention.ms", "--add-config cleanup.policy=compact,retention.ms=-1")
	f("codec", 1, map[string]string{"cleanup.policy": "compact", "retention.ms": "-1", "compression.type": "gzip"}, `compression.type is "gzip"`)
}

// checkManyTables makes a state durable that names ten thousand tables.
func checkManyTables(t *testing.T, brokers []string) {
	t.Helper()
	topic, r, want := unique(t), &raft{}, ofTables(10_000)
	x, _ := owned(t, brokers, r, nil)
	b := &format.Batch{}
	addRecord(b, topic, "key", "value")
	if err := errors.Join(x.Append(t.Context(), b), x.Commit(t.Context(), want)); err != nil {
		t.Fatal(err)
	}
	mustFlush(t, x)
	_ = x.Close()
	x, _ = owned(t, brokers, r, nil)
	_ = x.Close()
	if d := cmp.Diff(want.Snapshot, r.claim.Last.State.Snapshot); d != "" {
		t.Errorf("-want +got:\n%.1000s", d)
	}
}

// decided has a broker not killed between the decision of a transaction and its
// markers: Kafka 4.3.1 may come up without them, and such a transaction hangs for
// ever (KAFKA-20734).
type decided struct {
	level
	markers *sync.RWMutex
}

func (d decided) end(ctx context.Context, t *Transactional, owner producer, commit bool) (producer, error) {
	d.markers.RLock()
	defer d.markers.RUnlock()
	next, err := d.level.end(ctx, t, owner, commit)
	if err != nil {
		return next, err
	}
	for {
		if over, err := t.settled(ctx); over || err != nil {
			return next, nil
		}
	}
}

// checkKilled kills the broker in the middle of transactions.
func checkKilled(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	topic, r := unique(t), &raft{}
	over, markers := make(chan struct{}), &sync.RWMutex{}
	go func() {
		defer close(over)
		for range 2 {
			time.Sleep(700 * time.Millisecond)
			markers.Lock()
			err := c.Kill(0)
			markers.Unlock()
			if err := errors.Join(err, c.Resume(t.Context(), 0)); err != nil {
				t.Error(err)
			}
		}
	}()
	n, takeovers := 0, 0
	for down := false; !down; {
		select {
		case <-over:
			down = true
		default:
		}
		n += 200
		times, err := persist(t, c.Brokers(), r, topic, n, func(l level) level { return decided{l, markers} })
		if err != nil {
			t.Fatal(err)
		}
		takeovers += times
	}
	t.Logf("%d transactions, %d takeovers", n, takeovers)
	checkTxns(t, c.Brokers(), topic.Name, n)
}
