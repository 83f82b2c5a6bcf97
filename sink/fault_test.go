package sink

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cdcd/sink/format"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestTransientErrors lets Kafka refuse or doubt produce requests in every way
// that passes: everything is written once and in order.
func TestTransientErrors(t *testing.T) {
	f := func(err *kerr.Error) {
		t.Run(err.Message, func(t *testing.T) {
			c := fakeCluster(t, kfake.SeedTopics(4, "orders"))
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: err, Count: 3})
			writeAll(t, c)
		})
	}
	f(kerr.UnknownTopicOrPartition)
	f(kerr.LeaderNotAvailable)
	f(kerr.NotLeaderForPartition)
	f(kerr.RequestTimedOut) // appended
	f(kerr.NetworkException)
	f(kerr.NotEnoughReplicas)
	f(kerr.NotEnoughReplicasAfterAppend) // appended
	f(kerr.KafkaStorageError)
	f(kerr.FencedLeaderEpoch)
	f(kerr.UnknownServerError)
}

// TestRenew lets the broker forget the producer while nothing is in doubt.
func TestRenew(t *testing.T) {
	f := func(err *kerr.Error) {
		t.Run(err.Message, func(t *testing.T) {
			c := fakeCluster(t, kfake.SeedTopics(4, "orders"))
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: err, Count: 1})
			writeAll(t, c)
		})
	}
	f(kerr.OutOfOrderSequenceNumber)
	f(kerr.UnknownProducerID)
	f(kerr.InvalidProducerEpoch)
}

// TestRenewInDoubt lets the broker forget the producer while a batch may have
// been appended: going on could write it twice, so the sink ends.
func TestRenewInDoubt(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	c.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicasAfterAppend},
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.OutOfOrderSequenceNumber},
	)
	k := open(t, c.ListenAddrs(), nil)
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 1, 1)
	var refused *ProduceError
	if err := k.Wait(t.Context()); !errors.As(err, &refused) || refused.Class != Renew {
		t.Fatalf("got %v", err)
	}
	if err := k.Flush(t.Context()); !errors.As(err, &refused) {
		t.Errorf("flush: %v", err)
	}
	consume(t, c.ListenAddrs(), 1, "orders")
}

// TestFatalErrors has the sink end with the reason, and stay ended.
func TestFatalErrors(t *testing.T) {
	f := func(injected *kerr.Error, want kafka.Error) {
		t.Run(injected.Message, func(t *testing.T) {
			c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: injected, Count: -1})
			k := open(t, c.ListenAddrs(), nil)
			orders := &format.Topic{Name: "orders"}
			numbered(t, k, orders, 0, 1, 1)
			if err := k.Flush(t.Context()); !errors.Is(err, want) || !strings.Contains(err.Error(), "orders-0") {
				t.Fatalf("flush: %v", err)
			}
			if err := k.Append(t.Context(), batchOf(orders, "a", "1")); !errors.Is(err, want) {
				t.Fatalf("append: %v", err)
			}
			if err := k.Commit(t.Context(), at(2)); !errors.Is(err, want) {
				t.Fatalf("commit: %v", err)
			}
		})
	}
	f(kerr.TopicAuthorizationFailed, kafka.TopicAuthorizationFailed)
	f(kerr.InvalidRecord, kafka.InvalidRecord)
	f(kerr.ProducerFenced, kafka.ProducerFenced)
}

// TestLostResponses cuts connections after the broker appended and before it
// answered: nothing is written twice.
func TestLostResponses(t *testing.T) {
	n := newFlakyNet()
	c := fakeCluster(t, kfake.SeedTopics(4, "orders"), kfake.ListenFn(n.listen))
	var requests atomic.Int32
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if requests.Add(1)%5 == 0 {
			n.cutNext()
		}
		return nil, nil, false
	})
	writeAll(t, c)
	if requests.Load() < 10 {
		t.Errorf("only %d requests", requests.Load())
	}
}

// TestSilence has the broker append and not answer: the exchange ends at its
// deadline, and the batch is not written twice.
func TestSilence(t *testing.T) {
	n := newFlakyNet()
	c := fakeCluster(t, kfake.SeedTopics(4, "orders"), kfake.ListenFn(n.listen))
	k := open(t, c.ListenAddrs(), func(c *Config) { c.RequestTimeout = 200 * time.Millisecond })
	orders := &format.Topic{Name: "orders"}
	numbered(t, k, orders, 0, 100, 7)
	flush(t, k)
	n.setMute(true)
	time.AfterFunc(500*time.Millisecond, func() { n.setMute(false) })
	numbered(t, k, orders, 100, 100, 7)
	flush(t, k)
	checkNumbered(t, consume(t, c.ListenAddrs(), 200, "orders"), 200)
}

