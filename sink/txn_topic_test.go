package sink

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/sink/format"
)

// TestTxnTopicDeleted deletes a topic in the middle of a source transaction, and
// has it made again or not: what is seen in the new topic is whole transactions,
// and those that were not committed before are all there.
func TestTxnTopicDeleted(t *testing.T) {
	for version := 1; version <= 2; version++ {
		t.Run("tv="+itoa(version), func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Config{TransactionVersion: version})
			t.Run("gone", func(t *testing.T) { checkTopicDeleted(t, c, unique(t), false) })
			t.Run("made again", func(t *testing.T) { checkTopicDeleted(t, c, unique(t), true) })
		})
	}
}

func checkTopicDeleted(t *testing.T, c *kafkatest.Cluster, topic *format.Topic, again bool) {
	t.Helper()
	c.CreateTopic(t, topic.Name, 4, nil)
	r := &raft{}
	x, _ := owned(t, c.Brokers(), r, func(c *TxnConfig) { c.Size, c.BatchSize = 1000, 1000 })
	mustTransact(t, x, topic, 0, 3)
	half := func(x *Transactional) error {
		for i := range perTxn {
			if err := x.Append(t.Context(), batchOf(topic, "key-"+itoa(i), "3"+strings.Repeat(" ", 900))); err != nil {
				return err
			}
		}
		return nil
	}
	if err := half(x); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // it is streamed
	c.DeleteTopics(t, topic.Name)
	if again {
		c.CreateTopic(t, topic.Name, 4, nil)
	}
	err := half(x)
	if err == nil {
		err = x.Commit(t.Context(), at(4))
	}
	if err == nil {
		err = x.Flush(t.Context())
	}
	if _, ok := errors.AsType[*ResolveError](err); !ok {
		t.Errorf("the sink ended with %v", err)
	}
	_ = x.Close()
	x, last := owned(t, c.Brokers(), r, nil)
	if last != 3 {
		t.Fatalf("taken over at %d", last)
	}
	for range 2 {
		if err := half(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Commit(t.Context(), at(4)); err != nil {
		t.Fatal(err)
	}
	mustFlush(t, x)
	if got := committedRecords(t, c.Brokers(), topic.Name, 2*perTxn); len(got) != 2*perTxn {
		t.Errorf("%d records in the new topic, want %d", len(got), 2*perTxn)
	}
}
