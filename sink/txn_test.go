package sink

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// levelOpts makes an embedded cluster of a protocol level.
func levelOpts(version int) []kfake.Opt {
	if version == 1 {
		return []kfake.Opt{kfake.MaxVersions(kversion.V3_9_0())}
	}
	return nil
}

var shop = &format.Topic{Name: "orders"}

// TestTxn writes, and goes on where another sink stopped.
func TestTxn(t *testing.T) {
	fakeLevels(t, func(t *testing.T, opts ...kfake.Opt) {
		t.Helper()
		c := fakeCluster(t, opts...)
		var told commits
		r := &raft{}
		x, last := owned(t, c.ListenAddrs(), r, func(c *TxnConfig) { c.OnCommit = told.add })
		if last != 0 {
			t.Fatalf("an empty topic has state %d", last)
		}
		mustTransact(t, x, shop, 0, 100)
		mustTransact(t, x, shop, 100, 101)
		checkCommits(t, told.all(), 101)
		if _, last = owned(t, c.ListenAddrs(), r, nil); last != 101 {
			t.Fatalf("taken over at %d", last)
		}
		checkTxns(t, c.ListenAddrs(), "orders", 101)
	})
}

// TestTxnLevel speaks the protocol that the cluster has finalized.
func TestTxnLevel(t *testing.T) {
	f := func(version int, want level) {
		t.Helper()
		c := fakeCluster(t, levelOpts(version)...)
		if got := openTxn(t, c.ListenAddrs(), nil).level; got != want {
			t.Errorf("level %T at transaction.version %d", got, version)
		}
	}
	f(1, level1{})
	f(2, level2{})
	c := fakeCluster(t, kfake.MaxVersions(kversion.V3_4_0()))
	if _, err := OpenTransactional(t.Context(), TxnConfig{Config: Config{Brokers: c.ListenAddrs()}, Connector: "a", Cluster: "b"}); !errors.Is(err, ErrTooOld) {
		t.Errorf("Kafka 3.4: %v", err)
	}
}

// TestTxnFenced lets a second owner take over while the first has a transaction
// open: the first is told to resolve, and nothing of its transaction is seen.
func TestTxnFenced(t *testing.T) {
	fakeLevels(t, func(t *testing.T, opts ...kfake.Opt) {
		t.Helper()
		c := fakeCluster(t, opts...)
		checkFencing(t, c.ListenAddrs(), shop)
	})
}