// TestCloseInSilence does not wait for an answer that does not come.
func TestCloseInSilence(t *testing.T) {
	n := newFlakyNet()
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"), kfake.ListenFn(n.listen))
	k := open(t, c.ListenAddrs(), nil)
	orders := &format.Topic{Name: "orders"}
	numbered(t, k, orders, 0, 1, 1)
	flush(t, k)
	n.setMute(true)
	numbered(t, k, orders, 1, 1, 1)
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	_ = k.Close()
	if took := time.Since(start); took > time.Second {
		t.Errorf("close took %s", took)
	}
	n.setDown(true) // kafka-go's own exchanges end with their connections
}

// TestOutage breaks the network for a while: memory is bounded, Append blocks,
// and all goes on where it stood.
func TestOutage(t *testing.T) {
	n := newFlakyNet()
	c := fakeCluster(t, kfake.SeedTopics(4, "orders"), kfake.ListenFn(n.listen))
	var most atomic.Int64
	var told commits
	k := open(t, c.ListenAddrs(), func(c *Config) {
		c.BufferBytes = 64 << 10
		c.OnCommit = told.add
		c.Events.Queue = func(held int64) { most.Store(max(most.Load(), held)) }
	})
	orders := &format.Topic{Name: "orders"}
	numbered(t, k, orders, 0, 100, 7)
	flush(t, k)
	n.setDown(true)
	time.AfterFunc(time.Second, func() { n.setDown(false) })
	start := time.Now()
	numbered(t, k, orders, 100, 4000, 7)
	flush(t, k)
	if time.Since(start) < time.Second {
		t.Error("the outage was not met")
	}
	checkCommits(t, told.all(), 4100)
	checkNumbered(t, consume(t, c.ListenAddrs(), 4100, "orders"), 4100)
	if limit := k.cfg.BufferBytes + 2*intervalCost; most.Load() > limit {
		t.Errorf("held %d bytes", most.Load())
	}
}

// TestStartsWithoutKafka opens a sink while Kafka is down.
func TestStartsWithoutKafka(t *testing.T) {
	n := newFlakyNet()
	n.setDown(true)
	c := fakeCluster(t, kfake.ListenFn(n.listen))
	k := open(t, c.ListenAddrs(), nil)
	time.AfterFunc(300*time.Millisecond, func() { n.setDown(false) })
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 10, 3)
	flush(t, k)
	checkNumbered(t, consume(t, c.ListenAddrs(), 10, "orders"), 10)
}

// TestMovingLeaders moves every partition between three brokers under load.
func TestMovingLeaders(t *testing.T) {
	c := fakeCluster(t, kfake.NumBrokers(3), kfake.SeedTopics(6, "orders"))
	stop := make(chan struct{})
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				c.ShufflePartitionLeaders()
			}
		}
	}()
	k := open(t, c.ListenAddrs(), nil)
	for i := range 60 {
		numbered(t, k, &format.Topic{Name: "orders"}, i*50, 50, 11)
		time.Sleep(5 * time.Millisecond)
	}
	close(stop)
	<-moved
	flush(t, k)
	checkNumbered(t, consume(t, c.ListenAddrs(), 3000, "orders"), 3000)
}

// TestDeliveryTimeout gives up when told to.
func TestDeliveryTimeout(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: -1})
	k := open(t, c.ListenAddrs(), func(c *Config) { c.DeliveryTimeout = 200 * time.Millisecond })
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 1, 1)
	if err := k.Flush(t.Context()); !errors.Is(err, ErrDeliveryTimeout) || !errors.Is(err, kafka.NotEnoughReplicas) {
		t.Fatalf("got %v", err)
	}
}

// writeAll writes 1000 records in small requests to topic orders and checks
// that they are there once, in order.
func writeAll(t *testing.T, c *kfake.Cluster) {
	t.Helper()
	var told commits
	k := open(t, c.ListenAddrs(), func(c *Config) { c.OnCommit = told.add })
	orders := &format.Topic{Name: "orders"}
	for i := range 100 {
		numbered(t, k, orders, i*10, 10, 7)
		time.Sleep(time.Millisecond)
	}
	flush(t, k)
	checkCommits(t, told.all(), 1000)
	checkNumbered(t, consume(t, c.ListenAddrs(), 1000, "orders"), 1000)
}
