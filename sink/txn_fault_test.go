package sink

import (
	"errors"
	"testing"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fault is one error of one API, and how many takeovers it costs; -1 when it
// ends the connector.
type fault struct {
	key   kmsg.Key
	err   *kerr.Error
	costs int
}

// TestTxnFaults has Kafka answer with each error of the protocol in the middle of
// a stream: whatever it costs, every transaction is seen once and whole.
func TestTxnFaults(t *testing.T) {
	both := []fault{
		{kmsg.Produce, kerr.NotLeaderForPartition, 0},
		{kmsg.Produce, kerr.LeaderNotAvailable, 0},
		{kmsg.Produce, kerr.UnknownTopicOrPartition, 0},
		{kmsg.Produce, kerr.FencedLeaderEpoch, 0},
		{kmsg.Produce, kerr.KafkaStorageError, 0},
		{kmsg.Produce, kerr.NetworkException, 0},
		{kmsg.Produce, kerr.RequestTimedOut, 0},
		{kmsg.Produce, kerr.NotEnoughReplicas, 0},
		{kmsg.Produce, kerr.NotEnoughReplicasAfterAppend, 0},
		{kmsg.Produce, kerr.ConcurrentTransactions, 0},
		{kmsg.Produce, kerr.CorruptMessage, 0},
		{kmsg.Produce, kerr.OutOfOrderSequenceNumber, 1},
		{kmsg.Produce, kerr.UnknownProducerID, 1},
		{kmsg.Produce, kerr.InvalidProducerEpoch, 1},
		{kmsg.Produce, kerr.InvalidTxnState, 1},
		{kmsg.Produce, kerr.InvalidProducerIDMapping, 1},
		{kmsg.Produce, kerr.ProducerFenced, 1},
		{kmsg.Produce, kerr.TransactionAbortable, 1},
		{kmsg.Produce, kerr.MessageTooLarge, -1},
		{kmsg.Produce, kerr.TopicAuthorizationFailed, -1},
		{kmsg.Produce, kerr.InvalidRecord, -1},
		{kmsg.EndTxn, kerr.ConcurrentTransactions, 0},
		{kmsg.EndTxn, kerr.InvalidTxnState, 1},
		{kmsg.EndTxn, kerr.InvalidProducerEpoch, 1},
		{kmsg.EndTxn, kerr.ProducerFenced, 1},
		{kmsg.EndTxn, kerr.InvalidProducerIDMapping, 1},
		{kmsg.EndTxn, kerr.UnknownServerError, 1},
		{kmsg.EndTxn, kerr.RequestTimedOut, 1},
		{kmsg.EndTxn, kerr.TransactionAbortable, 1},
		{kmsg.EndTxn, kerr.TransactionalIDAuthorizationFailed, -1},
		{kmsg.FindCoordinator, kerr.CoordinatorLoadInProgress, 0},
		{kmsg.FindCoordinator, kerr.CoordinatorNotAvailable, 0},
		{kmsg.FindCoordinator, kerr.TransactionalIDAuthorizationFailed, -1},
		{kmsg.InitProducerID, kerr.ConcurrentTransactions, 0},
		{kmsg.InitProducerID, kerr.NotCoordinator, 0},
		{kmsg.InitProducerID, kerr.CoordinatorLoadInProgress, 0},
		{kmsg.InitProducerID, kerr.ProducerFenced, 1},
		{kmsg.InitProducerID, kerr.InvalidTransactionTimeout, -1},
		{kmsg.InitProducerID, kerr.TransactionalIDAuthorizationFailed, -1},
		{kmsg.DescribeTransactions, kerr.NotCoordinator, 0},
		{kmsg.DescribeTransactions, kerr.CoordinatorLoadInProgress, 0},
		{kmsg.DescribeTransactions, kerr.TransactionalIDAuthorizationFailed, 0},
		{kmsg.ListOffsets, kerr.NotLeaderForPartition, 0},
		{kmsg.ListOffsets, kerr.LeaderNotAvailable, 0},
		{kmsg.DescribeConfigs, kerr.TopicAuthorizationFailed, 0},
		{kmsg.CreateTopics, kerr.NotController, 0},
		{kmsg.CreateTopics, kerr.PolicyViolation, -1},
	}
	f := func(version int, faults ...fault) {
		for _, f := range faults {
			t.Run("tv="+itoa(version)+"/"+f.key.Name()+"/"+f.err.Message, func(t *testing.T) { checkFault(t, version, f) })
		}
	}
	f(1, both...)
	f(1, fault{kmsg.EndTxn, kerr.NotCoordinator, 1},
		fault{kmsg.EndTxn, kerr.CoordinatorNotAvailable, 1},
		fault{kmsg.AddPartitionsToTxn, kerr.ConcurrentTransactions, 0},
		fault{kmsg.AddPartitionsToTxn, kerr.NotCoordinator, 0},
		fault{kmsg.AddPartitionsToTxn, kerr.CoordinatorLoadInProgress, 0},
		fault{kmsg.AddPartitionsToTxn, kerr.UnknownTopicOrPartition, 0},
		fault{kmsg.AddPartitionsToTxn, kerr.ProducerFenced, 1},
		fault{kmsg.AddPartitionsToTxn, kerr.InvalidTxnState, 1},
		fault{kmsg.AddPartitionsToTxn, kerr.InvalidProducerEpoch, 1},
		fault{kmsg.AddPartitionsToTxn, kerr.TopicAuthorizationFailed, -1})
	f(2, both...)
	f(2, fault{kmsg.EndTxn, kerr.NotCoordinator, 0}, fault{kmsg.EndTxn, kerr.CoordinatorNotAvailable, 0})
}

// checkFault has the API fail once, or for ever, after some transactions.
func checkFault(t *testing.T, version int, f fault) {
	t.Helper()
	c := fakeCluster(t, levelOpts(version)...)
	seen, from := 0, 1
	if f.key == kmsg.Produce || f.key == kmsg.EndTxn || f.key == kmsg.AddPartitionsToTxn {
		from = 4 // in the middle of the stream
	}
	count := 1
	if f.costs < 0 {
		count = -1
	}
	hit := c.Fault(kfake.Fault{Keys: []kmsg.Key{f.key}, Err: f.err, Count: count, When: func(kmsg.Request) bool {
		seen++
		return seen >= from
	}})
	r := &raft{}
	n, err := persist(t, c.ListenAddrs(), r, shop, 30, func(l level) level { return l })
	switch {
	case hit.Hits() == 0:
		t.Error("the fault was not met")
	case f.costs < 0:
		if code := kafka.Error(f.err.Code); !errors.Is(err, code) && f.err != kerr.MessageTooLarge {
			t.Errorf("ended by %v", err)
		}
		return
	case err != nil:
		t.Fatal(err)
	case n != f.costs:
		t.Errorf("%d takeovers, want %d", n, f.costs)
	}
	checkTxns(t, c.ListenAddrs(), "orders", 30)
}
