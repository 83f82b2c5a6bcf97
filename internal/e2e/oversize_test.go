package e2e

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
)

// oversizeRows is more than a Kafka transaction of a second takes behind a slow
// network.
const oversizeRows = 60_000

// A transaction that takes longer than one of Kafka may is refused whole, or
// written in parts: then each row is there once, although the daemon was killed
// between two parts.
func TestOversize(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	cluster := kafkatest.Start(t, kafkatest.Config{Own: true})
	slow := proxy.StartKafka(t, cluster.Brokers()...)
	f := func(policy string, check func(*testing.T, *daemon, func() []kafkatest.Record)) {
		t.Run(policy, func(t *testing.T) {
			defer slow.Heal()
			db := server.Database(t)
			server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note VARCHAR(300))")
			d := newDaemon(t, slow.Brokers()[0], following(t, server, db, 7901, map[string]string{
				"name": policy, "cdcd.transaction.oversize": policy, "cdcd.event.headers": "true",
				"producer.override.transaction.timeout.ms": "1500", "producer.override.buffer.memory": "4194304", "topic.creation.default.partitions": "3",
			}))
			d.Start()
			d.Ready()
			slow.Broker(0).Delay(100 * time.Millisecond)
			server.Exec(t, fmt.Sprintf("INSERT INTO %s.t WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i+1 FROM n WHERE i<%d)"+
				" SELECT /*+ SET_VAR(cte_max_recursion_depth=%d) */ i, REPEAT('x', 200) FROM n", db, oversizeRows, oversizeRows))
			check(t, d, func() []kafkatest.Record {
				records, err := cluster.Read(t.Context(), "it."+db+".t")
				if err != nil {
					return nil
				}
				return records
			})
		})
	}
	f("fail", func(t *testing.T, d *daemon, read func() []kafkatest.Record) {
		t.Helper()
		d.fails("fail", "raise producer.override.transaction.timeout.ms", "cdcd.transaction.oversize=split")
		if n := len(read()); n > 0 {
			t.Errorf("%d rows of it are seen", n)
		}
	})
	f("split", func(t *testing.T, d *daemon, read func() []kafkatest.Record) {
		t.Helper()
		d.Until(time.Minute, "the first part is seen", func() bool { return len(read()) > 0 })
		d.Kill()
		first := len(read())
		d.Start()
		d.Until(time.Minute, "all of it is seen", func() bool { return len(read()) >= oversizeRows })
		parts := checkParts(t, read())
		if first == oversizeRows || parts < 2 {
			t.Errorf("%d rows when it was killed, %d parts: nothing was split", first, parts)
		}
		t.Logf("%d rows when it was killed, %d parts in all", first, parts)
	})
}

// checkParts checks that each row of the transaction is there once, and returns in
// how many parts.
func checkParts(t *testing.T, records []kafkatest.Record) (parts int) {
	t.Helper()
	seen := make([]bool, oversizeRows)
	for _, r := range records {
		seq, part := -1, 1
		for _, h := range r.Headers {
			switch h.Name {
			case "cdcd.seq":
				seq, _ = strconv.Atoi(string(h.Value))
			case "cdcd.split":
				part, _ = strconv.Atoi(string(h.Value))
			}
		}
		if seq < 0 || seq >= oversizeRows || seen[seq] {
			t.Fatalf("row %d is there twice, or unknown", seq)
		}
		seen[seq] = true
		parts = max(parts, part)
	}
	if len(records) != oversizeRows {
		t.Errorf("%d rows", len(records))
	}
	return parts
}
