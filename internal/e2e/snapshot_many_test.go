package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
)

// TestSnapshot_ManyTables copies one row of each of thousands of tables with long names,
// and again for a signal: what is known of those that are left goes into Kafka and raft
// with each step.
func TestSnapshot_ManyTables(t *testing.T) {
	if !daemontest.Everything() {
		t.Skip("takes minutes; CDCD_TEST_ALL=1 (make test-all)")
	}
	const tables = 3000
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own(), mysqltest.Flags("--table-open-cache=2000", "--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0", "--innodb-file-per-table=OFF"))
	name := func(i int) string { return fmt.Sprintf("%s_%04d", strings.Repeat("long", 14), i) }
	statements := []string{"CREATE DATABASE load_db", "CREATE TABLE load_db.signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))"}
	var topics []string
	for i := range tables {
		statements = append(statements, fmt.Sprintf("CREATE TABLE load_db.%s (id INT PRIMARY KEY); INSERT INTO load_db.%s VALUES (1)", name(i), name(i)))
		topics = append(topics, "it.load_db."+name(i))
	}
	server.Exec(t, statements...)
	kafka := kafkatest.Start(t, kafkatest.Config{Own: true})
	d := newDaemon(t, kafka.Bootstrap(), properties(server, map[string]string{
		"snapshot.mode": "initial", "signal.data.collection": "load_db.signals", "topic.creation.default.partitions": "1",
	}))
	begun := time.Now()
	d.Start()
	tail, came, all := kafka.Tail(topics...), map[string]int{}, 0
	holds := func(copies int) {
		t.Helper()
		d.Until(5*time.Minute, fmt.Sprintf("each row has come %d times", copies), func() bool {
			if d.Metric("cdcd_records_total") < float64(copies*tables) {
				return false
			}
			records, err := tail.Next(t.Context())
			for _, r := range records {
				came[r.Topic]++
			}
			all += len(records)
			return err == nil && all >= copies*tables
		})
		for _, topic := range topics {
			if came[topic] != copies {
				t.Fatalf("%s has %d records", topic, came[topic])
			}
		}
		peak, err := machine.PeakRSS(d.PID())
		if err != nil {
			t.Fatal(err)
		}
		if peak > 200<<20 {
			t.Errorf("peak memory is %d MiB", peak>>20)
		}
		t.Logf("%d copies after %v; peak memory %d MiB; data folder %d MiB", copies, time.Since(begun).Round(time.Millisecond), peak>>20, d.Size()>>20)
	}
	holds(1)
	server.Exec(t, `INSERT INTO load_db.signals VALUES ('all', 'execute-snapshot', '{"data-collections": ["load_db.long.*"]}')`)
	holds(2)
}
