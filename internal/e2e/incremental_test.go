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

// TestIncremental_Killed has tables copied by a signal while they are written to, and
// kills the process again and again: no row comes twice, none behind a newer one, and
// every key is there in the end.
func TestIncremental_Killed(t *testing.T) {
	for name, version := range map[string]mysqltest.Version{"mysql": mysqltest.MySQL97, "mariadb": mysqltest.MariaDB1011} {
		t.Run(name, func(t *testing.T) { incrementalKilled(t, version) })
	}
}

func incrementalKilled(t *testing.T, version mysqltest.Version) {
	t.Helper()
	kills, keys := 4, 20_000
	if daemontest.Everything() {
		kills, keys = 30, 200_000
	}
	seed := daemontest.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	server := mysqltest.Start(t, version, mysqltest.Own())
	kafka := kafkatest.Start(t, kafkatest.Config{})
	w := newWorkload(t, server.DB(t), 3, keys, seed)
	w.fill(t)
	mustExec(t, w.db, "CREATE TABLE load_db.signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	writing := make(chan error, 1)
	go func() { writing <- w.run(ctx, 1<<30) }()

	d := newDaemon(t, kafka.Bootstrap(), properties(server, map[string]string{
		"signal.data.collection": "load_db.signals", "incremental.snapshot.chunk.size": "300", "snapshot.max.threads": "2",
	}))
	d.discreet()
	d.Start()
	d.Ready()
	mustExec(t, w.db, "INSERT INTO load_db.signals VALUES ('all', 'execute-snapshot', '{\"data-collections\": [\"load_db.t.\"]}')")
	const asked, done = "an incremental snapshot was asked for", "a table of an incremental snapshot is done"
	d.Until(10*time.Second, "the signal", func() bool { return strings.Contains(d.Log.String(), asked) })
	killed := 0
	for range kills {
		pause(ctx, time.Duration(rng.IntN(300))*time.Millisecond)
		if strings.Count(d.Log.String(), done) >= 3 {
			break
		}
		d.Kill()
		killed++
		d.Start()
		d.Ready()
	}
	d.Until(60*time.Second, "all tables were copied", func() bool { return strings.Count(d.Log.String(), done) >= 3 })
	t.Logf("killed %d times while copying", killed)
	stop()
	if err := <-writing; err != nil {
		t.Fatal(err)
	}
	finish(t, d, kafka, w)
}
