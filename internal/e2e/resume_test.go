package e2e

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// After kill -9 at random moments no change is missing, and none comes twice.
func TestResume_KilledUnderLoad(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			if duplicates := killed(t, v, 20, nil); duplicates > 0 {
				t.Errorf("%d changes came twice", duplicates)
			}
		})
	}
}

// Without Kafka transactions what was not stored is read and sent again, and
// nothing is missing either. A process that lives for less than a second stores little:
// each kill has all of it come once more.
func TestResume_AtLeastOnce(t *testing.T) {
	if killed(t, mysqltest.MySQL97, 8, map[string]string{"exactly.once.support": "disabled"}) == 0 {
		t.Error("no change came twice: was it killed at all?")
	}
}

// killed kills a daemon under load so many times, and returns how many changes came
// twice.
func killed(t *testing.T, v mysqltest.Version, kills int, props map[string]string) (duplicates int) {
	t.Helper()
	server := mysqltest.Start(t, v)
	kafka := kafkatest.Start(t, kafkatest.Config{})
	w := newWorkload(t, server.DB(t), 3, 500, uint64(len(v)))
	d := newDaemon(t, kafka.Bootstrap(), properties(server, props))
	d.Start()
	d.Ready()
	ctx, stop := context.WithCancel(t.Context())
	load := make(chan error, 1)
	go func() { load <- w.run(ctx, 1<<30) }()
	for range kills {
		killLater(d)
	}
	stop()
	if err := <-load; err != nil {
		t.Fatal(err)
	}
	d.Ready()
	return complete(t, d, kafka, w)
}

// killLater lets the daemon run for a random while, kills it and starts it.
func killLater(d *daemon) {
	d.t.Helper()
	after := time.Now().Add(time.Duration(100+rand.IntN(900)) * time.Millisecond)
	d.Until(5*time.Second, "time to kill", func() bool { return time.Now().After(after) })
	d.Kill()
	d.Start()
}

// finish is complete, and fails when a change came twice.
func finish(t *testing.T, d *daemon, kafka *kafkatest.Cluster, w *workload) {
	t.Helper()
	if duplicates := complete(t, d, kafka, w); duplicates > 0 {
		t.Errorf("%d changes came twice", duplicates)
	}
}

// complete waits for the last change, compares everything, and returns how many
// changes came twice.
func complete(t *testing.T, d *daemon, kafka *kafkatest.Cluster, w *workload) (duplicates int) {
	t.Helper()
	c := w.consumer(kafka)
	t.Cleanup(func() {
		if t.Failed() {
			w.explain(t, c.tables)
		}
	})
	limit := 2 * time.Minute
	if daemontest.Everything() {
		limit = 15 * time.Minute
	}
	d.Until(limit, "all changes arrived", func() bool {
		c.consume(t)
		return w.arrived(c.tables)
	})
	w.checkTables(t, c.tables)
	changes, reads := 0, 0
	for _, r := range c.tables {
		changes, reads, duplicates = changes+r.changes, reads+len(r.reads), duplicates+r.duplicates
	}
	t.Logf("%d records arrived, %d of them of copied rows, %d again", changes, reads, duplicates)
	return duplicates
}
