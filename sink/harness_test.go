package sink

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap/zaptest"
)

// fakeCluster starts an embedded Kafka.
func fakeCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// commits records what OnCommit was told.
type commits struct {
	mu sync.Mutex
	ns []uint64
}

func (c *commits) add(s event.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ns = append(c.ns, s.Position.Offset)
}

func (c *commits) all() []uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]uint64(nil), c.ns...)
}

// awaitMore returns when some more boundaries were told.
func (c *commits) awaitMore(t testing.TB) {
	t.Helper()
	for n, i := len(c.all()), 0; len(c.all()) < n+1000; i++ {
		if i > 6000 {
			t.Error("no boundary was reached for a minute")
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// open opens a sink on brokers that creates topics of 4 partitions.
func open(t testing.TB, brokers []string, change func(*Config)) *Kafka {
	t.Helper()
	c := Config{
		Brokers: brokers, Logger: zaptest.NewLogger(t),
		Topics: TopicDefaults{AutoCreate: true, Partitions: 4, Replication: 1},
	}
	if change != nil {
		change(&c)
	}
	k, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// batchOf makes a batch of records (topic, key, value); "-" stands for null.
func batchOf(topic *format.Topic, kvs ...string) *format.Batch {
	b := &format.Batch{}
	for i := 0; i < len(kvs); i += 2 {
		addRecord(b, topic, kvs[i], kvs[i+1])
	}
	return b
}

func addRecord(b *format.Batch, topic *format.Topic, key, value string) {
	r := format.Record{Topic: topic, Start: int32(len(b.Data)), KeyLen: -1, ValueLen: -1}
	if key != "-" {
		b.Data = append(b.Data, key...)
		r.KeyLen = int32(len(key))
		r.Hash = murmur2(b.Data[r.Start:]) & 0x7fffffff
	}
	if value != "-" {
		b.Data = append(b.Data, value...)
		r.ValueLen = int32(len(value))
	}
	b.Records = append(b.Records, r)
}

// murmur2 is Java's (org.apache.kafka.common.utils.Utils), of whole key.
func murmur2(key []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		k := binary.LittleEndian.Uint32(key) * m
		h = h*m ^ (k^k>>24)*m
	}
	for i, c := range slices.Backward(key) {
		h ^= uint32(c) << (8 * i)
		if i == 0 {
			h *= m
		}
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// header encodes one record header as format does.
func header(name, value string) []byte {
	b := binary.AppendVarint(nil, 1)
	b = append(binary.AppendVarint(b, int64(len(name))), name...)
	return append(binary.AppendVarint(b, int64(len(value))), value...)
}

// consume reads records of topics until there are n of them, and then for a
// moment whether more come.
func consume(t testing.TB, brokers []string, n int, topics ...string) []*kgo.Record {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	var got []*kgo.Record
	deadline := time.Now().Add(20 * time.Second)
	for len(got) < n && time.Now().Before(deadline) {
		got = append(got, poll(t, cl, time.Second)...)
	}
	got = append(got, poll(t, cl, 200*time.Millisecond)...)
	if len(got) != n {
		t.Fatalf("consumed %d records, want %d", len(got), n)
	}
	return got
}

func poll(t testing.TB, cl *kgo.Client, wait time.Duration) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	return cl.PollFetches(ctx).Records()
}

// numbered appends n records with values 0..n-1 over the given number of keys,
// committing after each.
func numbered(t testing.TB, k *Kafka, topic *format.Topic, from, n, keys int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		b := batchOf(topic, fmt.Sprintf("key-%d", i%keys), fmt.Sprint(i))
		if err := k.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if err := k.Commit(t.Context(), at(i+1)); err != nil {
			t.Fatal(err)
		}
	}
}

func flush(t testing.TB, k *Kafka) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := k.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// checkNumbered verifies that what numbered wrote is there once, in order for
// each key.
func checkNumbered(t testing.TB, records []*kgo.Record, n int) {
	t.Helper()
	seen := make([]bool, n)
	last := map[string]int{}
	for _, r := range records {
		var i int
		if _, err := fmt.Sscan(string(r.Value), &i); err != nil {
			t.Fatal(err)
		}
		if seen[i] {
			t.Fatalf("record %d is there twice", i)
		}
		seen[i] = true
		if prev, ok := last[string(r.Key)]; ok && prev > i {
			t.Fatalf("key %s: %d after %d", r.Key, i, prev)
		}
		last[string(r.Key)] = i
	}
	for i, ok := range seen {
		if !ok {
			t.Fatalf("record %d is lost", i)
		}
	}
}

// checkCommits verifies that the boundaries came in order and end with last.
func checkCommits(t testing.TB, ns []uint64, last uint64) {
	t.Helper()
	var prev uint64
	for _, n := range ns {
		if n <= prev {
			t.Fatalf("boundary %d after %d", n, prev)
		}
		prev = n
	}
	if prev != last {
		t.Fatalf("last boundary is %d, want %d", prev, last)
	}
}

// flakyNet is a network between a fake cluster and its clients that can be
// broken.
type flakyNet struct {
	mu    sync.Mutex // guards the following
	down  bool
	cut   bool // the next response is lost, and its connection
	mute  bool // responses are lost, and connections stay
	conns map[*flakyConn]bool
}

func newFlakyNet() *flakyNet { return &flakyNet{conns: map[*flakyConn]bool{}} }

func (n *flakyNet) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	return &flakyListener{Listener: l, net: n}, err
}

// setDown breaks every connection and refuses new ones, or stops doing so.
func (n *flakyNet) setDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
	if down {
		for c := range n.conns {
			_ = c.Close()
		}
		clear(n.conns)
	}
}

// cutNext loses the next response of the cluster.
func (n *flakyNet) cutNext() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = true
}

// setMute has responses vanish, or stops doing so.
func (n *flakyNet) setMute(mute bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mute = mute
}

func (n *flakyNet) loses() (lost, silent bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	lost = n.cut
	n.cut = false
	return lost, n.mute
}

type flakyListener struct {
	net.Listener
	net *flakyNet
}

func (l *flakyListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.net.admit(c); c != nil {
			return c, nil
		}
	}
}

func (n *flakyNet) admit(c net.Conn) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		_ = c.Close()
		return nil
	}
	f := &flakyConn{Conn: c, net: n}
	n.conns[f] = true
	return f
}

type flakyConn struct {
	net.Conn
	net *flakyNet
}

func (c *flakyConn) Write(b []byte) (int, error) {
	lost, silent := c.net.loses()
	if lost {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	if silent {
		return len(b), nil
	}
	return c.Conn.Write(b)
}
