package sink

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/sink/format"
)

// TestTxnRotation commits until Kafka has no epoch left for our producer id and
// gives a new one, as it does in the middle of a stream every few minutes: each
// transaction is written by whom the commit before said, and all are there, once
// and in order.
func TestTxnRotation(t *testing.T) {
	if os.Getenv("CDCD_TEST_ALL") == "" {
		t.Skip("takes minutes; runs only with CDCD_TEST_ALL=1 (make test-all)")
	}
	c := kafkatest.Start(t, kafkatest.Config{TransactionVersion: 2})
	x, _ := owned(t, c.Brokers(), &raft{}, quietly)
	w := &rotation{level: x.level, t: t}
	x.level = w
	topic := unique(t)
	var took []time.Duration
	began := time.Now()
	for n := 0; w.left() > 0; n++ {
		start := time.Now()
		one(t, x, topic, n)
		took = append(took, time.Since(start))
	}
	at := slices.IndexFunc(w.owners, func(p producer) bool { return p.id != w.owners[0].id })
	t.Logf("%d transactions in %s; the one that rotated took %s, the one after %s, the median is %s",
		len(took), time.Since(began), took[at-1], took[at], middle(took))
	w.verify(c.Brokers(), topic.Name)
}

// one commits a transaction with one record, whose value is its number.
func one(t *testing.T, x *Transactional, topic *format.Topic, n int) {
	t.Helper()
	b := &format.Batch{}
	addRecord(b, topic, "key", strconv.Itoa(n))
	if err := x.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := x.Commit(t.Context(), at(n+1)); err != nil {
		t.Fatal(err)
	}
	mustFlush(t, x)
}

func middle(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// rotation is a level that notes who commits. Its fields are the committer's
// until a Flush has returned.
type rotation struct {
	level

	t      *testing.T
	owners []producer // of each transaction
	next   producer   // what the last reply said
}

func (w *rotation) end(ctx context.Context, x *Transactional, owner producer, commit bool) (producer, error) {
	if len(w.owners) > 0 && owner != w.next {
		w.t.Errorf("transaction %d is %v's, and the reply said %v", len(w.owners), owner, w.next)
	}
	next, err := w.level.end(ctx, x, owner, commit)
	renewed := producer{id: next.id}
	if err == nil && next != (producer{id: owner.id, epoch: owner.epoch + 1}) && (next != renewed || next.id == owner.id) {
		w.t.Errorf("transaction %d: %v after %v", len(w.owners), next, owner)
	}
	w.owners, w.next = append(w.owners, owner), next
	return next, err
}

// left is how many transactions are to be written: some with the second id.
func (w *rotation) left() int {
	const epochs, more = 1 << 15, 200
	n := len(w.owners)
	switch {
	case n > more && w.owners[n-more].id != w.owners[0].id:
		return 0
	case n > epochs+more:
		w.t.Fatalf("the id is still %d after %d transactions", w.next.id, n)
	}
	return 1
}

// verify reads all transactions and compares who wrote them.
func (w *rotation) verify(brokers []string, topic string) {
	w.t.Helper()
	got := committedRecords(w.t, brokers, topic, len(w.owners))
	if len(got) != len(w.owners) {
		w.t.Fatalf("%d records of %d", len(got), len(w.owners))
	}
	for i, r := range got {
		if string(r.Value) != strconv.Itoa(i) {
			w.t.Fatalf("record %d is of transaction %s", i, r.Value)
		}
		if by := (producer{id: r.ProducerID, epoch: r.ProducerEpoch}); by != w.owners[i] {
			w.t.Fatalf("transaction %d was written by %v and committed by %v", i, by, w.owners[i])
		}
	}
}
