package sink

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestHealth_IdleRecovers says that Kafka answers again when nothing is written:
// who shows the health would wait for the next record.
func TestHealth_IdleRecovers(t *testing.T) {
	f := func(key kmsg.Key, code *kerr.Error, disturb func(*Transactional)) {
		t.Helper()
		c := fakeCluster(t)
		var well atomic.Bool
		x, _ := owned(t, c.ListenAddrs(), &raft{}, func(c *TxnConfig) {
			c.Events.Connected = func() { well.Store(true) }
			c.Events.Produced = func(Produced) { well.Store(true) }
			c.Events.Failed = func(Failure) { well.Store(false) }
		})
		mustTransact(t, x, shop, 0, 1)
		fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: code, Count: -1})
		disturb(x)
		await(t, "it fails", func() bool { return fault.Hits() > 1 && !well.Load() })
		fault.Remove()
		await(t, "it recovers", well.Load)
	}
	f(kmsg.EndTxn, kerr.CoordinatorNotAvailable, func(x *Transactional) {
		if err := transact(t.Context(), x, shop, 1, 2); err != nil {
			t.Fatal(err)
		}
	})
	f(kmsg.Metadata, kerr.LeaderNotAvailable, func(x *Transactional) {
		x.k.mu.Lock()
		defer x.k.mu.Unlock()
		x.k.refresh()
	})
}

func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after 10 s: %s", what)
		}
	}
}
