package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap/zaptest"
)

// raft stands for the cluster: who owns the connector, and its sessions.
type raft struct {
	mu      sync.Mutex // guards the following
	session uint64
	refuse  error
	claim   Claim // the last one
}

var _ Owner = (*raft)(nil)

func (r *raft) Confirm(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refuse
}

// Begin goes on from what was found in Kafka.
func (r *raft) Begin(_ context.Context, c Claim) (Grant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session++
	r.claim = c
	g := Grant{Session: r.session}
	if c.Last != nil {
		g.N = c.Last.State.N
	}
	return g, c.Foreign
}

// reached is the place that the last claim found.
func (r *raft) reached() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claim.Last == nil {
		return 0
	}
	return r.claim.Last.State.Position.Offset
}

// at is the state at a place, which stands for the number of source transactions.
func at[T int | uint64](place T) event.State {
	return event.State{Position: event.Position{Offset: uint64(place)}}
}

// connectorOf gives each test a state topic of its own.
func connectorOf(t testing.TB) string {
	t.Helper()
	return strings.NewReplacer("/", ".", "=", ".", "#", ".").Replace(t.Name())
}

func txnConfig(t testing.TB, brokers []string) TxnConfig {
	t.Helper()
	return TxnConfig{
		Config: Config{
			Brokers: brokers, Logger: zaptest.NewLogger(t),
			Topics: TopicDefaults{AutoCreate: true, Partitions: 4, Replication: 1},
		},
		Connector: connectorOf(t), Cluster: "test",
	}
}

// openTxn opens a transactional sink.
func openTxn(t testing.TB, brokers []string, change func(*TxnConfig)) *Transactional {
	t.Helper()
	c := txnConfig(t, brokers)
	if change != nil {
		change(&c)
	}
	x, err := OpenTransactional(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// takeover returns the place of the last state.
func takeover(t testing.TB, x *Transactional, r *raft) uint64 {
	t.Helper()
	if err := x.Takeover(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r.reached()
}

// owned is openTxn and takeover.
func owned(t testing.TB, brokers []string, r *raft, change func(*TxnConfig)) (*Transactional, uint64) {
	t.Helper()
	x := openTxn(t, brokers, change)
	return x, takeover(t, x, r)
}

// perTxn is how many records of different keys transact writes.
const perTxn = 5

// transact appends the source transactions from..to-1: number n is perTxn records
// with value n, and state n+1.
func transact(ctx context.Context, x *Transactional, topic *format.Topic, from, to int) error {
	for n := from; n < to; n++ {
		b := &format.Batch{}
		for i := range perTxn {
			addRecord(b, topic, fmt.Sprintf("key-%d", i), fmt.Sprint(n))
		}
		if err := x.Append(ctx, b); err != nil {
			return err
		}
		if err := x.Commit(ctx, at(n+1)); err != nil {
			return err
		}
	}
	return nil
}

func mustTransact(t testing.TB, x *Transactional, topic *format.Topic, from, to int) {
	t.Helper()
	if err := transact(t.Context(), x, topic, from, to); err != nil {
		t.Fatal(err)
	}
	mustFlush(t, x)
}

func mustFlush(t testing.TB, x *Transactional) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := x.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// committedRecords reads what a reader with isolation.level=read_committed sees,
// which should be n records.
func committedRecords(t testing.TB, brokers []string, topic string, n int) []*kgo.Record {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	var got []*kgo.Record
	for deadline := time.Now().Add(20 * time.Second); len(got) < n && time.Now().Before(deadline); {
		got = append(got, poll(t, cl, time.Second)...)
	}
	return append(got, poll(t, cl, 150*time.Millisecond)...)
}

// checkTxns verifies that transactions 0..n-1 are there once, whole, and in
// order for each key.
func checkTxns(t testing.TB, brokers []string, topic string, n int) {
	t.Helper()
	byKey := map[string][]int{}
	for _, r := range committedRecords(t, brokers, topic, n*perTxn) {
		var v int
		if _, err := fmt.Sscan(string(r.Value), &v); err != nil {
			t.Fatal(err)
		}
		byKey[string(r.Key)] = append(byKey[string(r.Key)], v)
	}
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	for i := range perTxn {
		key := fmt.Sprintf("key-%d", i)
		if got := byKey[key]; !slices.Equal(got, want) {
			t.Fatalf("%s has %d transactions of %d: %s", key, len(got), n, difference(got))
		}
	}
}

// difference says where a sequence of 0, 1, 2 ... goes wrong.
func difference(got []int) string {
	for i, v := range got {
		if v != i {
			return fmt.Sprintf("at %d there is %d", i, v)
		}
	}
	return "it ends early"
}

// persist writes transactions up to number to-1, taking over as often as the
// sink asks for it, until another error ends it. It returns how often that was.
func persist(t testing.TB, brokers []string, r *raft, topic *format.Topic, to int, wrap func(level) level) (takeovers int, err error) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for ; time.Now().Before(deadline); takeovers++ {
		err = attempt(t, brokers, r, topic, to, wrap)
		if _, ok := errors.AsType[*ResolveError](err); !ok {
			break
		}
		t.Logf("takeover %d after %v", takeovers+1, err)
	}
	return takeovers, err
}

func attempt(t testing.TB, brokers []string, r *raft, topic *format.Topic, to int, wrap func(level) level) error {
	t.Helper()
	x, err := OpenTransactional(t.Context(), txnConfig(t, brokers))
	if err != nil {
		return err
	}
	defer func() { _ = x.Close() }()
	x.level = wrap(x.level)
	if err := x.Takeover(t.Context(), r); err != nil {
		return err
	}
	for n := int(r.reached()); n < to; n++ {
		if err := transact(t.Context(), x, topic, n, n+1); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return x.Flush(ctx)
}

// fakeLevels runs a test on embedded clusters of both protocol levels.
func fakeLevels(t *testing.T, f func(t *testing.T, opts ...kfake.Opt)) {
	t.Helper()
	for version, name := range map[int]string{1: "tv=1", 2: "tv=2"} {
		t.Run(name, func(t *testing.T) { f(t, levelOpts(version)...) })
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// side is the number of the boundary that a record is behind.
func side(second bool) uint64 {
	if second {
		return 2
	}
	return 1
}
