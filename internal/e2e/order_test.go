package e2e

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// 200 000 random changes of 10 000 keys in 6 tables and 6 partitions: per key
// the topics hold every change, once, in the binlog's order, and every record
// is in the partition that the Java client would choose.
func TestOrder_PerKeyAndPartition(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	kafka := kafkatest.Start(t, kafkatest.Config{})
	w := newWorkload(t, server.DB(t), 6, 10_000, 1)
	d := newDaemon(t, kafka.Bootstrap(), properties(server, nil))
	d.Start()
	d.Ready()
	if err := w.run(t.Context(), 200_000/6); err != nil {
		t.Fatal(err)
	}
	c := w.consumer(kafka)
	var records []kafkatest.Record
	d.Until(2*time.Minute, "all changes arrived", func() bool {
		records = append(records, c.consume(t)...)
		return w.arrived(c.tables)
	})
	w.checkTables(t, c.tables)
	for name, r := range c.tables {
		if r.duplicates > 0 {
			t.Errorf("%s: %d changes came twice", name, r.duplicates)
		}
	}
	checkPartitions(t, records)
	if code, took := d.Stop(); code != 0 || took > 5*time.Second {
		t.Errorf("SIGTERM: exit code %d after %s, want 0 within 5s", code, took)
	}
}

// checkPartitions asks franz-go's port of the Java client's partitioner.
func checkPartitions(t *testing.T, records []kafkatest.Record) {
	t.Helper()
	for _, r := range records {
		chooser := kgo.StickyKeyPartitioner(nil).ForTopic(r.Topic)
		if want := chooser.Partition(&kgo.Record{Key: r.Key}, 6); int(r.Partition) != want {
			t.Fatalf("key %s is in partition %d, the Java client would choose %d", r.Key, r.Partition, want)
		}
	}
	if len(records) < 200_000 {
		t.Errorf("only %d records", len(records))
	}
}
