package e2e

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// TestBlocking_Killed asks for a blocking snapshot of tables that are written to, and
// kills the process again and again while it copies: every row comes once more, as it
// was told before or by the stream, and every change comes once and in order.
func TestBlocking_Killed(t *testing.T) {
	for name, version := range map[string]mysqltest.Version{"mysql": mysqltest.MySQL97, "mariadb": mysqltest.MariaDB1011} {
		t.Run(name, func(t *testing.T) { blockingKilled(t, version) })
	}
}

func blockingKilled(t *testing.T, version mysqltest.Version) {
	t.Helper()
	kills, tables, keys := 3, 2, 60_000
	if daemontest.Everything() {
		kills, tables, keys = 20, 6, 400_000
	}
	seed := daemontest.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	server := mysqltest.Start(t, version, mysqltest.Own())
	kafka := kafkatest.Start(t, kafkatest.Config{})
	w := newWorkload(t, server.DB(t), tables, keys, seed)
	w.fill(t)
	mustExec(t, w.db, "CREATE TABLE load_db.signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")
	d := newDaemon(t, kafka.Bootstrap(), properties(server, map[string]string{
		"snapshot.max.threads": "2", "signal.data.collection": "load_db.signals",
	}))
	d.discreet()
	d.Start()
	d.Ready()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	writing := make(chan error, 1)
	go func() { writing <- w.run(ctx, 1<<30) }()
	pause(ctx, 100*time.Millisecond)
	mustExec(t, w.db, `INSERT INTO load_db.signals VALUES ('1', 'execute-snapshot', '{"type":"blocking","data-collections":["load_db.t.*"]}')`)

	const copying, ended = "copying rows for a blocking snapshot", "the blocking snapshot has ended"
	for n := range kills {
		d.Until(30*time.Second, "copies", func() bool { return strings.Count(d.Log.String(), copying) > n })
		pause(ctx, time.Duration(rng.IntN(200))*time.Millisecond)
		d.Kill()
		if d.Start(); strings.Contains(d.Log.String(), ended) {
			break
		}
	}
	t.Logf("copied in %d turns", strings.Count(d.Log.String(), copying))
	d.Until(60*time.Second, "the snapshot ends", func() bool { return strings.Contains(d.Log.String(), ended) })
	stop()
	if err := <-writing; err != nil {
		t.Fatal(err)
	}
	var copies map[string]*replay
	d.Until(30*time.Second, "every change arrived", func() bool {
		copies, _ = consume(t, kafka, w)
		return w.arrived(copies)
	})
	w.checkTables(t, copies)
	for name, r := range copies {
		t.Logf("%s: %d records, %d rows read", name, r.changes, len(r.reads))
		if r.duplicates > 0 || len(r.reads) < keys/2 {
			t.Errorf("%s: %d records came twice; %d rows were read", name, r.duplicates, len(r.reads))
		}
	}
}