func checkFencing(t *testing.T, brokers []string, topic *format.Topic) {
	t.Helper()
	r := &raft{}
	small := func(c *TxnConfig) { c.Size = 100; c.BatchSize = 200 }
	old, _ := owned(t, brokers, r, small)
	mustTransact(t, old, topic, 0, 3)
	for range 10 { // streamed: no boundary
		if err := old.Append(t.Context(), batchOf(topic, "key-1", strings.Repeat("9", 150))); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(50 * time.Millisecond)
	x, last := owned(t, brokers, r, nil)
	if last != 3 {
		t.Fatalf("taken over at %d", last)
	}
	mustTransact(t, x, topic, 3, 6)
	err := transact(t.Context(), old, topic, 6, 7)
	if err == nil {
		err = old.Flush(t.Context())
	}
	if _, ok := errors.AsType[*ResolveError](err); !ok {
		t.Fatalf("the old owner: %v", err)
	}
	_ = old.Close() // must not harm the new one
	mustTransact(t, x, topic, 6, 8)
	checkTxns(t, brokers, topic.Name, 8)
}

// TestTxnNotOwner does not even ask Kafka for a producer id when ownership is not
// confirmed: that would abort the owner's transaction.
func TestTxnNotOwner(t *testing.T) {
	c := fakeCluster(t)
	r := &raft{refuse: errors.New("not the owner")}
	var asked atomic.Int32
	c.ControlKey(int16(kmsg.InitProducerID), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		asked.Add(1)
		return nil, nil, false
	})
	x := openTxn(t, c.ListenAddrs(), nil)
	if err := x.Takeover(t.Context(), r); !errors.Is(err, r.refuse) {
		t.Fatalf("takeover: %v", err)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// TestTxnSplit has commits end in the middle of source transactions: a Kafka
// transaction holds whole ones only.
func TestTxnSplit(t *testing.T) {
	fakeLevels(t, func(t *testing.T, opts ...kfake.Opt) {
		t.Helper()
		c := fakeCluster(t, opts...)
		var told commits
		r := &raft{}
		x, _ := owned(t, c.ListenAddrs(), r, func(c *TxnConfig) { c.OnCommit = told.add })
		for n := range 30 {
			for i := range perTxn {
				b := batchOf(shop, "key-"+itoa(i), itoa(n)+strings.Repeat(" ", n%7))
				if err := x.Append(t.Context(), b); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			if err := x.Commit(t.Context(), at(n+1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Append(t.Context(), batchOf(shop, "key-0", "99")); err != nil { // never committed
			t.Fatal(err)
		}
		mustFlush(t, x)
		if n := len(told.all()); n < 10 {
			t.Errorf("only %d commits: nothing was divided", n)
		}
		if err := x.Abort(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := x.Append(t.Context(), batchOf(shop, "key-0", "100")); !errors.Is(err, ErrAborted) {
			t.Errorf("append after abort: %v", err)
		}
		checkTxns(t, c.ListenAddrs(), "orders", 30)
	})
}

// TestTxnStream writes a transaction that is many times what is held at once, and
// another that is aborted.
func TestTxnStream(t *testing.T) {
	fakeLevels(t, func(t *testing.T, opts ...kfake.Opt) {
		t.Helper()
		c := fakeCluster(t, opts...)
		r := &raft{}
		small := func(c *TxnConfig) { c.BufferBytes = 64 << 10; c.BatchSize = 4 << 10 }
		x, _ := owned(t, c.ListenAddrs(), r, small)
		stream := func(x *Transactional) {
			for n := range 2000 {
				for i := range perTxn {
					b := batchOf(shop, "key-"+itoa(i), itoa(n)+strings.Repeat(" ", 100))
					if err := x.Append(t.Context(), b); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		stream(x)
		if got := committedRecords(t, c.ListenAddrs(), "orders", 0); len(got) > 0 {
			t.Fatalf("%d records of an open transaction are seen", len(got))
		}
		if err := x.Abort(t.Context()); err != nil {
			t.Fatal(err)
		}
		x, _ = owned(t, c.ListenAddrs(), r, small)
		stream(x)
		if err := x.Commit(t.Context(), at(2000)); err != nil {
			t.Fatal(err)
		}
		mustFlush(t, x)
		checkTxns(t, c.ListenAddrs(), "orders", 2000)
	})
}

// TestTxnQuiet moves the position without records: now and then, and on Flush.
func TestTxnQuiet(t *testing.T) {
	c := fakeCluster(t)
	var told commits
	r := &raft{}
	x, _ := owned(t, c.ListenAddrs(), r, func(c *TxnConfig) { c.OnCommit, c.Quiet = told.add, 100*time.Millisecond })
	start := time.Now()
	for n := uint64(1); time.Since(start) < 350*time.Millisecond; n++ {
		if err := x.Commit(t.Context(), at(n)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if n := len(told.all()); n < 2 || n > 4 {
		t.Errorf("%d commits in 350 ms", n)
	}
	if err := x.Commit(t.Context(), at(9999)); err != nil {
		t.Fatal(err)
	}
	mustFlush(t, x)
	checkCommits(t, told.all(), 9999)
}

// TestTxnOversize fails, and says what to do, before the broker aborts what is
// streamed.
func TestTxnOversize(t *testing.T) {
	c := fakeCluster(t)
	x, _ := owned(t, c.ListenAddrs(), &raft{}, func(c *TxnConfig) { c.Size, c.Timeout = 100, 500*time.Millisecond })
	if err := x.Append(t.Context(), batchOf(shop, "key-1", strings.Repeat("9", 200))); err != nil {
		t.Fatal(err)
	}
	<-x.k.ctx.Done()
	if err := x.Flush(t.Context()); !errors.Is(err, ErrOversize) {
		t.Fatal(err)
	}
}

// TestTxnSplit_Oversize divides what takes too long, where it was told that it may
// be: readers see it in parts, and a successor goes on behind the last.
func TestTxnSplit_Oversize(t *testing.T) {
	fakeLevels(t, func(t *testing.T, opts ...kfake.Opt) {
		t.Helper()
		c := fakeCluster(t, opts...)
		r := &raft{}
		x, _ := owned(t, c.ListenAddrs(), r, func(c *TxnConfig) { c.Size, c.Timeout, c.Split = 100, 500*time.Millisecond, true })
		part := 0
		for n := 0; part < 2; n++ {
			if err := x.Append(t.Context(), batchOf(shop, "key", itoa(n))); err != nil {
				t.Fatal(err)
			}
			s := at(0)
			s.Split = &event.Split{Group: "g", Part: part + 1, Events: n + 1}
			if x.Offer(s) {
				part++
			}
			time.Sleep(5 * time.Millisecond)
		}
		mustFlush(t, x)
		_ = x.Close()
		owned(t, c.ListenAddrs(), r, nil)
		split := r.claim.Last.State.Split
		if split == nil || split.Part != 2 || split.Events == 0 {
			t.Fatalf("the state is %+v", r.claim.Last.State)
		}
		got := committedRecords(t, c.ListenAddrs(), "orders", split.Events)
		if len(got) != split.Events {
			t.Fatalf("%d records are seen, the state says %d", len(got), split.Events)
		}
	})
}

// TestTables reads back the table versions of committed transactions.
func TestTables(t *testing.T) {
	c := fakeCluster(t)
	r := &raft{}
	x, _ := owned(t, c.ListenAddrs(), r, nil)
	want := []TableRecord{{1, []byte("one")}, {2, []byte("two")}, {2, []byte("two again")}}
	x.PutTables(want[:1])
	mustTransact(t, x, shop, 0, 1)
	x.PutTables(want[1:])
	mustTransact(t, x, shop, 1, 3)
	x.PutTables([]TableRecord{{3, []byte("lost")}})
	_ = x.Close()
	x, _ = owned(t, c.ListenAddrs(), r, nil)
	got, err := x.Tables(t.Context())
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v, -want +got:\n%s", err, d)
	}
}

// TestBatchSplit gives each side of a boundary its records.
func TestBatchSplit(t *testing.T) {
	var bufs buffers
	all := batchOf(shop, slices.Repeat([]string{"k", "value"}, 300)...)
	for _, at := range []int{1, 63, 64, 200, 299} {
		whole := &batch{buf: make([]byte, headerSize)}
		first := &batch{buf: make([]byte, headerSize)}
		second := &batch{buf: make([]byte, headerSize)}
		for i := range all.Records {
			r := &all.Records[i]
			whole.mark(side(i >= at))
			whole.add(recordBody(whole.records, r), all.Data, r)
			half := first
			if i >= at {
				half = second
			}
			half.add(recordBody(half.records, r), all.Data, r)
		}
		if !whole.straddles(2) {
			t.Fatalf("mark at %d is lost", at)
		}
		rest := whole.split(&bufs)
		if d := cmp.Diff(first.buf, whole.buf); d != "" || whole.records != first.records {
			t.Errorf("first %d: %s", at, d)
		}
		if d := cmp.Diff(second.buf, rest.buf); d != "" || rest.records != second.records {
			t.Errorf("behind %d: %s", at, d)
		}
	}
}
